import {
  type Digest,
  type DigestAlgorithm,
  isRepositoryName,
  OciError,
  parseDigest,
} from '@berth/oci';
import {
  anonymous,
  type Principal,
  principalKey,
  projectName,
  usernameOf,
} from '../access/index.ts';
import type {
  Actor,
  BlobsService,
  BlobUploadsService,
  Chunk,
  MountSources,
  UploadKey,
} from '../artifacts/index.ts';
import {
  type Exchange,
  guardFlow,
  hasBody,
  sendEmpty,
  sendError,
  welcomeBody,
} from '../http/index.ts';
import { Challenge } from '../identity/index.ts';
import { parseChunkRange } from './range.ts';

/** Who uploads, and where to. */
export interface UploadContext {
  readonly repository: string;
  readonly projectId: number;
  readonly principal: Principal;
  /** Repositories that the caller's token lets it pull from, and its rights still do. */
  listPullable(): Promise<readonly string[]>;
  /** True with Basic: then the caller's own rights count, and not a token's. */
  readonly unscoped: boolean;
}

export interface BlobUploadHandlers {
  start(exchange: Exchange, context: UploadContext): Promise<void>;
  status(exchange: Exchange, context: UploadContext, id: string): Promise<void>;
  append(exchange: Exchange, context: UploadContext, id: string): Promise<void>;
  finish(exchange: Exchange, context: UploadContext, id: string): Promise<void>;
  cancel(exchange: Exchange, context: UploadContext, id: string): Promise<void>;
}

export interface BlobUploadPorts {
  readonly uploads: BlobUploadsService;
  readonly blobs: BlobsService;
  readonly mayPull: (principal: Principal, repository: string) => Promise<boolean>;
  readonly stallSeconds: number;
}

/** Pushing blobs (distribution spec end-4, 5, 6, 11, 13, 14). */
export function createBlobUploadHandlers(ports: BlobUploadPorts): BlobUploadHandlers {
  return new Handlers(ports);
}

class Handlers implements BlobUploadHandlers {
  readonly #ports: BlobUploadPorts;

  constructor(ports: BlobUploadPorts) {
    this.#ports = ports;
  }

  async start(exchange: Exchange, context: UploadContext): Promise<void> {
    const { query } = exchange;
    const mounted = query.get('mount');
    if (mounted !== null && (await this.#mount(exchange, context, parseDigest(mounted)))) {
      return sendCreated(exchange, context, parseDigest(mounted));
    }
    const wanted = query.get('digest');
    if (hasBody(exchange)) return this.#pushWhole(exchange, context, wanted);
    const algorithm = parseAlgorithm(query.get('digest-algorithm'), mounted ?? wanted);
    const key = principalKey(context.principal);
    const id = await this.#ports.uploads.start(targetOf(exchange, context), key, algorithm);
    return sendProgress(exchange, 202, keyOf(exchange, context, id), 0);
  }

  async status(exchange: Exchange, context: UploadContext, id: string): Promise<void> {
    const key = keyOf(exchange, context, id);
    sendProgress(exchange, 204, key, await this.#ports.uploads.getOffset(key));
  }

  append(exchange: Exchange, context: UploadContext, id: string): Promise<void> {
    const key = keyOf(exchange, context, id);
    return this.#explainOffset(exchange, key, async () => {
      const offset = await this.#withBody(exchange, (chunk) =>
        this.#ports.uploads.append(key, chunk),
      );
      sendProgress(exchange, 202, key, offset);
    });
  }

  async finish(exchange: Exchange, context: UploadContext, id: string): Promise<void> {
    const { uploads } = this.#ports;
    const key = keyOf(exchange, context, id);
    const digest = requireDigest(exchange.query.get('digest'));
    await this.#explainOffset(exchange, key, async () => {
      if (hasBody(exchange)) {
        await this.#withBody(exchange, (chunk) => uploads.finish(key, digest, chunk));
      } else {
        await uploads.finish(key, digest, undefined);
      }
      sendCreated(exchange, context, digest);
    });
  }

  async cancel(exchange: Exchange, context: UploadContext, id: string): Promise<void> {
    await this.#ports.uploads.cancel(keyOf(exchange, context, id));
    sendEmpty(exchange, 204);
  }

  async #pushWhole(exchange: Exchange, context: UploadContext, wanted: string | null) {
    const digest = requireDigest(wanted);
    await this.#withBody(exchange, (chunk) =>
      this.#ports.uploads.pushWhole(targetOf(exchange, context), digest, chunk),
    );
    sendCreated(exchange, context, digest);
  }

  async #mount(exchange: Exchange, context: UploadContext, digest: Digest): Promise<boolean> {
    const { blobs } = this.#ports;
    const { principal } = context;
    const target = targetOf(exchange, context);
    const from = exchange.query.get('from');
    if (from === null) return blobs.mount(target, digest, await listSources(context));
    if (!isRepositoryName(from) || !(await this.#ports.mayPull(principal, from))) return false;
    if (await this.#covers(context, from)) return blobs.mount(target, digest, { from });
    throw new Challenge(
      `repository:${context.repository}:pull,push repository:${from}:pull`,
      'insufficient_scope',
    );
  }

  /** Whether the caller's token, and not only the caller, lets it pull from a repository. */
  async #covers({ repository, unscoped, listPullable }: UploadContext, from: string) {
    // Rights are by project, so a token for one of its repositories is proof for the others.
    return (
      unscoped ||
      projectName(from) === projectName(repository) ||
      (await listPullable()).includes(from) ||
      (await this.#ports.mayPull(anonymous, from))
    );
  }

  /** Runs `work` over the request's body; cut when the body stalls. */
  async #withBody<T>(exchange: Exchange, work: (chunk: Chunk) => Promise<T>): Promise<T> {
    const { request } = exchange;
    const start = chunkStart(exchange);
    const stalled = new AbortController();
    request.socket.setTimeout(0);
    const release = guardFlow(request.socket, this.#ports.stallSeconds, () => {
      // Once the body is here, slowness is ours: a large blob takes its time to become durable.
      if (!request.complete) stalled.abort(new Error('the body stalled'));
    });
    try {
      const signal = AbortSignal.any([exchange.signal, stalled.signal]);
      const accept = () => welcomeBody(exchange);
      return await work({
        source: request,
        start,
        length: contentLength(exchange),
        signal,
        accept,
      });
    } finally {
      release();
    }
  }

  /** Tells where the client has to go on, when that is why it was refused. */
  async #explainOffset(exchange: Exchange, key: UploadKey, work: () => Promise<void>) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== 'RANGE_INVALID') throw error;
      const offset = await this.#ports.uploads.getOffset(key);
      const headers = ['Location', locationOf(key), 'Range', rangeOf(offset)];
      sendError(exchange, error, headers);
    }
  }
}

