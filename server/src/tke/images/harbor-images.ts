import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { MAX_MANIFEST_BYTES } from '@berth/oci';
import { isReading, principalKey } from '../../access/index.ts';
import type { StreamResponse } from '../../egress/index.ts';
import {
  type AddressOf,
  type Exchange,
  guardFlow,
  hasBody,
  welcomeBody,
} from '../../http/index.ts';
import { Challenge } from '../../identity/index.ts';
import type { Names } from '../names.ts';
import type { ImageBackEnd } from './back-end.ts';
import {
  isKeepable,
  MAX_REFUSAL_BYTES,
  openManifest,
  presentAnswer,
  presentManifestRefusal,
  type Trip,
  type WholeAnswer,
} from './harbor-answers.ts';
import { type Freshness, ManifestCache, type ManifestRequest } from './manifest-cache.ts';
import { createNameView } from './name-view.ts';
import { NextFlight } from './next-flight.ts';
import type { Passage } from './passage.ts';
import { type PreparedManifest, sendPrepared } from './prepared-manifest.ts';
import { requestHeaders, requestPath, takesBody } from './proxied-request.ts';
import type { UpstreamCredentials } from './service-account.ts';
import { openUpload, type Sealer } from './upload-seal.ts';
import { discard, readBytes, type Upstream } from './upstream.ts';
import { brokenUpstream } from './upstream-error.ts';

export interface HarborImagesPorts {
  readonly upstream: Upstream;
  readonly credentials: UpstreamCredentials;
  readonly sealer: Sealer;
  readonly names: Names;
  readonly addressOf: AddressOf;
  /** Seconds after which a body that does not move is cut. */
  readonly stallSeconds: number;
  /** How long manifests are kept; 5 s by digest and not at all by tag unless told. */
  readonly freshness?: Freshness | undefined;
}

const FRESHNESS: Freshness = { digestMs: 5_000, tagMs: 0 };

/** Hands requests to an existing Harbor, and its answers back in the words of people. */
export function createHarborImages(ports: HarborImagesPorts): ImageBackEnd {
  return new HarborImages(ports);
}

class HarborImages implements ImageBackEnd {
  readonly #ports: HarborImagesPorts;
  readonly #hosts: readonly string[];
  /** Undefined when the existing Harbor judges its clients: then it has to be asked. */
  readonly #cache: ManifestCache | undefined;
  readonly #flights = new NextFlight<PreparedManifest | WholeAnswer>();

  constructor(ports: HarborImagesPorts) {
    this.#ports = ports;
    this.#hosts = ports.upstream.hosts;
    const { credentials, freshness = FRESHNESS } = ports;
    this.#cache = credentials.isOurs ? new ManifestCache(freshness) : undefined;
  }

