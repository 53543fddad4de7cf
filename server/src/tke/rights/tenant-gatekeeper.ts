import { OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { type ActionSet, actions, type Principal, presentActions } from '../../access/index.ts';
import { Challenge, type Principals, parseBasic } from '../../identity/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { BasicLogin } from './basic-login.ts';
import { anonymousCaller, type TkeCallers } from './callers.ts';
import { chartRight } from './chart-rights.ts';
import type { Admission, ChartAction, Gatekeeper, Shown } from './gatekeeper.ts';
import { type ImageDecisions, isOpenToAll } from './image-decisions.ts';
import type { ImageDecision, TkeTokens, VerifiedTkeToken } from './token.service.ts';

export interface GatekeeperPorts {
  readonly configuration: Pick<RegistryConfiguration, 'enableAnonymous' | 'harbor'>;
  readonly tokens: Pick<TkeTokens, 'verify'>;
  readonly principals: Pick<Principals, 'peek' | 'find'>;
  readonly login: BasicLogin;
  readonly callers: TkeCallers;
  readonly decisions: ImageDecisions;
}

const MAX_TOKENS = 20_000;
const OPEN_ACTIONS: ReadonlySet<ChartAction> = new Set(['index', 'download', 'upload']);

/** A token that was verified once, with the last principal it was good for. */
interface Opened {
  readonly token: VerifiedTkeToken;
  /** The user as it is, and as the limits of its personal token leave it. */
  limited: { readonly whole: Principal; readonly left: Principal } | undefined;
}

interface Session {
  readonly caller: KubeCaller;
  readonly token: VerifiedTkeToken | undefined;
}

export function createGatekeeper(ports: GatekeeperPorts): Gatekeeper {
  return new TenantGatekeeper(ports);
}

class TenantGatekeeper implements Gatekeeper {
  readonly #ports: GatekeeperPorts;
  readonly #isOpen: boolean;
  /** By the whole header: what was verified once need not be verified again. */
  readonly #opened = new LRUCache<string, Opened>({ max: MAX_TOKENS });

  constructor(ports: GatekeeperPorts) {
    this.#ports = ports;
    this.#isOpen = isOpenToAll(ports.configuration);
  }

  peekImage(
    authorization: string | undefined,
    tenant: string,
    repository: string,
    needed: ActionSet,
  ): Admission | undefined {
    const session = this.#peekSession(authorization, tenant);
    const decision = session && this.#ports.decisions.peek(session.caller, tenant, repository);
    if (session === undefined || decision === undefined) return undefined;
    const allowed = decision.allowed & grantedBy(session.token, repository, decision);
    return (allowed & needed) === needed ? { caller: session.caller, allowed } : undefined;
  }

  async admitImage(
    shown: Shown,
    tenant: string,
    repository: string,
    needed: ActionSet,
  ): Promise<Admission> {
    const scope = scopeOf(repository, needed);
    const { caller, token } = await this.#open(shown, tenant, scope);
    const decision = await this.#ports.decisions.decide(caller, tenant, repository);
    const allowed = decision.allowed & grantedBy(token, repository, decision);
    if (decision.namespaceId !== undefined && (allowed & needed) === needed) {
      return { caller, allowed };
    }
    const isAllowed = (decision.allowed & needed) === needed;
    if (decision.namespaceId === undefined && rules(caller, tenant)) {
      const [name] = repository.split('/');
      throw new OciError('NAME_UNKNOWN', `there is no namespace ${name}; create it first`);
    }
    if (isAllowed || caller.principal.kind === 'anonymous') {
      throw new Challenge(scope, 'insufficient_scope');
    }
    // Same words for a foreign, a locked and a missing namespace.
    throw new OciError('DENIED');
  }

  async admitBase(shown: Shown, tenant: string, scope: string | undefined): Promise<KubeCaller> {
    const { caller, token } = await this.#open(shown, tenant, scope);
    if (token === undefined && !this.#isOpen && !belongs(caller)) throw new Challenge(scope);
    return caller;
  }

  async imageActions(caller: KubeCaller, tenant: string, repository: string): Promise<ActionSet> {
    return (await this.#ports.decisions.decide(caller, tenant, repository)).allowed;
  }

  async openBasic(shown: Shown, tenant: string): Promise<KubeCaller> {
    if (shown.authorization === undefined) return anonymousCaller;
    const principal = await this.#logIn(shown.authorization, shown.address);
    if (principal === undefined) {
      throw new AppError('unauthenticated', 'the user name or the password is wrong');
    }
    return this.#ports.callers.visitorOf(principal, tenant);
  }

  canChart(caller: KubeCaller, group: ChartGroup, action: ChartAction): boolean {
    if (chartRight(caller, group, action)) return true;
    const isMirror = group.spec.type === 'Imported' && action === 'upload';
    return this.#isOpen && OPEN_ACTIONS.has(action) && !isMirror;
  }

  callerOf(principal: Principal, tenant: string | undefined): Promise<KubeCaller | undefined> {
    return this.#ports.callers.callerOf(principal, tenant);
  }

  #peekSession(header: string | undefined, tenant: string): Session | undefined {
    if (header === undefined) {
      return this.#isOpen ? { caller: anonymousCaller, token: undefined } : undefined;
    }
    const opened = this.#peekToken(header);
    if (opened?.token.tenant !== tenant) return undefined;
    const { subject } = opened.token;
    if (subject === undefined) return { caller: anonymousCaller, token: opened.token };
    const principal = this.#ports.principals.peek(subject);
    const caller = principal && this.#ports.callers.peek(limit(opened, principal), tenant);
    return caller && { caller, token: opened.token };
  }

  async #open(
    { authorization: header, address }: Shown,
    tenant: string,
    scope: string | undefined,
  ): Promise<Session> {
    if (header === undefined) {
      if (this.#isOpen) return { caller: anonymousCaller, token: undefined };
      throw new Challenge(scope);
    }
    const { callers } = this.#ports;
    if (!/^bearer /i.test(header)) {
      const principal = await this.#logIn(header, address);
      if (principal === undefined) throw new Challenge(scope);
      return { caller: await callers.visitorOf(principal, tenant), token: undefined };
    }
    const opened = this.#peekToken(header) ?? (await this.#verify(header));
    // What another tenant's host issued is no token here.
    if (opened?.token.tenant !== tenant) throw new Challenge(scope, 'invalid_token');
    const { token } = opened;
    if (token.subject === undefined) return { caller: anonymousCaller, token };
    const { principals } = this.#ports;
    const found = await principals.find(token.subject);
    if (found === undefined) throw new Challenge(scope, 'invalid_token');
    // The very object that `peekImage` will see, by which callers are known.
    const principal = principals.peek(token.subject) ?? found;
    return { caller: await callers.visitorOf(limit(opened, principal), tenant), token };
  }

  async #logIn(header: string, address: string): Promise<Principal | undefined> {
    const credentials = parseBasic(header);
    return credentials && (await this.#ports.login.authenticate({ ...credentials, address }));
  }

  #peekToken(header: string): Opened | undefined {
    const opened = this.#opened.get(header);
    return opened !== undefined && opened.token.expiresAt > Date.now() ? opened : undefined;
  }

  async #verify(header: string): Promise<Opened | undefined> {
    const token = await this.#ports.tokens.verify(header.slice('Bearer '.length).trim());
    if (token === undefined) return undefined;
    const opened: Opened = { token, limited: undefined };
    this.#opened.set(header, opened);
    return opened;
  }
}

