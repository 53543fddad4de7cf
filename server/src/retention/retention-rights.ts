import {
  canInProject,
  isAdmin,
  type Principal,
  type ProjectAccess,
  type ProjectDirectory,
  type ProjectPolicy,
} from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { RetentionPolicyRepository } from './retention-policy.repository.ts';
import type { RetentionPolicy } from './retention-policy.ts';

export interface RetentionRightsPorts {
  readonly policies: Pick<RetentionPolicyRepository, 'find'>;
  readonly projects: Pick<ProjectDirectory, 'findPolicyById'>;
  readonly access: Pick<ProjectAccess, 'can'>;
}

export type RetentionAction = 'create' | 'read' | 'update' | 'delete' | 'list';

export interface OwnedPolicy {
  readonly policy: RetentionPolicy;
  readonly project: ProjectPolicy;
}

const RESOURCE = 'tag-retention';

/**
 * The policy, for callers who may do this to it. To others one that is not there looks like one
 * that they may not see.
 *
 * @param absence the kind of error that tells of its absence; Harbor has two
 * @throws AppError unauthenticated, denied; `absence` for callers that may see every project
 */
export async function getAuthorized(
  ports: RetentionRightsPorts,
  principal: Principal,
  id: number,
  action: RetentionAction,
  absence: 'not-found' | 'invalid' = 'not-found',
): Promise<OwnedPolicy> {
  const policy = await ports.policies.find(id);
  const project = policy && (await ports.projects.findPolicyById(policy.projectId));
  if (policy === undefined || project === undefined) {
    throw seesAll(principal, action) ? policyNotFound(id, absence) : refusalFor(principal);
  }
  if (!(await ports.access.can(principal, project, RESOURCE, action))) throw refusalFor(principal);
  return { policy, project };
}

/**
 * The project, for callers who may do this to its policy.
 *
 * @throws AppError unauthenticated, denied; invalid for callers that may see every project
 */
export async function authorizeProject(
  ports: Pick<RetentionRightsPorts, 'projects' | 'access'>,
  principal: Principal,
  projectId: number,
  action: RetentionAction,
): Promise<ProjectPolicy> {
  const project = await ports.projects.findPolicyById(projectId);
  if (project === undefined) {
    throw seesAll(principal, action)
      ? new AppError('invalid', `invalid Project id ${projectId}`)
      : refusalFor(principal);
  }
  if (!(await ports.access.can(principal, project, RESOURCE, action))) throw refusalFor(principal);
  return project;
}

export function policyNotFound(id: number, kind: 'not-found' | 'invalid' = 'not-found'): AppError {
  return new AppError(kind, `no such Retention policy with id ${id}`);
}

const NOWHERE = { id: 0, isPublic: false };

function seesAll(principal: Principal, action: RetentionAction): boolean {
  return isAdmin(principal) || canInProject(principal, NOWHERE, [], RESOURCE, action);
}
