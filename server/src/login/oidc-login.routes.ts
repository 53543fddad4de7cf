import { z } from 'zod';
import { type ApiReply, type ApiRoute, anyone, defineRoute, line } from '../api/index.ts';
import { type OidcClient, type OidcIdentity, safeLocalPath } from '../identity/oidc/index.ts';
import { AppError } from '../lib/index.ts';
import type { LoginBrake } from './brake.ts';
import type { BrowserLogins, LoginCall } from './browser-logins.ts';
import type { LoginCookies } from './cookies.ts';
import type { OidcAccounts } from './oidc-accounts.service.ts';
import type { OidcConfiguration } from './oidc-configuration.ts';
import { explainOidc } from './oidc-failure.ts';
import { FLOW_SECONDS, type FlowKeeper } from './oidc-flow.ts';

export interface OidcLoginRoutesPorts {
  readonly oidc: Pick<OidcClient, 'startLogin' | 'finishLogin'>;
  readonly configuration: OidcConfiguration;
  readonly accounts: OidcAccounts;
  readonly logins: BrowserLogins;
  readonly cookies: LoginCookies;
  readonly flows: FlowKeeper;
  readonly brake: Pick<LoginBrake, 'spend'>;
}

/** Harbor's `/c/oidc/login`, `/callback` and `/onboard` (its §2). */
export function oidcLoginRoutes(ports: OidcLoginRoutesPorts): ApiRoute[] {
  return [startRoute(ports), callbackRoute(ports), onboardRoute(ports)];
}

function redirectUri(externalUrl: string): string {
  return `${externalUrl}/c/oidc/callback`;
}

function startRoute(ports: OidcLoginRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/c/oidc/login',
    operationId: 'startOidcLogin',
    tag: 'login',
    summary: 'Sends the browser to the OIDC provider',
    can: anyone,
    query: z.object({ redirect_url: z.string().max(2048).optional() }),
    responses: { 302: null },
    async handle({ query, externalUrl, address }) {
      const settings = ports.configuration.get();
      const redirectPath = safeLocalPath(query.redirect_url || '/');
      if (redirectPath === undefined) {
        throw new AppError('invalid', 'redirect_url must be a path on this host');
      }
      await ports.brake.spend(address);
      const { url, flow } = await explainOidc(
        ports.oidc.startLogin(settings, { redirectUri: redirectUri(externalUrl) }),
      );
      const value = ports.flows.seal({ flow, redirectPath });
      return goTo(url.href, [ports.cookies.oidcFlow.set(value, FLOW_SECONDS)]);
    },
  });
}

/** What the provider sends, which may be more than what is named. */
const callbackQuery = z
  .object({
    code: z.string().optional(),
    state: z.string().optional(),
    iss: z.string().optional(),
    error: z.string().optional(),
    error_description: z.string().optional(),
  })
  .catchall(z.string());

function callbackRoute(ports: OidcLoginRoutesPorts): ApiRoute {
  const { cookies, accounts } = ports;
  return defineRoute({
    method: 'GET',
    path: '/c/oidc/callback',
    operationId: 'finishOidcLogin',
    tag: 'login',
    summary: 'Where the OIDC provider sends the browser back to',
    can: anyone,
    query: callbackQuery,
    responses: { 302: null },
    async handle(call) {
      const settings = ports.configuration.get();
      const { flow, redirectPath } = ports.flows.open(cookies.oidcFlow.read(call.headers.cookie));
      const callbackUrl = new URL(redirectUri(call.externalUrl));
      for (const [name, value] of Object.entries(call.query)) {
        if (value !== undefined) callbackUrl.searchParams.set(name, value);
      }
      const identity = await explainOidc(
        ports.oidc.finishLogin(settings, {
          callbackUrl,
          flow,
          redirectUri: redirectUri(call.externalUrl),
        }),
      );
      const user = (await accounts.sync(identity)) ?? (await onboardUnasked(ports, identity));
      if (user === undefined) {
        const secret = await accounts.putPending(identity);
        const asking = new URLSearchParams({
          username: identity.username ?? '',
          redirect_url: redirectPath,
        });
        return goTo(`/oidc-onboard?${asking.toString()}`, [
          cookies.oidcFlow.clear(),
          cookies.onboarding.set(secret, FLOW_SECONDS),
        ]);
      }
      const cookie = await begin(ports, call, user, identity);
      return goTo(redirectPath, [cookies.oidcFlow.clear(), cookie]);
    },
  });
}

/** Undefined when the person has to choose a name: it has none yet that can be used. */
async function onboardUnasked(
  { accounts, configuration }: OidcLoginRoutesPorts,
  identity: OidcIdentity,
) {
  if (!configuration.isAutoOnboarding() || identity.username === undefined) return undefined;
  try {
    return await accounts.create(identity, identity.username);
  } catch (error) {
    const isName = error instanceof AppError && ['invalid', 'conflict'].includes(error.kind);
    if (!isName) throw error;
    return undefined;
  }
}

function onboardRoute(ports: OidcLoginRoutesPorts): ApiRoute {
  const { cookies, accounts } = ports;
  return defineRoute({
    method: 'POST',
    path: '/c/oidc/onboard',
    operationId: 'onboardOidcUser',
    tag: 'login',
    summary: 'Chooses the name of a new user of the OIDC provider',
    can: anyone,
    body: z.strictObject({ username: line(255) }),
    responses: { 200: null },
    isLogin: true,
    worksReadOnly: true,
    async handle(call) {
      ports.configuration.get();
      const secret = cookies.onboarding.read(call.headers.cookie) ?? '';
      const identity = await accounts.getPending(secret);
      const user = await accounts.create(identity, call.body.username);
      await accounts.deletePending(secret);
      const cookie = await begin(ports, call, user, identity);
      const headers = { 'set-cookie': [cookies.onboarding.clear(), cookie] };
      return { status: 200, headers } satisfies ApiReply;
    },
  });
}

async function begin(
  { logins }: OidcLoginRoutesPorts,
  call: LoginCall,
  user: Parameters<BrowserLogins['begin']>[1],
  { idToken }: OidcIdentity,
): Promise<string> {
  const cookie = await logins.begin(call, user, { source: 'oidc', idToken });
  await logins.record(call, 'login', user.username);
  return cookie;
}

function goTo(location: string, cookies: readonly string[]): ApiReply {
  return { status: 302, headers: { location, 'set-cookie': cookies } };
}
