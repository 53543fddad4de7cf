import type { UserPrincipal } from '../access/index.ts';
import type { ApiRoute, AuditEntry } from '../api/index.ts';
import type { SecretKey, Settings } from '../configuration/index.ts';
import type { Database } from '../db/index.ts';
import type { Egress } from '../egress/index.ts';
import {
  type Authenticator,
  type CredentialSource,
  createAuthenticator,
  type IdentityService,
} from '../identity/index.ts';
import type { LdapDirectory } from '../identity/ldap/index.ts';
import type { OidcClient } from '../identity/oidc/index.ts';
import type { Background } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import type { Log } from '../telemetry/index.ts';
import { createAccountExistence } from './account-existence.repository.ts';
import { authProxyRoutes } from './auth-proxy.routes.ts';
import { createAuthProxy } from './auth-proxy.ts';
import { createAuthProxySource } from './auth-proxy-source.ts';
import { createBearerVerifier } from './bearer.ts';
import { createLoginBrake, type LoginBrake } from './brake.ts';
import { createBrowserLogins } from './browser-logins.ts';
import { type CallerResolver, createCallerResolver } from './caller-resolver.ts';
import { createCliSecretBox } from './cli-secret-box.ts';
import { createCliSecretSource } from './cli-secret-source.ts';
import { type CliSecrets, createCliSecrets } from './cli-secrets.service.ts';
import { createLoginCookies, type LoginCookies } from './cookies.ts';
import { createExternalAccounts } from './external-accounts.ts';
import { createLdapSource } from './ldap-source.ts';
import { loginRoutes } from './login.routes.ts';
import { createLoginFailureRepository } from './login-failure.repository.ts';
import { createOidcAccounts } from './oidc-accounts.service.ts';
import { createOidcConfiguration } from './oidc-configuration.ts';
import { createFlowKeeper } from './oidc-flow.ts';
import { createOidcLinkRepository } from './oidc-link.repository.ts';
import { oidcLoginRoutes } from './oidc-login.routes.ts';
import { oidcLogoutRoutes } from './oidc-logout.routes.ts';
import { createOnboardingRepository } from './onboarding.repository.ts';
import { createPersonalTokenRepository } from './personal-token.repository.ts';
import { createPersonalTokenSource } from './personal-token-source.ts';
import { personalTokensRoutes } from './personal-tokens.routes.ts';
import {
  createPersonalTokensService,
  type PersonalTokensService,
} from './personal-tokens.service.ts';
import { createSessionRepository } from './session.repository.ts';
import { sessionsRoutes } from './sessions.routes.ts';
import { createSessionsService, type SessionsService } from './sessions.service.ts';
import { createUaaSource } from './uaa-source.ts';

export interface LoginPorts {
  readonly db: Database;
  readonly identity: IdentityService;
  readonly configuration: {
    current(): Settings;
    getSecret(key: SecretKey): string;
  };
  readonly secrets: SecretBox;
  readonly egress: Pick<Egress, 'request'>;
  readonly ldap: Pick<LdapDirectory, 'authenticate'>;
  readonly oidc: OidcClient;
  /** Sources of other modules: robots among the machines, the database among the people. */
  readonly machines: readonly CredentialSource[];
  readonly people: readonly CredentialSource[];
  readonly projects: {
    /** The project's id, if the user may see it. */
    findVisibleId(user: UserPrincipal, name: string): Promise<number | undefined>;
    findName(id: number): Promise<string | undefined>;
  };
  recordAudit(entry: AuditEntry): Promise<void>;
  readonly background: Pick<Background, 'run'>;
  /** Configured, if it is. With https, cookies are `Secure` and named `__Host-…`. */
  readonly externalUrl: string | undefined;
  readonly log: Log;
  /** Milliseconds since the Unix epoch; the system's unless told. */
  readonly now?: () => number;
}

/** Everything about logging in, in one piece. */
export interface Login {
  readonly resolver: CallerResolver;
  readonly routes: readonly ApiRoute[];
  /** All sources, in the order they are asked, behind the brake. */
  readonly authenticator: Authenticator;
  readonly sources: {
    readonly machines: readonly CredentialSource[];
    readonly people: readonly CredentialSource[];
  };
  readonly brake: LoginBrake;
  readonly personalTokens: PersonalTokensService;
  readonly sessions: SessionsService;
  readonly cliSecrets: CliSecrets;
  /** Forgets what is cached here: sessions, personal tokens, right passwords. */
  forget(): void;
  /** Deletes what has ended. To be called every hour or so. */
  sweep(): Promise<void>;
}

