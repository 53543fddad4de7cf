import { canInProject, type Principal, type ProjectPolicy, rolesByPower } from '../access/index.ts';
import type { MembershipRepository } from './membership.repository.ts';

/**
 * Ids of the projects in which `principal` may do `action` by a role or a permission of its own;
 * what anybody may do in public ones does not count.
 */
export async function listPermittedProjectIds(
  memberships: MembershipRepository,
  principal: Principal,
  { resource, action }: { readonly resource: string; readonly action: string },
): Promise<readonly number[]> {
  if (principal.kind === 'anonymous') return [];
  const can = (project: Pick<ProjectPolicy, 'id'>, roles: readonly number[]) =>
    canInProject(principal, { ...project, isPublic: false }, roles, resource, action);
  if (principal.kind === 'robot') {
    const isForAll = principal.permissions.some(({ scope }) => scope === 'all-projects');
    const named = principal.permissions.map(({ scope }) => scope);
    const ids = isForAll
      ? await memberships.listProjectIds()
      : [...new Set(named.filter((scope) => typeof scope === 'number'))];
    return ids.filter((id) => can({ id }, []));
  }
  const plain = { ...principal, isAdmin: false, limits: undefined };
  const roles = rolesByPower.filter((role) =>
    canInProject(plain, { id: 0, isPublic: false }, [role], resource, action),
  );
  const ids = await memberships.listMemberProjectIds(principal.id, principal.groupIds, roles);
  return ids.filter((id) => can({ id }, roles));
}