  answerFromMemory(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    passage: Passage,
  ): boolean {
    if (this.#cache === undefined || request.headers['if-none-match'] !== undefined) return false;
    const manifest = this.#cache.peek(manifestRequest(request, passage));
    if (manifest === undefined) return false;
    sendPrepared(response, manifest, passage.method === 'HEAD', id);
    return true;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  async serve(exchange: Exchange, passage: Passage): Promise<void> {
    const key = this.#shareKey(exchange, passage);
    if (key !== undefined) return this.#serveShared(key, exchange, passage);
    const trip = this.#begin(exchange, passage);
    const isChange = !isReading(passage.method);
    if (isChange) this.#cache?.forget(passage.stored);
    const release = this.#guard(exchange, passage);
    try {
      const answer = await this.#ask(trip, exchange.signal);
      try {
        await presentAnswer(trip, answer);
      } catch (error) {
        answer.body.destroy();
        throw error;
      }
    } finally {
      release();
      if (isChange) this.#cache?.forget(passage.stored);
    }
  }

  /** Of reads of manifests that get the same answer; undefined for all else. */
  #shareKey({ request: { headers } }: Exchange, passage: Passage): string | undefined {
    const { path, method, stored, tenant } = passage;
    const isConditional = headers['if-none-match'] !== undefined || headers.range !== undefined;
    const isPlain = path.kind === 'manifest' && !isConditional;
    if (!this.#ports.credentials.isOurs || !isPlain || !isReading(method)) return undefined;
    const version = this.#cache?.versionOf(stored);
    return `${version} ${method} ${tenant} ${stored} ${path.name} ${headers.accept}`;
  }

  async #serveShared(key: string, exchange: Exchange, passage: Passage): Promise<void> {
    const work = () => this.#fetch(this.#begin(exchange, passage));
    const maxAgeMs = this.#cache?.maxAgeOf(manifestRequest(exchange.request, passage));
    const answer = await this.#flights.run(key, work, maxAgeMs);
    if ('status' in answer) {
      return presentManifestRefusal(this.#begin(exchange, passage), answer);
    }
    const { response, requestId } = exchange;
    sendPrepared(response, answer, passage.method === 'HEAD', requestId);
  }

  /** For all who wait: one client that goes away does not end it. */
  async #fetch(trip: Trip): Promise<PreparedManifest | WholeAnswer> {
    const { exchange, passage } = trip;
    const keep = this.#cache?.begin(manifestRequest(exchange.request, passage));
    const { status, headers, body } = await this.#ask(trip, undefined);
    if (status >= 400) {
      const content = await readBytes(body, MAX_REFUSAL_BYTES).catch(() => Buffer.alloc(0));
      return { status, headers, content };
    }
    const answer = { status, headers, content: await readBytes(body, MAX_MANIFEST_BYTES) };
    const manifest = openManifest(trip, answer);
    if (manifest === undefined) return answer;
    if (keep !== undefined && isKeepable(passage, manifest)) keep(manifest);
    return manifest;
  }

  #begin(exchange: Exchange, passage: Passage): Trip {
    const { tenant, path, stored, admission } = passage;
    const { repository } = path;
    const owner = {
      tenant,
      repository,
      caller: principalKey(admission.caller.principal),
      uploadId: uploadIdOf(path),
    };
    const { names, sealer } = this.#ports;
    const view = createNameView({ names, tenant, repository, stored, hosts: this.#hosts });
    const upload = path.kind === 'upload' ? openUpload(sealer, owner, exchange.query) : '';
    return { exchange, passage, view, owner, upload, sealer };
  }

  /** Cuts a client that neither sends nor reads. */
  #guard(exchange: Exchange, passage: Passage): () => void {
    // A guard costs more than a manifest that is read.
    if (passage.path.kind === 'manifest' && isReading(passage.method)) return () => undefined;
    const { socket } = exchange.request;
    socket.setTimeout(0);
    return guardFlow(socket, this.#ports.stallSeconds, () => socket.destroy());
  }

  async #ask(trip: Trip, signal: AbortSignal | undefined): Promise<StreamResponse> {
    const { credentials } = this.#ports;
    const answer = await this.#askOnce(trip, signal);
    if (answer.status !== 401) return answer;
    await discard(answer.body);
    if (!credentials.isOurs) throw new Challenge(scopesOf(trip.passage.path.repository, trip));
    credentials.forget();
    const { method } = trip.passage;
    if (method === 'GET' || method === 'HEAD') {
      const again = await this.#askOnce(trip, signal);
      if (again.status !== 401) return again;
      await discard(again.body);
    }
    throw brokenUpstream('the service account is refused');
  }

  async #askOnce(
    { exchange, passage, upload }: Trip,
    signal: AbortSignal | undefined,
  ): Promise<StreamResponse> {
    const { upstream, credentials, addressOf } = this.#ports;
    const { request, requestId, query } = exchange;
    const { path, method, stored, tenant, mountFrom } = passage;
    const scopes = [`repository:${stored}:${scopeActions(method)}`];
    if (mountFrom !== undefined) scopes.push(`repository:${mountFrom}:pull`);
    const shown = request.headers.authorization;
    const authorization = await credentials.authorizationFor(shown, tenant, scopes);
    const target = requestPath(passage, query, upload);
    const address = addressOf(request);
    const body = hasBody(exchange) && takesBody(method, query);
    return upstream.send({
      // A list has the stored name in it: its length is that of the translation.
      method: path.kind === 'tags' ? 'GET' : method,
      path: target,
      headers: requestHeaders(request, { requestId, address }),
      authorization,
      body: body ? bodyOf(exchange) : undefined,
      isLong: method === 'PUT' || method === 'POST',
      signal,
    });
  }
}

function manifestRequest({ headers }: IncomingMessage, passage: Passage): ManifestRequest {
  const { method, stored, path } = passage;
  const name = path.kind === 'manifest' ? path.name : '';
  return { method, stored, name, accept: headers.accept };
}

function scopeActions(method: Passage['method']): string {
  if (method === 'GET' || method === 'HEAD') return 'pull';
  return method === 'DELETE' ? 'delete,pull' : 'pull,push';
}

function scopesOf(repository: string, { passage }: Pick<Trip, 'passage'>): string {
  return `repository:${repository}:${scopeActions(passage.method)}`;
}

/**
 * The client's body in a stream of its own: whoever is to be told that the existing Harbor is gone
 * must still have a connection then.
 */
function bodyOf(exchange: Exchange): { stream: Readable; length: number | undefined } {
  const { request } = exchange;
  const length = request.headers['content-length'];
  const stream = new PassThrough({ highWaterMark: 256 * 1024 });
  request.once('close', () => {
    if (!request.complete) stream.destroy(new Error('the body ended early'));
  });
  request.once('error', (error) => stream.destroy(error));
  welcomeBody(exchange);
  request.pipe(stream);
  return { stream, length: length === undefined ? undefined : Number(length) };
}

function uploadIdOf(path: Passage['path']): string {
  if (path.kind === 'upload') return path.uploadId;
  return path.kind === 'uploads' ? randomUUID() : '';
}
