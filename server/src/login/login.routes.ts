import { z } from 'zod';
import { isAdmin, type Principal, type UserPrincipal } from '../access/index.ts';
import { type ApiReply, type ApiRoute, anyone, defineRoute, line, ok } from '../api/index.ts';
import { enabledSources, type Settings } from '../configuration/index.ts';
import { ADMIN_USERNAME, type Authenticator } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { AccountExistence } from './account-existence.repository.ts';
import type { LoginBrake } from './brake.ts';
import type { BrowserLogins } from './browser-logins.ts';
import { isCrossSite } from './cross-site.ts';
import type { OidcLinkRepository } from './oidc-link.repository.ts';

export interface LoginRoutesPorts {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly logins: BrowserLogins;
  readonly links: Pick<OidcLinkRepository, 'findSource'>;
  readonly existence: AccountExistence;
  readonly brake: Pick<LoginBrake, 'spend'>;
  settings(): Settings;
  /** Configured, if it is. */
  readonly externalUrl: string | undefined;
}

const credentials = z.strictObject({
  principal: z.string().max(255),
  password: z.string().max(4096),
});

/** Harbor's `/c/login`, `/c/log_out` and `/c/userExists` (its §2). */
export function loginRoutes(ports: LoginRoutesPorts): ApiRoute[] {
  return [loginRoute(ports), logoutRoute(ports), existsRoute(ports)];
}

function loginRoute(ports: LoginRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: '/c/login',
    operationId: 'login',
    tag: 'login',
    summary:
      'Logs a browser in; 401 for wrong credentials, 403 with redirect_location where the OIDC provider is the way',
    can: anyone,
    body: credentials,
    bodyType: 'form',
    responses: { 200: null, 401: null },
    isLogin: true,
    worksReadOnly: true,
    audit: {
      operation: 'login',
      resourceType: 'user',
      resource: ({ body }) => body.principal,
      username: ({ body }) => body.principal,
    },
    async handle(call) {
      const { principal: username, password } = call.body;
      const { address, externalUrl } = call;
      const found = await ports.authenticator.authenticate({ username, password, address });
      const person = found && (await findPerson(ports, found));
      if (person === undefined) return refuse(ports.settings(), username, externalUrl);
      const cookie = await ports.logins.begin(call, person.user, { source: person.source });
      return { status: 200, headers: { 'set-cookie': cookie } };
    },
  });
}

/** Browsers are for people: not for robots, nor for what people give to their programs. */
async function findPerson(
  { links }: LoginRoutesPorts,
  principal: Principal,
): Promise<{ user: UserPrincipal; source: string } | undefined> {
  if (principal.kind !== 'user' || principal.limits !== undefined) return undefined;
  const source = (await links.findSource(principal.id)) ?? 'database';
  // It was the CLI secret that was right; these people log in at their provider.
  return source === 'oidc' ? undefined : { user: principal, source };
}

/**
 * Where the provider is the only other source of users, every failure leads there, as in Harbor:
 * whether a local account has the name is told to nobody. All know that there is an `admin`.
 */
function refuse(settings: Settings, username: string, externalUrl: string): ApiReply {
  const others = enabledSources(settings).filter((source) => source !== 'database');
  const leadsAway = others.length === 1 && others[0] === 'oidc' && username !== ADMIN_USERNAME;
  if (!leadsAway) return { status: 401 };
  return { status: 403, body: { redirect_location: `${externalUrl}/c/oidc/login` } };
}

function logoutRoute(ports: LoginRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/c/log_out',
    operationId: 'logOut',
    tag: 'login',
    summary: 'Logs the browser out; 403 with redirect_location when the OIDC provider comes first',
    can: anyone,
    responses: { 200: null },
    async handle(call) {
      refuseCrossSite(call, ports.externalUrl);
      const live = await ports.logins.find(call);
      if (live === undefined) return ok();
      const { source } = live.session;
      if (source === 'oidc' && enabledSources(ports.settings()).includes('oidc')) {
        const location = `${call.externalUrl}/c/oidc/logout`;
        return { status: 403, body: { redirect_location: location } };
      }
      return { status: 200, headers: { 'set-cookie': await ports.logins.end(call, live) } };
    },
  });
}

/** GET as it is, a logout changes something. @throws AppError denied */
export function refuseCrossSite(
  { headers }: Parameters<BrowserLogins['find']>[0],
  externalUrl: string | undefined,
): void {
  if (isCrossSite(headers, externalUrl)) {
    throw new AppError('denied', 'this request comes from a page of another site');
  }
}

function existsRoute(ports: LoginRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: '/c/userExists',
    operationId: 'userExists',
    tag: 'login',
    summary: 'Whether a name or an email is taken, for signing up',
    can: anyone,
    body: z.strictObject({ target: z.enum(['username', 'email']), value: line(255) }),
    bodyType: 'form',
    responses: { 200: z.boolean() },
    worksReadOnly: true,
    async handle({ body, principal, address }) {
      if (!isAdmin(principal)) {
        if (!ports.settings().self_registration) {
          throw new AppError('precondition', 'self registration is off');
        }
        await ports.brake.spend(address);
      }
      const { existence } = ports;
      const { target, value } = body;
      const isTaken = target === 'email' ? existence.hasEmail(value) : existence.hasUsername(value);
      return ok(await isTaken);
    },
  });
}
