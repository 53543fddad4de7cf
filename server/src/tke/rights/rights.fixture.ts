import { anonymous, type TokenLimits, type UserPrincipal } from '../../access/index.ts';
import type { Informer, KubeObject, ProjectRole, TenantRole } from '../../kube/index.ts';
import { API_VERSION, type ChartGroup, type Namespace } from '../resources/types.ts';
import { anonymousCaller } from './callers.ts';
import type { TkeCaller } from './reach.ts';

interface CallerChoice {
  readonly username?: string;
  readonly role?: TenantRole | undefined;
  readonly tenantId?: string | undefined;
  readonly projects?: Readonly<Record<string, ProjectRole>>;
  readonly limits?: TokenLimits;
  readonly containers?: ReadonlySet<string>;
}

/** A user of tenant t1, a member unless told. */
export function caller(choice: CallerChoice = {}): TkeCaller {
  const { username = 'ann', projects = {}, limits, containers } = choice;
  const principal: UserPrincipal = {
    kind: 'user',
    id: 7,
    username,
    isAdmin: false,
    groupIds: [],
    ...(limits !== undefined && { limits }),
  };
  return {
    principal,
    username,
    tenantId: 'tenantId' in choice ? choice.tenantId : 't1',
    isPrivileged: false,
    role: 'role' in choice ? choice.role : 'member',
    projects: new Map(Object.entries(projects)),
    containers,
  };
}

export function privileged(): TkeCaller {
  const root = caller({ username: 'root', tenantId: undefined, role: 'admin' });
  return { ...root, isPrivileged: true };
}

/** Callers by the words of the tables; "its user", "its creator" and "listed" are all called ann. */
export const callers: Readonly<Record<string, TkeCaller>> = {
  anonymous: { ...anonymousCaller, principal: anonymous },
  'of another tenant': caller({ tenantId: undefined, role: undefined }),
  'an admin of another tenant': caller({ tenantId: 't2', role: 'admin', username: 'eve' }),
  'tenant viewer': caller({ role: 'viewer', username: 'vic' }),
  'tenant member': caller({ username: 'mel' }),
  ann: caller(),
  'ann as a viewer': caller({ role: 'viewer' }),
  'project viewer': caller({ username: 'pip', projects: { p2: 'viewer' } }),
  'project member': caller({ username: 'pam', projects: { p2: 'member' } }),
  'project owner': caller({ username: 'pat', projects: { p2: 'owner' } }),
  'owner of another project': caller({ username: 'ove', projects: { p9: 'owner' } }),
  'tenant admin': caller({ username: 'tia', role: 'admin' }),
  privileged: privileged(),
};

export function callerNamed(name: string): TkeCaller {
  const found = callers[name];
  if (found === undefined) throw new Error(`no caller ${name}`);
  return found;
}

const metadata = {
  name: 'x-1',
  uid: '0a0a',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};

export function namespace(
  spec: Partial<Namespace['spec']> = {},
  status: Partial<Namespace['status']> = {},
): Namespace {
  return {
    apiVersion: API_VERSION,
    kind: 'Namespace',
    metadata,
    spec: { name: 'test', tenantID: 't1', visibility: 'Private', type: 'Project', ...spec },
    status: { phase: 'Available', repoCount: 0, ...status },
  };
}

export function chartGroup(
  spec: Partial<ChartGroup['spec']> = {},
  status: Partial<ChartGroup['status']> = {},
): ChartGroup {
  return {
    apiVersion: API_VERSION,
    kind: 'ChartGroup',
    metadata,
    spec: {
      name: 'charts',
      tenantID: 't1',
      visibility: 'Public',
      type: 'SelfBuilt',
      projects: [],
      users: [],
      finalizers: ['chartgroup'],
      ...spec,
    },
    status: { phase: 'Available', chartCount: 0, ...status },
  };
}

/** Objects that are there from the beginning. */
export function informerOf<T extends KubeObject>(
  objects: readonly T[],
  keyOf: (object: T) => string,
): Informer<T> {
  return {
    ready: () => Promise.resolve(),
    peek: (key) => objects.find((object) => keyOf(object) === key),
    all: () => objects,
    epoch: () => 0,
  };
}
