import {
  type Filter,
  InsufficientAccessError,
  InvalidDNSyntaxError,
  NoSuchObjectError,
  ResultCodeError,
} from 'ldapts';
import { isWithin, normalizeDn } from './dn.ts';
import { matchAll, matchMemberInChain, matchMembers } from './filter.ts';
import type { LdapEntry, LdapSession } from './session.ts';
import type { GroupPlan } from './settings.ts';

/** A group as the directory spells it. */
export interface LdapGroup {
  readonly dn: string;
  readonly name: string;
}

export interface Memberships {
  readonly groups: readonly LdapGroup[];
  readonly isAdmin: boolean;
}

/** A group that was named somewhere, with its entry if that was found along with it. */
interface Candidate {
  readonly dn: string;
  readonly entry?: LdapEntry;
}

const MAX_LEVELS = 10;
const MAX_GROUPS = 1000;
/** How many groups one search asks the parents of. */
const MEMBERS_PER_SEARCH = 50;
const REFERRAL = 10;

/**
 * The groups of a user, and whether the admin group is one of them.
 *
 * They come from the membership attribute of the user's entry. Where it is empty (OpenLDAP without
 * the memberof overlay) groups that list the user in `member` or `uniqueMember` are searched below
 * the group base. With `inChain`, Active Directory follows nested groups itself; with `nested` we
 * do, at most 10 levels and 1000 groups far, through groups that base, scope and filter let pass.
 * `memberUid` of `posixGroup` is not looked at.
 *
 * @throws LdapError, ResultCodeError when the directory fails as a whole
 */
export async function listMemberships(
  session: LdapSession,
  plan: GroupPlan,
  user: LdapEntry,
): Promise<Memberships> {
  const walk = new MembershipWalk(session, plan, user);
  return { groups: await walk.listGroups(), isAdmin: await walk.isAdmin() };
}

/**
 * The group with this DN if base, scope and filter let it pass.
 *
 * @throws LdapError, ResultCodeError when the directory fails as a whole
 */
export async function findGroupEntry(
  session: LdapSession,
  plan: GroupPlan,
  dn: string,
): Promise<LdapEntry | undefined> {
  if (plan.baseDn !== '' && !isWithin(dn, plan.baseDn, plan.scope)) return undefined;
  return readEntry(session, plan, { dn, filter: matchAll(plan.filter) });
}

export function presentGroup(plan: GroupPlan, entry: LdapEntry): LdapGroup {
  return { dn: entry.dn, name: entry.list(plan.nameAttribute)[0] ?? entry.dn };
}

class MembershipWalk {
  readonly #session: LdapSession;
  readonly #plan: GroupPlan;
  readonly #user: LdapEntry;
  /** Normal forms of all groups met, whether they pass the filter or not. */
  readonly #met = new Set<string>();

  constructor(session: LdapSession, plan: GroupPlan, user: LdapEntry) {
    this.#session = session;
    this.#plan = plan;
    this.#user = user;
  }

