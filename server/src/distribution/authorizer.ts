import { OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  type ActionSet,
  actions,
  anonymous,
  type Principal,
  type ProjectDirectory,
  type ProjectPolicy,
  presentActions,
  projectName,
  type RepositoryAccess,
} from '../access/index.ts';
import type { IdentityService, TokenService, VerifiedToken } from '../identity/index.ts';
import { parseBasic } from '../identity/index.ts';
import type { HotCounter, Metrics } from '../telemetry/index.ts';
import { Challenge } from './challenge.ts';

/** A caller that may do what it asked for. */
export interface Caller {
  readonly principal: Principal;
  /** Repositories that its token lets it pull from; empty with Basic. */
  readonly pullable: readonly string[];
  /** True with Basic: then the caller's own rights count, and not a token's. */
  readonly unscoped: boolean;
}

export interface Authorizer {
  /**
   * Decides from memory alone; undefined when that is not enough, for whatever reason.
   */
  peek(header: string | undefined, repository: string, needed: ActionSet): Principal | undefined;
  /**
   * @throws Challenge when other credentials could help; OciError DENIED when they could not,
   * NAME_UNKNOWN when the caller may do everything and there is no such project
   */
  authorize(
    header: string | undefined,
    repository: string,
    needed: ActionSet,
  ): Promise<Caller & { readonly projectId: number }>;
  /** For endpoints that belong to no repository. @throws Challenge */
  authenticate(header: string | undefined, scope: string | undefined): Promise<Caller>;
  /** Whether the caller may pull the repository, credentials of another scope included. */
  mayPull(principal: Principal, repository: string): Promise<boolean>;
}

interface Session {
  readonly principal: Principal;
  readonly token: VerifiedToken | undefined;
}

export interface AuthorizerPorts {
  readonly tokens: TokenService;
  readonly identity: IdentityService;
  readonly access: RepositoryAccess;
  readonly projects: ProjectDirectory;
  readonly metrics: Metrics;
}

const MAX_TOKENS = 20_000;

export function createAuthorizer(ports: AuthorizerPorts): Authorizer {
  return new TokenAuthorizer(ports);
}

class TokenAuthorizer implements Authorizer {
  readonly #ports: AuthorizerPorts;
  /** By the whole header: what was verified once need not be verified again. */
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: MAX_TOKENS });
  readonly #lookups: Record<'hit' | 'miss', HotCounter>;

  constructor(ports: AuthorizerPorts) {
    this.#ports = ports;
    this.#lookups = ports.metrics.counters(
      'berth_token_cache_lookups_total',
      'Look-ups of verified registry tokens.',
      'result',
      ['hit', 'miss'],
    );
  }

  peek(header: string | undefined, repository: string, needed: ActionSet): Principal | undefined {
    const { projects, identity } = this.#ports;
    const token = header === undefined ? undefined : this.#peekToken(header);
    const grant = token?.grants.get(repository);
    if (token === undefined || grant === undefined) return undefined;
    if ((grant.allowed & needed) !== needed) return undefined;
    if (projects.peekPolicy(projectName(repository))?.id !== grant.projectId) return undefined;
    this.#lookups.hit.value += 1;
    return token.userId === undefined ? anonymous : identity.peekUser(token.userId, token.epoch);
  }

  async authorize(header: string | undefined, repository: string, needed: ActionSet) {
    const scope = scopeOf(repository, needed);
    const { principal, token } = await this.#open(header, scope);
    const { project, allowed } = await this.#ports.access.decide(principal, repository);
    const granted = token === undefined ? allowed : allowed & grantedBy(token, repository, project);
    if (project !== undefined && (granted & needed) === needed) {
      return { principal, projectId: project.id, ...reach(token) };
    }
    const isAllowed = (allowed & needed) === needed;
    if (isAllowed && project === undefined) {
      const name = projectName(repository);
      throw new OciError('NAME_UNKNOWN', `there is no project ${name}; create it first`);
    }
    if (isAllowed || principal.kind === 'anonymous') {
      throw new Challenge(scope, 'insufficient_scope');
    }
    // Same words for a foreign and for a missing project.
    throw new OciError('DENIED');
  }

  async authenticate(header: string | undefined, scope: string | undefined): Promise<Caller> {
    const { principal, token } = await this.#open(header, scope);
    return { principal, ...reach(token) };
  }

  async mayPull(principal: Principal, repository: string): Promise<boolean> {
    const { project, allowed } = await this.#ports.access.decide(principal, repository);
    return project !== undefined && (allowed & actions.pull) !== 0;
  }

  async #open(header: string | undefined, scope: string | undefined): Promise<Session> {
    if (header === undefined) throw new Challenge(scope);
    if (/^bearer /i.test(header)) {
      const session = await this.#openToken(header);
      if (session === undefined) throw new Challenge(scope, 'invalid_token');
      return session;
    }
    const credentials = parseBasic(header);
    const { identity } = this.#ports;
    const principal =
      credentials && (await identity.authenticate(credentials.username, credentials.password));
    if (principal === undefined) throw new Challenge(scope);
    return { principal, token: undefined };
  }

  async #openToken(header: string): Promise<Session | undefined> {
    const token = this.#peekToken(header) ?? (await this.#verify(header));
    if (token === undefined) return undefined;
    if (token.userId === undefined) return { principal: anonymous, token };
    const principal = await this.#ports.identity.findUser(token.userId, token.epoch);
    return principal && { principal, token };
  }

  #peekToken(header: string): VerifiedToken | undefined {
    const token = this.#verified.get(header);
    return token !== undefined && token.expiresAt > Date.now() ? token : undefined;
  }

  async #verify(header: string): Promise<VerifiedToken | undefined> {
    this.#lookups.miss.value += 1;
    const token = await this.#ports.tokens.verify(header.slice('Bearer '.length).trim());
    if (token !== undefined) this.#verified.set(header, token);
    return token;
  }
}

/** What the token grants, unless its project is another one that had the same name. */
function grantedBy(
  token: VerifiedToken,
  repository: string,
  project: ProjectPolicy | undefined,
): ActionSet {
  const grant = token.grants.get(repository);
  return grant !== undefined && grant.projectId === project?.id ? grant.allowed : actions.none;
}

function scopeOf(repository: string, needed: ActionSet): string {
  // Whoever pushes reads what is there already.
  const wanted = needed & actions.push ? needed | actions.pull : needed;
  return `repository:${repository}:${presentActions(wanted).join(',')}`;
}

function reach(token: VerifiedToken | undefined): Pick<Caller, 'pullable' | 'unscoped'> {
  if (token === undefined) return { pullable: [], unscoped: true };
  const pullable = [...token.grants]
    .filter(([, grant]) => (grant.allowed & actions.pull) !== 0)
    .map(([repository]) => repository);
  return { pullable, unscoped: false };
}
