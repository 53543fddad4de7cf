import { Paper, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Answer, api, one } from '../../lib/api.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser, useIsAdmin } from '../../lib/session.ts';
import { projectsMessages } from './messages.ts';

/** How much there is, as far as the reader sees it. Visitors are not told. */
export function StatisticsCards() {
  const m = useMessages(projectsMessages);
  const user = useCurrentUser();
  const isAdmin = useIsAdmin();
  const { data, isError } = useQuery({
    queryKey: ['statistics'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/statistics', { signal })),
    enabled: user !== null,
  });
  // The list below is what the page is for.
  if (user === null || isError) return null;
  const cards = data === undefined ? undefined : <Cards data={data} isAdmin={isAdmin} />;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3 }} component="section" aria-label={m.statistics}>
      {cards ?? [1, 2, 3].map((key) => <Skeleton key={key} height={92} radius="md" />)}
    </SimpleGrid>
  );
}

function Cards({ data, isAdmin }: { data: Answer<'getStatistic'>; isAdmin: boolean }) {
  const m = useMessages(projectsMessages);
  const { number, bytes } = useFormat();
  const projects = [data.public_project_count, data.private_project_count] as const;
  const repositories = [data.public_repo_count, data.private_repo_count] as const;
  return (
    <>
      {[
        { title: m.title, counts: projects },
        { title: m.repositories, counts: repositories },
      ].map(({ title, counts: [open, closed] }) => (
        <Card key={title} title={title} hint={m.publicAndPrivate(number(open), number(closed))}>
          {number(open + closed)}
        </Card>
      ))}
      {isAdmin && (
        <Card title={m.storage} hint={m.storageHint}>
          {bytes(data.total_storage_consumption)}
        </Card>
      )}
    </>
  );
}

function Card({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" radius="md">
      <Stack gap={2}>
        <Text size="sm" c="dimmed">
          {title}
        </Text>
        <Text size="xl" fw={600}>
          {children}
        </Text>
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      </Stack>
    </Paper>
  );
}
