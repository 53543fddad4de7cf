import { Code, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/states.tsx';
import { Time } from '../../ui/values.tsx';
import { findNextRun } from './cron.ts';
import { queuesQuery, type Schedule, schedulesQuery } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';
import { summarizeQueues } from './queue-summary.ts';
import { ScheduleSwitch } from './schedule-switch.tsx';

/** What starts by itself, and when. */
export function SchedulesTab() {
  const m = useMessages(jobserviceMessages);
  const list = useListState({ table: 'job-schedules' });
  const query = useQuery({
    ...schedulesQuery(list.page, list.size),
    placeholderData: keepPreviousData,
  });
  const isPaused = useQuery({ ...queuesQuery, select: summarizeQueues }).data?.areSchedulesPaused;
  return (
    <DataTable
      label={m.schedules}
      table="job-schedules"
      list={list}
      query={query}
      columns={useColumns(isPaused === true)}
      keyOf={({ id }) => String(id)}
      nameOf={({ vendor_type }) => m.type(vendor_type)}
      empty={
        <Empty title={m.noSchedules}>
          <Text c="dimmed">{m.noSchedulesHint}</Text>
        </Empty>
      }
      toolbar={isPaused !== undefined && <ScheduleSwitch isPaused={isPaused} />}
    />
  );
}

function useColumns(isPaused: boolean): readonly Column<Schedule>[] {
  const m = useMessages(jobserviceMessages);
  return [
    {
      key: 'type',
      title: m.jobType,
      isFixed: true,
      render: ({ vendor_type }) => m.type(vendor_type),
    },
    {
      key: 'vendor',
      title: m.vendorId,
      render: ({ vendor_id }) => (vendor_id > 0 ? m.policy(vendor_id) : m.system),
    },
    { key: 'cron', title: m.cron, render: ({ cron }) => <Code>{cron}</Code> },
    {
      key: 'next',
      title: m.nextRun,
      render: ({ cron }) => <NextRun cron={cron} isPaused={isPaused} />,
    },
    {
      key: 'updated',
      title: m.updated,
      render: ({ update_time }) => <Time value={update_time} />,
    },
  ];
}

function NextRun({ cron, isPaused }: { cron: string; isPaused: boolean }) {
  const m = useMessages(jobserviceMessages);
  const [now] = useState(() => new Date());
  if (isPaused) return m.paused;
  const next = findNextRun(cron, now);
  return next === undefined ? '—' : <Time value={next.toISOString()} />;
}
