import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, many } from './api.ts';
import { useCurrentUser, useIsAdmin } from './session.ts';

/** What the reader may do in a project; nothing until that is known. */
export interface Permissions {
  can(resource: string, action: string): boolean;
  readonly isPending: boolean;
}

export function permissionsQuery(projectId: number) {
  return queryOptions({
    queryKey: ['permissions', projectId],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/users/current/permissions', {
          params: { query: { scope: `/project/${projectId}`, relative: true } },
          signal,
        }),
      ),
    staleTime: 30_000,
  });
}

/** Resources and actions are Harbor's: `can('member', 'create')`. */
export function usePermissions(projectId: number | undefined): Permissions {
  const user = useCurrentUser();
  const isAdmin = useIsAdmin();
  const query = useQuery({
    ...permissionsQuery(projectId ?? 0),
    enabled: projectId !== undefined && user !== null,
  });
  const granted = new Set(query.data?.items.map((one) => `${one.resource}:${one.action}`));
  return {
    can: (resource, action) => isAdmin || granted.has(`${resource}:${action}`),
    isPending: query.isLoading,
  };
}
