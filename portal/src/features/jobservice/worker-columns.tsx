import { Menu, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Time } from '../../ui/values.tsx';
import type { Worker } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';

interface WorkerColumns {
  nameOf(worker: Worker): string;
  onLog(worker: Worker): void;
  onStop(worker: Worker): void;
}

/** A worker is `<pool>.<number>`. */
export function numberOf(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

export function useWorkerColumns({
  nameOf,
  onLog,
  onStop,
}: WorkerColumns): readonly Column<Worker>[] {
  const m = useMessages(jobserviceMessages);
  return [
    { key: 'worker', title: m.worker, isFixed: true, render: nameOf },
    {
      key: 'job',
      title: m.job,
      render: ({ job_name }) =>
        job_name === undefined ? (
          <Text span inherit c="dimmed">
            {m.idle}
          </Text>
        ) : (
          m.type(job_name)
        ),
    },
    { key: 'id', title: m.jobId, render: ({ job_id }) => job_id ?? '—' },
    {
      key: 'started',
      title: m.started,
      render: ({ start_at }) => (start_at === undefined ? '—' : <Time value={start_at} />),
    },
    {
      key: 'checked',
      title: m.checkedIn,
      render: ({ checkin_at }) => (checkin_at === undefined ? '—' : <Time value={checkin_at} />),
    },
    {
      key: 'menu',
      title: '',
      align: 'right',
      isFixed: true,
      render: (row) =>
        row.job_id !== undefined && (
          <RowMenu name={nameOf(row)}>
            <Menu.Item onClick={() => onLog(row)}>{m.viewLog}</Menu.Item>
            <Menu.Item c="var(--mantine-color-error)" onClick={() => onStop(row)}>
              {m.stop}
            </Menu.Item>
          </RowMenu>
        ),
    },
  ];
}
