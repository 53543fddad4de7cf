import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { RestError } from '../lib/api.ts';
import { basePath } from '../lib/base.ts';
import { common } from '../lib/common-messages.ts';
import { describeError } from '../lib/describe-error.ts';
import { liveUpdates } from '../lib/live.ts';
import { useLocale, useMessages } from '../lib/messages.ts';
import { sessionQuery, signIn, useCurrentUser, useSystemInfo } from '../lib/session.ts';
import { provideSignIn } from '../lib/session-gate.ts';
import { PasswordField } from '../ui/password-field.tsx';
import { shell } from './messages.ts';

/** Asked over any page when its session has ended; the page stays as it is, with what was typed. */
export function SignInAgain() {
  const m = useMessages(shell);
  const client = useQueryClient();
  const answer = useRef<((again: boolean) => void) | undefined>(undefined);
  const [isOpen, setOpen] = useState(false);
  useEffect(
    () =>
      provideSignIn(() => {
        setOpen(true);
        return new Promise((resolve) => {
          answer.current = resolve;
        });
      }),
    [],
  );
  function close(again: boolean): void {
    setOpen(false);
    answer.current?.(again);
    liveUpdates.restart();
    void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }
  return (
    <Modal
      opened={isOpen}
      onClose={() => close(false)}
      title={m.sessionOverTitle}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      zIndex={400}
    >
      <AgainForm onDone={close} />
    </Modal>
  );
}

function AgainForm({ onDone }: { onDone(again: boolean): void }) {
  const m = useMessages(shell);
  const locale = useLocale();
  const user = useCurrentUser();
  const { auth_mode: mode } = useSystemInfo();
  const isElsewhere = mode === 'oidc_auth';
  const [username, setUsername] = useState(user?.username ?? '');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState('');
  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    event.stopPropagation();
    try {
      await signIn(username, password);
      onDone(true);
    } catch (error) {
      const isWrong = error instanceof RestError && error.status === 401;
      setFailure(isWrong ? m.wrongCredentials : describeError(error, locale).message);
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Text size="sm">{m.sessionOverText}</Text>
        {failure !== '' && (
          <Alert color="red" role="alert">
            {failure}
          </Alert>
        )}
        {isElsewhere && <Elsewhere onDone={() => onDone(true)} />}
        <TextInput
          label={m.username}
          autoComplete="username"
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordField
          label={m.password}
          autoComplete="current-password"
          data-autofocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="end">
          <Button variant="default" onClick={() => onDone(false)}>
            {m.discard}
          </Button>
          <Button type="submit">{m.signIn}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A provider's page cannot be shown over this one: another tab has it. */
function Elsewhere({ onDone }: { onDone(): void }) {
  const m = useMessages(shell);
  const c = useMessages(common);
  return (
    <Stack gap="xs">
      <Text size="sm">{m.reloadToSignIn}</Text>
      <Group>
        <Button component="a" href={`${basePath}/c/oidc/login`} target="_blank" variant="default">
          {m.signIn}
        </Button>
        <Button onClick={onDone} aria-label={`${m.goOn} (${c.retry})`}>
          {m.goOn}
        </Button>
      </Group>
    </Stack>
  );
}
