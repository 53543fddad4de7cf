import { Accordion, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { Failure, SkeletonLines } from '../../ui/states.tsx';
import { retentionMessages } from './messages.ts';
import type { RetentionTask } from './policy.ts';
import { listTasks } from './retention-queries.ts';
import { RunStatus } from './run-columns.tsx';
import { TaskDecisions } from './task-decisions.tsx';

interface RunResultProps {
  /** Of the policy. */
  readonly id: number;
  /** Of the run. */
  readonly eid: number;
  readonly isDryRun: boolean;
  /** Whether it may still change. */
  readonly isUnderWay: boolean;
}

/** What a run does, or would do, to each repository. */
export function RunResult(props: RunResultProps) {
  const { id, eid, isUnderWay } = props;
  const m = useMessages(retentionMessages);
  const key = ['retention', id, 'runs', eid];
  const query = useInfiniteQuery({
    queryKey: [...key, 'tasks'],
    queryFn: ({ pageParam: page, signal }) => listTasks({ id, eid, page }, signal),
    initialPageParam: 1,
    getNextPageParam: (last, pages) =>
      pages.reduce((sum, { items }) => sum + items.length, 0) < last.total
        ? pages.length + 1
        : undefined,
    placeholderData: keepPreviousData,
  });
  useLive([isUnderWay ? `execution:${eid}` : undefined], [key]);
  if (query.data === undefined) {
    if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <SkeletonLines count={3} />;
  }
  const tasks = query.data.pages.flatMap(({ items }) => items);
  const total = query.data.pages[0]?.total ?? 0;
  if (total === 0) return <Text size="sm">{m.noTasks}</Text>;
  return (
    <Stack gap="sm">
      <Summary tasks={tasks} total={total} isDryRun={props.isDryRun} />
      <TaskList {...props} tasks={tasks} />
      {query.hasNextPage && (
        <Button
          variant="default"
          size="xs"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {m.showMore(Math.min(100, total - tasks.length))}
        </Button>
      )}
    </Stack>
  );
}

interface SummaryProps {
  readonly tasks: readonly RetentionTask[];
  readonly total: number;
  readonly isDryRun: boolean;
}

function Summary({ tasks, total, isDryRun }: SummaryProps) {
  const m = useMessages(retentionMessages);
  const kept = tasks.reduce((sum, { retained }) => sum + retained, 0);
  const gone = tasks.reduce((sum, task) => sum + goneOf(task), 0);
  return (
    <Text size="sm" role="status">
      <Text span inherit fw={600}>
        {isDryRun ? m.wouldGo(gone) : m.went(gone)}
      </Text>
      {m.comma}
      {m.stays(kept)}
      {m.comma}
      {m.inRepositories(tasks.length, total)}
    </Text>
  );
}

/** Before it has ended nothing is known of what goes. */
function goneOf({ total, retained }: RetentionTask): number {
  return Math.max(0, total - retained);
}

interface TaskListProps extends RunResultProps {
  readonly tasks: readonly RetentionTask[];
}

function TaskList({ id, eid, isDryRun, tasks }: TaskListProps) {
  const [open, setOpen] = useState<readonly string[]>([]);
  return (
    <Accordion multiple variant="contained" value={[...open]} onChange={setOpen}>
      {tasks.map((task) => (
        <Accordion.Item key={task.id} value={String(task.id)}>
          <Accordion.Control>
            <Group gap="xs" justify="space-between">
              <Text size="sm" className="rule-sentence">
                {task.repository}
              </Text>
              <Group gap="xs">
                {task.total > 0 && <Counts task={task} isDryRun={isDryRun} />}
                <RunStatus status={task.status} />
              </Group>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            {open.includes(String(task.id)) && (
              <TaskDecisions
                place={{ id, eid, tid: task.id }}
                repository={task.repository}
                isDryRun={isDryRun}
              />
            )}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Counts({ task, isDryRun }: { task: RetentionTask; isDryRun: boolean }) {
  const m = useMessages(retentionMessages);
  return (
    <>
      <Badge variant="light" color={goneOf(task) > 0 ? 'red' : 'gray'} tt="none">
        {isDryRun ? m.goes(goneOf(task)) : m.gone(goneOf(task))}
      </Badge>
      <Badge variant="light" color="green" tt="none">
        {m.staysShort(task.retained)}
      </Badge>
    </>
  );
}
