import { queryOptions } from '@tanstack/react-query';
import { type Answer, api, done, many, one } from '../../lib/api.ts';

export type Worker = Answer<'getWorkers'>[number];
export type WorkerPool = Answer<'getWorkerPools'>[number];
export type Schedule = Answer<'listSchedules'>[number];
export type QueueAction = 'stop' | 'pause' | 'resume';

export const queuesQuery = queryOptions({
  queryKey: ['jobservice', 'queues'],
  queryFn: ({ signal }) => one(api.GET('/api/v2.0/jobservice/queues', { signal })),
});

export const workersQuery = queryOptions({
  queryKey: ['jobservice', 'workers'],
  queryFn: ({ signal }) =>
    one(
      api.GET('/api/v2.0/jobservice/pools/{pool_id}/workers', {
        params: { path: { pool_id: 'all' } },
        signal,
      }),
    ),
});

export const poolsQuery = queryOptions({
  queryKey: ['jobservice', 'pools'],
  queryFn: ({ signal }) => one(api.GET('/api/v2.0/jobservice/pools', { signal })),
});

export function schedulesQuery(page: number, size: number) {
  return queryOptions({
    queryKey: ['jobservice', 'schedules', page, size],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/schedules', { params: { query: { page, page_size: size } }, signal }),
      ),
  });
}

/** @param type a job type, `SCHEDULER` for all schedules, or `all` */
export async function changeQueue(type: string, action: QueueAction): Promise<void> {
  await done(
    api.PUT('/api/v2.0/jobservice/queues/{job_type}', {
      params: { path: { job_type: type } },
      body: { action },
    }),
  );
}

/** @param id a job's, or `all` for those that run */
export async function stopJob(id: string): Promise<void> {
  await done(api.PUT('/api/v2.0/jobservice/jobs/{job_id}', { params: { path: { job_id: id } } }));
}
