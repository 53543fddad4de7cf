import { Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isPassword } from '../../lib/account-rules.ts';
import { api, done } from '../../lib/api.ts';
import { loginCommand } from '../../lib/login-command.ts';
import { useMessages } from '../../lib/messages.ts';
import { usePreferences } from '../../lib/preferences.ts';
import { useRegistry } from '../../lib/registry.ts';
import { type CurrentUser, sessionQuery } from '../../lib/session.ts';
import { Command, CopyButton } from '../../ui/copy.tsx';
import { ConfirmDialog, FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { NewPasswordFields, NO_PASSWORD } from './new-password-fields.tsx';
import { settingsMessages } from './settings-messages.ts';

/** What clients take as the password of somebody who signs in at a provider. */
export function CliSecretTab({ user }: { user: CurrentUser }) {
  const m = useMessages(settingsMessages);
  const { host, isPlainHttp } = useRegistry();
  const { runtime = 'docker' } = usePreferences();
  const [dialog, setDialog] = useState<'generate' | 'own'>();
  const secret = user.oidc_user_meta?.secret;
  const close = () => setDialog(undefined);
  const login = loginCommand(runtime, { host, username: user.username, isPlainHttp });
  return (
    <Stack maw={560}>
      <Text size="sm" c="dimmed">
        {m.cliText}
      </Text>
      {secret === undefined ? (
        <Text>{m.cliNone}</Text>
      ) : (
        <Group gap={4} wrap="nowrap" align="end">
          <PasswordField label={m.cliSecret} value={secret} readOnly flex={1} autoComplete="off" />
          <CopyButton value={secret} label={m.cliSecret} />
        </Group>
      )}
      <Stack gap={4}>
        <Text size="sm">{m.cliLogin}</Text>
        <Command>{login}</Command>
      </Stack>
      <Group>
        <Button variant="default" onClick={() => setDialog('generate')}>
          {m.generate}
        </Button>
        <Button variant="default" onClick={() => setDialog('own')}>
          {m.ownSecret}
        </Button>
      </Group>
      {dialog === 'generate' && <Generate user={user} onClose={close} />}
      {dialog === 'own' && <OwnSecret user={user} onClose={close} />}
    </Stack>
  );
}

interface DialogProps {
  readonly user: CurrentUser;
  onClose(): void;
}

function Generate({ user, onClose }: DialogProps) {
  const m = useMessages(settingsMessages);
  const put = usePutSecret(user);
  return (
    <ConfirmDialog
      title={m.generateTitle}
      opened
      onClose={onClose}
      onConfirm={() => put('')}
      confirmLabel={m.generate}
    >
      {m.generateText}
    </ConfirmDialog>
  );
}

function OwnSecret({ user, onClose }: DialogProps) {
  const m = useMessages(settingsMessages);
  const put = usePutSecret(user);
  const [next, setNext] = useState(NO_PASSWORD);
  return (
    <FormDialog
      title={m.ownSecretTitle}
      opened
      onClose={onClose}
      onSubmit={() => put(next.password)}
      isIncomplete={!isPassword(next.password) || next.password !== next.again}
    >
      <Text size="sm">{m.generateText}</Text>
      <NewPasswordFields value={next} onChange={setNext} label={m.cliSecret} />
    </FormDialog>
  );
}

/** @returns sets it; '' has one generated */
function usePutSecret(user: CurrentUser): (secret: string) => Promise<void> {
  const m = useMessages(settingsMessages);
  const client = useQueryClient();
  return async (secret) => {
    await done(
      api.PUT('/api/v2.0/users/{user_id}/cli_secret', {
        params: { path: { user_id: user.user_id } },
        body: { secret },
      }),
    );
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    notifyDone(m.cliChanged);
  };
}
