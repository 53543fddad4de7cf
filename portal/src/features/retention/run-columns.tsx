import { ActionIcon, Group, Loader, Text, Tooltip } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import type { Column } from '../../ui/data-table.tsx';
import { runMessages } from '../../ui/run-messages.ts';
import { Status, Time } from '../../ui/values.tsx';
import { retentionMessages } from './messages.ts';
import { isUnderWay, type RetentionRun, secondsOf } from './policy.ts';

/** What the table of runs shows. */
export function useRunColumns(onStop: (run: number) => void): readonly Column<RetentionRun>[] {
  const m = useMessages(retentionMessages);
  const words = useMessages(common);
  const runs = useMessages(runMessages);
  const mayStop = useProject().permissions.can('tag-retention', 'update');
  return [
    { key: 'id', title: m.id, isFixed: true, render: ({ id }) => id },
    {
      key: 'status',
      title: m.status,
      isFixed: true,
      render: ({ status }) => <RunStatus status={status} />,
    },
    {
      key: 'dry-run',
      title: m.dryRun,
      render: ({ dry_run: isDryRun }) => (isDryRun ? words.yes : words.no),
    },
    { key: 'trigger', title: m.trigger, render: ({ trigger }) => runs.triggerOf(trigger) },
    { key: 'started', title: m.started, render: (run) => <Time value={run.start_time} /> },
    {
      key: 'duration',
      title: m.duration,
      align: 'right',
      render: (run) => <Duration times={run} />,
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (run) => mayStop && isUnderWay(run) && <StopButton run={run.id} onStop={onStop} />,
    },
  ];
}

/** How a run, or a part of it, goes. */
export function RunStatus({ status }: { status: string }) {
  const m = useMessages(runMessages);
  return (
    <Group gap="xs" wrap="nowrap" component="span">
      <Status value={status} label={m.statusOf(status)} />
      {status === 'Running' && <Loader size={14} aria-hidden />}
    </Group>
  );
}

function Duration({ times }: { times: { start_time?: string; end_time?: string } }) {
  const format = useFormat();
  const seconds = secondsOf(times);
  return (
    <Text span inherit style={{ whiteSpace: 'nowrap' }}>
      {seconds === undefined ? '' : format.duration(seconds)}
    </Text>
  );
}

function StopButton({ run, onStop }: { run: number; onStop(run: number): void }) {
  const m = useMessages(retentionMessages);
  return (
    <Tooltip label={m.stopRun(run)}>
      <ActionIcon
        variant="subtle"
        color="red"
        aria-label={m.stopRun(run)}
        onClick={() => onStop(run)}
      >
        <IconPlayerStop size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
