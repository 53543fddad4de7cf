import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { UserPrincipal } from '../access/index.ts';
import type { CallerSession } from '../api/index.ts';
import type { Settings } from '../configuration/index.ts';
import type { IdentityService } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import type { Session, SessionRepository } from './session.repository.ts';

export interface SessionsPorts {
  readonly rows: SessionRepository;
  readonly identity: Pick<IdentityService, 'findUser' | 'getEpoch'>;
  readonly secrets: Pick<SecretBox, 'seal' | 'open' | 'digest' | 'matches'>;
  settings(): Pick<Settings, 'session_timeout' | 'session_absolute_hours'>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export interface NewSession {
  readonly userId: number;
  readonly source: string;
  readonly address: string;
  readonly userAgent: string;
  /** For a logout at the provider. */
  readonly idToken?: string | undefined;
  /** The session that the browser had before; it ends. */
  readonly replaces?: CallerSession | undefined;
}

export interface LiveSession {
  readonly principal: UserPrincipal;
  readonly session: Session;
}

export interface SessionsService {
  /** Begins a session under a new secret, and resolves with that: the cookie's value. */
  begin(login: NewSession): Promise<string>;
  /**
   * The session of a cookie's value, unless it was ended, was not used for `session_timeout`
   * minutes, is older than `session_absolute_hours`, or the user's epoch has passed.
   *
   * @param renews whether this counts as use
   */
  find(secret: string, renews: boolean): Promise<LiveSession | undefined>;
  list(userId: number): Promise<Session[]>;
  /** @throws AppError not-found, also for another user's */
  end(userId: number, id: string): Promise<void>;
  /** Ends all of a user's but `kept`. */
  endOthers(userId: number, kept: CallerSession | undefined): Promise<void>;
  /** The id token that was given at the login, if any. */
  findIdToken(session: Session): string | undefined;
  /** What the session's unsafe requests must carry. Needs no storage: it follows from the id. */
  csrfToken(session: CallerSession): string;
  isCsrfToken(session: CallerSession, token: string): boolean;
  /** Forgets what is cached, here only. */
  forget(): void;
  /** Deletes what has ended; tells how many. */
  sweep(): Promise<number>;
}

/** How long the end of a session may go unnoticed on another replica. */
const CACHE_MS = 30_000;
const TOUCH_MS = 60_000;
const MAX_PER_USER = 50;
const MAX_AGENT_LENGTH = 255;
/** 256 bits in base64url. */
const SECRET = /^[\w-]{43}$/;
const CSRF_CONTEXT = 'session:csrf';

export function createSessionsService(ports: SessionsPorts): SessionsService {
  return new Sessions(ports);
}

class Sessions implements SessionsService {
  readonly #ports: SessionsPorts;
  /** By hash of the secret. */
  readonly #cached = new LRUCache<string, Session>({ max: 10_000, ttl: CACHE_MS });

  constructor(ports: SessionsPorts) {
    this.#ports = ports;
  }

  async begin(login: NewSession): Promise<string> {
    const { rows, identity, secrets, settings } = this.#ports;
    const { userId, idToken, replaces } = login;
    const secret = randomBytes(32).toString('base64url');
    const id = randomUUID();
    const now = this.#ports.now();
    const session: Session = {
      id,
      userId,
      userEpoch: await identity.getEpoch(userId),
      source: login.source,
      address: login.address,
      userAgent: login.userAgent.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_AGENT_LENGTH),
      idToken: idToken === undefined ? null : secrets.seal(idToken, idTokenContext(id)),
      createdAt: new Date(now),
      usedAt: new Date(now),
      expiresAt: new Date(now + settings().session_absolute_hours * 3_600_000),
    };
    await rows.create(session, hashOf(secret));
    await rows.deleteSurplus(userId, MAX_PER_USER);
    if (replaces !== undefined) await this.#drop(replaces.id);
    return secret;
  }

