import { ActionIcon, Group, Loader, Text, Title, Tooltip } from '@mantine/core';
import { IconFileText, IconPlayerStop } from '@tabler/icons-react';
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { common } from '../lib/common-messages.ts';
import { useFormat } from '../lib/format.ts';
import { type ListState, useListState } from '../lib/list-state.ts';
import { useMessages } from '../lib/messages.ts';
import {
  isUnderWay,
  parseParameters,
  type RunParameters,
  type SystemJob,
  type SystemRun,
} from '../lib/system-job.ts';
import { type Column, DataTable } from './data-table.tsx';
import { ConfirmDialog } from './dialog.tsx';
import { notifyDone } from './notify.tsx';
import { runMessages } from './run-messages.ts';
import { Empty } from './states.tsx';
import { Status, Time } from './values.tsx';

interface RunHistoryProps {
  readonly job: SystemJob;
  /** What a run has done, or has so far. */
  renderResult(parameters: RunParameters, run: SystemRun): ReactNode;
  onOpenLog(id: number): void;
}

/** A page of the runs, newest first. */
export function runsQuery(job: SystemJob, { page, size }: Pick<ListState, 'page' | 'size'>) {
  return queryOptions({
    queryKey: ['system-job', job.key, 'runs', page, size],
    queryFn: ({ signal }) => job.listRuns({ page, page_size: size }, signal),
  });
}

/** The list of a job's runs, as its address has it. */
export function useRunList(job: SystemJob): ListState {
  return useListState({ table: `${job.key}-runs` });
}

/** The runs that there were, newest first. */
export function RunHistory({ job, renderResult, onOpenLog }: RunHistoryProps) {
  const m = useMessages(runMessages);
  const list = useRunList(job);
  const [stopped, setStopped] = useState<number>();
  const query = useQuery({ ...runsQuery(job, list), placeholderData: keepPreviousData });
  return (
    <>
      <DataTable
        label={m.history}
        table={`${job.key}-runs`}
        columns={useColumns({ renderResult, onOpenLog, onStop: setStopped })}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ id }) => String(id)}
        toolbar={
          <Title order={2} size="h4">
            {m.history}
          </Title>
        }
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
          </Empty>
        }
      />
      {stopped !== undefined && (
        <StopDialog job={job} id={stopped} onClose={() => setStopped(undefined)} />
      )}
    </>
  );
}

interface ColumnOptions extends Omit<RunHistoryProps, 'job'> {
  onStop(id: number): void;
}

function useColumns(options: ColumnOptions): readonly Column<SystemRun>[] {
  const m = useMessages(runMessages);
  const words = useMessages(common);
  const format = useFormat();
  return [
    { key: 'id', title: m.id, isFixed: true, render: ({ id }) => id },
    { key: 'status', title: m.status, isFixed: true, render: (run) => <RunStatus run={run} /> },
    { key: 'trigger', title: m.trigger, render: ({ job_kind: kind }) => m.triggerOf(kind) },
    {
      key: 'dry-run',
      title: m.dryRun,
      render: ({ job_parameters: parameters }) =>
        parseParameters(parameters)['dry_run'] === true ? words.yes : words.no,
    },
    {
      key: 'result',
      title: m.result,
      render: (run) => options.renderResult(parseParameters(run.job_parameters), run),
    },
    {
      key: 'started',
      title: m.started,
      render: ({ creation_time: time }) => <Time value={time} />,
    },
    {
      key: 'duration',
      title: m.duration,
      align: 'right',
      render: (run) => (isUnderWay(run) ? '' : format.duration(secondsOf(run))),
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (run) => <RunButtons run={run} {...options} />,
    },
  ];
}

function secondsOf({ creation_time: start, update_time: end }: SystemRun): number {
  return Math.max(0, new Date(end).getTime() - new Date(start).getTime()) / 1000;
}

/** How a run went, or goes. */
export function RunStatus({ run }: { run: SystemRun }) {
  const m = useMessages(runMessages);
  return (
    <Group gap="xs" wrap="nowrap">
      <Status value={run.job_status} label={m.statusOf(run.job_status)} />
      {run.job_status === 'Running' && <Loader size={14} aria-hidden />}
    </Group>
  );
}

function RunButtons({ run, onOpenLog, onStop }: ColumnOptions & { run: SystemRun }) {
  const m = useMessages(runMessages);
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {isUnderWay(run) && (
        <Tooltip label={m.stop(run.id)}>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={m.stop(run.id)}
            onClick={() => onStop(run.id)}
          >
            <IconPlayerStop size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      <Tooltip label={m.showLog(run.id)}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={m.showLog(run.id)}
          onClick={() => onOpenLog(run.id)}
        >
          <IconFileText size={16} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

interface StopDialogProps {
  readonly job: SystemJob;
  readonly id: number;
  onClose(): void;
}

function StopDialog({ job, id, onClose }: StopDialogProps) {
  const m = useMessages(runMessages);
  const client = useQueryClient();
  async function stop(): Promise<void> {
    await job.stop(id);
    notifyDone(m.stopped(id));
    await client.invalidateQueries({ queryKey: ['system-job', job.key] });
  }
  return (
    <ConfirmDialog
      title={m.stopTitle(id)}
      opened
      onClose={onClose}
      onConfirm={stop}
      confirmLabel={m.stopLabel}
    >
      {m.stopText}
    </ConfirmDialog>
  );
}
