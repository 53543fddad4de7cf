import { parseBasic } from '../../identity/index.ts';
import { type PassedToken, unwrapToken } from './pass-through-token.ts';
import type { UpstreamCredentials } from './service-account.ts';
import type { Sealer } from './upload-seal.ts';

/** Every client logs in to the existing Harbor itself, through us. */
export class PassThroughCredentials implements UpstreamCredentials {
  readonly isOurs = false;
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  authorizationFor(shown: string | undefined, tenant: string): Promise<string | undefined> {
    const { authorization } = openShown(this.#sealer, shown, tenant, undefined);
    return Promise.resolve(authorization);
  }

  forget(): void {
    // Nothing is kept.
  }
}

/**
 * What the client shows, as the existing Harbor takes it, and whose it is as far as we can tell.
 *
 * @throws Challenge for a token that is none of ours
 */
export function openShown(
  sealer: Sealer,
  shown: string | undefined,
  tenant: string,
  scope: string | undefined,
): { readonly authorization: string | undefined; readonly username: string } {
  if (shown === undefined) return { authorization: undefined, username: '' };
  const [, wrapped] = /^bearer +(\S+)$/i.exec(shown) ?? [];
  if (wrapped === undefined) {
    return { authorization: shown, username: parseBasic(shown)?.username ?? '' };
  }
  const { token, username }: PassedToken = unwrapToken(sealer, tenant, wrapped, scope);
  return { authorization: `Bearer ${token}`, username };
}
