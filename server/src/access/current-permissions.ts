import { canInProject, canInSystem, type ProjectPolicy } from './access.ts';
import { type Permission, systemPermissions } from './permission.ts';
import type { Principal } from './principal.ts';
import type { ProjectAccess } from './repository-access.ts';
import { projectPermissions } from './roles.ts';

/**
 * What `principal` may do in a scope, `/system` or `/project/{id}`; nothing in any other. Harbor's
 * names of resources: `/project/1/member` and `/project/1` for the project itself; with
 * `isRelative` they are `member` and `.`.
 */
export async function listPermissions(
  principal: Principal,
  scope: string,
  isRelative: boolean,
  ports: {
    readonly access: ProjectAccess;
    findProject(id: number): Promise<ProjectPolicy | undefined>;
  },
): Promise<Permission[]> {
  const base = isRelative ? '' : `${scope}/`;
  if (scope === '/system') {
    return systemPermissions
      .filter(({ resource, action }) => canInSystem(principal, resource, action))
      .map(({ resource, action }) => ({ resource: base + resource, action }));
  }
  const [, id] = /^\/project\/(\d{1,15})$/.exec(scope) ?? [];
  const project = id === undefined ? undefined : await ports.findProject(Number(id));
  if (project === undefined) return [];
  const self = isRelative ? '.' : scope;
  const roles = await ports.access.listRoles(principal, project);
  return projectPermissions
    .filter(({ resource, action }) => canInProject(principal, project, roles, resource, action))
    .map(({ resource, action }) => ({
      resource: resource === 'project' ? self : base + resource,
      action,
    }));
}
