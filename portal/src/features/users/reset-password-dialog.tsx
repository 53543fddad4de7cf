import { Text } from '@mantine/core';
import { useState } from 'react';
import { isPassword } from '../../lib/account-rules.ts';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { usersMessages } from './messages.ts';
import type { User } from './user.ts';

/** Gives somebody else a new password. */
export function ResetPasswordDialog({ user, onClose }: { user: User; onClose(): void }) {
  const m = useMessages(usersMessages);
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  async function send(): Promise<void> {
    await done(
      api.PUT('/api/v2.0/users/{user_id}/password', {
        params: { path: { user_id: user.user_id } },
        body: { new_password: password },
      }),
    );
    notifyDone(m.passwordReset(user.username));
  }
  return (
    <FormDialog
      title={m.resetPasswordOf(user.username)}
      opened
      onClose={onClose}
      onSubmit={send}
      submitLabel={m.resetPassword}
      isIncomplete={!isPassword(password) || password !== again}
    >
      <Text size="sm">{m.resetPasswordText}</Text>
      <PasswordField
        label={m.password}
        description={m.passwordRule}
        required
        autoComplete="new-password"
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <PasswordField
        label={m.passwordAgain}
        required
        autoComplete="new-password"
        value={again}
        error={again !== '' && password !== again ? m.passwordsDiffer : undefined}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
