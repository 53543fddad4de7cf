import http from 'node:http';
import https from 'node:https';

/** An answer with its body read, and every byte of it. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  /** Header lines and body, as they came. */
  readonly transcript: string;
}

export interface Asked {
  readonly method?: string;
  /** Sent as Host; the URL's own unless told. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** PEM of authorities to trust. */
  readonly ca?: string;
}

/** One request on a connection of its own; redirects are answers. */
export async function ask(url: string | URL, asked: Asked = {}): Promise<Answer> {
  const target = new URL(url);
  const { request: send } = target.protocol === 'https:' ? https : http;
  const request = send(target, {
    method: asked.method ?? 'GET',
    headers: {
      ...asked.headers,
      ...(asked.host !== undefined && { host: asked.host }),
      // Node leaves it out for DELETE.
      ...(asked.body !== undefined && { 'content-length': Buffer.byteLength(asked.body) }),
    },
    agent: false,
    ...(asked.ca !== undefined && { ca: asked.ca }),
  });
  const answered = Promise.withResolvers<http.IncomingMessage>();
  request.once('response', answered.resolve).once('error', answered.reject);
  request.end(asked.body);
  const response = await answered.promise;
  const bytes = Buffer.concat(await response.toArray());
  const text = bytes.toString('utf8');
  const head = [`${response.statusCode} ${response.statusMessage}`, ...response.rawHeaders];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text,
    json: findJson(text),
    transcript: `${head.join('\n')}\n\n${bytes.toString('latin1')}`,
  };
}

function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
