import type { IncomingMessage, ServerResponse } from 'node:http';
import { readOnlyRefusal } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { KubeCaller } from './caller.ts';
import {
  type Exchange,
  type KubeAnswer,
  sendAnswer,
  sendBytes,
  sendStatus,
} from './kube-answer.ts';
import { KubeDocuments } from './kube-documents.ts';
import type { KubeStore } from './kube-objects.ts';
import type { KubeObject } from './object.ts';
import { OPENAPI_PROTOBUF } from './openapi-protobuf.ts';
import { isTrue, parseDryRun } from './request-options.ts';
import { checkQuery, parseResourcePath, type ResourcePath, splitPath } from './request-path.ts';
import type { KubeRequest, KubeVerb } from './resource.ts';
import { parseWatch, type ResourceCall, ResourceHandler } from './resource-handler.ts';
import { statusOfError } from './status.ts';
import { StatusError } from './status-error.ts';
import { noSuchPath, notAllowed } from './status-errors.ts';
import { BOOKMARK_MS, WatchStream } from './watch-stream.ts';

/** A write that was asked for; dry runs are none. */
export interface KubeAuditEntry {
  readonly request: KubeRequest;
  readonly caller: KubeCaller;
  readonly succeeded: boolean;
  readonly address: string;
  readonly requestId: string;
}

export interface KubeApiPorts {
  readonly objects: KubeStore;
  /** @throws AppError unauthenticated for wrong credentials; none make an anonymous caller */
  authenticate(request: IncomingMessage): Promise<KubeCaller>;
  /** @throws StatusError 403 */
  authorize(caller: KubeCaller, request: KubeRequest): void | Promise<void>;
  /**
   * The same with the object: as it is, and as it would be after a create or an update.
   *
   * @throws StatusError 403
   */
  authorizeObject?(
    caller: KubeCaller,
    request: KubeRequest,
    object: KubeObject,
  ): void | Promise<void>;
  /** Resolves when the entry is as safe as it gets; never rejects. */
  audit(entry: KubeAuditEntry): Promise<void>;
  isReadOnly(): boolean;
  addressOf(request: IncomingMessage): string;
  readonly log: Log;
  /** Berth's version, such as `1.2.0`. */
  readonly version: string;
  /** What others serve below `/apis`, as `/apis` lists it. */
  readonly otherGroups?: readonly object[];
  /** Milliseconds between two bookmarks of a watch; 60 s unless told. */
  readonly bookmarkMs?: number;
}

export interface KubeApi {
  /** Answers everything at and below `/api`, `/apis`, `/version` and `/openapi`. */
  handle(request: IncomingMessage, response: ServerResponse, requestId: string): void;
  /** Ends all watches, and those that come later at once. */
  stop(): void;
}

/** The Kubernetes-style API over HTTP. */
export function createKubeApi(ports: KubeApiPorts): KubeApi {
  return new KubeServer(ports);
}

const MAX_WATCHES = 2_000;
const SAFE: ReadonlySet<KubeVerb> = new Set(['get', 'list', 'watch']);

class KubeServer implements KubeApi {
  readonly #ports: KubeApiPorts;
  readonly #documents: KubeDocuments;
  readonly #resources: ResourceHandler;
  readonly #watches = new Set<WatchStream>();
  #isStopped = false;

