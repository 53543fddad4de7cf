import { enabledSources, type Settings } from '../configuration/index.ts';
import { EgressError } from '../egress/index.ts';
import type { CredentialSource } from '../identity/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { AuthProxy } from './auth-proxy.ts';
import type { ExternalAccounts, ExternalIdentity } from './external-accounts.ts';

export interface AuthProxySourcePorts {
  readonly proxy: AuthProxy;
  readonly accounts: ExternalAccounts;
  settings(): Settings;
  readonly log: Log;
}

/** In front of a name, it says that the password is a token of the proxy. */
const REVIEW_PREFIX = 'tokenreview$';

/** People of an authentication proxy, with their password or with a token (`tokenreview$name`). */
export function createAuthProxySource(ports: AuthProxySourcePorts): CredentialSource {
  return {
    name: 'http',
    async authenticate({ username, password }) {
      if (!enabledSources(ports.settings()).includes('http')) return 'unknown';
      let identity: ExternalIdentity | undefined;
      try {
        identity = await findIdentity(ports.proxy, username, password);
      } catch (error) {
        if (!(error instanceof EgressError)) throw error;
        ports.log.warn({ err: error }, 'the authentication proxy could not be asked');
        return 'unknown';
      }
      if (identity === undefined) return 'unknown';
      return (await ports.accounts.ensure(identity)) ?? 'wrong';
    },
  };
}

async function findIdentity(
  proxy: AuthProxy,
  username: string,
  password: string,
): Promise<ExternalIdentity | undefined> {
  if (username.startsWith(REVIEW_PREFIX)) {
    const identity = await proxy.review(password);
    return identity?.username === username.slice(REVIEW_PREFIX.length) ? identity : undefined;
  }
  const token = await proxy.login(username, password);
  return token === undefined ? undefined : proxy.review(token);
}
