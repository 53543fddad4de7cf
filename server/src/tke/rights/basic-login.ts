import type { Principal, UserPrincipal } from '../../access/index.ts';
import type { Authenticator, Credentials } from '../../identity/index.ts';

export interface BasicLoginPorts {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Whom the text of an API key stands for; undefined for anything but a live one. */
  verifyKey(text: string, address: string): Promise<UserPrincipal | undefined>;
}

export interface BasicLogin {
  /** Who the credentials belong to; undefined when they are wrong. @throws AppError too-many, unavailable */
  authenticate(credentials: Credentials): Promise<Principal | undefined>;
}

/** How the text of an API key begins, which is a personal token. */
export const KEY_PREFIX = 'berth_pat_';

/** With an API key for a password the user name means nothing, as clients of TKE are used to. */
export function createBasicLogin({ authenticator, verifyKey }: BasicLoginPorts): BasicLogin {
  return {
    authenticate: (credentials) =>
      credentials.password.startsWith(KEY_PREFIX)
        ? verifyKey(credentials.password, credentials.address)
        : authenticator.authenticate(credentials),
  };
}
