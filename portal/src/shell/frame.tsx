import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { sessionQuery } from '../lib/session.ts';
import { Busy, Failure } from '../ui/states.tsx';
import { SignInAgain } from './sign-in-again.tsx';

const CHOICE = '/account/choose-password';

/** Around every page: waits until it is known who reads, and sends where that asks for. */
export function Frame() {
  const session = useQuery(sessionQuery);
  useForcedChoice(session.data?.user?.password_change_required === true);
  if (session.data === undefined) {
    if (!session.isError) return <Busy />;
    return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  }
  return (
    <>
      <Outlet />
      <SignInAgain />
    </>
  );
}

/** A password that the registry has made up has to be replaced first. */
function useForcedChoice(isForced: boolean): void {
  const { pathname, href } = useLocation();
  const navigate = useNavigate();
  useEffect(() => {
    if (isForced && pathname !== CHOICE) {
      void navigate({ to: CHOICE, search: { redirect_url: href }, replace: true });
    }
  }, [isForced, pathname, href, navigate]);
}
