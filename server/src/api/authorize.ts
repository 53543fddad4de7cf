import {
  canInProject,
  canInSystem,
  isAdmin,
  type Principal,
  type ProjectAccess,
  type ProjectPolicy,
} from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import type { ProjectRequirement, Requirement } from './requirement.ts';

export interface AuthorizePorts {
  readonly access: ProjectAccess;
  /** By name, or by id. */
  findProject(reference: string | number): Promise<ProjectPolicy | undefined>;
}

/**
 * Lets the call pass or throws. Gives the project of the path to routes that need a right in one.
 *
 * @throws AppError unauthenticated, denied; not-found for callers that may see every project
 */
export async function authorize(
  ports: AuthorizePorts,
  principal: Principal,
  requirement: Requirement,
  reference: string | number | undefined,
): Promise<ProjectPolicy | undefined> {
  switch (requirement.kind) {
    case 'anyone':
    case 'decided':
      return undefined;
    case 'authenticated':
      if (principal.kind === 'anonymous') throw refusalFor(principal);
      return undefined;
    case 'system':
      if (!canInSystem(principal, requirement.resource, requirement.action)) {
        throw refusalFor(principal);
      }
      return undefined;
    case 'project':
      return authorizeInProject(ports, principal, requirement, reference ?? '');
  }
}

async function authorizeInProject(
  ports: AuthorizePorts,
  principal: Principal,
  { resource, action, authenticated }: ProjectRequirement,
  reference: string | number,
): Promise<ProjectPolicy> {
  if (authenticated && principal.kind === 'anonymous') throw refusalFor(principal);
  const project = await ports.findProject(reference);
  if (project === undefined) {
    // Who may see every project learns that there is none; to others it looks like a private one.
    if (seesAll(principal, resource, action)) throw projectNotFound(reference);
    throw refusalFor(principal);
  }
  if (!(await ports.access.can(principal, project, resource, action))) throw refusalFor(principal);
  return project;
}

const NOWHERE = { id: 0, isPublic: false };

function seesAll(principal: Principal, resource: string, action: string): boolean {
  return isAdmin(principal) || canInProject(principal, NOWHERE, [], resource, action);
}

export function projectNotFound(reference: string | number): AppError {
  return new AppError('not-found', `project ${reference} not found`);
}

/** 401 when logging in could help, 403 when it could not. The same words for whatever is missing. */
export function refusalFor(principal: Principal): AppError {
  return principal.kind === 'anonymous'
    ? new AppError('unauthenticated', 'unauthorized: log in first')
    : new AppError('denied', 'forbidden: your rights do not reach this far');
}
