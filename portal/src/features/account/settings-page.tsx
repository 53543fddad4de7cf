import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PageSearch } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { type CurrentUser, useCurrentUser } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { SignInFirst } from '../../ui/sign-in-first.tsx';
import { CliSecretTab } from './cli-secret-tab.tsx';
import { PasswordTab } from './password-tab.tsx';
import { PreferencesTab } from './preferences-tab.tsx';
import { ProfileTab } from './profile-tab.tsx';
import { sessionsQuery } from './sessions-query.ts';
import { SessionsTab } from './sessions-tab.tsx';
import { settingsMessages } from './settings-messages.ts';
import { TokensTab } from './tokens-tab.tsx';

interface Tab {
  readonly key: string;
  readonly title: string;
  readonly content: ReactNode;
}

/** What belongs to whoever is signed in. */
export function SettingsPage() {
  const m = useMessages(settingsMessages);
  const user = useCurrentUser();
  if (user === null) return <SignInFirst />;
  return (
    <Page title={m.title} description={m.signedInAs(user.username)}>
      <Settings user={user} />
    </Page>
  );
}

function Settings({ user }: { user: CurrentUser }) {
  const m = useMessages(settingsMessages);
  const navigate = useNavigate();
  const search: PageSearch = useSearch({ strict: false });
  const tabs = useTabs(user);
  const chosen = tabs.find(({ key }) => key === search['tab']) ?? tabs[0];
  if (chosen === undefined) return null;
  const choose = (tab: string | null) =>
    void navigate({ to: '.', search: { tab: tab ?? undefined }, replace: true });
  return (
    <Tabs value={chosen.key} onChange={choose} keepMounted={false}>
      <Tabs.List aria-label={m.tabs} mb="md">
        {tabs.map(({ key, title }) => (
          <Tabs.Tab key={key} value={key}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ key, content }) => (
        <Tabs.Panel key={key} value={key}>
          {content}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function useTabs(user: CurrentUser): readonly Tab[] {
  const m = useMessages(settingsMessages);
  const isLocal = useIsLocal(user);
  return [
    {
      key: 'profile',
      title: m.profile,
      content: <ProfileTab user={user} isLocal={isLocal === true} />,
    },
    // The session tells where the account is from; until then the tab stays as it was asked for.
    ...(isLocal === false
      ? []
      : [{ key: 'password', title: m.password, content: <PasswordTab user={user} /> }]),
    { key: 'sessions', title: m.sessions, content: <SessionsTab /> },
    { key: 'tokens', title: m.tokens, content: <TokensTab user={user} /> },
    ...(user.oidc_user_meta === undefined
      ? []
      : [{ key: 'cli-secret', title: m.cliSecret, content: <CliSecretTab user={user} /> }]),
    { key: 'preferences', title: m.preferences, content: <PreferencesTab /> },
  ];
}

/** Whether the account's password and profile are the registry's own; undefined: not known yet. */
function useIsLocal(user: CurrentUser): boolean | undefined {
  const { data } = useQuery(sessionsQuery);
  if (user.oidc_user_meta !== undefined) return false;
  const current = data?.items.find((session) => session.current);
  return current && current.source === 'database';
}
