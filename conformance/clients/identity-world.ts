import { randomBytes } from 'node:crypto';
import { type OidcProvider, startOidcProvider } from '../../server/test/oidc-provider.ts';
import { ADMIN_DN, ADMIN_PASSWORD } from '../directory/entries.ts';
import { findSlapd, type Slapd, startSlapd } from '../directory/slapd.ts';
import { StepSkipped } from './client.ts';
import type { Context } from './context.ts';
import { createGoClient, type GoClient, type Login } from './go-client.ts';
import { fieldOf } from './go-struct.ts';

/** What the logins are tried with: two private projects, a directory and an OIDC provider. */
export interface IdentityWorld {
  readonly context: Context;
  readonly admin: GoClient;
  as(login: Login): GoClient;
  readonly suffix: string;
  /** Every account is let into this project, and into nothing else. */
  readonly own: string;
  /** An image is there that nobody but the administrator may see. */
  readonly other: string;
  /** @throws StepSkipped where there is no slapd */
  slapd(): Slapd;
  /** @throws Error when it was not started */
  provider(): OidcProvider;
  /** Starts what is possible here, and configures the registry for it beside its own users. */
  start(): Promise<void>;
}

export function createIdentityWorld(context: Context): IdentityWorld {
  const { registry } = context;
  const suffix = randomBytes(4).toString('hex');
  const as = (login: Login) => createGoClient({ registry, login, headers: {} });
  const admin = as(registry);
  let slapd: Slapd | undefined;
  let provider: OidcProvider | undefined;

  async function startDirectory(): Promise<Record<string, unknown>> {
    const program = findSlapd();
    if (program === undefined) return {};
    const started = await startSlapd(program, await context.directory('identity-slapd'));
    context.defer(started.stop);
    slapd = started;
    return { ldap_enabled: true, ...describeDirectory(started.url) };
  }

  async function startProvider(): Promise<Record<string, unknown>> {
    const started = await startOidcProvider({ redirectUris: [`${registry.url}/c/oidc/callback`] });
    context.defer(started.stop);
    provider = started;
    return { oidc_enabled: true, ...describeProvider(started) };
  }

  return {
    context,
    admin,
    as,
    suffix,
    own: `own-${suffix}`,
    other: `other-${suffix}`,
    slapd() {
      if (slapd === undefined) throw new StepSkipped('there is no slapd with memberof here');
      return slapd;
    },
    provider() {
      if (provider === undefined) throw new Error('the provider was not started');
      return provider;
    },
    async start() {
      const path = '/configurations';
      const body = { ...(await startDirectory()), ...(await startProvider()) };
      const { body: before } = await admin.send({ method: 'GET', path }, 200);
      const flags = ['ldap_enabled', 'oidc_enabled', 'oidc_auto_onboard'];
      const former = flags.map((name) => [name, fieldOf(fieldOf(before, name), 'value')]);
      context.defer(async () => {
        const restored = { method: 'PUT', path, body: Object.fromEntries(former) } as const;
        await admin.send(restored, 200);
      });
      await admin.send({ method: 'PUT', path, body }, 200);
    },
  };
}

function describeDirectory(url: string): Record<string, unknown> {
  return {
    ldap_url: url,
    ldap_search_dn: ADMIN_DN,
    ldap_search_password: ADMIN_PASSWORD,
    ldap_base_dn: 'ou=people,dc=berth,dc=test',
    ldap_filter: '(objectClass=inetOrgPerson)',
    ldap_uid: 'uid',
    ldap_scope: 2,
    ldap_verify_cert: false,
  };
}

function describeProvider({ issuer, clientId, clientSecret }: OidcProvider) {
  return {
    oidc_name: 'test provider',
    oidc_endpoint: issuer,
    oidc_client_id: clientId,
    oidc_client_secret: clientSecret,
    oidc_scope: 'openid,profile,email,offline_access',
    oidc_user_claim: 'preferred_username',
    oidc_auto_onboard: true,
    oidc_verify_cert: false,
  };
}
