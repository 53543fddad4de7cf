import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Busy } from './states.tsx';

/** Sends visitors to sign in; they come back to where they were. */
export function SignInFirst() {
  const { state } = useRouter();
  const [path] = useState(state.location.href);
  const navigate = useNavigate();
  // Once: `Navigate` would do it with each render, and each of them changes the address.
  useEffect(() => {
    void navigate({ to: '/account/sign-in', search: { redirect_url: path }, replace: true });
  }, [navigate, path]);
  return <Busy />;
}
