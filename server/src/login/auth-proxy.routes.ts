import { z } from 'zod';
import { type ApiReply, type ApiRoute, anyone, defineRoute } from '../api/index.ts';
import { enabledSources, type Settings } from '../configuration/index.ts';
import { EgressError } from '../egress/index.ts';
import { safeLocalPath } from '../identity/oidc/index.ts';
import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { AuthProxy } from './auth-proxy.ts';
import type { LoginBrake } from './brake.ts';
import type { BrowserLogins } from './browser-logins.ts';
import type { ExternalAccounts } from './external-accounts.ts';

export interface AuthProxyRoutesPorts {
  readonly proxy: AuthProxy;
  readonly accounts: ExternalAccounts;
  readonly logins: BrowserLogins;
  readonly brake: Pick<LoginBrake, 'spend'>;
  settings(): Settings;
  readonly log: Log;
}

/** Harbor's `/c/authproxy/redirect` (its §2): where the proxy sends a browser with a token. */
export function authProxyRoutes(ports: AuthProxyRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/c/authproxy/redirect',
      operationId: 'redirectFromAuthProxy',
      tag: 'login',
      summary: 'Logs a browser in with a token of the authentication proxy',
      can: anyone,
      query: z.object({
        token: z.string().min(1).max(16_384).optional(),
        postURI: z.string().max(2048).optional(),
      }),
      responses: { 301: null },
      async handle(call) {
        if (!enabledSources(ports.settings()).includes('http')) {
          throw new AppError('precondition', 'auth mode is not http_auth: no proxy is used');
        }
        const { token, postURI } = call.query;
        if (token === undefined) return goTo('/');
        await ports.brake.spend(call.address);
        const identity = await review(ports, token);
        const user = identity && (await ports.accounts.ensure(identity));
        if (user === undefined) return goTo('/');
        const cookie = await ports.logins.begin(call, user, { source: 'http' });
        await ports.logins.record(call, 'login', user.username);
        return goTo(safeLocalPath(postURI ?? '/') ?? '/', cookie);
      },
    }),
  ];
}

async function review({ proxy, log }: AuthProxyRoutesPorts, token: string) {
  try {
    return await proxy.review(token);
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    log.warn({ err: error }, 'the authentication proxy could not be asked');
    return undefined;
  }
}

function goTo(location: string, cookie?: string): ApiReply {
  return {
    status: 301,
    headers: { location, ...(cookie !== undefined && { 'set-cookie': cookie }) },
  };
}
