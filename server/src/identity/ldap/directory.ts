import {
  ConstraintViolationError,
  type Filter,
  InappropriateAuthError,
  InvalidCredentialsError,
  InvalidDNSyntaxError,
  NoSuchObjectError,
  UnwillingToPerformError,
} from 'ldapts';
import { normalizeDn } from './dn.ts';
import { matchAll, matchPart, matchPattern, matchValue } from './filter.ts';
import { explainFailure, explainTimeout, LdapError } from './ldap.errors.ts';
import {
  findGroupEntry,
  type LdapGroup,
  listMemberships,
  presentGroup,
  toSearchScope,
} from './memberships.ts';
import { type LdapEntry, type LdapSession, openSession } from './session.ts';
import { type LdapPlan, type LdapSettings, parseSettings } from './settings.ts';
import { createSlots } from './slots.ts';
import { type Dial, dialTcp } from './socket.ts';

/** A user's entry. Realname and email are empty where the entry says nothing. */
export interface LdapPerson {
  readonly dn: string;
  /** As the directory spells it, which may differ in case from what was asked for. */
  readonly username: string;
  readonly realname: string;
  readonly email: string;
}

/** A user whose password was right. */
export interface LdapUser extends LdapPerson {
  readonly groups: readonly LdapGroup[];
  /** A member of `group.adminDn`. */
  readonly isAdmin: boolean;
}

/**
 * A directory, asked with the settings of the moment. Every call opens and closes its connections
 * and ends within `timeoutSeconds`; all throw LdapError.
 */
export interface LdapDirectory {
  /** The user, or undefined for a wrong or empty password and for no or several entries. */
  authenticate(
    settings: LdapSettings,
    username: string,
    password: string,
  ): Promise<LdapUser | undefined>;
  /** Connects, binds and looks for the base DN. */
  ping(settings: LdapSettings): Promise<void>;
  /** At most 100 users; in the pattern `*` stands for anything, and so does an empty one. */
  searchUsers(settings: LdapSettings, pattern: string): Promise<readonly LdapPerson[]>;
  /** The user with exactly this name, unless there are several. */
  findUser(settings: LdapSettings, username: string): Promise<LdapPerson | undefined>;
  /** At most 100 groups: the one with the DN, else those whose name contains `name`. */
  searchGroups(
    settings: LdapSettings,
    query: { readonly name?: string | undefined; readonly dn?: string | undefined },
  ): Promise<readonly LdapGroup[]>;
  /** The group with this DN if it is below the group base and passes the group filter. */
  findGroup(settings: LdapSettings, dn: string): Promise<LdapGroup | undefined>;
}

const SEARCH_LIMIT = 100;
/** Calls at the same time; further ones wait, within their own time. */
const MAX_CALLS = 32;
const MAX_PASSWORD_BYTES = 4096;

/** Answers to the bind of a user that mean: not with this password, or not this account. */
const refusals = [
  InvalidCredentialsError,
  InappropriateAuthError,
  ConstraintViolationError,
  UnwillingToPerformError,
  NoSuchObjectError,
  InvalidDNSyntaxError,
];

/** @param ports `dial` opens the TCP connections; plain `net.connect` unless given */
export function createLdapDirectory(ports: { readonly dial?: Dial } = {}): LdapDirectory {
  return new Directory(ports.dial ?? dialTcp);
}

/** What one call works with. */
interface Call {
  readonly plan: LdapPlan;
  readonly signal: AbortSignal;
}

class Directory implements LdapDirectory {
  readonly #dial: Dial;
  readonly #slots = createSlots(MAX_CALLS);

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  async authenticate(
    settings: LdapSettings,
    username: string,
    password: string,
  ): Promise<LdapUser | undefined> {
    // A bind with an empty password is anonymous, and succeeds (RFC 4513, 5.1.2).
    if (!isName(username) || !isPassword(password)) return undefined;
    return this.#call(settings, async (call) => {
      await using session = await this.#openBound(call);
      const found = await findPerson(session, call.plan, username);
      if (found === undefined) return undefined;
      if (!(await this.#isPasswordOf(call, found.person.dn, password))) return undefined;
      const memberships = await listMemberships(session, call.plan.group, found.entry);
      return { ...found.person, ...memberships };
    });
  }

