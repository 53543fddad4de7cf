import { parseScopes, type Scope } from '@berth/oci';
import { z } from 'zod';
import {
  type ActionSet,
  actions,
  type Principal,
  parseActions,
  presentActions,
  type RepositoryAccess,
} from '../access/index.ts';
import type { Principals, Subject } from './principals.ts';
import { type ClaimsSigner, createClaimsSigner, LEEWAY_SECONDS } from './signed-claims.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface TokenSettings {
  readonly issuer: string;
  readonly service: string;
  /** Life of a token issued now, in seconds. */
  seconds(): number;
}

/** A right that a token carries for one repository, bound to the project's id and epoch. */
export interface Grant {
  readonly projectId: number;
  /** While the project's is the same, nobody has lost a right since the token was issued. */
  readonly accessEpoch: number;
  readonly allowed: ActionSet;
}

export interface VerifiedToken {
  /** Absent for an anonymous token. */
  readonly subject: Subject | undefined;
  /** By repository. */
  readonly grants: Map<string, Grant>;
  /** Milliseconds since the Unix epoch, leeway included. */
  readonly expiresAt: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

export interface TokenService {
  /** Signs a token with what of the asked scopes `principal` may do, and no more. */
  issue(principal: Principal, scopeParameters: readonly string[]): Promise<IssuedToken>;
  /** The token's content, or undefined when it is not a live token of ours. */
  verify(token: string): Promise<VerifiedToken | undefined>;
}

const accessClaim = z.object({
  type: z.string(),
  name: z.string(),
  actions: z.array(z.string()),
  project_id: z.number().int().optional(),
  project_epoch: z.number().int().default(-1),
});

const claims = z.object({
  exp: z.number(),
  iat: z.number(),
  access: z.array(accessClaim),
  uid: z.number().int().optional(),
  /** Of a robot. */
  rid: z.number().int().optional(),
  /** Of the personal token that was shown. */
  pat: z.number().int().optional(),
  epoch: z.number().int().default(0),
});

type AccessClaim = z.input<typeof accessClaim>;

/** What a token says beside the registered claims (RFC 7519 section 4.1). */
type OwnClaims = Omit<z.input<typeof claims>, 'exp' | 'iat'>;

interface TokenPorts {
  readonly settings: TokenSettings;
  readonly keys: SigningKeys;
  readonly access: RepositoryAccess;
  readonly principals: Pick<Principals, 'subjectOf'>;
}

/**
 * Docker's token flow (distribution's "token authentication" pages). Tokens carry the ids of
 * user and project beside their names, so that one made again under a name inherits nothing.
 */
export function createTokenService(ports: TokenPorts): TokenService {
  return new JwtTokens(ports);
}

class JwtTokens implements TokenService {
  readonly #ports: TokenPorts;
  readonly #signer: ClaimsSigner;

  constructor(ports: TokenPorts) {
    this.#ports = ports;
    const { keys, settings } = ports;
    this.#signer = createClaimsSigner({
      keys,
      issuer: settings.issuer,
      audience: settings.service,
    });
  }

  async issue(principal: Principal, scopeParameters: readonly string[]): Promise<IssuedToken> {
    const { settings, principals } = this.#ports;
    const granted = await Promise.all(
      parseScopes([...scopeParameters]).map((scope) => this.#grant(principal, scope)),
    );
    const access = granted.filter((entry) => entry !== undefined);
    const issuedAt = Math.floor(Date.now() / 1000);
    const seconds = settings.seconds();
    const subject = await principals.subjectOf(principal);
    const token = await this.#signer.sign(
      nameIn(principal),
      { issuedAt, expiresAt: issuedAt + seconds },
      {
        access,
        ...(subject !== undefined && claimsOf(subject)),
      },
    );
    return {
      token,
      expires_in: seconds,
      issued_at: new Date(issuedAt * 1000).toISOString(),
    };
  }

  async verify(token: string): Promise<VerifiedToken | undefined> {
    const parsed = claims.safeParse(await this.#signer.verify(token));
    return parsed.success ? present(parsed.data) : undefined;
  }

  /** The `access` entry for one scope; undefined when nothing of it is granted. */
  async #grant(principal: Principal, scope: Scope): Promise<AccessClaim | undefined> {
    if (scope.type === 'registry' && scope.name === 'catalog') {
      // The catalog shows each caller what it may see; an anonymous one sees public projects.
      return { type: scope.type, name: scope.name, actions: scope.actions };
    }
    if (scope.type !== 'repository') return undefined;
    const { project, allowed } = await this.#ports.access.decide(principal, scope.name);
    const granted = allowed & parseActions(scope.actions);
    if (project === undefined || granted === actions.none) return undefined;
    return {
      type: scope.type,
      name: scope.name,
      actions: presentActions(granted),
      project_id: project.id,
      project_epoch: project.accessEpoch,
    };
  }
}

function present(payload: z.infer<typeof claims>): VerifiedToken {
  const grants = new Map<string, Grant>();
  for (const entry of payload.access) {
    if (entry.type !== 'repository' || entry.project_id === undefined) continue;
    const known = grants.get(entry.name)?.allowed ?? actions.none;
    grants.set(entry.name, {
      projectId: entry.project_id,
      accessEpoch: entry.project_epoch,
      allowed: parseActions(entry.actions) | known,
    });
  }
  return {
    subject: subjectIn(payload),
    grants,
    expiresAt: (payload.exp + LEEWAY_SECONDS) * 1000,
  };
}

function nameIn(principal: Principal): string {
  return principal.kind === 'anonymous' ? '' : principal.username;
}

function claimsOf({ kind, id, epoch, personalTokenId }: Subject): Partial<OwnClaims> {
  return {
    ...(kind === 'user' ? { uid: id } : { rid: id }),
    epoch,
    ...(personalTokenId !== undefined && { pat: personalTokenId }),
  };
}

function subjectIn({ uid, rid, pat, epoch }: z.infer<typeof claims>): Subject | undefined {
  if (rid !== undefined) return { kind: 'robot', id: rid, epoch };
  if (uid === undefined) return undefined;
  return { kind: 'user', id: uid, epoch, personalTokenId: pat };
}