  async find(secret: string, renews: boolean): Promise<LiveSession | undefined> {
    if (!SECRET.test(secret)) return undefined;
    const hash = hashOf(secret);
    const key = hash.toString('base64');
    const known = this.#cached.get(key);
    const live = (known && (await this.#resolve(known))) ?? (await this.#read(key, hash));
    if (live === undefined || !renews) return live;
    return { ...live, session: await this.#renew(key, live.session) };
  }

  /** From the database: another replica may have seen it in use since, or moved its epoch. */
  async #read(key: string, hash: Buffer): Promise<LiveSession | undefined> {
    const session = await this.#ports.rows.findBySecret(hash);
    const live = session && (await this.#resolve(session));
    if (live === undefined) this.#cached.delete(key);
    else this.#cached.set(key, live.session);
    return live;
  }

  async #resolve(session: Session): Promise<LiveSession | undefined> {
    if (!this.#isInTime(session)) return undefined;
    const principal = await this.#ports.identity.findUser(session.userId, session.userEpoch);
    return principal && { principal, session };
  }

  async list(userId: number): Promise<Session[]> {
    const [sessions, epoch] = await Promise.all([
      this.#ports.rows.list(userId),
      this.#ports.identity.getEpoch(userId),
    ]);
    return sessions.filter((session) => session.userEpoch === epoch && this.#isInTime(session));
  }

  async end(userId: number, id: string): Promise<void> {
    const isDeleted = await this.#ports.rows.delete(userId, id);
    this.#uncache([id]);
    if (!isDeleted) throw new AppError('not-found', 'there is no such session');
  }

  async endOthers(userId: number, kept: CallerSession | undefined): Promise<void> {
    this.#uncache(await this.#ports.rows.deleteOthers(userId, kept?.id));
  }

  findIdToken({ id, idToken }: Session): string | undefined {
    return idToken === null ? undefined : this.#ports.secrets.open(idToken, idTokenContext(id));
  }

  csrfToken({ id }: CallerSession): string {
    return this.#ports.secrets.digest(id, CSRF_CONTEXT);
  }

  isCsrfToken({ id }: CallerSession, token: string): boolean {
    try {
      return this.#ports.secrets.matches(id, token, CSRF_CONTEXT);
    } catch {
      // Not even the form of one.
      return false;
    }
  }

  forget(): void {
    this.#cached.clear();
  }

  sweep(): Promise<number> {
    const now = this.#ports.now();
    return this.#ports.rows.deleteEnded(new Date(now), new Date(now - this.#idleMs()));
  }

  #idleMs(): number {
    return this.#ports.settings().session_timeout * 60_000;
  }

  #isInTime({ usedAt, createdAt, expiresAt }: Session): boolean {
    const now = this.#ports.now();
    // The limit may have been lowered since the login.
    const longest = this.#ports.settings().session_absolute_hours * 3_600_000;
    const end = Math.min(expiresAt.getTime(), createdAt.getTime() + longest);
    return now < end && now < usedAt.getTime() + this.#idleMs();
  }

  /** Keeps the time of use, at most once a minute. */
  async #renew(key: string, session: Session): Promise<Session> {
    const now = this.#ports.now();
    const every = Math.min(TOUCH_MS, this.#idleMs() / 10);
    if (now - session.usedAt.getTime() < every) return session;
    const renewed = { ...session, usedAt: new Date(now) };
    await this.#ports.rows.touch(session.id, renewed.usedAt);
    // Not if it was ended meanwhile; and it stays as old as it was read.
    if (this.#cached.has(key)) this.#cached.set(key, renewed, { noUpdateTTL: true });
    return renewed;
  }

  async #drop(id: string): Promise<void> {
    await this.#ports.rows.deleteById(id);
    this.#uncache([id]);
  }

  #uncache(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const [key, session] of this.#cached.entries()) {
      if (gone.has(session.id)) this.#cached.delete(key);
    }
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function idTokenContext(id: string): string {
  return `session:${id}:id_token`;
}
