import { OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  type ActionSet,
  type AskedRequest,
  type AuthorizedCaller,
  type Authorizer,
  actions,
  anonymous,
  type Caller,
  type Principal,
  type ProjectDirectory,
  type ProjectPolicy,
  presentActions,
  projectName,
  type RepositoryAccess,
  type ShownRequest,
} from '../access/index.ts';
import type {
  Authenticator,
  Grant,
  Principals,
  TokenService,
  VerifiedToken,
} from '../identity/index.ts';
import { Challenge, parseBasic } from '../identity/index.ts';
import type { HotCounter, Metrics } from '../telemetry/index.ts';

interface Session {
  readonly principal: Principal;
  readonly token: VerifiedToken | undefined;
}

export interface AuthorizerPorts {
  readonly tokens: TokenService;
  readonly principals: Principals;
  readonly authenticator: Authenticator;
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

  peek(request: AskedRequest, repository: string, needed: ActionSet) {
    const { projects, principals } = this.#ports;
    const header = request.headers.authorization;
    const token = header === undefined ? undefined : this.#peekToken(header);
    const grant = token?.grants.get(repository);
    if (token === undefined || grant === undefined) return undefined;
    if ((grant.allowed & needed) !== needed) return undefined;
    const project = projects.peekPolicy(projectName(repository));
    if (project === undefined || !isCurrent(grant, project)) return undefined;
    this.#lookups.hit.value += 1;
    const principal = token.subject === undefined ? anonymous : principals.peek(token.subject);
    return principal && { principal, projectId: project.id };
  }

  async authorize(
    shown: ShownRequest,
    repository: string,
    needed: ActionSet,
  ): Promise<AuthorizedCaller> {
    const scope = scopeOf(repository, needed);
    const { principal, token } = await this.#open(shown, scope);
    const { project, allowed } = await this.#ports.access.decide(principal, repository);
    const granted = token === undefined ? allowed : allowed & grantedBy(token, repository, project);
    if (project !== undefined && (granted & needed) === needed) {
      if (token !== undefined) renew(token, repository, { project, granted });
      const mayPush = (granted & actions.push) !== 0;
      return { projectId: project.id, mayPush, ...this.#callerOf({ principal, token }) };
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

  async authenticate(shown: ShownRequest, scope: string | undefined): Promise<Caller> {
    return this.#callerOf(await this.#open(shown, scope));
  }

  async mayPull(principal: Principal, repository: string): Promise<boolean> {
    const { project, allowed } = await this.#ports.access.decide(principal, repository);
    return project !== undefined && (allowed & actions.pull) !== 0;
  }

  #callerOf({ principal, token }: Session): Caller {
    return {
      principal,
      unscoped: token === undefined,
      listPullable: () => this.#listPullable(principal, token),
    };
  }

  /** Goes by today's projects and rights, not by those of the day that the token was issued. */
  async #listPullable(principal: Principal, token: VerifiedToken | undefined): Promise<string[]> {
    const pullable: string[] = [];
    for (const repository of token?.grants.keys() ?? []) {
      const { project, allowed } = await this.#ports.access.decide(principal, repository);
      const granted = token === undefined ? actions.none : grantedBy(token, repository, project);
      if ((allowed & granted & actions.pull) !== 0) pullable.push(repository);
    }
    return pullable;
  }

  async #open(
    { authorization: header, address }: ShownRequest,
    scope: string | undefined,
  ): Promise<Session> {
    if (header === undefined) throw new Challenge(scope);
    if (/^bearer /i.test(header)) {
      const session = await this.#openToken(header);
      if (session === undefined) throw new Challenge(scope, 'invalid_token');
      return session;
    }
    const credentials = parseBasic(header);
    const { authenticator } = this.#ports;
    const principal =
      credentials && (await authenticator.authenticate({ ...credentials, address }));
    if (principal === undefined) throw new Challenge(scope);
    return { principal, token: undefined };
  }

  async #openToken(header: string): Promise<Session | undefined> {
    const token = this.#peekToken(header) ?? (await this.#verify(header));
    if (token === undefined) return undefined;
    if (token.subject === undefined) return { principal: anonymous, token };
    const principal = await this.#ports.principals.find(token.subject);
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

/** Whether the grant still holds without asking for roles. */
function isCurrent(grant: Grant, project: ProjectPolicy): boolean {
  return grant.projectId === project.id && grant.accessEpoch === project.accessEpoch;
}

/** Notes what is left of a grant after rights in the project changed, so that memory suffices again. */
function renew(
  token: VerifiedToken,
  repository: string,
  { project, granted }: { project: ProjectPolicy; granted: ActionSet },
): void {
  const { id: projectId, accessEpoch } = project;
  token.grants.set(repository, { projectId, accessEpoch, allowed: granted });
}

function scopeOf(repository: string, needed: ActionSet): string {
  // Whoever pushes reads what is there already.
  const wanted = needed & actions.push ? needed | actions.pull : needed;
  return `repository:${repository}:${presentActions(wanted).join(',')}`;
}
