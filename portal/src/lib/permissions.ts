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

/** Harbor's rights of anybody in a public project: only who is signed in is told theirs. */
const visitorRights: ReadonlySet<string> = new Set([
  'project:read',
  'repository:list',
  'artifact:read',
  'artifact:list',
  'artifact-addition:read',
  'tag:list',
  'accessory:list',
  'label:read',
  'label:list',
]);

/** Resources and actions are Harbor's: `can('member', 'create')`. */
export function usePermissions(projectId: number | undefined): Permissions {
  const user = useCurrentUser();
  const isAdmin = useIsAdmin();
  const query = useQuery({
    ...permissionsQuery(projectId ?? 0),
    enabled: projectId !== undefined && user !== null && !isAdmin,
  });
  const told = query.data?.items.map(({ resource, action }) =>
    // Relative to the project, it is itself a dot.
    resource === '.' ? `project:${action}` : `${resource}:${action}`,
  );
  const granted = user === null ? visitorRights : new Set(told);
  return {
    can: (resource, action) => isAdmin || granted.has(`${resource}:${action}`),
    isPending: query.isLoading,
  };
}
