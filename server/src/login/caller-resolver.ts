import { anonymous, type UserPrincipal } from '../access/index.ts';
import type { Caller, CallerRequest } from '../api/index.ts';
import { type Authenticator, parseBasic } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { HostCookie } from './cookies.ts';
import { isCrossSite } from './cross-site.ts';
import type { SessionsService } from './sessions.service.ts';

export interface CallerResolver {
  /**
   * Who calls: by `Authorization` (Basic; Bearer with a personal token or an id token of the OIDC
   * provider), else by the session cookie, else nobody. Wrong credentials are never passed over;
   * of a session that has ended it is told.
   *
   * @throws AppError unauthenticated for wrong credentials; denied for an unsafe request of
   *   another site, or with a session and without its CSRF token; too-many
   */
  resolve(request: CallerRequest): Promise<Caller>;
}

export interface CallerResolverPorts {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Whom a bearer token stands for. */
  verifyBearer(token: string, address: string): Promise<UserPrincipal | undefined>;
  readonly sessions: Pick<SessionsService, 'find' | 'isCsrfToken'>;
  readonly cookie: HostCookie;
  /** Configured, if it is. */
  readonly externalUrl: string | undefined;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Bearer tokens mean something there only; `/v2` has its own. */
const TAKES_BEARER = /^\/(?:api\/|(?:apis|openapi)(?:\/|$)|version$|service\/token$)/;
const BEARER = /^bearer +([\w.~+/-]+=*)$/i;

export function createCallerResolver(ports: CallerResolverPorts): CallerResolver {
  return {
    async resolve(request) {
      const { method, headers } = request;
      const isUnsafe = !SAFE.has(method);
      // Whatever the credentials: browsers also send Basic ones along by themselves.
      if (isUnsafe && isCrossSite(headers, ports.externalUrl)) {
        throw new AppError('denied', 'this request comes from a page of another site');
      }
      if (headers.authorization !== undefined) {
        return { principal: await authenticate(ports, request, headers.authorization) };
      }
      return resolveSession(ports, request, isUnsafe);
    },
  };
}

async function authenticate(
  { authenticator, verifyBearer }: CallerResolverPorts,
  { path, address }: CallerRequest,
  header: string,
) {
  const bearer = TAKES_BEARER.test(path) ? BEARER.exec(header)?.[1] : undefined;
  const basic = parseBasic(header);
  const principal =
    bearer !== undefined
      ? await verifyBearer(bearer, address)
      : basic && (await authenticator.authenticate({ ...basic, address }));
  // One sentence for all that may be wrong.
  if (principal === undefined) {
    throw new AppError('unauthenticated', 'the user name or the password is wrong');
  }
  return principal;
}

async function resolveSession(
  { cookie, sessions }: CallerResolverPorts,
  { headers, isLogin, renewsSession = true }: CallerRequest,
  isUnsafe: boolean,
): Promise<Caller> {
  const secret = cookie.read(headers.cookie);
  if (secret === undefined) return { principal: anonymous };
  // The portal polls with this header, so that looking away for long enough still logs out.
  const renews = renewsSession && (headers['x-harbor-no-session-renewal'] ?? '') === '';
  const live = await sessions.find(secret, renews);
  if (live === undefined) {
    return { principal: anonymous, endedSession: { clearing: cookie.clear() } };
  }
  const session = { id: live.session.id };
  if (isUnsafe && !isLogin) {
    const token = headers['x-harbor-csrf-token'];
    if (typeof token !== 'string' || !sessions.isCsrfToken(session, token)) {
      throw new AppError('denied', 'the header X-Harbor-CSRF-Token is missing or wrong');
    }
  }
  return { principal: live.principal, session };
}