  async listGroups(): Promise<LdapGroup[]> {
    const groups: LdapGroup[] = [];
    const levels = this.#plan.nested && !this.#plan.inChain ? MAX_LEVELS : 1;
    let candidates = this.#admit(await this.#listDirect());
    for (let level = 1; candidates.length > 0; level++) {
      const entries = this.#plan.filter === undefined ? [] : await this.#lookUp(candidates);
      groups.push(...entries.map((entry) => presentGroup(this.#plan, entry)));
      if (level >= levels) break;
      candidates = this.#admit(await this.#listParents(entries));
    }
    return groups;
  }

  /** To be asked after the groups. */
  async isAdmin(): Promise<boolean> {
    const { adminDn, inChain } = this.#plan;
    const normal = adminDn === undefined ? undefined : normalizeDn(adminDn);
    if (adminDn === undefined || normal === undefined) return false;
    if (this.#met.has(normal)) return true;
    // The admin group may lie outside of the base, where no search has seen its members.
    if (this.#namesGroups() && !inChain) return false;
    const filter = inChain ? matchMemberInChain(this.#user.dn) : matchMembers([this.#user.dn]);
    return (await readEntry(this.#session, this.#plan, { dn: adminDn, filter })) !== undefined;
  }

  #namesGroups(): boolean {
    return this.#user.list(this.#plan.membershipAttribute).length > 0;
  }

  async #listDirect(): Promise<Candidate[]> {
    const { membershipAttribute, filter, inChain } = this.#plan;
    const named = this.#user.list(membershipAttribute).map((dn) => ({ dn }));
    if (filter === undefined) return named;
    // The found come first: they need no further look-up.
    if (inChain) return [...(await this.#search(matchMemberInChain(this.#user.dn))), ...named];
    return named.length > 0 ? named : this.#search(matchMembers([this.#user.dn]));
  }

  async #listParents(entries: readonly LdapEntry[]): Promise<Candidate[]> {
    const parents: Candidate[] = [];
    const silent: string[] = [];
    for (const entry of entries) {
      const named = entry.list(this.#plan.membershipAttribute);
      if (named.length === 0) silent.push(entry.dn);
      parents.push(...named.map((dn) => ({ dn })));
    }
    for (let index = 0; index < silent.length; index += MEMBERS_PER_SEARCH) {
      const batch = silent.slice(index, index + MEMBERS_PER_SEARCH);
      parents.push(...(await this.#search(matchMembers(batch))));
    }
    return parents;
  }

  async #search(members: Filter): Promise<Candidate[]> {
    const { baseDn, scope, filter, nameAttribute, membershipAttribute } = this.#plan;
    const entries = await this.#session.search({
      base: baseDn,
      scope: toSearchScope(scope),
      filter: matchAll(filter, members),
      attributes: [nameAttribute, membershipAttribute],
      limit: MAX_GROUPS,
    });
    return entries.map((entry) => ({ dn: entry.dn, entry }));
  }

  /** Those not met before, as long as there is room. Also ends cycles. */
  #admit(candidates: readonly Candidate[]): Candidate[] {
    return candidates.filter(({ dn }) => {
      const normal = normalizeDn(dn);
      if (normal === undefined || this.#met.has(normal) || this.#met.size >= MAX_GROUPS) {
        return false;
      }
      this.#met.add(normal);
      return true;
    });
  }

  async #lookUp(candidates: readonly Candidate[]): Promise<LdapEntry[]> {
    const found: LdapEntry[] = [];
    const { parallel } = this.#plan;
    for (let index = 0; index < candidates.length; index += parallel) {
      const entries = await Promise.all(
        candidates
          .slice(index, index + parallel)
          .map(async ({ dn, entry }) => entry ?? findGroupEntry(this.#session, this.#plan, dn)),
      );
      found.push(...entries.filter((entry) => entry !== undefined));
    }
    return found;
  }
}

const searchScopes = ['base', 'one', 'sub'] as const;

export function toSearchScope(scope: 0 | 1 | 2): 'base' | 'one' | 'sub' {
  return searchScopes[scope];
}

/** One group that is gone, hidden or on another server must not end a login. */
async function readEntry(
  session: LdapSession,
  plan: GroupPlan,
  { dn, filter }: { readonly dn: string; readonly filter: Filter },
): Promise<LdapEntry | undefined> {
  try {
    const attributes = [plan.nameAttribute, plan.membershipAttribute];
    const [entry] = await session.search({
      base: dn,
      scope: 'base',
      filter,
      attributes,
      limit: 1,
    });
    return entry;
  } catch (error) {
    const isGone =
      error instanceof NoSuchObjectError ||
      error instanceof InvalidDNSyntaxError ||
      error instanceof InsufficientAccessError ||
      (error instanceof ResultCodeError && error.code === REFERRAL);
    if (isGone) return undefined;
    throw error;
  }
}
