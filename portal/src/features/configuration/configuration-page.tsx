import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, one } from '../../lib/api.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { Page } from '../../ui/page.tsx';
import { QueryView } from '../../ui/states.tsx';
import { BannerForm } from './banner-form.tsx';
import { ConfigurationContext } from './draft.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { configurationMessages } from './messages.ts';
import { SaveBar } from './save-bar.tsx';
import { SettingGroups } from './setting-groups.tsx';
import { authenticationGroups, systemGroups } from './settings-table.ts';
import { type Draft, type Stored, withValue } from './values.ts';

/** How the registry is set up. */
export function ConfigurationPage() {
  const m = useMessages(configurationMessages);
  const query = useQuery({
    queryKey: ['configurations'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/configurations', { signal })),
    // What is typed over must not move below the hand.
    refetchOnWindowFocus: false,
  });
  return (
    <Page title={m.title}>
      <QueryView query={query}>{(stored) => <Form stored={stored} />}</QueryView>
    </Page>
  );
}

function Form({ stored }: { stored: Stored }) {
  const m = useMessages(configurationMessages);
  const list = useListState({ table: 'configuration' });
  const [draft, setDraft] = useState<Draft>({});
  return (
    <ConfigurationContext
      value={{
        stored,
        draft,
        setValue: (key, value) => setDraft((before) => withValue(before, stored, key, value)),
      }}
    >
      <Tabs
        value={list.filter('tab') || 'authentication'}
        onChange={(tab) => list.setFilter('tab', tab === 'authentication' ? '' : (tab ?? ''))}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="authentication">{m.authentication}</Tabs.Tab>
          <Tabs.Tab value="system">{m.system}</Tabs.Tab>
          <Tabs.Tab value="banner">{m.banner}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="authentication" pt="md">
          <SettingGroups groups={authenticationGroups} />
        </Tabs.Panel>
        <Tabs.Panel value="system" pt="md">
          <SettingGroups groups={systemGroups} />
        </Tabs.Panel>
        <Tabs.Panel value="banner" pt="md">
          <BannerForm />
        </Tabs.Panel>
      </Tabs>
      <SaveBar onReset={() => setDraft({})} />
      <LeaveGuard />
    </ConfigurationContext>
  );
}
