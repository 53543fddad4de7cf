import { Button, Group, Menu, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat } from '../../lib/format.ts';
import { useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { Status } from '../../ui/values.tsx';
import { changeQueue, type QueueAction, queuesQuery } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';
import { type JobQueue, jobQueues, LATE_SECONDS } from './queue-summary.ts';

/** What waits, by kind of work. */
export function QueuesTab() {
  const m = useMessages(jobserviceMessages);
  const list = useListState({ table: 'job-queues', sort: '-count' });
  const [stopped, setStopped] = useState<readonly JobQueue[]>([]);
  const change = useQueueChange();
  const query = useQuery({
    ...queuesQuery,
    select: (queues) =>
      pageOf(jobQueues(queues), {
        list,
        search: list.filter('q'),
        textOf: ({ job_type }) => `${job_type} ${m.type(job_type)}`,
        values: {
          type: ({ job_type }) => m.type(job_type),
          count: ({ count }) => count,
          latency: ({ latency }) => latency,
        },
      }),
  });
  return (
    <>
      <DataTable
        label={m.queues}
        table="job-queues"
        list={list}
        query={query}
        columns={useColumns(change, setStopped)}
        keyOf={({ job_type }) => job_type}
        nameOf={({ job_type }) => m.type(job_type)}
        empty={<Empty title={m.noQueues} />}
        toolbar={
          <SearchInput
            label={m.search}
            value={list.filter('q')}
            onChange={(value) => list.setFilter('q', value)}
          />
        }
        renderBatch={(rows, clear) => (
          <>
            <Button size="xs" variant="default" onClick={() => void change(rows, 'pause', clear)}>
              {m.pause}
            </Button>
            <Button size="xs" variant="default" onClick={() => void change(rows, 'resume', clear)}>
              {m.resume}
            </Button>
            <Button size="xs" variant="light" color="red" onClick={() => setStopped(rows)}>
              {m.stopPending}
            </Button>
          </>
        )}
      />
      <StopDialog
        queues={stopped}
        onClose={() => setStopped([])}
        onConfirm={() => change(stopped, 'stop')}
      />
    </>
  );
}

interface StopDialogProps {
  readonly queues: readonly JobQueue[];
  onClose(): void;
  onConfirm(): Promise<void>;
}

function StopDialog({ queues, onClose, onConfirm }: StopDialogProps) {
  const m = useMessages(jobserviceMessages);
  return (
    <ConfirmDialog
      title={m.stopPending}
      opened={queues.length > 0}
      onClose={onClose}
      confirmLabel={m.stopPending}
      onConfirm={onConfirm}
    >
      <Text size="sm">{m.stopPendingText}</Text>
      <NameList names={queues.map(({ job_type }) => m.type(job_type))} />
    </ConfirmDialog>
  );
}

type Change = (rows: readonly JobQueue[], action: QueueAction, done?: () => void) => Promise<void>;

function useQueueChange(): Change {
  const m = useMessages(jobserviceMessages);
  const client = useQueryClient();
  const titles = { stop: m.stopPending, pause: m.pause, resume: m.resume };
  return async (rows, action, done) => {
    await runBatch({
      title: titles[action],
      items: rows,
      nameOf: ({ job_type }) => m.type(job_type),
      run: ({ job_type }) => changeQueue(job_type, action),
    });
    await client.invalidateQueries({ queryKey: ['jobservice'] });
    done?.();
  };
}

function useColumns(
  change: Change,
  onStop: (rows: readonly JobQueue[]) => void,
): readonly Column<JobQueue>[] {
  const m = useMessages(jobserviceMessages);
  const format = useFormat();
  return [
    {
      key: 'type',
      title: m.jobType,
      sort: 'type',
      isFixed: true,
      render: ({ job_type }) => m.type(job_type),
    },
    {
      key: 'count',
      title: m.pending,
      sort: 'count',
      align: 'right',
      render: ({ count }) => format.number(count),
    },
    {
      key: 'latency',
      title: m.latency,
      sort: 'latency',
      render: ({ latency }) => <Latency seconds={latency} />,
    },
    {
      key: 'paused',
      title: m.state,
      render: ({ paused }) => (
        <Status value={paused ? 'stopped' : 'enabled'} label={paused ? m.paused : m.active} />
      ),
    },
    {
      key: 'menu',
      title: '',
      align: 'right',
      isFixed: true,
      render: (row) => (
        <RowMenu name={m.type(row.job_type)}>
          <Menu.Item onClick={() => void change([row], row.paused ? 'resume' : 'pause')}>
            {row.paused ? m.resume : m.pause}
          </Menu.Item>
          <Menu.Item
            c="var(--mantine-color-error)"
            disabled={row.count === 0}
            onClick={() => onStop([row])}
          >
            {m.stopPending}
          </Menu.Item>
        </RowMenu>
      ),
    },
  ];
}

function Latency({ seconds }: { seconds: number }) {
  const m = useMessages(jobserviceMessages);
  const format = useFormat();
  if (seconds === 0) return '—';
  return (
    <Group gap={6} wrap="nowrap">
      {format.duration(seconds)}
      {seconds >= LATE_SECONDS && <IconAlertTriangle size={16} role="img" aria-label={m.late} />}
    </Group>
  );
}