function requireDigest(text: string | null): Digest {
  if (text === null) throw new OciError('DIGEST_INVALID', 'the parameter digest is missing');
  return parseDigest(text);
}

function keyOf(exchange: Exchange, context: UploadContext, id: string): UploadKey {
  const principal = principalKey(context.principal);
  return { ...targetOf(exchange, context), principal, id };
}

function targetOf({ requestId }: Exchange, { repository, projectId, principal }: UploadContext) {
  const actor: Actor = { name: usernameOf(principal), requestId };
  return { repository, projectId, actor };
}

/** What a blob may be mounted from when the client names no repository. */
async function listSources(context: UploadContext): Promise<MountSources> {
  const { principal, projectId, unscoped } = context;
  const isWhole = principal.kind === 'user' && principal.limits === undefined;
  if (unscoped && isWhole && principal.isAdmin) return 'everywhere';
  const repositories = await context.listPullable();
  // Some robots reach a few repositories of the project only.
  const isNarrow =
    principal.kind === 'robot' &&
    principal.permissions.some((permission) => permission.repositories.length > 0);
  return { projectId: isNarrow ? undefined : projectId, repositories };
}

function contentLength({ request }: Exchange): number | undefined {
  const length = request.headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

function chunkStart(exchange: Exchange): number | undefined {
  const range = exchange.request.headers['content-range'];
  const start = parseChunkRange(range, contentLength(exchange));
  if (start === 'invalid') {
    throw new OciError(
      'RANGE_INVALID',
      'Content-Range must be <first byte>-<last byte> of the body',
    );
  }
  return start;
}

/** The algorithm to hash with while bytes flow; only speed hangs on it, not what is accepted. */
function parseAlgorithm(text: string | null, digest: string | null): DigestAlgorithm {
  const name = text ?? digest?.split(':')[0] ?? 'sha256';
  if (name === 'sha256' || name === 'sha512') return name;
  throw new OciError('DIGEST_INVALID', 'digest-algorithm must be sha256 or sha512');
}

function locationOf({ repository, id }: UploadKey): string {
  return `/v2/${repository}/blobs/uploads/${id}`;
}

/** Docker counts from a byte that is there: an empty upload is `0-0` as well. */
function rangeOf(offset: number): string {
  return `0-${Math.max(0, offset - 1)}`;
}

function sendProgress(exchange: Exchange, status: number, key: UploadKey, offset: number): void {
  sendEmpty(exchange, status, [
    'Location',
    locationOf(key),
    'Range',
    rangeOf(offset),
    'Docker-Upload-UUID',
    key.id,
  ]);
}

function sendCreated(exchange: Exchange, { repository }: UploadContext, digest: Digest): void {
  sendEmpty(exchange, 201, [
    'Location',
    `/v2/${repository}/blobs/${digest}`,
    'Docker-Content-Digest',
    digest,
  ]);
}
