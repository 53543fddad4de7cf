import type { IncomingMessage, ServerResponse } from 'node:http';
import { OciError } from '@berth/oci';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type ActionSet, actions } from '../access/index.ts';
import type { ManifestsService } from '../artifacts/index.ts';
import { type AddressOf, externalUrlOf, serveRaw } from '../http/index.ts';
import { readOnlyRefusal } from '../lib/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { AuthorizedCaller, Authorizer, Shown } from './authorizer.ts';
import type { BlobHandlers } from './blob.handlers.ts';
import type { BlobUploadHandlers, UploadContext } from './blob-upload.handlers.ts';
import { Challenge, presentChallenge } from './challenge.ts';
import type { DistributionEvents } from './events.ts';
import { type Exchange, sendEmpty, sendError } from './exchange.ts';
import type { ListingHandlers } from './listing.handlers.ts';
import { type ManifestHandlers, type ManifestTarget, sendManifest } from './manifest.handlers.ts';
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts';
import { isPolicyRefusal, toOciError } from './v2-error.ts';
import { parseV2Path, type V2Path } from './v2-path.ts';
import { warningText } from './warning.ts';

export interface V2RoutesPorts {
  readonly authorizer: Authorizer;
  readonly manifests: ManifestsService;
  readonly handlers: {
    readonly manifest: ManifestHandlers;
    readonly blob: BlobHandlers;
    readonly upload: BlobUploadHandlers;
    readonly listing: ListingHandlers;
  };
  readonly addressOf: AddressOf;
  readonly events: DistributionEvents;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly service: string;
  /** Where the registry is reached from outside, if it is configured. */
  readonly externalUrl: string | undefined;
  /** Whether the setting `read_only` is on. */
  isReadOnly(): boolean;
}

/** Who asks, and of which repository. */
type RepositoryContext = AuthorizedCaller & { readonly repository: string };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];
const reads: ReadonlySet<Method> = new Set(['GET', 'HEAD']);

/** What each endpoint needs, by method. A method that is not here is refused with 405. */
const permissions: Record<V2Path['kind'], Partial<Record<Method, ActionSet>>> = {
  base: { GET: actions.none, HEAD: actions.none },
  catalog: { GET: actions.none },
  manifest: { GET: actions.pull, HEAD: actions.pull, PUT: actions.push, DELETE: actions.delete },
  blob: { GET: actions.pull, HEAD: actions.pull, DELETE: actions.delete },
  uploads: { POST: actions.push },
  upload: {
    GET: actions.push,
    HEAD: actions.push,
    PATCH: actions.push,
    PUT: actions.push,
    DELETE: actions.push,
  },
  tags: { GET: actions.pull, HEAD: actions.pull },
  referrers: { GET: actions.pull, HEAD: actions.pull },
};

/** Statuses that may be others in a moment. */
const BUSY: ReadonlySet<number> = new Set([429, 503, 507]);

const MAX_PATHS = 50_000;

/**
 * The OCI distribution API under `/v2`.
 *
 * @returns a function that resolves when no request is being served; cutting connections does not
 * end the work that was begun for them
 */
export function registerV2Routes(app: FastifyInstance, ports: V2RoutesPorts): () => Promise<void> {
  const endpoints = new Endpoints(ports);
  serveRaw(app, '/v2', (request, response, id) => endpoints.handle(request, response, id));
  return () => endpoints.settle();
}

type RepositoryPath = Exclude<V2Path, { kind: 'base' | 'catalog' }>;

class Endpoints {
  readonly #ports: V2RoutesPorts;
  readonly #requests: RequestMetrics;
  readonly #paths = new LRUCache<string, V2Path>({ max: MAX_PATHS });
  readonly #running = new Set<Promise<void>>();

  constructor(ports: V2RoutesPorts) {
    this.#ports = ports;
    this.#requests = createRequestMetrics(ports.metrics);
  }

