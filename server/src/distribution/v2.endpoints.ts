import type { IncomingMessage, ServerResponse } from 'node:http';
import { OciError, parseV2Path, type V2Path } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  type AuthorizedCaller,
  type Authorizer,
  actions,
  findV2Operation,
  isReading,
  type ShownRequest,
  type V2Method,
} from '../access/index.ts';
import type { ManifestsService } from '../artifacts/index.ts';
import {
  type AddressOf,
  createExchange,
  type Exchange,
  externalUrlOf,
  isPolicyRefusal,
  sendEmpty,
  sendError,
  toOciError,
  warningText,
} from '../http/index.ts';
import { Challenge, presentChallenge } from '../identity/index.ts';
import { readOnlyRefusal } from '../lib/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { BlobHandlers } from './blob.handlers.ts';
import type { BlobUploadHandlers, UploadContext } from './blob-upload.handlers.ts';
import type { DistributionEvents } from './events.ts';
import type { ListingHandlers } from './listing.handlers.ts';
import {
  isPull,
  type ManifestHandlers,
  type ManifestTarget,
  sendManifest,
} from './manifest.handlers.ts';
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts';

export interface EndpointsPorts {
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

/** Statuses that may be others in a moment. */
const BUSY: ReadonlySet<number> = new Set([429, 503, 507]);

const MAX_PATHS = 50_000;

/** The OCI distribution API, as Node's server hands requests over. */
export interface Distribution {
  handle(request: IncomingMessage, response: ServerResponse, id: string): void;
  /** Answers a pull that memory alone can answer; false when it cannot, and nothing was done. */
  answerFromMemory(request: IncomingMessage, response: ServerResponse, id: string): boolean;
  /** Resolves when the request was answered, with whatever; never rejects. */
  serve(request: IncomingMessage, response: ServerResponse, id: string): Promise<void>;
  /**
   * Resolves when no request is being served; cutting connections does not end the work that was
   * begun for them.
   */
  settle(): Promise<void>;
}

export function createEndpoints(ports: EndpointsPorts): Distribution {
  return new Endpoints(ports);
}

type RepositoryPath = Exclude<V2Path, { kind: 'base' | 'catalog' }>;

class Endpoints implements Distribution {
  readonly #ports: EndpointsPorts;
  readonly #requests: RequestMetrics;
  readonly #paths = new LRUCache<string, V2Path>({ max: MAX_PATHS });
  readonly #running = new Set<Promise<void>>();

  constructor(ports: EndpointsPorts) {
    this.#ports = ports;
    this.#requests = createRequestMetrics(ports.metrics);
  }

  handle(request: IncomingMessage, response: ServerResponse, id: string): void {
    if (!this.answerFromMemory(request, response, id)) void this.serve(request, response, id);
  }

  async serve(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const answer = this.#answer(request, response, id);
    this.#running.add(answer);
    await answer.finally(() => this.#running.delete(answer));
  }

  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  answerFromMemory(request: IncomingMessage, response: ServerResponse, id: string): boolean {
    const { authorizer, manifests, events, addressOf } = this.#ports;
    const { method, url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const path = this.#paths.get(url);
    if (path?.kind !== 'manifest') return false;
    const { repository, name: reference } = path;
    const caller = authorizer.peek(request, repository, actions.pull);
    if (caller === undefined) return false;
    const manifest = manifests.peek(repository, reference);
    if (manifest === undefined) return false;
    sendManifest({ request, response, requestId: id }, manifest);
    if (isPull(request)) {
      const address = addressOf(request);
      const { digest } = manifest;
      events.pulled({ ...caller, repository, reference, digest, address, requestId: id });
    }
    this.#requests.count('manifest', method, response.statusCode);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const began = performance.now();
    const exchange = createExchange(request, response, id);
    const { path: url } = exchange;
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
    const operation = findV2Operation(path.kind, exchange.request.method);
    if (operation === undefined) throw new OciError('UNSUPPORTED');
    const { method, needed } = operation;
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
    if (!isReading(method) && this.#ports.isReadOnly()) throw readOnlyRefusal();
    const context = { ...caller, repository: path.repository };
    await this.#serve(exchange, method, path, context);
  }

  #show(request: IncomingMessage): ShownRequest {
    return {
      request,
      authorization: request.headers.authorization,
      address: this.#ports.addressOf(request),
    };
  }

  #serve(
    exchange: Exchange,
    method: V2Method,
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

  #serveManifest(exchange: Exchange, method: V2Method, target: ManifestTarget): Promise<void> {
    const { manifest } = this.#ports.handlers;
    const told = { ...target, address: this.#ports.addressOf(exchange.request) };
    if (method === 'PUT') return manifest.put(exchange, told);
    return method === 'DELETE' ? manifest.delete(exchange, told) : manifest.get(exchange, told);
  }

  #serveUpload(
    exchange: Exchange,
    method: V2Method,
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
