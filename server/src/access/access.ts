import { type ActionSet, actions } from './actions.ts';
import { type Principal, ROLE } from './principal.ts';

/** What a decision needs to know of a project. */
export interface ProjectPolicy {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
}

const roleActions: ReadonlyMap<number, ActionSet> = new Map([
  [ROLE.projectAdmin, actions.all],
  [ROLE.maintainer, actions.all],
  [ROLE.developer, actions.pull | actions.push],
  [ROLE.guest, actions.pull],
  [ROLE.limitedGuest, actions.pull],
]);

/**
 * What `principal` may do to the repositories of a project (Harbor's role matrix, the rows
 * "repository" and "artifact"). Pure: the role is looked up by the caller.
 */
export function repositoryActions(
  principal: Principal,
  project: ProjectPolicy,
  roleId: number | undefined,
): ActionSet {
  if (principal.kind === 'user' && principal.isAdmin) return actions.all;
  const byRole = roleId === undefined ? actions.none : (roleActions.get(roleId) ?? actions.none);
  return byRole | (project.isPublic ? actions.pull : actions.none);
}
