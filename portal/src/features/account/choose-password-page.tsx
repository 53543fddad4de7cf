import { Anchor, Button, Group, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { isPassword } from '../../lib/account-rules.ts';
import { useMessages } from '../../lib/messages.ts';
import { type CurrentUser, signOut, useCurrentUser, useSessionChanged } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyFailure } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { SignInFirst } from '../../ui/sign-in-first.tsx';
import { EntryFrame } from './entry-frame.tsx';
import { accountMessages } from './messages.ts';
import { NewPasswordFields, NO_PASSWORD } from './new-password-fields.tsx';
import { usePasswordChange, WrongPassword } from './password-change.ts';
import { typedPassword } from './typed-password.ts';
import { useReturn } from './use-return.ts';

/** Asked of those whose password was made up, or set by somebody else. */
export function ChoosePasswordPage() {
  const m = useMessages(accountMessages);
  const user = useCurrentUser();
  const [isForced] = useState(user?.password_change_required === true);
  if (user === null) return <SignInFirst />;
  return (
    <EntryFrame
      title={m.choosePasswordTitle}
      description={isForced ? m.choosePasswordText : m.chooseOwnText}
      footer={<LeaveLink />}
    >
      <ChooseForm user={user} />
    </EntryFrame>
  );
}

function ChooseForm({ user }: { user: CurrentUser }) {
  const m = useMessages(accountMessages);
  const { goOn } = useReturn();
  const change = usePasswordChange(user, m);
  const [known, setKnown] = useState(() => typedPassword.find());
  const [typed, setTyped] = useState('');
  const [next, setNext] = useState(NO_PASSWORD);
  const current = known ?? typed;
  const { submit, isSending, failure } = useSubmit(async () => {
    if (next.password === current) throw new Error(m.samePassword);
    try {
      await change({ current, next: next.password });
    } catch (error) {
      // It was changed elsewhere meanwhile.
      if (error instanceof WrongPassword) setKnown(undefined);
      throw error;
    }
    typedPassword.forget();
    goOn();
  });
  const isComplete = current !== '' && isPassword(next.password) && next.password === next.again;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure}
        {/* Password managers have to know whose password it is. */}
        <input type="text" autoComplete="username" value={user.username} readOnly hidden />
        {known === undefined && (
          <PasswordField
            label={m.currentPassword}
            autoComplete="current-password"
            required
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <NewPasswordFields value={next} onChange={setNext} label={m.newPassword} />
        <Button type="submit" size="md" loading={isSending} disabled={!isComplete} fullWidth>
          {m.choose}
        </Button>
      </Stack>
    </form>
  );
}

function LeaveLink() {
  const m = useMessages(accountMessages);
  const navigate = useNavigate();
  const sessionChanged = useSessionChanged();
  async function leave(): Promise<void> {
    try {
      await signOut();
      typedPassword.forget();
      await sessionChanged();
      await navigate({ to: '/account/sign-in', replace: true });
    } catch (error) {
      notifyFailure(error);
    }
  }
  return (
    <Group justify="center">
      <Anchor component="button" type="button" size="sm" onClick={() => void leave()}>
        {m.signOutInstead}
      </Anchor>
    </Group>
  );
}
