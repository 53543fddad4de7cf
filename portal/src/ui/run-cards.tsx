import { Card, Group, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, one } from '../lib/api.ts';
import { useMessages } from '../lib/messages.ts';
import { parseParameters, type RunParameters, type SystemJob } from '../lib/system-job.ts';
import { Link } from './link.tsx';
import { RunStatus, runsQuery, useRunList } from './run-history.tsx';
import { runMessages } from './run-messages.ts';
import { QueryView } from './states.tsx';
import { Time } from './values.tsx';

/** The schedule of a job; null when it has none. */
export function scheduleQuery(job: SystemJob) {
  return queryOptions({
    queryKey: ['system-job', job.key, 'schedule'],
    queryFn: ({ signal }) => job.findSchedule(signal),
  });
}

/** How the last run went, or goes. */
export function LastRunCard({
  job,
  renderResult,
}: {
  job: SystemJob;
  renderResult(parameters: RunParameters): ReactNode;
}) {
  const m = useMessages(runMessages);
  // The first page of the history, which is asked for once.
  const query = useQuery(runsQuery(job, { page: 1, size: useRunList(job).size }));
  return (
    <FactCard title={m.lastRun}>
      <QueryView query={query}>
        {({ items: [run] }) =>
          run === undefined ? (
            <Text c="dimmed">{m.noRun}</Text>
          ) : (
            <>
              <Group gap="xs">
                <RunStatus run={run} />
                <Text size="sm">
                  <Time value={run.creation_time} />
                </Text>
              </Group>
              <Text size="sm" c="dimmed" component="div">
                {renderResult(parseParameters(run.job_parameters))}
              </Text>
            </>
          )
        }
      </QueryView>
    </FactCard>
  );
}

/** When it runs next by itself. */
export function NextRunCard({ job }: { job: SystemJob }) {
  const m = useMessages(runMessages);
  const schedule = useQuery(scheduleQuery(job));
  const paused = useQuery({
    queryKey: ['system-job', 'paused'],
    queryFn: ({ signal }) =>
      one(
        api.GET('/api/v2.0/schedules/{job_type}/paused', {
          params: { path: { job_type: 'all' } },
          signal,
        }),
      ),
  });
  return (
    <FactCard title={m.nextRun}>
      <QueryView query={schedule}>
        {(found) =>
          found === null ? (
            <Text c="dimmed">{m.noSchedule}</Text>
          ) : (
            <Text fw={600}>
              <Time value={found.schedule.next_scheduled_time} />
            </Text>
          )
        }
      </QueryView>
      {paused.data?.paused === true && (
        <Text size="sm">
          {m.paused} <Link to="/admin/jobs">{m.toJobs}</Link>
        </Text>
      )}
    </FactCard>
  );
}

/** Something to know at a glance. */
export function FactCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      {children}
    </Card>
  );
}
