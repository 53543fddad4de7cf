import { Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { QueryView } from '../../ui/states.tsx';
import { Status } from '../../ui/values.tsx';
import { queuesQuery, workersQuery } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';
import { type QueueSummary, summarizeQueues } from './queue-summary.ts';
import { ScheduleSwitch } from './schedule-switch.tsx';

/** The state of all work at a glance. */
export function JobserviceCards() {
  const m = useMessages(jobserviceMessages);
  const queues = useQuery({ ...queuesQuery, select: summarizeQueues });
  const workers = useQuery(workersQuery);
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} component="section" aria-label={m.overview}>
      <SummaryCard title={m.pendingJobs}>
        <QueryView query={queues}>{(summary) => <Pending summary={summary} />}</QueryView>
      </SummaryCard>
      <SummaryCard title={m.schedules}>
        <QueryView query={queues}>{(summary) => <Schedules summary={summary} />}</QueryView>
      </SummaryCard>
      <SummaryCard title={m.workers}>
        <QueryView query={workers}>
          {(all) => (
            <Busy
              busy={all.filter(({ job_id }) => job_id !== undefined).length}
              total={all.length}
            />
          )}
        </QueryView>
      </SummaryCard>
    </SimpleGrid>
  );
}

function SummaryCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Title order={2} size="h5">
          {title}
        </Title>
        {children}
      </Stack>
    </Card>
  );
}

function Pending({ summary }: { summary: QueueSummary }) {
  const m = useMessages(jobserviceMessages);
  const format = useFormat();
  const { pending, top, others, paused } = summary;
  return (
    <Stack gap={4}>
      <Text fz="h2" fw={700}>
        {format.number(pending)}
      </Text>
      {pending === 0 && (
        <Text size="sm" c="dimmed">
          {m.nothingPending}
        </Text>
      )}
      {top.map(({ job_type, count }) => (
        <Line key={job_type} name={m.type(job_type)} value={format.number(count)} />
      ))}
      {others > 0 && <Line name={m.otherQueues} value={format.number(others)} />}
      {paused > 0 && <Text size="sm">{m.pausedQueues(paused)}</Text>}
    </Stack>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{name}</Text>
      <Text size="sm">{value}</Text>
    </Group>
  );
}

function Schedules({ summary }: { summary: QueueSummary }) {
  const m = useMessages(jobserviceMessages);
  const isPaused = summary.areSchedulesPaused;
  return (
    <Stack gap="xs" align="start">
      <Status
        value={isPaused ? 'stopped' : 'running'}
        label={isPaused ? m.schedulesPaused : m.schedulesRun}
      />
      <Text size="sm" c="dimmed">
        {isPaused ? m.schedulesPausedHint : m.schedulesRunHint}
      </Text>
      <ScheduleSwitch isPaused={isPaused} />
    </Stack>
  );
}

function Busy({ busy, total }: { busy: number; total: number }) {
  const m = useMessages(jobserviceMessages);
  return (
    <Stack gap="xs">
      <Text fz="h2" fw={700}>
        {m.busyOf(busy, total)}
      </Text>
      <Progress
        value={total === 0 ? 0 : (busy / total) * 100}
        aria-label={`${m.busyShare}: ${m.busyOf(busy, total)}`}
      />
    </Stack>
  );
}
