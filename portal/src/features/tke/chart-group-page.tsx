import { Alert, Button, Group, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { Link } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { QueryView } from '../../ui/states.tsx';
import { ChartGroupDialog } from './chart-group-dialog.tsx';
import { chartMessages } from './chart-messages.ts';
import { ChartsTab } from './charts-tab.tsx';
import { tkeMessages } from './messages.ts';
import { MirrorButton } from './mirror-button.tsx';
import { PhaseStatus } from './phase-status.tsx';
import { chartGroupQuery, useCaller, usePlace } from './tke-queries.ts';
import { canManageChartGroup } from './tke-rights.ts';
import type { ChartGroup } from './tke-types.ts';
import { UsageGuide } from './usage-guide.tsx';

/** The charts of a group, and the commands to use it. */
export function ChartGroupPage() {
  const m = useMessages(chartMessages);
  const { group: name = '' } = useParams({ strict: false });
  const query = useQuery(chartGroupQuery(usePlace(name)));
  const [isEditing, setEditing] = useState(false);
  return (
    <Page
      title={name}
      trail={[
        <Link key="groups" to="/tke/chart-groups">
          {m.groups}
        </Link>,
      ]}
      description={query.data?.spec.description || query.data?.spec.displayName}
      actions={<Actions group={query.data} onEdit={() => setEditing(true)} />}
    >
      <QueryView query={query}>
        {(group) => (
          <>
            <Facts group={group} />
            <Content group={group} />
            <ChartGroupDialog
              edited={isEditing ? group : undefined}
              onClose={() => setEditing(false)}
            />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Actions({ group, onEdit }: { group: ChartGroup | undefined; onEdit: () => void }) {
  const words = useMessages(common);
  const caller = useCaller();
  if (group === undefined || !canManageChartGroup(caller, group)) return null;
  return (
    <>
      {group.spec.type === 'Imported' && <MirrorButton group={group} />}
      <Button variant="default" onClick={onEdit}>
        {words.edit}
      </Button>
    </>
  );
}

function Facts({ group: { spec, status } }: { group: ChartGroup }) {
  const words = useMessages(tkeMessages);
  const readers = spec.visibility === 'Project' ? spec.projects : spec.users;
  return (
    <>
      {status.locked === true && (
        <Alert color="yellow" title={words.locked} role="status">
          {words.lockedHint}
        </Alert>
      )}
      <Group gap="lg">
        <Text size="sm">{words.types(spec.type)}</Text>
        <Text size="sm">
          {words.visibilities(spec.visibility)}
          {spec.visibility !== 'Public' && readers.length > 0 && `: ${readers.join(', ')}`}
        </Text>
        {spec.importedInfo !== undefined && (
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {spec.importedInfo.addr}
          </Text>
        )}
        <PhaseStatus status={status} />
      </Group>
    </>
  );
}

function Content({ group }: { group: ChartGroup }) {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  const list = useListState({ table: 'tke-chart-group' });
  return (
    <Tabs
      value={list.filter('tab') || 'charts'}
      onChange={(tab) => list.setFilter('tab', tab === 'guide' ? 'guide' : '')}
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="charts">{m.chartTab}</Tabs.Tab>
        <Tabs.Tab value="guide">{words.guide}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="charts" pt="md">
        <ChartsTab group={group} onGuide={() => list.setFilter('tab', 'guide')} />
      </Tabs.Panel>
      <Tabs.Panel value="guide" pt="md">
        <UsageGuide group={group.spec.name} />
      </Tabs.Panel>
    </Tabs>
  );
}
