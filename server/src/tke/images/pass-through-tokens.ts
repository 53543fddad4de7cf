import { formatScope, parseScopes, type Scope } from '@berth/oci';
import { z } from 'zod';
import { parseBasic } from '../../identity/index.ts';
import { AppError } from '../../lib/index.ts';
import type { Names } from '../names.ts';
import { wrapToken } from './pass-through-token.ts';
import type { Sealer } from './upload-seal.ts';
import { discard, readText, type Upstream } from './upstream.ts';

export interface PassThroughTokensPorts {
  readonly upstream: Upstream;
  readonly sealer: Sealer;
  readonly names: Names;
}

export interface TokenRequest {
  readonly tenant: string;
  /** Basic; undefined for nobody. */
  readonly authorization: string | undefined;
  /** As people name repositories, each of one or several scopes. */
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

/** What a token endpoint answers (Docker's token specification). */
export interface IssuedToken {
  readonly token: string;
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly issued_at: string;
}

/** Tokens of the existing Harbor for clients that have accounts there. */
export interface PassThroughTokens {
  /** @throws AppError unauthenticated, unavailable */
  issue(request: TokenRequest): Promise<IssuedToken>;
}

/** The service that the existing Harbor issues tokens for. */
const SERVICE = 'harbor-registry';
const DEFAULT_SECONDS = 60;

const schema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().int().positive().optional().catch(undefined),
  issued_at: z.iso.datetime({ offset: true }).optional().catch(undefined),
});

export function createPassThroughTokens(ports: PassThroughTokensPorts): PassThroughTokens {
  return new Tokens(ports);
}

class Tokens implements PassThroughTokens {
  readonly #ports: PassThroughTokensPorts;

  constructor(ports: PassThroughTokensPorts) {
    this.#ports = ports;
  }

  async issue({ tenant, authorization, scopes, signal }: TokenRequest): Promise<IssuedToken> {
    const { upstream, sealer } = this.#ports;
    const query = new URLSearchParams({ service: SERVICE });
    for (const scope of this.#store(tenant, scopes)) query.append('scope', scope);
    const answer = await upstream.send({
      method: 'GET',
      path: `/service/token?${query.toString()}`,
      headers: { accept: 'application/json' },
      authorization,
      signal,
    });
    if (answer.status !== 200) {
      await discard(answer.body);
      throw refusal(answer.status);
    }
    const parsed = schema.safeParse(parseJson(await readText(answer.body, 1024 * 1024)));
    const issued = parsed.data?.token ?? parsed.data?.access_token;
    if (issued === undefined) throw refusal(502);
    const username = parseBasic(authorization ?? '')?.username ?? '';
    const token = wrapToken(sealer, tenant, { token: issued, username });
    return {
      token,
      access_token: token,
      token_type: 'Bearer',
      expires_in: parsed.data?.expires_in ?? DEFAULT_SECONDS,
      issued_at: parsed.data?.issued_at ?? new Date().toISOString(),
    };
  }

  /** Each scope by itself: `library` beside others changes nothing for them. */
  #store(tenant: string, scopes: readonly string[]): string[] {
    return parseScopes(scopes)
      .map((scope) => this.#storeScope(tenant, scope))
      .filter((scope) => scope !== undefined);
  }

  /** Undefined for a repository that cannot be: it grants nothing. */
  #storeScope(tenant: string, scope: Scope): string | undefined {
    if (scope.type !== 'repository') return formatScope(scope);
    try {
      return formatScope({ ...scope, name: this.#ports.names.toRepository(tenant, scope.name) });
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number): AppError {
  if (status === 401 || status === 403) {
    return new AppError('unauthenticated', 'the user name or the password is wrong');
  }
  return new AppError('unavailable', 'the registry behind issues no tokens now; try again');
}
