import { randomBytes } from 'node:crypto';
import type { UserPrincipal } from '../../access/index.ts';
import type { Authenticator, IdentityService } from '../../identity/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import { type ApiKey, type ApiKeyRequest, apiKeyId } from './api-key.ts';
import { KEY_PREFIX } from './basic-login.ts';
import type { TkeCallers } from './callers.ts';
import { withinToken } from './kube-rights.ts';

/** A personal token as far as it is an API key. */
export interface KeyToken {
  readonly id: number;
  readonly userId: number;
  readonly description: string;
  readonly tenant: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly isDisabled: boolean;
}

/** Personal tokens; the login module has them. */
export interface KeyTokens {
  create(
    user: UserPrincipal,
    request: {
      readonly name: string;
      readonly scopes: readonly (typeof SCOPES)[number][];
      readonly expiresAt: Date;
      readonly description: string;
      readonly tenant: string | undefined;
    },
  ): Promise<{ readonly token: KeyToken; readonly text: string }>;
  find(id: number): Promise<KeyToken | undefined>;
  listOwned(
    owner: { readonly userId: number } | { readonly tenant: string },
    limit: number,
  ): Promise<readonly KeyToken[]>;
  setDisabled(id: number, isDisabled: boolean): Promise<KeyToken>;
  delete(userId: number, id: number): Promise<void>;
}

export interface ApiKeysPorts {
  readonly tokens: KeyTokens;
  readonly identity: Pick<IdentityService, 'find'>;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly callers: Pick<TkeCallers, 'callerOf'>;
  /** Milliseconds since the Unix epoch; the system's unless told. */
  readonly now?: () => number;
}

export interface MadeApiKey {
  readonly key: ApiKey;
  /** Kept nowhere. */
  readonly text: string;
}

/** API keys (reference §5.2): personal tokens for the registry, each good in one tenant. */
export interface ApiKeys {
  /** @throws AppError denied for callers that showed a token themselves */
  create(caller: KubeCaller, request: ApiKeyRequest): Promise<MadeApiKey>;
  /** With a user's name and password. @throws AppError unauthenticated, too-many */
  createByPassword(
    login: {
      readonly tenant: string;
      readonly username: string;
      readonly password: string;
      readonly address: string;
    },
    request: ApiKeyRequest,
  ): Promise<MadeApiKey>;
  /**
   * One's own; of an administrator those of its tenant, and of a system administrator those of
   * the `tenant` it asks for.
   */
  list(caller: KubeCaller, tenant: string | undefined): Promise<readonly ApiKey[]>;
  /** @throws AppError not-found, also for others' */
  get(caller: KubeCaller, name: string): Promise<ApiKey>;
  /** @throws AppError not-found, denied */
  setDisabled(caller: KubeCaller, name: string, isDisabled: boolean): Promise<ApiKey>;
  /** @throws AppError not-found, denied */
  delete(caller: KubeCaller, name: string): Promise<ApiKey>;
}

const SCOPES = ['api:write', 'registry:pull', 'registry:push', 'registry:delete'] as const;
const MAX_LISTED = 5_000;

export function createApiKeys(ports: ApiKeysPorts): ApiKeys {
  return new PersonalTokenKeys(ports);
}

class PersonalTokenKeys implements ApiKeys {
  readonly #ports: ApiKeysPorts;

  constructor(ports: ApiKeysPorts) {
    this.#ports = ports;
  }

  async create(caller: KubeCaller, request: ApiKeyRequest): Promise<MadeApiKey> {
    const user = wholeUser(caller);
    if (!isSomebody(caller)) throw new AppError('denied', 'you belong to no tenant here');
    const expiresAt = new Date(this.#now() + request.seconds * 1000);
    const { token, text } = await this.#ports.tokens.create(user, {
      name: `apikey-${caller.tenantId ?? 'all'}-${randomBytes(5).toString('hex')}`,
      scopes: SCOPES,
      expiresAt,
      description: request.description,
      tenant: caller.tenantId,
    });
    return { key: this.#present(token, user.username, caller), text };
  }

