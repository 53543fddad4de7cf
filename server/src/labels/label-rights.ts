import {
  canInSystem,
  isAdmin,
  type Principal,
  type ProjectAccess,
  type ProjectDirectory,
} from '../access/index.ts';
import { projectNotFound, refusalFor } from '../api/index.ts';

export interface LabelRightsPorts {
  readonly projects: Pick<ProjectDirectory, 'findPolicyById'>;
  readonly access: ProjectAccess;
}

export type LabelAction = 'create' | 'read' | 'update' | 'delete' | 'list';

/**
 * Lets whoever may do this to labels of the project, or without one of the system, pass.
 *
 * @throws AppError unauthenticated, denied; not-found: the project, for administrators
 */
export async function authorizeLabels(
  { projects, access }: LabelRightsPorts,
  principal: Principal,
  projectId: number | undefined,
  action: LabelAction,
): Promise<void> {
  if (projectId === undefined) {
    if (!canInSystem(principal, 'label', action)) throw refusalFor(principal);
    return;
  }
  const project = await projects.findPolicyById(projectId);
  if (project === undefined) {
    throw isAdmin(principal) ? projectNotFound(projectId) : refusalFor(principal);
  }
  if (!(await access.can(principal, project, 'label', action))) throw refusalFor(principal);
}

/**
 * Whether the caller may know that a label of the project is there. Those of the system are listed
 * to anyone.
 */
export async function knowsLabels(
  { projects, access }: LabelRightsPorts,
  principal: Principal,
  projectId: number | undefined,
): Promise<boolean> {
  if (projectId === undefined) return true;
  const project = await projects.findPolicyById(projectId);
  return project !== undefined && access.can(principal, project, 'label', 'read');
}
