import { parseScopes, type Scope } from '@berth/oci';
import { z } from 'zod';
import { type ActionSet, actions, parseActions, presentActions } from '../../access/index.ts';
import {
  type ClaimsSigner,
  createClaimsSigner,
  LEEWAY_SECONDS,
  type Principals,
  type SigningKeys,
  type Subject,
} from '../../identity/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import { limitsOf } from './reach.ts';

/** What the caller may do in a repository by today's rights, and in which namespace object that is. */
export interface ImageDecision {
  /** Its uid, or `library`; undefined when there is none. */
  readonly namespaceId: string | undefined;
  readonly allowed: ActionSet;
}

export interface TkeTokenPorts {
  readonly keys: Pick<SigningKeys, 'current' | 'find'>;
  readonly issuer: string;
  readonly configuration: Pick<RegistryConfiguration, 'tokenSeconds'>;
  readonly principals: Pick<Principals, 'subjectOf'>;
  /** The repository that a scope's name means; undefined when it can be none. */
  scopedRepository(tenant: string, name: string): string | undefined;
  decide(caller: KubeCaller, tenant: string, repository: string): Promise<ImageDecision>;
}

export interface TkeGrant {
  /** A namespace made again under the name has another one. */
  readonly namespaceId: string;
  readonly allowed: ActionSet;
}

export interface VerifiedTkeToken {
  /** Absent for an anonymous token. */
  readonly subject: Subject | undefined;
  readonly tenant: string;
  /** By repository, as people name it. */
  readonly grants: ReadonlyMap<string, TkeGrant>;
  /** Of the personal token that was shown, when it leaves less than everything. */
  readonly limits: z.infer<typeof limitsClaim> | undefined;
  /** Milliseconds since the Unix epoch, leeway included. */
  readonly expiresAt: number;
}

export interface IssuedTkeToken {
  readonly token: string;
  /** Seconds */
  readonly expires_in: number;
  /** RFC 3339 */
  readonly issued_at: string;
}

/** Registry tokens of tenants (reference §2.4). */
export interface TkeTokens {
  /** Signs what of the asked scopes the caller may do in the tenant, and no more; asking wrongly grants nothing. */
  issue(
    caller: KubeCaller,
    tenant: string,
    scopeParameters: readonly string[],
  ): Promise<IssuedTkeToken>;
  /** The token's content, or undefined when it is not a live token of this kind. */
  verify(token: string): Promise<VerifiedTkeToken | undefined>;
}

export const TKE_SERVICE = 'tke';
const MIN_SECONDS = 300;
const MAX_SECONDS = 3600;

const limitsClaim = z.object({
  repository: z.number().int(),
  projects: z.array(z.number().int()).optional(),
});

const accessClaim = z.object({
  type: z.string(),
  name: z.string(),
  actions: z.array(z.string()),
  namespace_id: z.string().optional(),
});

const claims = z.object({
  exp: z.number(),
  tenant: z.string(),
  access: z.array(accessClaim),
  uid: z.number().int().optional(),
  /** Of a robot. */
  rid: z.number().int().optional(),
  /** Of the personal token that was shown. */
  pat: z.number().int().optional(),
  lim: limitsClaim.optional(),
  epoch: z.number().int().default(0),
});

type Access = z.infer<typeof accessClaim>;

export function createTkeTokenService(ports: TkeTokenPorts): TkeTokens {
  return new TenantTokens(ports);
}

class TenantTokens implements TkeTokens {
  readonly #ports: TkeTokenPorts;
  readonly #signer: ClaimsSigner;

  constructor(ports: TkeTokenPorts) {
    this.#ports = ports;
    this.#signer = createClaimsSigner({ ...ports, audience: TKE_SERVICE });
  }

  async issue(
    caller: KubeCaller,
    tenant: string,
    scopeParameters: readonly string[],
  ): Promise<IssuedTkeToken> {
    const granted = await Promise.all(
      parseScopes(scopeParameters).map((scope) => this.#grant(caller, tenant, scope)),
    );
    const seconds = secondsOf(this.#ports.configuration.tokenSeconds);
    const issuedAt = Math.floor(Date.now() / 1000);
    const { principal } = caller;
    const subject = await this.#ports.principals.subjectOf(principal);
    const token = await this.#signer.sign(
      principal.kind === 'anonymous' ? '' : principal.username,
      { issuedAt, expiresAt: issuedAt + seconds },
      {
        tenant,
        access: granted.filter((entry) => entry !== undefined),
        ...(subject !== undefined && claimsOf(subject)),
        ...limitsIn(caller),
      },
    );
    return {
      token,
      expires_in: seconds,
      issued_at: new Date(issuedAt * 1000).toISOString(),
    };
  }

  async verify(token: string): Promise<VerifiedTkeToken | undefined> {
    const parsed = claims.safeParse(await this.#signer.verify(token));
    return parsed.success ? present(parsed.data) : undefined;
  }

  /** The `access` entry for one scope; undefined when nothing of it is granted. */
  async #grant(caller: KubeCaller, tenant: string, scope: Scope): Promise<Access | undefined> {
    if (scope.type === 'registry' && scope.name === 'catalog') {
      // The catalog shows each caller what it may see.
      return { type: scope.type, name: scope.name, actions: scope.actions };
    }
    if (scope.type !== 'repository') return undefined;
    const name = this.#ports.scopedRepository(tenant, scope.name);
    if (name === undefined) return undefined;
    const { namespaceId, allowed } = await this.#ports.decide(caller, tenant, name);
    const granted = allowed & parseActions(scope.actions);
    if (namespaceId === undefined || granted === actions.none) return undefined;
    return {
      type: scope.type,
      name,
      actions: presentActions(granted),
      namespace_id: namespaceId,
    };
  }
}

/** Long enough for clients that do not count on less (60 s is the least by specification). */
function secondsOf(configured: number): number {
  return Math.min(Math.max(configured, MIN_SECONDS), MAX_SECONDS);
}

function claimsOf({ kind, id, epoch, personalTokenId }: Subject) {
  return {
    ...(kind === 'user' ? { uid: id } : { rid: id }),
    epoch,
    ...(personalTokenId !== undefined && { pat: personalTokenId }),
  };
}

function limitsIn(caller: KubeCaller): { lim?: z.infer<typeof limitsClaim> } {
  const limits = limitsOf(caller);
  if (limits === undefined) return {};
  const { repository, projectIds } = limits;
  if (repository === actions.all && projectIds === undefined) return {};
  return { lim: { repository, ...(projectIds !== undefined && { projects: [...projectIds] }) } };
}

function present(payload: z.infer<typeof claims>): VerifiedTkeToken {
  const grants = new Map<string, TkeGrant>();
  for (const { type, name, actions: words, namespace_id: namespaceId } of payload.access) {
    if (type !== 'repository' || namespaceId === undefined) continue;
    const known = grants.get(name)?.allowed ?? actions.none;
    grants.set(name, { namespaceId, allowed: parseActions(words) | known });
  }
  return {
    subject: subjectIn(payload),
    tenant: payload.tenant,
    grants,
    limits: payload.lim,
    expiresAt: (payload.exp + LEEWAY_SECONDS) * 1000,
  };
}

function subjectIn({ uid, rid, pat, epoch }: z.infer<typeof claims>): Subject | undefined {
  if (rid !== undefined) return { kind: 'robot', id: rid, epoch };
  if (uid === undefined) return undefined;
  return { kind: 'user', id: uid, epoch, personalTokenId: pat };
}