export function createLogin(ports: LoginPorts): Login {
  const { db, identity, secrets, externalUrl } = ports;
  const now = ports.now ?? Date.now;
  const settings = () => ports.configuration.current();
  const cookies = createLoginCookies(externalUrl?.startsWith('https://') === true);
  const brake = createLoginBrake({ rows: createLoginFailureRepository(db), secrets, now });
  const rows = createSessionRepository(db);
  const sessions = createSessionsService({ rows, identity, secrets, settings, now });
  const personalTokens = createPersonalTokensService({
    ...ports,
    rows: createPersonalTokenRepository(db),
    findProjectId: (user, name) => ports.projects.findVisibleId(user, name),
    now,
  });
  const parts = {
    ...composeExternal(ports, settings, now),
    settings,
    cookies,
    brake,
    sessions,
    personalTokens,
  };
  const sources = composeSources(ports, parts);
  const authenticator = createAuthenticator({ identity, ...sources, brake });
  const verifyBearer = createBearerVerifier({ ...ports, ...parts });
  return {
    resolver: createCallerResolver({
      authenticator,
      verifyBearer,
      sessions,
      cookie: cookies.session,
      externalUrl,
    }),
    routes: composeRoutes(ports, parts, authenticator, now),
    authenticator,
    sources,
    brake,
    personalTokens,
    sessions,
    cliSecrets: createCliSecrets({ ...parts, identity }),
    forget() {
      sessions.forget();
      personalTokens.forget();
      authenticator.forget();
    },
    async sweep() {
      await sessions.sweep();
      await brake.sweep();
      await parts.onboardings.deleteEnded(new Date(now()));
    },
  };
}

/** What has to do with people of other places. */
function composeExternal(ports: LoginPorts, settings: () => Settings, now: () => number) {
  const { db, secrets } = ports;
  const clientSecret = () => ports.configuration.getSecret('oidc_client_secret');
  const oidcParts = {
    configuration: createOidcConfiguration({ settings, clientSecret }),
    links: createOidcLinkRepository(db),
    onboardings: createOnboardingRepository(db),
    box: createCliSecretBox(secrets),
    now,
  };
  return {
    ...oidcParts,
    oidcAccounts: createOidcAccounts({ ...ports, ...oidcParts }),
    externalAccounts: createExternalAccounts(ports),
    proxy: createAuthProxy({ egress: ports.egress, settings }),
  };
}

type Parts = ReturnType<typeof composeExternal> & {
  readonly settings: () => Settings;
  readonly cookies: LoginCookies;
  readonly brake: LoginBrake;
  readonly sessions: SessionsService;
  readonly personalTokens: PersonalTokensService;
};

function composeSources(ports: LoginPorts, parts: Parts): Login['sources'] {
  const { settings, personalTokens, proxy } = parts;
  const common = { ...ports, settings, accounts: parts.externalAccounts };
  const { configuration } = ports;
  return {
    machines: [...ports.machines, createPersonalTokenSource(personalTokens)],
    people: [
      ...ports.people,
      createCliSecretSource({ ...ports, ...parts, accounts: parts.oidcAccounts }),
      createLdapSource({
        ...common,
        directory: ports.ldap,
        searchPassword: () => configuration.getSecret('ldap_search_password'),
      }),
      createAuthProxySource({ ...common, proxy }),
      createUaaSource({
        ...common,
        clientSecret: () => configuration.getSecret('uaa_client_secret'),
      }),
    ],
  };
}

function composeRoutes(
  ports: LoginPorts,
  parts: Parts,
  authenticator: Authenticator,
  now: () => number,
): ApiRoute[] {
  const { sessions, cookies, personalTokens } = parts;
  const logins = createBrowserLogins({ ...ports, sessions, cookie: cookies.session });
  const existence = createAccountExistence(ports.db);
  const flows = createFlowKeeper({ secrets: ports.secrets, now });
  const common = { ...ports, ...parts, logins };
  const findProjectName = (id: number) => ports.projects.findName(id);
  return [
    ...loginRoutes({ ...common, authenticator, existence }),
    ...oidcLoginRoutes({ ...common, accounts: parts.oidcAccounts, flows }),
    ...oidcLogoutRoutes(common),
    ...authProxyRoutes({ ...common, accounts: parts.externalAccounts }),
    ...sessionsRoutes({ sessions }),
    ...personalTokensRoutes({ tokens: personalTokens, findProjectName }),
  ];
}
