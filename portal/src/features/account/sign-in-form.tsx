import { Alert, Button, Checkbox, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { RestError } from '../../lib/api.ts';
import { liveUpdates } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { getPreferences, updatePreferences } from '../../lib/preferences.ts';
import { sessionQuery, signIn, useSessionChanged, useSystemInfo } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { accountMessages } from './messages.ts';
import type { Provider } from './provider.ts';
import { typedPassword } from './typed-password.ts';

/** A name and a password, of the registry itself or of a directory. */
export function SignInForm({ provider }: { provider: Provider | undefined }) {
  const m = useMessages(accountMessages);
  const { initial_admin_password: initial } = useSystemInfo();
  const [known] = useState(() => getPreferences().username ?? '');
  const [username, setUsername] = useState(known || (initial === undefined ? '' : 'admin'));
  const [password, setPassword] = useState('');
  const [isRemembered, setRemembered] = useState(known !== '');
  const { nameRef, passwordRef } = useFocus(username !== '');
  const begin = useSignIn(provider);
  const { submit, isSending, failure } = useSubmit(async () => {
    try {
      // What a browser has filled in may not have been told to this form.
      await begin(nameRef.current?.value ?? username, passwordRef.current?.value ?? password);
      updatePreferences({ username: isRemembered ? username : '' });
    } catch (error) {
      passwordRef.current?.select();
      throw error;
    }
  });
  return (
    <form onSubmit={submit}>
      <Stack>
        {initial !== undefined && <FirstPassword file={initial.file} />}
        {failure}
        <TextInput
          ref={nameRef}
          label={m.username}
          required
          withAsterisk={false}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordField
          ref={passwordRef}
          label={m.password}
          required
          withAsterisk={false}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Checkbox
          label={m.remember}
          checked={isRemembered}
          onChange={(event) => setRemembered(event.currentTarget.checked)}
        />
        <Button type="submit" size="md" loading={isSending} fullWidth>
          {m.signIn}
        </Button>
      </Stack>
    </form>
  );
}

/** The cursor waits in the first field that is empty. */
function useFocus(hasName: boolean) {
  const nameRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);
  const [isNamed] = useState(hasName);
  useEffect(() => (isNamed ? passwordRef : nameRef).current?.focus(), [isNamed]);
  return { nameRef, passwordRef };
}

function FirstPassword({ file }: { file: string }) {
  const m = useMessages(accountMessages);
  return (
    <Alert title={m.firstTitle} variant="light">
      {m.firstText(file)}
    </Alert>
  );
}

/** Signs in and has everything asked anew. The page leads on once it is known who reads. */
function useSignIn(provider: Provider | undefined) {
  const m = useMessages(accountMessages);
  const client = useQueryClient();
  const sessionChanged = useSessionChanged();
  return async (username: string, password: string): Promise<void> => {
    try {
      await signIn(username, password);
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      if (error.redirectLocation !== undefined && provider !== undefined) {
        throw new Error(m.wrongLocal(provider.name), { cause: error });
      }
      if (error.status === 401) throw new Error(m.wrongCredentials, { cause: error });
      throw error;
    }
    typedPassword.put(password);
    liveUpdates.restart();
    await sessionChanged();
    const user = client.getQueryData(sessionQuery.queryKey)?.user;
    if (user?.password_change_required !== true) typedPassword.forget();
  };
}
