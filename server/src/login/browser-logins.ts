import type { UserPrincipal } from '../access/index.ts';
import type { AuditEntry, Call } from '../api/index.ts';
import type { HostCookie } from './cookies.ts';
import type { LiveSession, SessionsService } from './sessions.service.ts';

/** What of a request a login looks at. */
export type LoginCall = Pick<Call, 'headers' | 'address' | 'requestId'>;

/** Begins and ends sessions of browsers. */
export interface BrowserLogins {
  /** Always under a new secret; the session of before ends. Resolves with the `Set-Cookie`. */
  begin(
    call: LoginCall,
    user: UserPrincipal,
    login: { readonly source: string; readonly idToken?: string },
  ): Promise<string>;
  /** The session of the browser, if it has one. */
  find(call: Pick<LoginCall, 'headers'>): Promise<LiveSession | undefined>;
  /** Resolves with the `Set-Cookie`. */
  end(call: LoginCall, live: LiveSession): Promise<string>;
  /** Writes a login or a logout down. */
  record(call: LoginCall, operation: 'login' | 'logout', username: string): Promise<void>;
}

export interface BrowserLoginsPorts {
  readonly sessions: SessionsService;
  readonly cookie: HostCookie;
  recordAudit(entry: AuditEntry): Promise<void>;
}

export function createBrowserLogins(ports: BrowserLoginsPorts): BrowserLogins {
  const { sessions, cookie } = ports;

  async function find({ headers }: Pick<LoginCall, 'headers'>): Promise<LiveSession | undefined> {
    const secret = cookie.read(headers.cookie);
    return secret === undefined ? undefined : sessions.find(secret, false);
  }

  function record({ address, requestId }: LoginCall, operation: string, username: string) {
    return ports.recordAudit({
      projectId: undefined,
      operation,
      resourceType: 'user',
      resource: username,
      username,
      succeeded: true,
      address,
      requestId,
    });
  }

  return {
    find,
    record,
    async begin(call, user, { source, idToken }) {
      const before = await find(call);
      const secret = await sessions.begin({
        userId: user.id,
        source,
        address: call.address,
        userAgent: call.headers['user-agent'] ?? '',
        idToken,
        replaces: before && { id: before.session.id },
      });
      return cookie.set(secret);
    },
    async end(call, { principal, session }) {
      await sessions.end(principal.id, session.id);
      await record(call, 'logout', principal.username);
      return cookie.clear();
    },
  };
}
