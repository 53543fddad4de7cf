import { Alert, Anchor, Button, Card, Group, SimpleGrid, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, one } from '../../lib/api.ts';
import { basePath } from '../../lib/base.ts';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { Link } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { QueryView } from '../../ui/states.tsx';
import { KeyValues } from '../../ui/values.tsx';
import { ComponentsTable } from './components-table.tsx';
import { systemMessages } from './messages.ts';
import { StorageCard } from './storage-card.tsx';

/** Whether all parts of the registry work, and what it runs on. */
export function HealthPage() {
  const m = useMessages(systemMessages);
  const words = useMessages(common);
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/health', { signal })),
  });
  return (
    <Page
      title={m.title}
      description={m.age}
      actions={
        <Button variant="default" loading={health.isFetching} onClick={() => void health.refetch()}>
          {words.refresh}
        </Button>
      }
    >
      <QueryView query={health}>
        {({ status, components }) => (
          <Stack gap="md">
            <Alert
              color={status === 'healthy' ? 'green' : 'red'}
              title={status === 'healthy' ? m.allWell : m.notWell}
              role="status"
            />
            <ComponentsTable components={components} />
          </Stack>
        )}
      </QueryView>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <StorageCard />
        <Versions />
      </SimpleGrid>
      <More />
    </Page>
  );
}

function Versions() {
  const m = useMessages(systemMessages);
  const info = useSystemInfo();
  const format = useFormat();
  const entries: readonly (readonly [string, ReactNode])[] = [
    [m.berth, info.berth_version],
    [m.harborApi, info.harbor_version],
    [m.externalUrl, info.external_url],
    [m.registryHost, info.registry_url],
    [m.serverTime, info.current_time && format.dateTime(info.current_time)],
    [m.features, info.berth_features?.join(', ')],
  ];
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {m.versions}
        </Title>
        <KeyValues entries={entries} />
      </Stack>
    </Card>
  );
}

function More() {
  const m = useMessages(systemMessages);
  return (
    <Group component="nav" aria-label={m.more} gap="lg">
      <Link to="/admin/jobs">{m.jobs}</Link>
      <Link to="/admin/gc">{m.gc}</Link>
      <Link to="/logs">{m.logs}</Link>
      <Anchor href={`${basePath}/devcenter-api-2.0`}>{m.apiExplorer}</Anchor>
    </Group>
  );
}
