import { Button, Divider, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect, useEffectEvent } from 'react';
import type { PageSearch } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { sessionQuery, useSystemInfo } from '../../lib/session.ts';
import { Link } from '../../ui/link.tsx';
import { Busy } from '../../ui/states.tsx';
import { EntryFrame } from './entry-frame.tsx';
import { accountMessages } from './messages.ts';
import { type Provider, providerUrl, useProvider } from './provider.ts';
import { SignInForm } from './sign-in-form.tsx';
import { useReturn } from './use-return.ts';

/** Where people sign in: with a password, or at their provider. */
export function SignInPage() {
  const m = useMessages(accountMessages);
  const isLeaving = useLeaving();
  const provider = useProvider();
  const search: PageSearch = useSearch({ strict: false });
  const isLocal = String(search['local'] ?? '') === '1';
  if (isLeaving) return <Busy />;
  if (provider?.isOnly === true && !isLocal) return <ToProvider provider={provider} />;
  return (
    <EntryFrame title={m.signInTitle} footer={<OtherWays />}>
      {provider?.isMain === true && !isLocal ? (
        <ProviderFirst provider={provider} />
      ) : (
        <>
          <SignInForm provider={provider} />
          {provider !== undefined && <ProviderBeside provider={provider} />}
        </>
      )}
    </EntryFrame>
  );
}

/** Who is signed in goes on. What was known on coming here may be of a session that has ended. */
function useLeaving(): boolean {
  const { goOn } = useReturn();
  const { data, isError, isFetchedAfterMount } = useQuery({
    ...sessionQuery,
    refetchOnMount: ({ state }) => ((state.data?.user ?? null) === null ? false : 'always'),
  });
  const user = data?.user ?? null;
  const leave = useEffectEvent(goOn);
  const isCertain = isFetchedAfterMount && !isError;
  // The frame sends those on who have to choose a password first.
  const mayLeave = isCertain && user !== null && user.password_change_required !== true;
  useEffect(() => {
    if (mayLeave) leave();
  }, [mayLeave]);
  return user !== null && !isError;
}

function ToProvider({ provider }: { provider: Provider }) {
  const m = useMessages(accountMessages);
  const { path } = useReturn();
  useEffect(() => window.location.replace(providerUrl(path)), [path]);
  return (
    <EntryFrame title={m.goingTo(provider.name)}>
      <Busy />
    </EntryFrame>
  );
}

function ProviderFirst({ provider }: { provider: Provider }) {
  const m = useMessages(accountMessages);
  const { path } = useReturn();
  return (
    <Stack>
      <Button component="a" href={providerUrl(path)} size="md" fullWidth>
        {m.signInWith(provider.name)}
      </Button>
      <Divider label={m.or} />
      <Stack gap={2} align="center" ta="center">
        <Link to="/account/sign-in" search={{ redirect_url: path, local: 1 }}>
          {m.localAccount}
        </Link>
        <Text size="sm" c="dimmed">
          {m.localText}
        </Text>
      </Stack>
    </Stack>
  );
}

function ProviderBeside({ provider }: { provider: Provider }) {
  const m = useMessages(accountMessages);
  const { path } = useReturn();
  if (provider.isMain) {
    return (
      <Group justify="center">
        <Link to="/account/sign-in" search={{ redirect_url: path }} size="sm">
          {m.backTo(provider.name)}
        </Link>
      </Group>
    );
  }
  return (
    <>
      <Divider label={m.or} />
      <Button component="a" href={providerUrl(path)} variant="default" fullWidth>
        {m.signInWith(provider.name)}
      </Button>
    </>
  );
}

function OtherWays() {
  const m = useMessages(accountMessages);
  const { path } = useReturn();
  const { self_registration: mayRegister } = useSystemInfo();
  return (
    <Stack gap="xs" align="center">
      {mayRegister === true && (
        <Text size="sm">
          {m.noAccount}{' '}
          <Link to="/account/sign-up" search={{ redirect_url: path }} underline="always">
            {m.signUp}
          </Link>
        </Text>
      )}
      <Link to="/projects" size="sm">
        {m.browse}
      </Link>
    </Stack>
  );
}
