import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export const PASSWORD = 'Crash-test-12345';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Call {
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer;
  /** Ends the connection, as a client that goes away. */
  readonly signal?: AbortSignal;
  /** Sends the body without a length. */
  readonly isStream?: boolean;
}

/** One client: keep-alive connections to one server process. */
export interface Caller {
  readonly url: string;
  /** Resolves once the whole answer is here; rejects when the connection ends before. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  close(): void;
}

const DEADLINE_MS = 30_000;

export function createCaller(url: string): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    url,
    call: (method, path, options = {}) => send(agent, method, new URL(path, url), options),
    close: () => agent.destroy(),
  };
}

/** Every request of these tests is the administrator's, by Basic. */
export function authorization(): string {
  return `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
}

function send(agent: Agent, method: string, url: URL, call: Call): Promise<Answer> {
  const { body, isStream = false, headers = {} } = call;
  const length = body === undefined || isStream ? {} : { 'content-length': body.length };
  const signal = AbortSignal.any([
    AbortSignal.timeout(DEADLINE_MS),
    ...(call.signal === undefined ? [] : [call.signal]),
  ]);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      method,
      signal,
      headers: { authorization: authorization(), ...length, ...headers },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('close', () => {
        if (!response.complete) return reject(new Error('the answer was cut'));
        const { statusCode: status = 0, headers } = response;
        return resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    if (isStream && body !== undefined) {
      const half = Math.floor(body.length / 2);
      sent.write(body.subarray(0, half));
      sent.end(body.subarray(half));
    } else sent.end(body);
  });
}

/** The path of an answer's Location. */
export function locationOf(answer: Answer, url: string): string {
  const { location } = answer.headers;
  if (location === undefined) throw new Error(`no Location in a ${answer.status}`);
  const { pathname, search } = new URL(location, url);
  return pathname + search;
}

/** A call with a JSON body. */
export function withJson(document: object): Call {
  return {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(document)),
  };
}

/** @param storageLimit in bytes; none without */
export async function createProject(
  caller: Caller,
  name: string,
  storageLimit = -1,
): Promise<void> {
  const project = { project_name: name, storage_limit: storageLimit };
  const answer = await caller.call('POST', '/api/v2.0/projects', withJson(project));
  if (answer.status !== 201 && answer.status !== 409) {
    throw new Error(`the project was not created: ${answer.status} ${answer.body.toString()}`);
  }
}

/** Asks until `accept` likes the answer. Throws after `limitMs` with the last thing heard. */
export async function waitFor(
  what: string,
  limitMs: number,
  ask: () => Promise<boolean>,
): Promise<number> {
  const start = performance.now();
  let last: unknown;
  while (performance.now() - start < limitMs) {
    try {
      if (await ask()) return performance.now() - start;
    } catch (error) {
      last = error;
    }
    await delay(25);
  }
  throw new Error(`${what}: not within ${limitMs} ms`, { cause: last });
}
