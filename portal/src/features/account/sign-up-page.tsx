import { Text } from '@mantine/core';
import { Navigate } from '@tanstack/react-router';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser, useSystemInfo } from '../../lib/session.ts';
import { Link } from '../../ui/link.tsx';
import { EntryFrame } from './entry-frame.tsx';
import { accountMessages } from './messages.ts';
import { SignUpForm } from './sign-up-form.tsx';
import { useReturn } from './use-return.ts';

/** Where people make an account for themselves, if the registry allows it. */
export function SignUpPage() {
  const m = useMessages(accountMessages);
  const { path } = useReturn();
  const user = useCurrentUser();
  const { self_registration: mayRegister } = useSystemInfo();
  if (user !== null) return <Navigate to="/" replace />;
  return (
    <EntryFrame
      title={m.signUpTitle}
      description={mayRegister === true ? m.signUpText : m.signUpOff}
      footer={
        <Text size="sm" ta="center">
          {m.haveAccount}{' '}
          <Link to="/account/sign-in" search={{ redirect_url: path, local: 1 }} underline="always">
            {m.signIn}
          </Link>
        </Text>
      }
    >
      {mayRegister === true && <SignUpForm />}
    </EntryFrame>
  );
}
