import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { api, done, many, one } from '../../lib/api.ts';
import { allOf, contains, type ListState } from '../../lib/list-state.ts';
import { useProject } from '../../lib/project.ts';
import type { PolicyBody, WebhookPolicy } from './policy.ts';

const POLICY = '/api/v2.0/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}';

export function policiesQuery(projectId: number, list: ListState) {
  const q = allOf(contains('name', list.filter('name')));
  const query = {
    page: list.page,
    page_size: list.size,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(q !== undefined && { q }),
  };
  return queryOptions({
    queryKey: ['webhooks', projectId, 'list', query],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name_or_id}/webhook/policies', {
          params: { path: { project_name_or_id: String(projectId) }, query },
          signal,
        }),
      ),
  });
}

/** When each event last triggered each policy, in one answer. */
export function lastTriggersQuery(projectId: number) {
  return queryOptions({
    queryKey: ['webhooks', projectId, 'last-triggers'],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name_or_id}/webhook/lasttrigger', {
          params: { path: { project_name_or_id: String(projectId) } },
          signal,
        }),
      ),
  });
}

/** What a policy can be made of. */
export function choicesQuery(projectId: number) {
  return queryOptions({
    queryKey: ['webhook-choices', projectId],
    queryFn: ({ signal }) =>
      one(
        api.GET('/api/v2.0/projects/{project_name_or_id}/webhook/events', {
          params: { path: { project_name_or_id: String(projectId) } },
          signal,
        }),
      ),
    staleTime: Infinity,
  });
}

export function policyQuery(projectId: number, policyId: number) {
  return queryOptions({
    queryKey: ['webhooks', projectId, 'policy', policyId],
    queryFn: ({ signal }) =>
      one(
        api.GET(POLICY, {
          params: {
            path: { project_name_or_id: String(projectId), webhook_policy_id: policyId },
          },
          signal,
        }),
      ),
  });
}

/** The ways to change policies; each but the batch's shows them anew. */
export function usePolicyChanges() {
  const { project_id: id } = useProject().project;
  const client = useQueryClient();
  const project = { project_name_or_id: String(id) };
  const pathOf = (policy: WebhookPolicy) => ({ ...project, webhook_policy_id: policy.id });
  return {
    show: () => client.invalidateQueries({ queryKey: ['webhooks', id] }),
    /** @param policy undefined adds one */
    put: (policy: WebhookPolicy | undefined, body: PolicyBody) =>
      done(
        policy === undefined
          ? api.POST('/api/v2.0/projects/{project_name_or_id}/webhook/policies', {
              params: { path: project },
              body,
            })
          : api.PUT(POLICY, { params: { path: pathOf(policy) }, body }),
      ),
    remove: (policy: WebhookPolicy) =>
      done(api.DELETE(POLICY, { params: { path: pathOf(policy) } })),
  };
}