  async ping(settings: LdapSettings): Promise<void> {
    await this.#call(settings, async (call) => {
      await using session = await this.#openBound(call);
      const { baseDn } = call.plan;
      if (baseDn === '') return;
      const search = { base: baseDn, scope: 'base', attributes: ['1.1'], limit: 1 } as const;
      await session.search({ ...search, filter: matchAll() });
    });
  }

  async searchUsers(settings: LdapSettings, pattern: string): Promise<readonly LdapPerson[]> {
    if (pattern !== '' && !isName(pattern)) return [];
    return this.#call(settings, async (call) => {
      const { plan } = call;
      await using session = await this.#openBound(call);
      const filter = matchPattern(plan.uid, pattern);
      const entries = await searchPeople(session, plan, { filter, limit: SEARCH_LIMIT });
      return entries
        .map((entry) => presentPerson(plan, entry, ''))
        .filter((person) => person !== undefined);
    });
  }

  async findUser(settings: LdapSettings, username: string): Promise<LdapPerson | undefined> {
    if (!isName(username)) return undefined;
    return this.#call(settings, async (call) => {
      await using session = await this.#openBound(call);
      return (await findPerson(session, call.plan, username))?.person;
    });
  }

  async searchGroups(
    settings: LdapSettings,
    {
      name = '',
      dn = '',
    }: { readonly name?: string | undefined; readonly dn?: string | undefined },
  ): Promise<readonly LdapGroup[]> {
    if (dn !== '') {
      const group = await this.findGroup(settings, dn);
      return group === undefined ? [] : [group];
    }
    if (name !== '' && !isName(name)) return [];
    return this.#call(settings, async (call) => {
      const { group } = call.plan;
      await using session = await this.#openBound(call);
      const entries = await session.search({
        base: group.baseDn,
        scope: toSearchScope(group.scope),
        filter: matchAll(group.filter, matchPart(group.nameAttribute, name)),
        attributes: [group.nameAttribute],
        limit: SEARCH_LIMIT,
      });
      return entries.map((entry) => presentGroup(group, entry));
    });
  }

  async findGroup(settings: LdapSettings, dn: string): Promise<LdapGroup | undefined> {
    if (normalizeDn(dn) === undefined) {
      throw new LdapError('settings', 'the DN of the LDAP group is not a DN');
    }
    return this.#call(settings, async (call) => {
      await using session = await this.#openBound(call);
      const entry = await findGroupEntry(session, call.plan.group, dn.trim());
      return entry && presentGroup(call.plan.group, entry);
    });
  }

  /** Gives the work its time and its turn, and its failure a meaning. */
  async #call<T>(settings: LdapSettings, work: (call: Call) => Promise<T>): Promise<T> {
    const plan = parseSettings(settings);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(explainTimeout()), plan.timeoutMs);
    const { signal } = deadline;
    try {
      return await this.#slots.run(signal, () => work({ plan, signal }));
    } catch (error) {
      throw explainFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #openBound({ plan, signal }: Call): Promise<LdapSession> {
    const session = await openSession(plan.target, { signal, dial: this.#dial });
    try {
      if (plan.search !== undefined) await session.bind(plan.search);
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** On a connection of its own, so that no search ever runs with the user's rights. */
  async #isPasswordOf({ plan, signal }: Call, dn: string, password: string): Promise<boolean> {
    await using session = await openSession(plan.target, { signal, dial: this.#dial });
    try {
      await session.bind({ dn, password });
      return true;
    } catch (error) {
      if (refusals.some((refusal) => error instanceof refusal)) return false;
      throw error;
    }
  }
}

async function findPerson(
  session: LdapSession,
  plan: LdapPlan,
  username: string,
): Promise<{ entry: LdapEntry; person: LdapPerson } | undefined> {
  const filter = matchValue(plan.uid, username);
  const [entry, second] = await searchPeople(session, plan, { filter, limit: 2 });
  if (entry === undefined || second !== undefined) return undefined;
  const person = presentPerson(plan, entry, username);
  return person && { entry, person };
}

function searchPeople(
  session: LdapSession,
  plan: LdapPlan,
  { filter, limit }: { readonly filter: Filter; readonly limit: number },
): Promise<readonly LdapEntry[]> {
  const attributes = [plan.uid, 'cn', 'uid', 'mail', 'email', plan.group.membershipAttribute];
  return session.search({
    base: plan.baseDn,
    scope: toSearchScope(plan.scope),
    filter: matchAll(plan.filter, filter),
    attributes: [...new Set(attributes)],
    limit,
  });
}

/** @param asked of several values of the UID, the one that was asked for is the name */
function presentPerson(plan: LdapPlan, entry: LdapEntry, asked: string): LdapPerson | undefined {
  const names = entry.list(plan.uid);
  const username =
    names.find((name) => name.toLowerCase() === asked.toLowerCase()) ?? names[0] ?? '';
  if (!isName(username) || entry.dn === '') return undefined;
  const [realname = username] = [...entry.list('cn'), ...entry.list('uid')];
  const [email = ''] = [...entry.list('mail'), ...entry.list('email')];
  return { dn: entry.dn, username, realname, email };
}

function isName(text: string): boolean {
  return text.length <= 255 && text.trim() !== '' && !/\p{Cc}/u.test(text);
}

function isPassword(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= MAX_PASSWORD_BYTES && !text.includes('\0');
}
