import { Button, Stack, TextInput } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { isUsername } from '../../lib/account-rules.ts';
import { api, done, RestError } from '../../lib/api.ts';
import type { PageSearch } from '../../lib/list-state.ts';
import { liveUpdates } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSessionChanged } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { Link } from '../../ui/link.tsx';
import { EntryFrame } from './entry-frame.tsx';
import { type AccountWords, accountMessages } from './messages.ts';
import { useProvider } from './provider.ts';
import { useReturn } from './use-return.ts';

/** The name of somebody whom the OIDC provider has sent here for the first time. */
export function OidcOnboardPage() {
  const m = useMessages(accountMessages);
  const provider = useProvider();
  const { path } = useReturn();
  return (
    <EntryFrame
      title={m.onboardTitle}
      description={m.onboardText(provider?.name ?? m.provider)}
      footer={
        <Link to="/account/sign-in" search={{ redirect_url: path, local: 1 }} size="sm" ta="center">
          {m.signIn}
        </Link>
      }
    >
      <NameForm />
    </EntryFrame>
  );
}

function NameForm() {
  const m = useMessages(accountMessages);
  const search: PageSearch = useSearch({ strict: false });
  const { goOn } = useReturn();
  const sessionChanged = useSessionChanged();
  const [username, setUsername] = useState(() => String(search['username'] ?? ''));
  const { submit, isSending, failure } = useSubmit(async () => {
    await onboard(username, m);
    liveUpdates.restart();
    await sessionChanged();
    goOn();
  });
  const isWrong = username !== '' && !isUsername(username);
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure}
        <TextInput
          label={m.username}
          description={m.usernameRule}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={username}
          error={isWrong && m.usernameRule}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <Button
          type="submit"
          size="md"
          loading={isSending}
          disabled={!isUsername(username)}
          fullWidth
        >
          {m.onboard}
        </Button>
      </Stack>
    </form>
  );
}

async function onboard(username: string, m: AccountWords): Promise<void> {
  try {
    await done(api.POST('/c/oidc/onboard', { body: { username } }));
  } catch (error) {
    const isOver = error instanceof RestError && error.message.includes('at the provider');
    throw isOver ? new Error(m.onboardOver) : error;
  }
}
