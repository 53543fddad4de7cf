import http from 'node:http';
import https from 'node:https';
import { isIPv6, type LookupFunction, type Socket } from 'node:net';
import { getCACertificates } from 'node:tls';
import { EgressError, type EgressErrorCode } from './egress.errors.ts';
import { hostOf } from './target.ts';

export type EgressMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface EgressTls {
  /** Whether the certificate must be valid for the host. */
  readonly verify: boolean;
  /** PEM of certificates to trust beside the system's. */
  readonly ca?: string;
}

export interface EgressResponse {
  readonly status: number;
  readonly headers: Headers;
  /** As sent: a content-encoding, which we never ask for, is not undone. */
  readonly body: Buffer;
}

export interface Outgoing {
  readonly method: EgressMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** Checked addresses of the URL's host; no other one is connected to. */
  readonly addresses: readonly string[];
  readonly tls: EgressTls;
  readonly connectTimeoutMs: number;
  readonly maxBytes: number;
}

/** How long one of several addresses may take before the next one is tried. */
const ATTEMPT_MS = 2_000;

/**
 * One request on a connection of its own, and its answer.
 *
 * @throws EgressError, or the signal's reason
 */
export async function exchange(outgoing: Outgoing, signal: AbortSignal): Promise<EgressResponse> {
  signal.throwIfAborted();
  return new Exchange(outgoing, signal).run();
}

class Exchange {
  readonly #outgoing: Outgoing;
  readonly #signal: AbortSignal;
  readonly #done = Promise.withResolvers<EgressResponse>();
  #request: http.ClientRequest | undefined;
  /** What an error of the connection means at this moment. */
  #failure: EgressErrorCode = 'unreachable';

  constructor(outgoing: Outgoing, signal: AbortSignal) {
    this.#outgoing = outgoing;
    this.#signal = signal;
  }

  async run(): Promise<EgressResponse> {
    const abort = () => this.#done.reject(this.#signal.reason);
    this.#signal.addEventListener('abort', abort, { once: true });
    const connecting = setTimeout(() => {
      this.#done.reject(new EgressError('timeout'));
    }, this.#outgoing.connectTimeoutMs);
    try {
      this.#start(() => clearTimeout(connecting));
      return await this.#done.promise;
    } finally {
      clearTimeout(connecting);
      this.#signal.removeEventListener('abort', abort);
      this.#request?.destroy();
    }
  }

  #start(onReady: () => void): void {
    const { url, body } = this.#outgoing;
    const isTls = url.protocol === 'https:';
    try {
      const options = this.#options();
      this.#request = isTls
        ? https.request({ ...options, ...tlsOptions(this.#outgoing.tls) })
        : http.request(options);
    } catch (error) {
      // Headers were checked before; what is left is a CA that cannot be read.
      this.#done.reject(new EgressError(isTls ? 'tls' : 'protocol', { cause: error }));
      return;
    }
    const fail = (error: unknown) => this.#fail(error);
    this.#request
      .on('error', fail)
      .on('socket', (socket) => this.#watch(socket, isTls, onReady))
      .on('upgrade', (_response, socket) => {
        socket.destroy();
        fail(new Error('the protocol was switched'));
      })
      .on('response', (response) => this.#collect(response));
    this.#request.end(body);
  }

  #options(): http.RequestOptions {
    const { method, url, headers } = this.#outgoing;
    const options = {
      method,
      host: hostOf(url),
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host },
      // A connection of its own; the global agent might go through a proxy of the environment.
      agent: false,
      lookup: answerWith(this.#outgoing.addresses),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
      insecureHTTPParser: false,
    };
    return url.port === '' ? options : { ...options, port: url.port };
  }

  #watch(socket: Socket, isTls: boolean, onReady: () => void): void {
    const ready = () => {
      this.#failure = 'protocol';
      onReady();
    };
    socket.once('connect', () => {
      if (isTls) this.#failure = 'tls';
      else ready();
    });
    if (isTls) socket.once('secureConnect', ready);
  }

  #collect(response: http.IncomingMessage): void {
    const { maxBytes, method } = this.#outgoing;
    const declared = Number(response.headers['content-length'] ?? 0);
    if (declared > maxBytes && method !== 'HEAD') {
      this.#done.reject(new EgressError('too-large'));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    response
      .on('error', (error) => this.#fail(error))
      .on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= maxBytes) chunks.push(chunk);
        else this.#done.reject(new EgressError('too-large'));
      })
      .on('end', () => this.#finish(response, Buffer.concat(chunks)));
  }

  #finish(response: http.IncomingMessage, body: Buffer): void {
    try {
      this.#done.resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(cause: unknown): void {
    this.#done.reject(new EgressError(this.#failure, { cause }));
  }
}

function headersOf({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return headers;
}

function tlsOptions({ verify, ca }: EgressTls): https.RequestOptions {
  return {
    rejectUnauthorized: verify,
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
  };
}

/** A lookup for `net` that knows nothing but these addresses. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, options, callback) => {
    const [first] = answers;
    if (options.all === true) callback(null, answers);
    else callback(null, first?.address ?? '', first?.family);
  };
}
