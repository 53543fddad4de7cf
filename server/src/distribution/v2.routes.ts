import type { IncomingMessage, ServerResponse } from 'node:http';
import { OciError } from '@berth/oci';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type ActionSet, actions } from '../access/index.ts';
import type { ManifestsService } from '../artifacts/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { Authorizer } from './authorizer.ts';
import type { BlobHandlers } from './blob.handlers.ts';
import type { BlobUploadHandlers } from './blob-upload.handlers.ts';
import { Challenge, presentChallenge } from './challenge.ts';
import { type Exchange, sendEmpty, sendError } from './exchange.ts';
import type { ListingHandlers } from './listing.handlers.ts';
import { type ManifestHandlers, sendManifest } from './manifest.handlers.ts';
import { createRequestMetrics } from './request-metrics.ts';
import { toOciError } from './v2-error.ts';
import { parseV2Path, type V2Path } from './v2-path.ts';

export interface V2RoutesPorts {
  readonly authorizer: Authorizer;
  readonly manifests: ManifestsService;
  readonly handlers: {
    readonly manifest: ManifestHandlers;
    readonly blob: BlobHandlers;
    readonly upload: BlobUploadHandlers;
    readonly listing: ListingHandlers;
  };
  readonly log: Log;
  readonly metrics: Metrics;
  readonly service: string;
  /** Where the registry is reached from outside, if it is configured. */
  readonly externalUrl: string | undefined;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

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

const MAX_PATHS = 50_000;

/** The OCI distribution API under `/v2`. */
export function registerV2Routes(app: FastifyInstance, ports: V2RoutesPorts): void {
  const { authorizer, manifests, handlers, log } = ports;
  const requests = createRequestMetrics(ports.metrics);
  const paths = new LRUCache<string, V2Path>({ max: MAX_PATHS });

  function pathOf(url: string): V2Path {
    const known = paths.get(url);
    if (known !== undefined) return known;
    const path = parseV2Path(url);
    if (path === undefined) {
      throw new OciError('UNSUPPORTED', 'there is no such endpoint', { status: 404 });
    }
    // Paths of uploads are used a few times and never again.
    if (path.kind === 'manifest' || path.kind === 'blob') paths.set(url, path);
    return path;
  }

  /** A pull that memory alone can answer; false when it cannot. */
  function pullFromMemory(request: IncomingMessage, response: ServerResponse, id: string): boolean {
    const { method, url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const path = paths.get(url);
    if (path?.kind !== 'manifest') return false;
    const { authorization } = request.headers;
    if (authorizer.peek(authorization, path.repository, actions.pull) === undefined) return false;
    const manifest = manifests.peek(path.repository, path.name);
    if (manifest === undefined) return false;
    sendManifest({ request, response, requestId: id }, manifest);
    requests.count('manifest', method, response.statusCode);
    return true;
  }

  async function answer(request: IncomingMessage, response: ServerResponse, id: string) {
    const url = request.url ?? '';
    const cut = url.indexOf('?');
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(new Error('the client went away'));
    });
    const exchange: Exchange = {
      request,
      response,
      requestId: id,
      query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)),
      signal: gone.signal,
    };
    let kind: V2Path['kind'] | 'none' = 'none';
    try {
      const path = pathOf(cut < 0 ? url : url.slice(0, cut));
      kind = path.kind;
      await dispatch(exchange, path);
    } catch (error) {
      fail(exchange, error);
    } finally {
      requests.count(kind, request.method ?? '', response.statusCode);
    }
  }

  async function dispatch(exchange: Exchange, path: V2Path): Promise<void> {
    const method = METHODS.find((name) => name === exchange.request.method);
    const needed = method === undefined ? undefined : permissions[path.kind][method];
    if (method === undefined || needed === undefined) throw new OciError('UNSUPPORTED');
    const { authorization } = exchange.request.headers;
    if (path.kind === 'base' || path.kind === 'catalog') {
      const scope = path.kind === 'base' ? undefined : 'registry:catalog:*';
      const { principal } = await authorizer.authenticate(authorization, scope);
      if (path.kind === 'base') return sendEmpty(exchange, 200);
      return handlers.listing.listRepositories(exchange, principal);
    }
    const { repository } = path;
    const caller = await authorizer.authorize(authorization, repository, needed);
    const context = { ...caller, repository };
    switch (path.kind) {
      case 'manifest':
        if (method === 'PUT') return handlers.manifest.put(exchange, { ...path, ...context });
        if (method === 'DELETE') return handlers.manifest.delete(exchange, path);
        return handlers.manifest.get(exchange, path);
      case 'blob':
        if (method === 'DELETE') return handlers.blob.delete(exchange, repository, path.digest);
        return handlers.blob.get(exchange, repository, path.digest);
      case 'uploads':
        return handlers.upload.start(exchange, context);
      case 'upload':
        return dispatchUpload(exchange, method, context, path.uploadId);
      case 'tags':
        return handlers.listing.listTags(exchange, repository);
      case 'referrers':
        return handlers.listing.listReferrers(exchange, repository, path.digest);
    }
  }

  function dispatchUpload(
    exchange: Exchange,
    method: Method,
    context: Parameters<BlobUploadHandlers['start']>[1],
    id: string,
  ): Promise<void> {
    if (method === 'PATCH') return handlers.upload.append(exchange, context, id);
    if (method === 'PUT') return handlers.upload.finish(exchange, context, id);
    if (method === 'DELETE') return handlers.upload.cancel(exchange, context, id);
    return handlers.upload.status(exchange, context, id);
  }

  function fail(exchange: Exchange, error: unknown): void {
    const { request, requestId, signal } = exchange;
    const shown = toOciError(error);
    if (shown.status >= 500 && !signal.aborted) {
      log.error(
        { err: error, requestId, method: request.method, url: request.url },
        'request failed',
      );
    }
    const headers =
      shown instanceof Challenge
        ? ['WWW-Authenticate', presentChallenge(shown, realmOf(request), ports.service)]
        : shown.status === 503 || shown.status === 507
          ? ['Retry-After', '5']
          : [];
    sendError(exchange, shown, headers);
  }

  /** Without a configured URL, the address the client used is the one that works for it. */
  function realmOf(request: IncomingMessage): string {
    const host = /^[\w.:[\]-]{1,255}$/.test(request.headers.host ?? '')
      ? request.headers.host
      : 'localhost';
    return `${ports.externalUrl ?? `http://${host}`}/service/token`;
  }

  void app.register((scope, _options, done) => {
    // Bodies are streams here, whatever their type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const url of ['/v2', '/v2/*']) {
      scope.route({
        method: [...METHODS],
        url,
        handler: (request, reply) => {
          reply.hijack();
          if (!pullFromMemory(request.raw, reply.raw, request.id)) {
            void answer(request.raw, reply.raw, request.id);
          }
        },
      });
    }
    done();
  });
}
