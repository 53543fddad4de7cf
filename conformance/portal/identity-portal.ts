import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type OidcProvider, startOidcProvider } from '../../server/test/oidc-provider.ts';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { startBerth } from '../clients/registry.ts';
import {
  buildPortal,
  describePages,
  launchChromium,
  openVisitor,
  type Visitor,
} from './portal-world.ts';
import { createReportedStep } from './reported-step.ts';

/** The portal of a Berth whose people come from everywhere. */
export interface IdentityPortal {
  readonly context: Context;
  /** `host:port`, the registry part of a reference. */
  readonly host: string;
  /** Of the administrator. */
  readonly password: string;
  readonly provider: OidcProvider;
  open(options?: BrowserContextOptions): Promise<Visitor>;
  /** Management API. @throws Error unless it has `status` */
  api(call: ApiCall, status: number): Promise<unknown>;
  configure(settings: Readonly<Record<string, unknown>>): Promise<void>;
}

export interface ApiCall {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  /** `name:password`; the administrator's without it. */
  readonly login?: string;
}

const sourceRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Makes steps over one portal, started by the first of them. */
export function createIdentityPortal(context: Context) {
  let opened: Promise<IdentityPortal> | undefined;
  let browser: Browser | undefined;

  async function start(): Promise<IdentityPortal> {
    await buildPortal(context);
    // A socket's path is short.
    const directory = await context.directory('people');
    browser = await launchChromium(context.tool('chromium'), directory);
    const launched = browser;
    context.defer(() => launched.close());
    return startPortal(context, launched);
  }

  return {
    start: () => (opened ??= start()),
    step(name: string, run: (portal: IdentityPortal) => Promise<void>): Step {
      const describe = async () => (browser === undefined ? '' : describePages(browser));
      return createReportedStep(name, async () => run(await (opened ??= start())), describe);
    },
  };
}

async function startPortal(context: Context, browser: Browser): Promise<IdentityPortal> {
  const cleanup = new AsyncDisposableStack();
  context.defer(() => cleanup.disposeAsync());
  // Which is kept out of what is printed.
  const { password } = context.registry;
  const registry = await startBerth({
    sourceRoot,
    cleanup,
    password,
    dataDir: await context.directory('portal-identity/data'),
    env: { ...process.env, BERTH_EGRESS_NETWORKS: '127.0.0.0/8' },
  });
  // Another site than the provider's.
  const home = registry.url.replace('//127.0.0.1:', '//localhost:');
  const provider = await startOidcProvider({
    redirectUris: [`${home}/c/oidc/callback`],
    postLogoutRedirectUris: [`${home}/account/sign-in`],
  });
  cleanup.defer(provider.stop);

  async function api(call: ApiCall, status: number): Promise<unknown> {
    const { method = 'GET', path, body, login = `admin:${password}` } = call;
    const response = await fetch(`${registry.url}/api/v2.0${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(login).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assertEqual(response.status, status, `${method} ${path}: ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  return {
    context,
    host: registry.host,
    password,
    provider,
    open: (options) => openVisitor(browser, home, options),
    api,
    async configure(body) {
      await api({ method: 'PUT', path: '/configurations', body }, 200);
    },
  };
}

/** What the provider of the tests is configured with. */
export function describeProvider({ issuer, clientId, clientSecret }: OidcProvider) {
  return {
    oidc_name: 'Test provider',
    oidc_endpoint: issuer,
    oidc_client_id: clientId,
    oidc_client_secret: clientSecret,
    oidc_scope: 'openid,profile,email,groups,offline_access',
    oidc_user_claim: 'preferred_username',
    oidc_auto_onboard: false,
    oidc_logout: true,
  };
}
