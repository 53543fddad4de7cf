import type { CredentialSource } from '../identity/index.ts';
import { type PersonalTokensService, TOKEN_PREFIX } from './personal-tokens.service.ts';

/** Personal tokens in place of a password, together with the name of their user. */
export function createPersonalTokenSource(
  tokens: Pick<PersonalTokensService, 'verify'>,
): CredentialSource {
  return {
    name: 'personal token',
    async authenticate({ username, password, address }) {
      // Nothing that may be a token, or a part of one, is shown to another source.
      if (!password.startsWith(TOKEN_PREFIX)) return 'unknown';
      const user = await tokens.verify(password, address);
      return user?.username === username ? user : 'wrong';
    },
  };
}
