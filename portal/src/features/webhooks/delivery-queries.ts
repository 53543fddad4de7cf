import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { api, done, many, text } from '../../lib/api.ts';
import { allOf, type ListState } from '../../lib/list-state.ts';

const EXECUTIONS =
  '/api/v2.0/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions';

/** Which policy of which project, as paths have it. */
export interface PolicyPlace {
  readonly project_name_or_id: string;
  readonly webhook_policy_id: number;
}

export function deliveriesQuery(place: PolicyPlace, list: ListState) {
  const status = list.filter('status');
  const q = allOf(status === '' ? undefined : `status=${encodeURIComponent(status)}`);
  const query = {
    page: list.page,
    page_size: list.size,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(q !== undefined && { q }),
  };
  return queryOptions({
    queryKey: ['deliveries', place.webhook_policy_id, 'list', query],
    queryFn: ({ signal }) => many(api.GET(EXECUTIONS, { params: { path: place, query }, signal })),
  });
}

export function tasksQuery(place: PolicyPlace, execution: number) {
  return queryOptions({
    queryKey: ['deliveries', place.webhook_policy_id, 'tasks', execution],
    queryFn: ({ signal }) =>
      many(
        api.GET(`${EXECUTIONS}/{execution_id}/tasks`, {
          params: { path: { ...place, execution_id: execution } },
          signal,
        }),
      ),
  });
}

export function logQuery(place: PolicyPlace, task: { id: number; execution_id: number }) {
  return queryOptions({
    queryKey: ['deliveries', place.webhook_policy_id, 'log', task.id],
    queryFn: ({ signal }) =>
      text(
        api.GET(`${EXECUTIONS}/{execution_id}/tasks/{task_id}/log`, {
          params: { path: { ...place, execution_id: task.execution_id, task_id: task.id } },
          parseAs: 'text',
          signal,
        }),
      ),
  });
}

/** Sends once more what a delivery sent. */
export function useReplay(place: PolicyPlace) {
  const client = useQueryClient();
  return async (execution: number): Promise<void> => {
    await done(
      api.POST(`${EXECUTIONS}/{execution_id}/replay`, {
        params: { path: { ...place, execution_id: execution } },
      }),
    );
    await client.invalidateQueries({ queryKey: ['deliveries', place.webhook_policy_id] });
  };
}