  handle(request: IncomingMessage, response: ServerResponse, id: string): void {
    if (this.#pullFromMemory(request, response, id)) return;
    const answer = this.#answer(request, response, id);
    this.#running.add(answer);
    void answer.finally(() => this.#running.delete(answer));
  }

  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** A pull that memory alone can answer; false when it cannot. */
  #pullFromMemory(request: IncomingMessage, response: ServerResponse, id: string): boolean {
    const { authorizer, manifests, events, addressOf } = this.#ports;
    const { method, url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const path = this.#paths.get(url);
    if (path?.kind !== 'manifest') return false;
    const { authorization } = request.headers;
    const { repository, name: reference } = path;
    const caller = authorizer.peek(authorization, repository, actions.pull);
    if (caller === undefined) return false;
    const manifest = manifests.peek(repository, reference);
    if (manifest === undefined) return false;
    sendManifest({ request, response, requestId: id }, manifest);
    if (method === 'GET') {
      const address = addressOf(request);
      const { digest } = manifest;
      events.pulled({ ...caller, repository, reference, digest, address, requestId: id });
    }
    this.#requests.count('manifest', method, response.statusCode);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const began = performance.now();
    const [url, query] = splitOnce(request.url ?? '', '?');
    const exchange: Exchange = {
      request,
      response,
      requestId: id,
      query: new URLSearchParams(query),
      signal: abortSignalOf(response),
    };
    let kind: V2Path['kind'] | 'none' = 'none';
    try {
      const path = this.#parse(url);
      kind = path.kind;
      await this.#dispatch(exchange, path);
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      this.#record(exchange, kind, url, performance.now() - began);
    }
  }

  #record({ request, response, requestId }: Exchange, kind: string, url: string, ms: number): void {
    const { method = '' } = request;
    const { statusCode: status } = response;
    this.#requests.count(kind, method, status);
    this.#requests.observe(kind, method, ms / 1000);
    const isRead = method === 'GET' || method === 'HEAD';
    const fields = { requestId, method, url, status, ms: Math.round(ms) };
    if (isRead) this.#ports.log.debug(fields, 'request');
    else this.#ports.log.info(fields, 'request');
  }

  #parse(url: string): V2Path {
    const known = this.#paths.get(url);
    if (known !== undefined) return known;
    const path = parseV2Path(url);
    if (path === undefined) {
      throw new OciError('UNSUPPORTED', 'there is no such endpoint', { status: 404 });
    }
    // Paths of uploads are used a few times and never again.
    if (path.kind === 'manifest' || path.kind === 'blob') this.#paths.set(url, path);
    return path;
  }

  async #dispatch(exchange: Exchange, path: V2Path): Promise<void> {
    const { authorizer, handlers } = this.#ports;
    const method = METHODS.find((name) => name === exchange.request.method);
    const needed = method === undefined ? undefined : permissions[path.kind][method];
    if (method === undefined || needed === undefined) throw new OciError('UNSUPPORTED');
    const shown = this.#show(exchange.request);
    if (path.kind === 'base') {
      await authorizer.authenticate(shown, undefined);
      return sendEmpty(exchange, 200);
    }
    if (path.kind === 'catalog') {
      const { principal } = await authorizer.authenticate(shown, 'registry:catalog:*');
      return handlers.listing.listRepositories(exchange, principal);
    }
    const caller = await authorizer.authorize(shown, path.repository, needed);
    if (!reads.has(method) && this.#ports.isReadOnly()) throw readOnlyRefusal();
    const context = { ...caller, repository: path.repository };
    await this.#serve(exchange, method, path, context);
  }

  #show(request: IncomingMessage): Shown {
    return {
      authorization: request.headers.authorization,
      address: this.#ports.addressOf(request),
    };
  }

  #serve(
    exchange: Exchange,
    method: Method,
    path: RepositoryPath,
    context: RepositoryContext,
  ): Promise<void> {
    const { blob, upload, listing } = this.#ports.handlers;
    switch (path.kind) {
      case 'manifest':
        return this.#serveManifest(exchange, method, { ...path, ...context });
      case 'blob':
        return method === 'DELETE'
          ? blob.delete(exchange, path.repository, path.digest)
          : blob.get(exchange, path.repository, path.digest, context.mayPush);
      case 'uploads':
        return upload.start(exchange, context);
      case 'upload':
        return this.#serveUpload(exchange, method, context, path.uploadId);
      case 'tags':
        return listing.listTags(exchange, path.repository);
      case 'referrers':
        return listing.listReferrers(exchange, path.repository, path.digest);
    }
  }

  #serveManifest(exchange: Exchange, method: Method, target: ManifestTarget): Promise<void> {
    const { manifest } = this.#ports.handlers;
    const told = { ...target, address: this.#ports.addressOf(exchange.request) };
    if (method === 'PUT') return manifest.put(exchange, told);
    return method === 'DELETE' ? manifest.delete(exchange, told) : manifest.get(exchange, told);
  }

  #serveUpload(
    exchange: Exchange,
    method: Method,
    context: UploadContext,
    id: string,
  ): Promise<void> {
    const { upload } = this.#ports.handlers;
    if (method === 'PATCH') return upload.append(exchange, context, id);
    if (method === 'PUT') return upload.finish(exchange, context, id);
    if (method === 'DELETE') return upload.cancel(exchange, context, id);
    return upload.status(exchange, context, id);
  }

  #fail(exchange: Exchange, error: unknown): void {
    const { request, requestId, signal } = exchange;
    const shown = toOciError(error);
    if (shown.status >= 500 && !signal.aborted) {
      const { method, url } = request;
      this.#ports.log.error({ err: error, requestId, method, url }, 'request failed');
    }
    sendError(exchange, shown, this.#errorHeaders(shown, request));
  }

  #errorHeaders(error: OciError, request: IncomingMessage): string[] {
    if (error instanceof Challenge) {
      const { externalUrl, service } = this.#ports;
      const realm = `${externalUrlOf(externalUrl, request.headers)}/service/token`;
      return ['WWW-Authenticate', presentChallenge(error, realm, service)];
    }
    if (BUSY.has(error.status)) return ['Retry-After', '5'];
    return isPolicyRefusal(error) ? ['Warning', warningText(error.message)] : [];
  }
}

function abortSignalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
