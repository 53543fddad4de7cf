import { OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  type ActionSet,
  actions,
  anonymous,
  type Principal,
  type ProjectDirectory,
  presentActions,
  projectName,
  type RepositoryAccess,
} from '../access/index.ts';
import type { IdentityService, TokenService, VerifiedToken } from '../identity/index.ts';
import { parseBasic } from '../identity/index.ts';
import type { Metrics } from '../telemetry/index.ts';
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

const MAX_TOKENS = 20_000;

export function createAuthorizer(ports: {
  readonly tokens: TokenService;
  readonly identity: IdentityService;
  readonly access: RepositoryAccess;
  readonly projects: ProjectDirectory;
  readonly metrics: Metrics;
}): Authorizer {
  const { tokens, identity, access, projects } = ports;
  const verified = new LRUCache<string, VerifiedToken>({ max: MAX_TOKENS });
  const lookups = ports.metrics.counters(
    'berth_token_cache_lookups_total',
    'Look-ups of verified registry tokens.',
    'result',
    ['hit', 'miss'],
  );

  function peekToken(header: string): VerifiedToken | undefined {
    const token = verified.get(header);
    return token !== undefined && token.expiresAt > Date.now() ? token : undefined;
  }

  async function verify(header: string): Promise<VerifiedToken | undefined> {
    const known = peekToken(header);
    if (known !== undefined) return known;
    lookups.miss.value += 1;
    const token = await tokens.verify(header.slice('Bearer '.length).trim());
    if (token !== undefined) verified.set(header, token);
    return token;
  }

  async function tokenSession(header: string): Promise<Session | undefined> {
    const token = await verify(header);
    if (token === undefined) return undefined;
    if (token.userId === undefined) return { principal: anonymous, token };
    const principal = await identity.findUser(token.userId, token.epoch);
    return principal && { principal, token };
  }

  async function open(header: string | undefined, scope: string | undefined): Promise<Session> {
    if (header === undefined) throw new Challenge(scope);
    if (/^bearer /i.test(header)) {
      const session = await tokenSession(header);
      if (session === undefined) throw new Challenge(scope, 'invalid_token');
      return session;
    }
    const credentials = parseBasic(header);
    const principal =
      credentials && (await identity.authenticate(credentials.username, credentials.password));
    if (principal === undefined) throw new Challenge(scope);
    return { principal, token: undefined };
  }

  function scopeOf(repository: string, needed: ActionSet): string {
    // Whoever pushes reads what is there already.
    const wanted = needed & actions.push ? needed | actions.pull : needed;
    return `repository:${repository}:${presentActions(wanted).join(',')}`;
  }

  return {
    peek(header, repository, needed) {
      if (header === undefined) return undefined;
      const token = peekToken(header);
      const grant = token?.grants.get(repository);
      if (token === undefined || grant === undefined) return undefined;
      if ((grant.allowed & needed) !== needed) return undefined;
      if (projects.peekPolicy(projectName(repository))?.id !== grant.projectId) return undefined;
      lookups.hit.value += 1;
      return token.userId === undefined ? anonymous : identity.peekUser(token.userId, token.epoch);
    },

    async authorize(header, repository, needed) {
      const scope = scopeOf(repository, needed);
      const { principal, token } = await open(header, scope);
      const { project, allowed } = await access.decide(principal, repository);
      const grant = token?.grants.get(repository);
      const granted =
        token === undefined
          ? allowed
          : grant !== undefined && grant.projectId === project?.id
            ? grant.allowed & allowed
            : actions.none;
      if (project !== undefined && (granted & needed) === needed) {
        return { principal, projectId: project.id, ...reach(token) };
      }
      const couldHelp =
        token !== undefined && project !== undefined && (allowed & needed) === needed;
      if (couldHelp) throw new Challenge(scope, 'insufficient_scope');
      if (principal.kind === 'anonymous') throw new Challenge(scope, 'insufficient_scope');
      if (project === undefined && (allowed & needed) === needed) {
        throw new OciError(
          'NAME_UNKNOWN',
          `there is no project ${projectName(repository)}; create it first`,
        );
      }
      // Same words for a foreign and for a missing project.
      throw new OciError('DENIED');
    },

    async authenticate(header, scope) {
      const { principal, token } = await open(header, scope);
      return { principal, ...reach(token) };
    },

    async mayPull(principal, repository) {
      const { project, allowed } = await access.decide(principal, repository);
      return project !== undefined && (allowed & actions.pull) !== 0;
    },
  };
}

function reach(token: VerifiedToken | undefined): Pick<Caller, 'pullable' | 'unscoped'> {
  if (token === undefined) return { pullable: [], unscoped: true };
  const pullable = [...token.grants]
    .filter(([, grant]) => (grant.allowed & actions.pull) !== 0)
    .map(([repository]) => repository);
  return { pullable, unscoped: false };
}