/** All with Basic; of a token nothing, if the namespace is another one that had the same name. */
function grantedBy(
  token: VerifiedTkeToken | undefined,
  repository: string,
  { namespaceId }: ImageDecision,
): ActionSet {
  if (token === undefined) return actions.all;
  const grant = token.grants.get(repository);
  return grant !== undefined && grant.namespaceId === namespaceId ? grant.allowed : actions.none;
}

/** The user with what its personal token left it; the same object as long as the user is. */
function limit(opened: Opened, principal: Principal): Principal {
  const { limits, subject } = opened.token;
  if (limits === undefined || principal.kind !== 'user') return principal;
  if (opened.limited?.whole !== principal) {
    const left: Principal = {
      ...principal,
      limits: {
        tokenId: subject?.personalTokenId ?? 0,
        api: 'none',
        repository: limits.repository,
        projectIds: limits.projects,
      },
    };
    opened.limited = { whole: principal, left };
  }
  return opened.limited.left;
}

/** Whether it may do everything there, so that it may know what there is. */
function rules(caller: KubeCaller, tenant: string): boolean {
  return caller.isPrivileged || (caller.role === 'admin' && caller.tenantId === tenant);
}

/** Whether the tenant knows it at all; robots have no role. */
function belongs({ isPrivileged, tenantId }: KubeCaller): boolean {
  return isPrivileged || tenantId !== undefined;
}

function scopeOf(repository: string, needed: ActionSet): string {
  // Whoever pushes reads what is there already.
  const wanted = needed & actions.push ? needed | actions.pull : needed;
  return `repository:${repository}:${presentActions(wanted).join(',')}`;
}
