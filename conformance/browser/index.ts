import { type OidcProvider, startOidcProvider } from '../../server/test/oidc-provider.ts';
import { assertEqual } from '../clients/assertion.ts';
import { type Client, type Step, StepSkipped } from '../clients/client.ts';
import { createAttackSteps } from './attack-steps.ts';
import { type Browser, startChromium } from './chromium.ts';
import { type BrowserContext, createCaller } from './context.ts';
import { createCrossSiteSteps } from './cross-site-steps.ts';
import { asList } from './devtools.ts';
import { createOidcSteps } from './oidc-steps.ts';
import { createPageSteps } from './page-steps.ts';
import { createSessionSteps, LOCAL_USERS } from './session-steps.ts';

const USERS: readonly unknown[] = ['ann', 'bob-chosen', ...LOCAL_USERS];

/** Berth in Debian's Chromium, with an OIDC provider of another site. */
export const browser: Client = {
  name: 'browser',
  tools: ['chromium', 'skopeo'],
  createSteps(clients) {
    const { registry } = clients;
    let running: { browser: Browser; provider: OidcProvider } | undefined;
    const getRunning = () => {
      if (running === undefined) throw new StepSkipped('browser and provider did not start');
      return running;
    };
    const context: BrowserContext = {
      clients,
      home:
        registry.restart === undefined
          ? registry.url
          : registry.url.replace('//127.0.0.1:', '//localhost:'),
      admin: createCaller(registry.url, registry.username, registry.password),
      openPage: () => getRunning().browser.openPage(),
      provider: () => getRunning().provider,
    };
    const start: Step = {
      name: 'start Chromium and a provider, and configure it',
      async run() {
        running = await startAll(context);
      },
    };
    return [
      start,
      ...createOidcSteps(context),
      ...createAttackSteps(context),
      ...createSessionSteps(context),
      ...createCrossSiteSteps(context),
      ...createPageSteps(context),
    ];
  },
};

async function startAll(context: BrowserContext) {
  const { clients, home, admin } = context;
  const directory = await clients.directory('browser');
  const program = clients.tool('chromium');
  const env = { ...process.env, HOME: directory, TMPDIR: directory };
  const chromium = await startChromium(program, `${directory}/profile`, env);
  clients.defer(chromium.close);
  const provider = await startOidcProvider({
    redirectUris: [`${home}/c/oidc/callback`],
    postLogoutRedirectUris: [`${home}/account/sign-in`],
  });
  clients.defer(provider.stop);
  const { status } = await admin('PUT', '/api/v2.0/configurations', {
    // The named mode could not be left again once there are users.
    oidc_enabled: true,
    oidc_name: 'Test provider',
    oidc_endpoint: provider.issuer,
    oidc_client_id: provider.clientId,
    oidc_client_secret: provider.clientSecret,
    oidc_scope: 'openid,profile,email,groups,offline_access',
    oidc_user_claim: 'preferred_username',
    oidc_groups_claim: 'groups',
    oidc_admin_group: 'registry-admins',
    oidc_auto_onboard: true,
    oidc_logout: true,
  });
  assertEqual(status, 200, 'the configuration');
  if (clients.registry.restart === undefined) clients.defer(() => cleanUp(context));
  return { browser: chromium, provider };
}

/** For a registry that goes on. */
async function cleanUp({ admin }: BrowserContext): Promise<void> {
  await admin('PUT', '/api/v2.0/configurations', { oidc_enabled: false, oidc_logout: false });
  const { json } = await admin('GET', '/api/v2.0/users?page_size=100');
  for (const { user_id: id, username } of asList(json)) {
    if (USERS.includes(username)) await admin('DELETE', `/api/v2.0/users/${String(id)}`);
  }
}
