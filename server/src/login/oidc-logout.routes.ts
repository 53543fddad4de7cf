import { z } from 'zod';
import { type ApiRoute, anyone, defineRoute, ok, redirect, system } from '../api/index.ts';
import type { Settings } from '../configuration/index.ts';
import {
  isOfflineToken,
  type OidcClient,
  OidcError,
  type OidcSettings,
} from '../identity/oidc/index.ts';
import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { BrowserLogins } from './browser-logins.ts';
import type { CliSecretBox } from './cli-secret-box.ts';
import { refuseCrossSite } from './login.routes.ts';
import type { OidcConfiguration } from './oidc-configuration.ts';
import type { OidcLinkRepository } from './oidc-link.repository.ts';
import type { SessionsService } from './sessions.service.ts';

export interface OidcLogoutRoutesPorts {
  readonly oidc: Pick<OidcClient, 'logoutUrl' | 'revoke' | 'ping'>;
  readonly configuration: OidcConfiguration;
  readonly logins: BrowserLogins;
  readonly sessions: Pick<SessionsService, 'findIdToken'>;
  readonly links: OidcLinkRepository;
  readonly box: CliSecretBox;
  settings(): Settings;
  readonly externalUrl: string | undefined;
  readonly log: Log;
}

const SIGN_IN_PATH = '/account/sign-in';

/** Harbor's `/c/oidc/logout` (its §2) and the test of an endpoint (its §1.1). */
export function oidcLogoutRoutes(ports: OidcLogoutRoutesPorts): ApiRoute[] {
  return [logoutRoute(ports), pingRoute(ports)];
}

function logoutRoute(ports: OidcLogoutRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/c/oidc/logout',
    operationId: 'logOutOidc',
    tag: 'login',
    summary: 'Logs the browser out, at the OIDC provider too if that is set up',
    can: anyone,
    responses: { 302: null },
    async handle(call) {
      refuseCrossSite(call, ports.externalUrl);
      const settings = ports.configuration.get();
      const live = await ports.logins.find(call);
      if (live === undefined) return redirect(SIGN_IN_PATH);
      const idToken = ports.sessions.findIdToken(live.session);
      const cookie = await ports.logins.end(call, live);
      const location =
        idToken === undefined || !settings.logout
          ? SIGN_IN_PATH
          : await leaveProvider(ports, settings, {
              userId: live.principal.id,
              idToken,
              externalUrl: call.externalUrl,
            });
      return { status: 302, headers: { location, 'set-cookie': cookie } };
    },
  });
}

/** Where to send the browser. The session here is over whatever the provider says. */
async function leaveProvider(
  ports: OidcLogoutRoutesPorts,
  settings: OidcSettings,
  login: { readonly userId: number; readonly idToken: string; readonly externalUrl: string },
): Promise<string> {
  try {
    await revokeOffline(ports, settings, login.userId);
    const postLogoutRedirectUri = `${login.externalUrl}${SIGN_IN_PATH}`;
    const { idToken } = login;
    const url = await ports.oidc.logoutUrl(settings, { idToken, postLogoutRedirectUri });
    return url?.href ?? SIGN_IN_PATH;
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    ports.log.warn({ err: error, kind: error.kind }, 'the OIDC provider took no logout');
    return SIGN_IN_PATH;
  }
}

/** A token that outlives the provider's session is ended with ours. */
async function revokeOffline(
  { oidc, links, box }: OidcLogoutRoutesPorts,
  settings: OidcSettings,
  userId: number,
): Promise<void> {
  const link = await links.findByUser(userId);
  if (link === undefined || link.refreshToken === null) return;
  const token = box.openRefreshToken(link.id, link.refreshToken);
  if (!isOfflineToken(token)) return;
  await oidc.revoke(settings, token);
  await links.deleteRefreshToken(link.id);
}

function pingRoute(ports: OidcLogoutRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: '/system/oidc/ping',
    operationId: 'pingOIDC',
    tag: 'oidc',
    summary: 'Tries whether an OIDC provider answers at an endpoint',
    can: system('configuration', 'update'),
    body: z.strictObject({
      url: z.string().max(2048),
      verify_cert: z.boolean().default(true),
    }),
    responses: { 200: null },
    async handle({ body }) {
      const ca = ports.settings().oidc_ca;
      try {
        await ports.oidc.ping({
          endpoint: body.url,
          verifyCert: body.verify_cert,
          ...(ca !== '' && { ca }),
        });
      } catch (error) {
        if (!(error instanceof OidcError)) throw error;
        // What is at the endpoint is nothing to tell of: the caller could explore networks.
        throw new AppError('invalid', 'failed to verify connection', { cause: error });
      }
      return ok();
    },
  });
}
