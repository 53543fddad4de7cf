import type { Answer, Body } from '../../lib/api.ts';
import { keyOf, type PermissionKeys, parseKey } from './permission-set.ts';

export type Robot = Answer<'ListRobot'>[number];
type RobotPermission = Robot['permissions'][number];
type Access = RobotPermission['access'][number];
export type RobotBody = Body<'UpdateRobot'>;

/** All projects, in the API's words. */
export const ALL_PROJECTS = '*';
const SYSTEM = '/';
export const FOREVER = -1;

/** What a robot may do in one place. */
export interface GrantDraft {
  /** Two grants may be of one project, with different repositories. */
  readonly key: string;
  readonly namespace: string;
  readonly allowed: PermissionKeys;
  /** Denials are not edited here, and not lost. */
  readonly denied: readonly Access[];
  readonly repositories: readonly string[];
}

/** What a robot is to be. */
export interface RobotDraft {
  /** Without prefix and project for a new one, else the full name. */
  readonly name: string;
  readonly description: string;
  /** Days; -1 is for ever. */
  readonly duration: number;
  readonly system: GrantDraft;
  readonly grants: readonly GrantDraft[];
}

/** A grant that allows `allowed`. */
export function createGrant(namespace: string, allowed: PermissionKeys = new Set()): GrantDraft {
  return { key: `+${namespace}`, namespace, allowed, denied: [], repositories: [] };
}

/** Where to begin with a new robot. @param project undefined: of the system */
export function emptyDraft(project: string | undefined, duration: number): RobotDraft {
  const push: PermissionKeys = new Set(['repository:pull', 'repository:push']);
  return {
    name: '',
    description: '',
    duration,
    system: createGrant(SYSTEM),
    grants: project === undefined ? [] : [createGrant(project, push)],
  };
}

/** A robot as it can be edited. */
export function draftOf(robot: Robot): RobotDraft {
  const { name, description = '', duration, permissions } = robot;
  const system = permissions.filter(({ kind }) => kind === 'system');
  const grants = permissions.filter(({ kind }) => kind !== 'system');
  return {
    name,
    description,
    duration,
    system: parseGrant(
      { kind: 'system', namespace: SYSTEM, access: system.flatMap(({ access }) => access) },
      0,
    ),
    grants: grants.map(parseGrant),
  };
}

const isDenied = ({ effect }: Access) => effect === 'deny';

function parseGrant(permission: RobotPermission, index: number): GrantDraft {
  const { namespace, access, repositories = [] } = permission;
  return {
    key: String(index),
    namespace,
    allowed: new Set(access.filter((one) => !isDenied(one)).map(keyOf)),
    denied: access.filter(isDenied),
    repositories,
  };
}

/** The permissions that the API is told. */
export function permissionsOf({
  system,
  grants,
}: RobotDraft): NonNullable<RobotBody['permissions']> {
  return [
    ...(isEmpty(system) ? [] : [presentGrant('system', system)]),
    ...grants.map((grant) => presentGrant('project', grant)),
  ];
}

function presentGrant(kind: 'system' | 'project', grant: GrantDraft) {
  const { namespace, allowed, denied, repositories } = grant;
  return {
    kind,
    namespace,
    access: [...[...allowed].map(parseKey), ...denied],
    ...(repositories.length > 0 && { repositories: [...repositories] }),
  };
}

export function isEmpty({ allowed, denied }: GrantDraft): boolean {
  return allowed.size === 0 && denied.length === 0;
}

/** The whole robot as it is, as a change of it must name it. */
export function robotBody(robot: Robot, change: Partial<RobotBody>): RobotBody {
  const { id, name, level, description = '', duration, disable, permissions } = robot;
  return { id, name, level, description, duration, disable, permissions, ...change };
}

/** How many permissions a robot has in all. */
export function countPermissions({ permissions }: Robot): number {
  return permissions.reduce((count, { access }) => count + access.length, 0);
}

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const MAX_NAME = 255;
const MAX_DESCRIPTION = 1024;
const MAX_DAYS = 2 ** 31 - 1;

/** Which of the basics the registry would refuse. */
export function findBasicFaults({ name, description, duration }: RobotDraft) {
  const isDays = Number.isInteger(duration) && duration > 0 && duration <= MAX_DAYS;
  return {
    name: name.length > MAX_NAME || !NAME.test(name),
    description: description.length > MAX_DESCRIPTION,
    duration: duration !== FOREVER && !isDays,
  };
}
