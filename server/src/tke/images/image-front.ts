import type { IncomingMessage, ServerResponse } from 'node:http';
import { OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { actions, findV2Operation, isReading, type V2Method } from '../../access/index.ts';
import {
  type AddressOf,
  createExchange,
  type Exchange,
  isPolicyRefusal,
  parsePage,
  presentLink,
  sendEmpty,
  sendError,
  sendJson,
  toOciError,
  warningText,
} from '../../http/index.ts';
import { Challenge, presentChallenge } from '../../identity/index.ts';
import { AppError, readOnlyRefusal } from '../../lib/index.ts';
import type { Log, Metrics } from '../../telemetry/index.ts';
import type { Names } from '../names.ts';
import type { Admission, Shown } from '../rights/gatekeeper.ts';
import type { ImageBackEnd } from './back-end.ts';
import { type CatalogPorts, listCatalog } from './image-catalog.ts';
import {
  actionOf,
  changeOf,
  type ImageAudit,
  type ImageHooks,
  referenceOf,
  runQuietly,
} from './image-events.ts';
import type { ImageGate } from './open-gate.ts';
import { type Passage, parsePath, type RepositoryPath, type Route } from './passage.ts';
import { createProxyMetrics, type ProxyMetrics } from './proxy-metrics.ts';

export interface ImageFrontPorts {
  /** @throws AppError invalid for a header that is no host */
  tenantOf(host: string | undefined): string;
  readonly names: Names;
  readonly gatekeeper: ImageGate;
  readonly backEnd: ImageBackEnd;
  readonly listRepositories: CatalogPorts['listRepositories'];
  /** What a caller without rights is told: where to get a token, at the host it used. */
  challengeOf(request: IncomingMessage): { readonly realm: string; readonly service: string };
  readonly hooks: ImageHooks;
  readonly audit: ImageAudit;
  readonly addressOf: AddressOf;
  readonly log: Log;
  readonly metrics: Metrics;
  isReadOnly(): boolean;
  /** Distribution's `storage.delete.enabled`: otherwise nothing of `/v2` can be deleted. */
  readonly isDeleteEnabled: boolean;
}

/** `/v2` of all tenants, as Node's server hands requests over. */
export interface ImageFront {
  handle(request: IncomingMessage, response: ServerResponse, id: string): void;
  /** Resolves when no request is being served. */
  settle(): Promise<void>;
}

/** Statuses that may be others in a moment. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504, 507]);

const MAX_ROUTES = 50_000;

export function createImageFront(ports: ImageFrontPorts): ImageFront {
  return new Front(ports);
}

/** What is known of a request when it ends. */
interface Progress {
  kind: string;
  tenant?: string;
  path?: RepositoryPath;
  method?: V2Method;
  admission?: Admission;
}

class Front implements ImageFront {
  readonly #ports: ImageFrontPorts;
  readonly #metrics: ProxyMetrics;
  /** Of manifests and blobs, by host and URL. */
  readonly #routes = new LRUCache<string, Route>({ max: MAX_ROUTES });
  readonly #running = new Set<Promise<void>>();

  constructor(ports: ImageFrontPorts) {
    this.#ports = ports;
    this.#metrics = createProxyMetrics(ports.metrics);
  }

  handle(request: IncomingMessage, response: ServerResponse, id: string): void {
    if (this.#answerFromMemory(request, response, id)) return;
    const answer = this.#answer(request, response, id)
      .catch((error: unknown) => {
        this.#ports.log.error({ err: error, requestId: id }, 'a request was not answered');
        response.destroy();
      })
      .finally(() => this.#running.delete(answer));
    this.#running.add(answer);
  }

  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#ports.backEnd.settle();
  }

  #answerFromMemory(request: IncomingMessage, response: ServerResponse, id: string): boolean {
    const method = (['GET', 'HEAD'] as const).find((name) => name === request.method);
    if (method === undefined) return false;
    const route = this.#routes.get(keyOf(request));
    if (route?.path.kind !== 'manifest') return false;
    const { tenant, path } = route;
    const { authorization } = request.headers;
    const { gatekeeper, backEnd } = this.#ports;
    const admission = gatekeeper.peekImage(authorization, tenant, path.repository, actions.pull);
    if (admission === undefined) return false;
    const passage: Passage = { ...route, method, admission, mountFrom: undefined };
    if (!backEnd.answerFromMemory(request, response, id, passage)) return false;
    this.#notePull(method, tenant, path);
    this.#metrics.count('manifest', method, response.statusCode);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const began = performance.now();
    const exchange = createExchange(request, response, id);
    const { path } = exchange;
    const method = request.method ?? '';
    const progress: Progress = { kind: 'none' };
    try {
      await this.#dispatch(exchange, path, progress);
    } catch (error) {
      this.#fail(exchange, error);
    }
    await this.#conclude(exchange, progress);
    const seconds = (performance.now() - began) / 1000;
    const status = response.statusCode;
    this.#metrics.count(progress.kind, method, status);
    this.#metrics.observe(progress.kind, method, seconds);
    const fields = { requestId: id, method, url: path, status, ms: Math.round(seconds * 1000) };
    if (method === 'GET' || method === 'HEAD') this.#ports.log.debug(fields, 'request');
    else this.#ports.log.info(fields, 'request');
  }

  async #dispatch(exchange: Exchange, url: string, progress: Progress): Promise<void> {
    const { gatekeeper, backEnd } = this.#ports;
    const { request } = exchange;
    const tenant = this.#ports.tenantOf(request.headers.host);
    const path = this.#routes.get(keyOf(request))?.path ?? parsePath(url);
    progress.kind = path.kind;
    progress.tenant = tenant;
    const operation = findV2Operation(path.kind, request.method);
    if (operation === undefined) throw new OciError('UNSUPPORTED');
    const { method, needed } = operation;
    if (needed === actions.delete && !this.#ports.isDeleteEnabled) {
      throw new OciError('UNSUPPORTED', 'deleting is switched off in the configuration');
    }
    const shown = this.#show(request);
    if (path.kind === 'base') {
      await gatekeeper.admitBase(shown, tenant, undefined);
      return sendEmpty(exchange, 200);
    }
    if (path.kind === 'catalog') return this.#sendCatalog(exchange, shown, tenant);
    Object.assign(progress, { path, method });
    const admission = await gatekeeper.admitImage(shown, tenant, path.repository, needed);
    progress.admission = admission;
    if (!isReading(method) && this.#ports.isReadOnly()) throw readOnlyRefusal();
    const stored = this.#store(tenant, path.repository, method);
    const rest = (request.url ?? '').slice(`/v2/${path.repository}`.length);
    const route: Route = { tenant, path, stored, storedUrl: `/v2/${stored}${rest}` };
    if (path.kind === 'manifest' || path.kind === 'blob') this.#routes.set(keyOf(request), route);
    const mountFrom =
      path.kind === 'uploads' ? await this.#findMountSource(exchange, shown, tenant) : undefined;
    return backEnd.serve(exchange, { ...route, method, admission, mountFrom });
  }

  #show(request: IncomingMessage): Shown {
    const { authorization } = request.headers;
    return { authorization, address: this.#ports.addressOf(request) };
  }

  /** What cannot be there is not found; why it cannot be made is told to who wants to make it. */
  #store(tenant: string, repository: string, method: V2Method): string {
    try {
      return this.#ports.names.toRepository(tenant, repository);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (isReading(method)) throw new OciError('NAME_UNKNOWN', undefined, { cause: error });
      throw new OciError('NAME_INVALID', error.message, { cause: error });
    }
  }

  /**
   * The stored name of the repository to mount from, if the caller may pull there with what it
   * shows. Without that the mount is left out and the client uploads: the back end would mount
   * from anywhere for us.
   */
  async #findMountSource(
    { query }: Exchange,
    shown: Shown,
    tenant: string,
  ): Promise<string | undefined> {
    const from = query.get('from');
    if (from === null || query.get('mount') === null) return undefined;
    try {
      const stored = this.#ports.names.toRepository(tenant, from);
      await this.#ports.gatekeeper.admitImage(shown, tenant, from, actions.pull);
      return stored;
    } catch (error) {
      if (error instanceof OciError || error instanceof AppError) return undefined;
      throw error;
    }
  }

  async #sendCatalog(exchange: Exchange, shown: Shown, tenant: string): Promise<void> {
    const caller = await this.#ports.gatekeeper.admitBase(shown, tenant, 'registry:catalog:*');
    const page = parsePage(exchange.query);
    const { items, next } = await listCatalog(this.#ports, caller, tenant, page);
    const link = presentLink('/v2/_catalog', exchange.query, next, page.limit);
    sendJson(exchange, { repositories: items }, link);
  }

  #fail(exchange: Exchange, error: unknown): void {
    const { request, requestId, signal } = exchange;
    const shown = toOciError(error);
    if (shown.status >= 500 && !signal.aborted) {
      const { method } = request;
      this.#ports.log.error({ err: error, requestId, method }, 'request failed');
    }
    sendError(exchange, shown, this.#errorHeaders(shown, request));
  }

  #errorHeaders(error: OciError, request: IncomingMessage): string[] {
    if (error instanceof Challenge) {
      const { realm, service } = this.#ports.challengeOf(request);
      return ['WWW-Authenticate', presentChallenge(error, realm, service)];
    }
    if (BUSY.has(error.status)) return ['Retry-After', '5'];
    return isPolicyRefusal(error) ? ['Warning', warningText(error.message)] : [];
  }

  /** Tells who wants to know. The client has its answer by now. */
  async #conclude(exchange: Exchange, progress: Progress): Promise<void> {
    const { tenant, path, method } = progress;
    if (tenant === undefined || path === undefined || method === undefined) return;
    const { response, signal } = exchange;
    const { statusCode: status } = response;
    const isManifest = path.kind === 'manifest';
    const isDone = response.headersSent && status < 300;
    if (isDone && isManifest && !isReading(method)) {
      const change = changeOf(tenant, path.repository);
      const { hooks, log } = this.#ports;
      runQuietly(log, 'noting a change', () => hooks.onContentChanged(change));
    }
    if (isDone && isManifest && !signal.aborted) this.#notePull(method, tenant, path);
    await this.#audit(exchange, { ...progress, tenant, path, method });
  }

  #notePull(method: V2Method, tenant: string, path: RepositoryPath): void {
    if (method !== 'GET' || path.kind !== 'manifest' || 'digest' in path.reference) return;
    const { hooks, log } = this.#ports;
    const change = changeOf(tenant, path.repository);
    runQuietly(log, 'noting a pull', () => hooks.onPulled(change));
  }

  async #audit(
    { request, response, requestId }: Exchange,
    progress: Progress & Pick<Passage, 'tenant' | 'path' | 'method'>,
  ): Promise<void> {
    const { tenant, path, method } = progress;
    const { statusCode: status } = response;
    const action = actionOf(path, method, status);
    if (action === undefined) return;
    const { audit, log } = this.#ports;
    const shown = this.#show(request);
    const actor = progress.admission?.caller.username ?? (await this.#nameOf(shown, tenant));
    const reference = referenceOf(path);
    const { address } = shown;
    const change = changeOf(tenant, path.repository);
    const entry = { ...change, actor, reference, action, status, address, requestId };
    runQuietly(log, 'recording an audit entry', () => audit.record(entry));
  }

  /** Who was refused, if it was somebody. */
  async #nameOf(shown: Shown, tenant: string): Promise<string> {
    try {
      return (await this.#ports.gatekeeper.admitBase(shown, tenant, undefined)).username;
    } catch {
      return 'anonymous';
    }
  }
}

function keyOf({ headers, url }: IncomingMessage): string {
  return `${headers.host} ${url}`;
}
