import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { isPassword } from '../../lib/account-rules.ts';
import { useMessages } from '../../lib/messages.ts';
import type { CurrentUser } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { accountMessages } from './messages.ts';
import { NewPasswordFields, NO_PASSWORD } from './new-password-fields.tsx';
import { usePasswordChange } from './password-change.ts';
import { settingsMessages } from './settings-messages.ts';

/** Another password, against the present one. */
export function PasswordTab({ user }: { user: CurrentUser }) {
  const m = useMessages(accountMessages);
  const s = useMessages(settingsMessages);
  const change = usePasswordChange(user, m);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState(NO_PASSWORD);
  const { submit, isSending, failure } = useSubmit(async () => {
    if (next.password === current) throw new Error(m.samePassword);
    await change({ current, next: next.password });
    setCurrent('');
    setNext(NO_PASSWORD);
    notifyDone(s.passwordChanged);
  });
  const isComplete = current !== '' && isPassword(next.password) && next.password === next.again;
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={420}>
        <Text size="sm" c="dimmed">
          {m.chooseOwnText}
        </Text>
        {failure}
        <input type="text" autoComplete="username" value={user.username} readOnly hidden />
        <PasswordField
          label={m.currentPassword}
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <NewPasswordFields value={next} onChange={setNext} label={m.newPassword} />
        <Group>
          <Button type="submit" loading={isSending} disabled={!isComplete}>
            {m.choose}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
