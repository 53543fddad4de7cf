import {
  actions,
  formerProjectCatalogue,
  isGlob,
  matchesGlob,
  type Principal,
  parseActions,
  projectCatalogue,
  type RobotPermission,
  type RobotPrincipal,
  systemCatalogue,
  type UserPrincipal,
} from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import type { RobotGrant } from './robot.ts';

/** A permission as a caller asks for it. */
export interface PermissionRequest {
  readonly kind: string;
  readonly namespace: string;
  readonly access: readonly {
    readonly resource: string;
    readonly action: string;
    readonly effect?: string | undefined;
  }[];
  readonly repositories?: readonly string[] | undefined;
}

type Access = RobotPermission['access'][number];

const EFFECTS = new Set(['', 'allow', 'deny']);
const keyOf = ({ resource, action }: Pick<Access, 'resource' | 'action'>) =>
  `${resource}:${action}`;
const catalogues: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(systemCatalogue.map(keyOf)),
  project: new Set([...projectCatalogue, ...formerProjectCatalogue].map(keyOf)),
};

/**
 * Refuses permissions that do not exist, whatever the projects they name.
 *
 * @throws AppError invalid
 */
export function checkPermissions(permissions: readonly PermissionRequest[]): void {
  if (permissions.length === 0) throw new AppError('invalid', 'bad request empty permission');
  for (const permission of permissions) checkPermission(permission);
}

function checkPermission({ kind, namespace, access, repositories }: PermissionRequest): void {
  const catalogue = Object.hasOwn(catalogues, kind) ? catalogues[kind] : undefined;
  if (catalogue === undefined) {
    throw new AppError('invalid', `bad request error permission kind: ${shorten(kind)}`);
  }
  if (kind === 'system' && namespace !== '/') {
    throw new AppError('invalid', 'bad request: a permission of kind system needs the namespace /');
  }
  if (access.length === 0) throw new AppError('invalid', 'bad request empty access');
  for (const entry of access) {
    if (!catalogue.has(keyOf(entry))) {
      throw new AppError('invalid', `bad request permission: ${shorten(keyOf(entry))}`);
    }
    if (!EFFECTS.has(entry.effect ?? '')) {
      throw new AppError('invalid', `bad request effect: ${shorten(entry.effect ?? '')}`);
    }
  }
  checkRepositories(kind, repositories ?? []);
}

function checkRepositories(kind: string, repositories: readonly string[]): void {
  if (kind === 'system' && repositories.length > 0) {
    throw new AppError('invalid', 'only a permission of kind project can name repositories');
  }
  const wrong = repositories.find((glob) => !isGlob(glob));
  if (wrong !== undefined) {
    throw new AppError('invalid', `"${shorten(wrong)}" is no pattern for names of repositories`);
  }
}

/** The permission as it is kept. `scope` is what its kind and namespace mean. */
export function grantOf(
  { namespace, access, repositories }: PermissionRequest,
  scope: RobotPermission['scope'],
): RobotGrant {
  return {
    scope,
    namespace,
    access: access.map(({ resource, action, effect }) =>
      effect === 'allow' || effect === 'deny' ? { resource, action, effect } : { resource, action },
    ),
    repositories: [...new Set(repositories ?? [])],
  };
}

/**
 * Refuses to hand out what `principal` does not hold itself. Users have been authorised for the
 * robot's project before, or for the system: there their roles stand for the whole catalogue.
 *
 * @throws AppError refused
 */
export function assertHolds(principal: Principal, grants: readonly RobotGrant[]): void {
  for (const grant of grants) {
    const missing = grant.access.find(
      (entry) => entry.effect !== 'deny' && !holds(principal, grant, entry),
    );
    if (missing === undefined) continue;
    throw new AppError(
      'refused',
      `permission scope is invalid: you do not hold ${keyOf(missing)} on ${grant.namespace}`,
    );
  }
}

function holds(principal: Principal, grant: RobotGrant, entry: Access): boolean {
  switch (principal.kind) {
    case 'anonymous':
      return false;
    case 'user':
      return isWithinLimits(principal, grant, entry);
    case 'robot':
      return robotHolds(principal, grant, entry);
  }
}

/** A personal token hands out no more than it has itself. */
function isWithinLimits({ limits }: UserPrincipal, grant: RobotGrant, entry: Access): boolean {
  if (limits === undefined) return true;
  if (limits.projectIds !== undefined) {
    if (typeof grant.scope !== 'number' || !limits.projectIds.includes(grant.scope)) return false;
  }
  const bit = entry.resource === 'repository' ? parseActions([entry.action]) : actions.none;
  return limits.api === 'write' && (bit & ~limits.repository) === 0;
}

function robotHolds(robot: RobotPrincipal, grant: RobotGrant, entry: Access): boolean {
  const key = keyOf(entry);
  const has = (permission: RobotPermission, isDeny: boolean) =>
    permission.access.some((own) => keyOf(own) === key && (own.effect === 'deny') === isDeny);
  const isGranted = robot.permissions.some(
    (own) =>
      covers(robot, own.scope, grant.scope) &&
      coversRepositories(own.repositories, grant.repositories) &&
      has(own, false),
  );
  // What is denied to the creator somewhere must not come back through a wider grant.
  const isDenied = robot.permissions.some(
    (own) => touches(own.scope, grant.scope) && has(own, true),
  );
  return isGranted && !isDenied;
}

type Scope = RobotPermission['scope'];

function covers({ projectId }: RobotPrincipal, own: Scope, wanted: Scope): boolean {
  if (projectId !== undefined && wanted !== projectId) return false;
  return own === wanted || (own === 'all-projects' && typeof wanted === 'number');
}

function touches(own: Scope, wanted: Scope): boolean {
  if (own === 'system' || wanted === 'system') return own === wanted;
  return own === wanted || own === 'all-projects' || wanted === 'all-projects';
}

/** Whether every name that fits `wanted` surely fits `own`. */
function coversRepositories(own: readonly string[], wanted: readonly string[]): boolean {
  if (own.length === 0) return true;
  if (wanted.length === 0) return false;
  return wanted.every(
    (glob) =>
      own.includes(glob) || (!/[*?]/.test(glob) && own.some((mine) => matchesGlob(mine, glob))),
  );
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