  constructor(ports: KubeApiPorts) {
    this.#ports = ports;
    this.#documents = new KubeDocuments(
      () => ports.objects.definitions,
      ports.version,
      ports.otherGroups ?? [],
    );
    this.#resources = new ResourceHandler(ports.objects, ports.log);
  }

  handle(request: IncomingMessage, response: ServerResponse, requestId: string): void {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // A client that breaks off shows as an error of either; there is nobody left to tell.
    response.on('error', ignore);
    request.on('error', ignore);
    const [path = '', ...query] = (request.url ?? '').split('?');
    const exchange: Exchange = {
      request,
      response,
      requestId,
      method: request.method ?? 'GET',
      path,
      query: new URLSearchParams(query.join('?')),
      signal: gone.signal,
    };
    void this.#serve(exchange).catch((error: unknown) => this.#refuse(exchange, error));
  }

  stop(): void {
    this.#isStopped = true;
    for (const watch of this.#watches) watch.end(undefined);
  }

  #refuse(exchange: Exchange, error: unknown): void {
    const { response, requestId } = exchange;
    if (exchange.signal.aborted) return;
    const { status, isFault } = statusOfError(error);
    if (isFault) this.#ports.log.error({ err: error, requestId }, 'request failed');
    if (response.headersSent) response.destroy();
    else sendStatus(exchange, status);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const parts = splitPath(exchange.path);
    checkQuery(exchange.query);
    const encoded = this.#documents.findEncoded(parts, exchange.request.headers.accept);
    const document = encoded ?? this.#documents.find(parts);
    if (document === undefined) return this.#serveResource(exchange, parts);
    if (exchange.method !== 'GET') throw notAllowed();
    if (encoded === undefined) sendAnswer(exchange, { code: 200, body: document });
    else sendBytes(exchange, OPENAPI_PROTOBUF, encoded);
  }

  async #serveResource(exchange: Exchange, [first, ...parts]: readonly string[]): Promise<void> {
    if (first !== 'apis') throw noSuchPath();
    const path = parseResourcePath(this.#ports.objects.definitions, parts);
    const verb = verbOf(path, exchange);
    const caller = await this.#ports.authenticate(exchange.request);
    const request = requestOf({ path, verb });
    const admit = async (object: KubeObject) =>
      this.#ports.authorizeObject?.(caller, request, object);
    const call = { exchange, path, verb, caller, admit };
    if (SAFE.has(verb)) {
      await this.#ports.authorize(caller, requestOf(call));
      if (verb === 'watch') return this.#stream(call);
      sendAnswer(exchange, await this.#resources.handle(call));
      return;
    }
    sendAnswer(exchange, await this.#change(call));
  }

  async #change(call: ResourceCall): Promise<KubeAnswer> {
    const { exchange, caller } = call;
    const request = requestOf(call);
    try {
      await this.#ports.authorize(caller, request);
      if (this.#ports.isReadOnly()) throw readOnlyRefusal();
      const answer = await this.#resources.handle(call);
      await this.#audit(call, { ...request, name: nameIn(answer) ?? request.name }, true);
      return answer;
    } catch (error) {
      // A stranger's attempts are in the access log; they must not fill this one.
      if (caller.principal.kind !== 'anonymous') await this.#audit(call, request, false);
      if (exchange.signal.aborted) this.#ports.log.debug({ err: error }, 'a change was broken off');
      throw error;
    }
  }

  async #audit(
    { exchange, caller }: ResourceCall,
    request: KubeRequest,
    succeeded: boolean,
  ): Promise<void> {
    const { requestId, query } = exchange;
    if (query.get('dryRun') === 'All') return;
    const address = this.#ports.addressOf(exchange.request);
    await this.#ports.audit({ request, caller, succeeded, address, requestId });
  }

  async #stream(call: ResourceCall): Promise<void> {
    if (this.#isStopped) throw new StatusError(503, 'ServiceUnavailable', 'the server is stopping');
    if (this.#watches.size >= MAX_WATCHES) {
      throw new StatusError(429, 'TooManyRequests', 'there are too many watches; try again later', {
        details: { retryAfterSeconds: 10 },
      });
    }
    const options = await parseWatch(call);
    const stream = new WatchStream(this.#ports.objects, call.exchange, {
      ...options,
      bookmarkMs: this.#ports.bookmarkMs ?? BOOKMARK_MS,
      reselect: async () => {
        const caller = await this.#ports.authenticate(call.exchange.request);
        await this.#ports.authorize(caller, requestOf(call));
        return (await parseWatch({ ...call, caller })).selection;
      },
    });
    this.#watches.add(stream);
    try {
      await stream.run();
    } finally {
      this.#watches.delete(stream);
    }
  }
}

function ignore(): void {}

function requestOf({ path, verb }: Pick<ResourceCall, 'path' | 'verb'>): KubeRequest {
  const { definition, namespace, name, subresource } = path;
  return { verb, resource: definition.resource, subresource, namespace, name };
}

/** Of what was created: its name. */
function nameIn({ body }: KubeAnswer): string | undefined {
  if (typeof body !== 'object' || !('metadata' in body)) return undefined;
  const { metadata } = body;
  const isNamed = typeof metadata === 'object' && metadata !== null && 'name' in metadata;
  return isNamed ? String(metadata.name) : undefined;
}

/** @throws StatusError 405 */
function verbOf(path: ResourcePath, { method, query }: Exchange): KubeVerb {
  const connect = path.definition.connects.find(({ name }) => name === path.subresource);
  if (connect !== undefined) {
    const known = connect.methods.find((each) => each === method);
    if (known === undefined) throw notAllowed();
    return known === 'GET' ? 'get' : known === 'POST' ? 'create' : 'delete';
  }
  const verb = path.name === '' ? collectionVerb(path, method) : objectVerb(path, method);
  if (verb === undefined) throw notAllowed();
  const isWatch = (verb === 'get' || verb === 'list') && isTrue(query, 'watch');
  const asked = isWatch && path.subresource === '' ? 'watch' : verb;
  if (path.subresource === '' && !path.definition.verbs.includes(asked)) throw notAllowed();
  // Refused before anything is read.
  parseDryRun(query);
  return asked;
}

function collectionVerb(
  { definition, namespace }: ResourcePath,
  method: string,
): KubeVerb | undefined {
  if (method === 'GET') return 'list';
  if (definition.namespaced && namespace === '') return undefined;
  if (method === 'POST') return 'create';
  return method === 'DELETE' ? 'deletecollection' : undefined;
}

function objectVerb({ subresource }: ResourcePath, method: string): KubeVerb | undefined {
  switch (method) {
    case 'GET':
      return 'get';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return subresource === '' ? 'delete' : undefined;
    default:
      return undefined;
  }
}