  async createByPassword(
    { tenant, username, password, address }: Parameters<ApiKeys['createByPassword']>[0],
    request: ApiKeyRequest,
  ): Promise<MadeApiKey> {
    const { authenticator, callers } = this.#ports;
    // A key makes no other key, which would outlive it.
    const principal = password.startsWith(KEY_PREFIX)
      ? undefined
      : await authenticator.authenticate({ username, password, address });
    const isWhole = principal?.kind === 'user' && principal.limits === undefined;
    const asked = tenant === '' ? undefined : tenant;
    const caller = isWhole ? await callers.callerOf(principal, asked) : undefined;
    if (caller === undefined) {
      throw new AppError('unauthenticated', 'the user name or the password is wrong');
    }
    return this.create(caller, request);
  }

  async list(caller: KubeCaller, tenant: string | undefined): Promise<readonly ApiKey[]> {
    const user = this.#reader(caller);
    const ofTenant = administered(caller) ?? (caller.isPrivileged ? tenant : undefined);
    const { tokens } = this.#ports;
    const [own, others] = await Promise.all([
      tokens.listOwned({ userId: user.id }, MAX_LISTED),
      ofTenant === undefined ? [] : tokens.listOwned({ tenant: ofTenant }, MAX_LISTED),
    ]);
    const all = new Map([...own, ...others].map((token) => [token.id, token]));
    const keys = await Promise.all([...all.values()].map((token) => this.#open(token, caller)));
    return keys.filter((key) => key !== undefined).toSorted((a, b) => a.id - b.id);
  }

  async get(caller: KubeCaller, name: string): Promise<ApiKey> {
    const user = this.#reader(caller);
    const id = apiKeyId(name);
    const token = id === undefined ? undefined : await this.#ports.tokens.find(id);
    const isVisible =
      token !== undefined &&
      (token.userId === user.id ||
        (token.tenant !== null && (caller.isPrivileged || token.tenant === administered(caller))));
    const key = isVisible ? await this.#open(token, caller) : undefined;
    if (key === undefined) throw notFound(name);
    return key;
  }

  async setDisabled(caller: KubeCaller, name: string, isDisabled: boolean): Promise<ApiKey> {
    wholeUser(caller);
    const { id, username } = await this.get(caller, name);
    const token = await this.#ports.tokens.setDisabled(id, isDisabled);
    return this.#present(token, username, caller);
  }

  async delete(caller: KubeCaller, name: string): Promise<ApiKey> {
    wholeUser(caller);
    const key = await this.get(caller, name);
    await this.#ports.tokens.delete(key.userId, key.id);
    return key;
  }

  #reader(caller: KubeCaller): UserPrincipal {
    const { principal } = caller;
    if (principal.kind !== 'user' || !withinToken(caller, 'list')) throw denied();
    return principal;
  }

  async #open(token: KeyToken, caller: KubeCaller): Promise<ApiKey | undefined> {
    const user = await this.#ports.identity.find(token.userId);
    return user && this.#present(token, user.username, caller);
  }

  #present(token: KeyToken, username: string, caller: KubeCaller): ApiKey {
    const { id, userId, description, createdAt, expiresAt, isDisabled } = token;
    return {
      id,
      userId,
      username,
      // A personal token that was made elsewhere is good wherever its user is.
      tenant: token.tenant ?? caller.tenantId ?? '',
      description,
      createdAt,
      expiresAt: expiresAt ?? undefined,
      isDisabled,
      isExpired: expiresAt !== null && expiresAt.getTime() <= this.#now(),
    };
  }

  #now(): number {
    return (this.#ports.now ?? Date.now)();
  }
}

/** The tenant that the caller administers. */
function administered({ isPrivileged, role, tenantId }: KubeCaller): string | undefined {
  return !isPrivileged && role === 'admin' ? tenantId : undefined;
}

function isSomebody({ isPrivileged, tenantId }: KubeCaller): boolean {
  return isPrivileged || tenantId !== undefined;
}

function wholeUser({ principal }: KubeCaller): UserPrincipal {
  if (principal.kind !== 'user' || principal.limits !== undefined) throw denied();
  return principal;
}

function denied(): AppError {
  return new AppError('denied', 'only users themselves can do this, and no token of theirs');
}

function notFound(name: string): AppError {
  return new AppError('not-found', `apikeys.auth.tkestack.io "${name}" not found`);
}
