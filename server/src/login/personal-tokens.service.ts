import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { actions, parseActions, type TokenLimits, type UserPrincipal } from '../access/index.ts';
import type { IdentityService, PersonalTokenDirectory } from '../identity/index.ts';
import { AppError, type Background } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import type {
  PersonalToken,
  PersonalTokenRepository,
  TokenOwner,
} from './personal-token.repository.ts';

export const TOKEN_PREFIX = 'berth_pat_';

export const tokenScopes = [
  'api:read',
  'api:write',
  'registry:pull',
  'registry:push',
  'registry:delete',
] as const;

export type TokenScope = (typeof tokenScopes)[number];

export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** Names; undefined is all projects of the user. */
  readonly projects?: readonly string[] | undefined;
  /** Undefined is never. */
  readonly expiresAt?: Date | undefined;
  readonly description?: string | undefined;
  /** The one tenant that it is to be good in; undefined is wherever the user is. */
  readonly tenant?: string | undefined;
}

export interface PersonalTokensPorts {
  readonly rows: PersonalTokenRepository;
  readonly identity: Pick<IdentityService, 'find'>;
  readonly secrets: Pick<SecretBox, 'digest' | 'matches'>;
  /** The project's id, if the user may see it. */
  findProjectId(user: UserPrincipal, name: string): Promise<number | undefined>;
  readonly background: Pick<Background, 'run'>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export interface PersonalTokensService extends PersonalTokenDirectory {
  list(
    userId: number,
    page: { offset: number; limit: number },
  ): Promise<{ tokens: PersonalToken[]; total: number }>;
  /**
   * Resolves with the token's text, which is stored nowhere.
   *
   * @throws AppError invalid, not-found for a project, conflict, precondition for too many
   */
  create(
    user: UserPrincipal,
    request: TokenRequest,
  ): Promise<{ token: PersonalToken; text: string }>;
  /** @throws AppError not-found, also for another user's */
  delete(userId: number, id: number): Promise<void>;
  find(id: number): Promise<PersonalToken | undefined>;
  /** By id, at most `limit`. */
  listOwned(owner: TokenOwner, limit: number): Promise<readonly PersonalToken[]>;
  /** Switches it off, or on again; here at once, elsewhere within 30 s. @throws AppError not-found */
  setDisabled(id: number, isDisabled: boolean): Promise<PersonalToken>;
  /** Whom the text stands for, within its limits; undefined for anything but a live token. */
  verify(text: string, address: string): Promise<UserPrincipal | undefined>;
  /** Forgets what is cached, here only. */
  forget(): void;
}

/** How long a deleted token may still be taken by another replica. */
const CACHE_MS = 30_000;
const TOUCH_MS = 60_000;
const MAX_PER_USER = 100;
const TEXT = /^berth_pat_(\d{1,15})_([\w-]{43})$/;

export function createPersonalTokensService(ports: PersonalTokensPorts): PersonalTokensService {
  return new PersonalTokens(ports);
}

class PersonalTokens implements PersonalTokensService {
  readonly #ports: PersonalTokensPorts;
  readonly #cached = new LRUCache<number, { token: PersonalToken | undefined }>({
    max: 10_000,
    ttl: CACHE_MS,
  });
  /** When each was last written down as used. */
  readonly #touched = new LRUCache<number, number>({ max: 10_000 });

  constructor(ports: PersonalTokensPorts) {
    this.#ports = ports;
  }

  async list(userId: number, page: { offset: number; limit: number }) {
    const [tokens, total] = await Promise.all([
      this.#ports.rows.list(userId, page),
      this.#ports.rows.count(userId),
    ]);
    return { tokens, total };
  }

  async create(user: UserPrincipal, request: TokenRequest) {
    const { rows, secrets } = this.#ports;
    const { name, scopes, projects, expiresAt, description = '', tenant = null } = request;
    if (scopes.length === 0) throw new AppError('invalid', 'a token needs at least one scope');
    if (expiresAt !== undefined && expiresAt.getTime() <= this.#ports.now()) {
      throw new AppError('invalid', 'expires_at must be in the future');
    }
    if ((await rows.count(user.id)) >= MAX_PER_USER) {
      throw new AppError('precondition', `a user has at most ${MAX_PER_USER} tokens`);
    }
    const projectIds = projects === undefined ? null : await this.#findProjects(user, projects);
    const secret = randomBytes(32).toString('base64url');
    const token = await rows.create({
      userId: user.id,
      name,
      digest: secrets.digest(secret, contextOf(user.id)),
      scopes: [...new Set(scopes)],
      projectIds,
      expiresAt: expiresAt ?? null,
      description,
      tenant,
    });
    if (token === undefined) throw new AppError('conflict', `you have a token ${name} already`);
    this.#cached.set(token.id, { token });
    return { token, text: `${TOKEN_PREFIX}${token.id}_${secret}` };
  }

  async delete(userId: number, id: number): Promise<void> {
    const isDeleted = await this.#ports.rows.delete(userId, id);
    if (!isDeleted) throw new AppError('not-found', 'there is no such token');
    this.#cached.set(id, { token: undefined });
  }

  find(id: number): Promise<PersonalToken | undefined> {
    return this.#ports.rows.find(id);
  }

  listOwned(owner: TokenOwner, limit: number): Promise<readonly PersonalToken[]> {
    return this.#ports.rows.listOwned(owner, limit);
  }

  async setDisabled(id: number, isDisabled: boolean): Promise<PersonalToken> {
    const token = await this.#ports.rows.setDisabled(id, isDisabled);
    this.#cached.set(id, { token });
    if (token === undefined) throw new AppError('not-found', 'there is no such token');
    return token;
  }

  async verify(text: string, address: string): Promise<UserPrincipal | undefined> {
    const [, digits = '', secret = ''] = TEXT.exec(text) ?? [];
    if (secret === '') return undefined;
    const token = await this.#find(Number(digits));
    if (token === undefined || !this.#isLive(token)) return undefined;
    if (!this.#ports.secrets.matches(secret, token.digest, contextOf(token.userId))) {
      return undefined;
    }
    const user = await this.#ports.identity.find(token.userId);
    if (user === undefined) return undefined;
    this.#touch(token.id, address);
    const { id, username, groupIds } = user;
    const isAdmin = user.isAdmin || user.isAdminBySource;
    return { kind: 'user', id, username, isAdmin, groupIds, limits: limitsOf(token) };
  }

  peekLive(id: number): boolean | undefined {
    const known = this.#cached.get(id);
    return known && this.#isLive(known.token);
  }

  async isLive(id: number): Promise<boolean> {
    return this.#isLive(await this.#find(id));
  }

  forget(): void {
    this.#cached.clear();
  }

  async #find(id: number): Promise<PersonalToken | undefined> {
    const known = this.#cached.get(id);
    if (known !== undefined) return known.token;
    const token = await this.#ports.rows.find(id);
    // Ids of others' making must not fill the cache.
    if (token !== undefined) this.#cached.set(id, { token });
    return token;
  }

  #isLive(token: PersonalToken | undefined): boolean {
    return token !== undefined && !token.isDisabled && this.#isInTime(token);
  }

  #isInTime({ expiresAt }: PersonalToken): boolean {
    return expiresAt === null || this.#ports.now() < expiresAt.getTime();
  }

  async #findProjects(user: UserPrincipal, names: readonly string[]): Promise<number[]> {
    const ids = new Set<number>();
    for (const name of names) {
      const id = await this.#ports.findProjectId(user, name);
      if (id === undefined) throw new AppError('not-found', `project ${name} not found`);
      ids.add(id);
    }
    return [...ids];
  }

  #touch(id: number, address: string): void {
    const now = this.#ports.now();
    if (now - (this.#touched.get(id) ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return;
    this.#touched.set(id, now);
    this.#ports.background.run('use of a personal token', () =>
      this.#ports.rows.touch(id, new Date(now), address),
    );
  }
}

function contextOf(userId: number): string {
  return `personal_token:${userId}`;
}

function limitsOf({ id, scopes, projectIds, tenant }: PersonalToken): TokenLimits {
  const words = scopes
    .filter((scope) => scope.startsWith('registry:'))
    .map((scope) => scope.slice('registry:'.length));
  const asked = parseActions(words);
  return {
    tokenId: id,
    api: scopes.includes('api:write') ? 'write' : scopes.includes('api:read') ? 'read' : 'none',
    // Whoever pushes must see what is there already.
    repository: (asked & actions.push) === 0 ? asked : asked | actions.pull,
    projectIds: projectIds ?? undefined,
    ...(tenant !== null && { tenant }),
  };
}
