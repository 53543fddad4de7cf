import type { Readable } from 'node:stream';
import type { Egress, EgressTls, StreamResponse } from '../../egress/index.ts';
import { EgressError } from '../../egress/index.ts';
import { brokenUpstream, upstreamFailure } from './upstream-error.ts';

export interface UpstreamOptions {
  readonly egress: Pick<Egress, 'stream'>;
  /** Of the existing Harbor, without a slash at the end. */
  readonly url: string;
  readonly tls: EgressTls;
  /** 60 s unless told. */
  readonly headersTimeoutMs?: number | undefined;
  readonly stallMs: number;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query, if any. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly body?: { readonly stream: Readable; readonly length: number | undefined } | undefined;
  /** Whether the answer takes as long as a large blob takes to be stored. */
  readonly isLong?: boolean;
  readonly signal: AbortSignal | undefined;
}

const HEADERS_MS = 60_000;
/** Harbor hashes, and may copy within its storage, before it answers the end of an upload. */
const LONG = 10;
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** Requests to the existing Harbor. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #origin: string;
  readonly #base: string;
  readonly #scheme: string;

  constructor(options: UpstreamOptions) {
    const { origin, pathname, protocol } = new URL(options.url);
    this.#scheme = protocol.slice(0, -1);
    this.#options = options;
    this.#origin = origin;
    this.#base = origin + pathname.replace(/\/$/, '');
  }

  /** Names that must not be told to clients. */
  get hosts(): string[] {
    const { host, hostname } = new URL(this.#origin);
    return [host, hostname];
  }

  /**
   * The answer, whatever its status; redirects of reads are followed, to other hosts without
   * credentials, so that clients never learn of them.
   *
   * @throws OciError UNAVAILABLE (502, 503, 504), or the signal's reason
   */
  async send(request: UpstreamRequest): Promise<StreamResponse> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    let url = this.#base + request.path;
    try {
      for (let followed = 0; followed <= MAX_REDIRECTS; followed += 1) {
        const answer = await this.#sendAgain(request, url, isRead);
        if (!REDIRECTS.has(answer.status)) return answer;
        await discard(answer.body);
        if (!isRead) throw brokenUpstream('a request that changes something was redirected');
        url = this.#redirect(url, answer.headers.location);
      }
    } catch (error) {
      throw upstreamFailure(error);
    }
    throw brokenUpstream('too many redirects');
  }

  #redirect(from: string, location: string | undefined): string {
    const next = URL.parse(location ?? '', from);
    if (next === null) throw brokenUpstream('a redirect leads nowhere');
    const isTls = from.startsWith('https:');
    if (isTls && next.protocol !== 'https:') throw brokenUpstream('a redirect leaves TLS');
    return next.href;
  }

  /** A kept connection may have been closed just as a request took it: reads are sent again. */
  async #sendAgain(
    request: UpstreamRequest,
    url: string,
    isRead: boolean,
  ): Promise<StreamResponse> {
    try {
      return await this.#sendOnce(request, url);
    } catch (error) {
      const isCut = error instanceof EgressError && error.code === 'protocol';
      if (!isRead || !isCut) throw error;
      return this.#sendOnce(request, url);
    }
  }

  #sendOnce(request: UpstreamRequest, url: string): Promise<StreamResponse> {
    const { egress, tls, stallMs, headersTimeoutMs = HEADERS_MS } = this.#options;
    const { method, headers, authorization, body, isLong = false, signal } = request;
    const isOurs = url.startsWith(`${this.#origin}/`);
    const own = { ...headers, 'x-forwarded-proto': this.#scheme };
    if (isOurs && authorization !== undefined) Object.assign(own, { authorization });
    return egress.stream({
      method,
      url,
      headers: isOurs ? own : harmlessOf(headers),
      ...(body !== undefined && { body: body.stream }),
      ...(body?.length !== undefined && { length: body.length }),
      policy: 'private-allowed',
      tls,
      headersTimeoutMs: isLong ? headersTimeoutMs * LONG : headersTimeoutMs,
      stallMs,
      ...(signal !== undefined && { signal }),
    });
  }
}

/** All that a host is told to which the existing Harbor redirected. */
function harmlessOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const told = ['accept', 'range', 'if-none-match', 'user-agent'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => told.includes(name)));
}

/** Reads what is left of a small body, so that its connection can be used again. */
export async function discard(body: Readable): Promise<void> {
  await readText(body, 64 * 1024).catch(() => body.destroy());
}

/** @throws OciError UNAVAILABLE for a body that is cut or too large */
export async function readText(body: Readable, maxBytes = MAX_TEXT_BYTES): Promise<string> {
  return (await readBytes(body, maxBytes)).toString();
}

/** @throws OciError UNAVAILABLE for a body that is cut or too large */
export function readBytes(body: Readable, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxBytes) return;
    reject(brokenUpstream('the answer is too large'));
    body.destroy();
  });
  body.once('end', () => resolve(Buffer.concat(chunks, size)));
  body.once('error', (cause: unknown) => {
    reject(upstreamFailure(new EgressError('protocol', { cause })));
  });
  // An error is dear to make, and this comes after each end.
  body.once('close', () => {
    if (!body.readableEnded) reject(brokenUpstream('the answer was cut'));
  });
  return promise;
}
