import { parseProblem, RestError } from '@berth/client/rest';
import { basePath } from './base.ts';
import { sessionGate } from './session-gate.ts';

const CSRF = 'x-harbor-csrf-token';

let csrfToken: string | undefined;
let isSignedIn = false;

/** Whether a 401 means that a session has ended, not that there was none. */
export function noteSignedIn(value: boolean): void {
  isSignedIn = value;
}

/**
 * `fetch` with the browser's session: sends the CSRF token along, and lets a request wait when its
 * session has ended until somebody has signed in again.
 *
 * @throws RestError for every answer that is no success, and with status 0 when there is none
 */
export async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sendWithToken(request);
  if (!isOver(response)) return orThrow(response);
  if (!(await sessionGate.reopen())) throw new RestError(401, { code: 'UNAUTHORIZED' });
  return orThrow(await sendWithToken(again));
}

/** Sends it again if its token was of a session before this one: the answer has the right one. */
async function sendWithToken(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 403) return response;
  const { message } = await parseProblem(response.clone());
  return message.includes('X-Harbor-CSRF-Token') ? send(again) : response;
}

function isOver(response: Response): boolean {
  return hasExpired(response) || (response.status === 401 && isSignedIn);
}

/**
 * Answered as to nobody, since the session that was sent is no longer good; or none was sent, as
 * when the answer to another tab has taken the cookie away: all answers to a session bring a token.
 */
function hasExpired(response: Response): boolean {
  if (!isSignedIn) return false;
  if (response.headers.get('x-berth-session') === 'expired') return true;
  const isOfRestApi = new URL(response.url).pathname.startsWith(`${basePath}/api/v2.0/`);
  return isOfRestApi && response.ok && !response.headers.has(CSRF);
}

async function send(request: Request): Promise<Response> {
  if (csrfToken !== undefined && !['GET', 'HEAD'].includes(request.method)) {
    request.headers.set(CSRF, csrfToken);
  }
  const response = await fetch(request).catch((cause: unknown) => {
    if (request.signal.aborted) throw cause;
    throw new RestError(0, { code: 'UNREACHABLE' });
  });
  csrfToken = response.headers.get(CSRF) ?? csrfToken;
  return response;
}

async function orThrow(response: Response): Promise<Response> {
  if (!response.ok && response.status !== 304) throw await parseProblem(response);
  return response;
}
