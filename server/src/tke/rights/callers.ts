import { LRUCache } from 'lru-cache';
import {
  anonymous,
  type Principal,
  type ProjectDirectory,
  type RobotPrincipal,
  type UserPrincipal,
} from '../../access/index.ts';
import type { Informer, KubeCaller } from '../../kube/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import type { Names } from '../names.ts';
import type { Member } from '../resources/types.ts';
import { MemberIndex, type Membership, membershipsOf, parseGroups } from './members.ts';
import { containerKey, type TkeCaller } from './reach.ts';

export interface TkeCallersPorts {
  readonly configuration: Pick<RegistryConfiguration, 'defaultTenant'>;
  readonly members: Informer<Member>;
  readonly names: Pick<Names, 'fromProject'>;
  /** Undefined when there is none; asked once a minute at most for each. */
  findGroupName(id: number): Promise<string | undefined>;
  /** This registry's projects, for robots and limited tokens; undefined: another one has them. */
  readonly projects: Pick<ProjectDirectory, 'findPolicyById'> | undefined;
}

/** Who callers are in tenants. */
export interface TkeCallers {
  /** From memory alone; undefined tells nothing. Strangers are told as such. */
  peek(principal: Principal, tenant: string): KubeCaller | undefined;
  /**
   * Who the principal is in the tenant; undefined when it is not the tenant's. Without a tenant:
   * in its own, which is the default tenant if that is one of them, else the first by name.
   */
  callerOf(principal: Principal, tenant: string | undefined): Promise<KubeCaller | undefined>;
  /** As `callerOf`, with somebody who belongs nowhere in place of nobody. */
  visitorOf(principal: Principal, tenant: string): Promise<KubeCaller>;
}

const GROUP_MS = 60_000;
/** No user can have this name: it has a colon. */
const ANONYMOUS_NAME = 'system:anonymous';

const nowhere = { tenantId: undefined, isPrivileged: false, role: undefined } as const;

export const anonymousCaller: TkeCaller = {
  ...nowhere,
  principal: anonymous,
  username: ANONYMOUS_NAME,
  projects: new Map(),
  containers: undefined,
};

export function createTkeCallers(ports: TkeCallersPorts): TkeCallers {
  return new Callers(ports);
}

interface Known {
  readonly epoch: number;
  readonly until: number;
  readonly caller: KubeCaller;
}

class Callers implements TkeCallers {
  readonly #ports: TkeCallersPorts;
  readonly #index: MemberIndex;
  readonly #groups = new LRUCache<number, { name: string | undefined }>({
    max: 10_000,
    ttl: GROUP_MS,
  });
  /** By the principal as an object: whoever changed comes as another one. */
  readonly #known = new WeakMap<Principal, Map<string, Known>>();

  constructor(ports: TkeCallersPorts) {
    this.#ports = ports;
    this.#index = new MemberIndex(ports.members);
  }

  peek(principal: Principal, tenant: string): KubeCaller | undefined {
    if (principal.kind === 'anonymous') return anonymousCaller;
    const known = this.#known.get(principal)?.get(tenant);
    if (known === undefined || known.epoch !== this.#ports.members.epoch()) return undefined;
    return known.until > performance.now() ? known.caller : undefined;
  }

  async callerOf(
    principal: Principal,
    tenant: string | undefined,
  ): Promise<KubeCaller | undefined> {
    if (principal.kind === 'anonymous') return anonymousCaller;
    await this.#ports.members.ready();
    if (principal.kind === 'robot') return this.#robotOf(principal, tenant);
    const boundTo = principal.limits?.tenant;
    if (boundTo !== undefined && tenant !== undefined && tenant !== boundTo) return undefined;
    return this.#userOf(principal, tenant ?? boundTo);
  }

  async visitorOf(principal: Principal, tenant: string): Promise<KubeCaller> {
    const known = this.peek(principal, tenant);
    if (known !== undefined) return known;
    // Before anything is read: what changes meanwhile makes this out of date.
    const epoch = this.#ports.members.epoch();
    const caller = (await this.callerOf(principal, tenant)) ?? strangerOf(principal);
    const byTenant = this.#known.get(principal) ?? new Map<string, Known>();
    byTenant.set(tenant, { epoch, until: performance.now() + GROUP_MS, caller });
    this.#known.set(principal, byTenant);
    return caller;
  }

  async #userOf(user: UserPrincipal, tenant: string | undefined): Promise<TkeCaller | undefined> {
    const { username } = user;
    const containers = await this.#containersOf(user);
    const common = { principal: user, username, containers };
    if (user.isAdmin) {
      // A key of one tenant does not reach beyond it, whoever its user has become.
      const tenantId = user.limits?.tenant;
      const isPrivileged = tenantId === undefined;
      return { ...common, tenantId, isPrivileged, role: 'admin', projects: new Map() };
    }
    const memberships = await this.#membershipsOf(user);
    const tenantId = tenant ?? this.#homeOf(memberships);
    const own = tenantId === undefined ? undefined : memberships.get(tenantId);
    return own && { ...common, ...own, tenantId, isPrivileged: false };
  }

  async #membershipsOf(user: UserPrincipal): Promise<ReadonlyMap<string, Membership>> {
    const names = await Promise.all(user.groupIds.map((id) => this.#groupName(id)));
    const groups = parseGroups(names.filter((name) => name !== undefined));
    const { defaultTenant } = this.#ports.configuration;
    return membershipsOf(this.#index.listOf(user), groups, defaultTenant);
  }

  #homeOf(memberships: ReadonlyMap<string, Membership>): string | undefined {
    const { defaultTenant } = this.#ports.configuration;
    return memberships.has(defaultTenant) ? defaultTenant : [...memberships.keys()].toSorted()[0];
  }

  async #groupName(id: number): Promise<string | undefined> {
    const known = this.#groups.get(id);
    if (known !== undefined) return known.name;
    const name = await this.#ports.findGroupName(id);
    this.#groups.set(id, { name });
    return name;
  }

  /** The machine of the tenant that owns its project. */
  async #robotOf(
    robot: RobotPrincipal,
    tenant: string | undefined,
  ): Promise<TkeCaller | undefined> {
    if (robot.projectId === undefined) return undefined;
    const container = await this.#containerOf(robot.projectId);
    if (container === undefined || (tenant ?? container.tenant) !== container.tenant) {
      return undefined;
    }
    return {
      ...nowhere,
      principal: robot,
      username: robot.username,
      tenantId: container.tenant,
      projects: new Map(),
      containers: new Set([container.key]),
    };
  }

  async #containersOf({ limits }: UserPrincipal): Promise<ReadonlySet<string> | undefined> {
    if (limits?.projectIds === undefined) return undefined;
    const found = await Promise.all(limits.projectIds.map((id) => this.#containerOf(id)));
    return new Set(found.filter((container) => container !== undefined).map(({ key }) => key));
  }

  async #containerOf(projectId: number): Promise<{ tenant: string; key: string } | undefined> {
    const project = await this.#ports.projects?.findPolicyById(projectId);
    const container = project && this.#ports.names.fromProject(project.name);
    if (container === undefined) return undefined;
    const { kind, tenant, name } = container;
    return { tenant, key: containerKey(kind, tenant, name) };
  }
}

/** Somebody whom the tenant does not know. */
export function strangerOf(principal: Principal): KubeCaller {
  if (principal.kind === 'anonymous') return anonymousCaller;
  const { username } = principal;
  return { ...anonymousCaller, principal, username };
}
