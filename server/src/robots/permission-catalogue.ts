import {
  isAdmin,
  type Permission,
  type Principal,
  projectCatalogue,
  systemCatalogue,
} from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import type { RobotRepository } from './robot.repository.ts';

/** What robots may be given, as far as the caller could give it. */
export interface PermissionCatalogue {
  readonly system?: readonly Permission[];
  readonly project: readonly Permission[];
}

/**
 * Both lists for administrators, that of projects for whoever administers one.
 *
 * @throws AppError unauthenticated, denied (also for robots)
 */
export async function getCatalogue(
  robots: Pick<RobotRepository, 'isProjectAdmin'>,
  principal: Principal,
): Promise<PermissionCatalogue> {
  if (isAdmin(principal)) return { system: systemCatalogue, project: projectCatalogue };
  if (principal.kind !== 'user') throw refusalFor(principal);
  if (!(await robots.isProjectAdmin(principal.id, principal.groupIds))) throw refusalFor(principal);
  return { project: projectCatalogue };
}
