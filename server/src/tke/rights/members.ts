import type { Informer, ProjectRole, TenantRole } from '../../kube/index.ts';
import type { Member } from '../resources/types.ts';

/** What somebody is in one tenant. */
export interface Membership {
  readonly role: TenantRole;
  readonly projects: ReadonlyMap<string, ProjectRole>;
}

/** What the groups of a user say of tenants and of projects. */
export interface GroupClaims {
  readonly tenants: ReadonlyMap<string, TenantRole>;
  /** Of whatever tenant: names of projects are unique among all of them, as TKE makes them. */
  readonly projects: ReadonlyMap<string, ProjectRole>;
}

const tenantRanks: readonly TenantRole[] = ['viewer', 'member', 'admin'];
const projectRanks: readonly ProjectRole[] = ['viewer', 'member', 'owner'];

/** Member objects by user, made anew when any of them changed. */
export class MemberIndex {
  readonly #members: Informer<Member>;
  #epoch: number | undefined;
  #byUser = new Map<string, Member[]>();

  constructor(members: Informer<Member>) {
    this.#members = members;
  }

  /** Of the user with this id: one that had the name before is somebody else. */
  listOf({ id, username }: { readonly id: number; readonly username: string }): readonly Member[] {
    const epoch = this.#members.epoch();
    if (epoch !== this.#epoch) {
      const live = [...this.#members.all()].filter(
        ({ metadata }) => metadata.deletionTimestamp === undefined,
      );
      this.#byUser = Map.groupBy(live, ({ spec }) => spec.username);
      this.#epoch = epoch;
    }
    const named = this.#byUser.get(username) ?? [];
    return named.filter(({ status }) => status === undefined || status.userID === id);
  }
}

/**
 * Reads `tenant:{t}`, `tenant:{t}:admin`, `project:{p}` and `project:{p}:owner` (TKE's convention,
 * with the roles added); groups of other names mean nothing here.
 */
export function parseGroups(names: readonly string[]): GroupClaims {
  const tenants = new Map<string, TenantRole>();
  const projects = new Map<string, ProjectRole>();
  for (const group of names) {
    const [kind, name = '', word = 'member', ...rest] = group.split(':');
    if (name === '' || rest.length > 0) continue;
    if (kind === 'tenant') raise(tenants, name, word, tenantRanks);
    if (kind === 'project') raise(projects, name, word, projectRanks);
  }
  return { tenants, projects };
}

/** All tenants of a user; of the default one as a member when there is none. */
export function membershipsOf(
  members: readonly Member[],
  groups: GroupClaims,
  defaultTenant: string,
): ReadonlyMap<string, Membership> {
  const roles = new Map(groups.tenants);
  for (const { spec } of members) raise(roles, spec.tenantID, spec.role, tenantRanks);
  if (roles.size === 0) roles.set(defaultTenant, 'member');
  return new Map(
    [...roles].map(([tenant, role]) => {
      const projects = new Map(groups.projects);
      for (const { spec } of members) {
        if (spec.tenantID !== tenant) continue;
        for (const own of spec.projects ?? []) raise(projects, own.name, own.role, projectRanks);
      }
      return [tenant, { role, projects }];
    }),
  );
}

/** Keeps the higher of two roles; words that are none are passed over. */
function raise<R extends string>(
  map: Map<string, R>,
  key: string,
  word: string,
  ranks: readonly R[],
): void {
  const next = ranks.findIndex((rank) => rank === word);
  const known = map.get(key);
  const role = ranks[next];
  if (role === undefined) return;
  if (known === undefined || ranks.indexOf(known) < next) map.set(key, role);
}
