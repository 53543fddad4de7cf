import { z } from 'zod';
import { Challenge } from '../../identity/index.ts';
import type { Sealer } from './upload-seal.ts';

/** What stands in a token that the existing Harbor issued through us. */
export interface PassedToken {
  /** Harbor's, which names its own projects. */
  readonly token: string;
  /** Who logged in; '' for nobody. */
  readonly username: string;
}

const schema = z.object({ token: z.string(), username: z.string() });

/** The token for the client: opaque, and good for the tenant that asked. */
export function wrapToken(sealer: Sealer, tenant: string, passed: PassedToken): string {
  // `$` is not of the alphabet of bearer tokens (RFC 6750 §2.1); `~` is.
  return sealer.seal(JSON.stringify(passed), contextOf(tenant)).replaceAll('$', '~');
}

/** @throws Challenge for a token that is none of ours */
export function unwrapToken(
  sealer: Sealer,
  tenant: string,
  wrapped: string,
  scope: string | undefined,
): PassedToken {
  try {
    const text = sealer.open(wrapped.replaceAll('~', '$'), contextOf(tenant));
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Challenge(scope, 'invalid_token');
  }
}

function contextOf(tenant: string): string {
  return JSON.stringify(['tke passed token', tenant]);
}
