import { Tabs } from '@mantine/core';
import { useListState } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { Page } from '../../ui/page.tsx';
import { JobserviceCards } from './jobservice-cards.tsx';
import { jobserviceMessages } from './messages.ts';
import { QueuesTab } from './queues-tab.tsx';
import { SchedulesTab } from './schedules-tab.tsx';
import { WorkersTab } from './workers-tab.tsx';

/** What waits, what is scheduled and what runs. */
export function JobservicePage() {
  const m = useMessages(jobserviceMessages);
  const list = useListState({ table: 'jobservice' });
  useLive(['jobs'], [['jobservice']]);
  return (
    <Page title={m.title} description={m.description}>
      <JobserviceCards />
      <Tabs
        value={list.filter('tab') || 'queues'}
        onChange={(tab) => list.setFilter('tab', tab === 'queues' ? '' : (tab ?? ''))}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="queues">{m.queues}</Tabs.Tab>
          <Tabs.Tab value="schedules">{m.schedules}</Tabs.Tab>
          <Tabs.Tab value="workers">{m.workers}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="queues" pt="md">
          <QueuesTab />
        </Tabs.Panel>
        <Tabs.Panel value="schedules" pt="md">
          <SchedulesTab />
        </Tabs.Panel>
        <Tabs.Panel value="workers" pt="md">
          <WorkersTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
