import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { api, done, many, one, text } from '../../lib/api.ts';
import { useProject } from '../../lib/project.ts';
import { bodyOf, draftOfPolicy, type PolicyDraft, type RetentionPolicy } from './policy.ts';

/** The policy that a project's metadata name; undefined for none. */
export function usePolicyId(): number | undefined {
  const id = Number(useProject().project.metadata?.['retention_id']);
  return Number.isInteger(id) && id > 0 ? id : undefined;
}

export function policyQuery(id: number) {
  return queryOptions({
    queryKey: ['retention', id, 'policy'],
    queryFn: ({ signal }) =>
      one(api.GET('/api/v2.0/retentions/{id}', { params: { path: { id } }, signal })),
  });
}

/** As many repositories of a run as the API gives at once. */
export function listTasks(
  { id, eid, page }: { id: number; eid: number; page: number },
  signal: AbortSignal,
) {
  return many(
    api.GET('/api/v2.0/retentions/{id}/executions/{eid}/tasks', {
      params: { path: { id, eid }, query: { page, page_size: 100 } },
      signal,
    }),
  );
}

/** Which task of which run of which policy. */
export interface TaskPlace {
  readonly id: number;
  readonly eid: number;
  readonly tid: number;
}

export function logQuery({ id, eid, tid }: TaskPlace) {
  return queryOptions({
    queryKey: ['retention', id, 'runs', eid, 'log', tid],
    queryFn: ({ signal }) =>
      text(
        api.GET('/api/v2.0/retentions/{id}/executions/{eid}/tasks/{tid}', {
          params: { path: { id, eid, tid } },
          parseAs: 'text',
          signal,
        }),
      ),
  });
}

export const metadataQuery = queryOptions({
  queryKey: ['retention-metadata'],
  queryFn: ({ signal }) => one(api.GET('/api/v2.0/retentions/metadatas', { signal })),
  staleTime: Infinity,
});

/** Changes the policy, or makes the project's first one. */
export function useSavePolicy(policy: RetentionPolicy | null) {
  const { project } = useProject();
  const client = useQueryClient();
  return async (change: Partial<PolicyDraft>): Promise<void> => {
    const body = bodyOf({ ...draftOfPolicy(policy), ...change }, project.project_id);
    if (policy === null) {
      await done(api.POST('/api/v2.0/retentions', { body }));
      await client.invalidateQueries({ queryKey: ['project', project.name] });
      return;
    }
    const { id } = policy;
    await done(api.PUT('/api/v2.0/retentions/{id}', { params: { path: { id } }, body }));
    await client.invalidateQueries({ queryKey: ['retention', id] });
  };
}
