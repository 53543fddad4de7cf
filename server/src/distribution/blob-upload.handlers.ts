import {
  type Digest,
  type DigestAlgorithm,
  isRepositoryName,
  OciError,
  parseDigest,
} from '@berth/oci';
import { anonymous, type Principal, principalKey, projectName } from '../access/index.ts';
import type { BlobsService, BlobUploadsService, Chunk, UploadKey } from '../artifacts/index.ts';
import { Challenge } from './challenge.ts';
import { type Exchange, sendEmpty, welcomeBody } from './exchange.ts';
import { guardFlow } from './flow-guard.ts';
import { parseChunkRange } from './range.ts';

/** Who uploads, and where to. */
export interface UploadContext {
  readonly repository: string;
  readonly projectId: number;
  readonly principal: Principal;
  /** Repositories that the caller's token lets it pull from. */
  readonly pullable: readonly string[];
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
  const { uploads, blobs, stallSeconds } = ports;

  /** Runs `work` over the request's body; cut when the body stalls. */
  async function withBody<T>(
    exchange: Exchange,
    start: number | undefined,
    work: (chunk: Chunk) => Promise<T>,
  ): Promise<T> {
    const { request } = exchange;
    const stalled = new AbortController();
    request.socket.setTimeout(0);
    welcomeBody(exchange);
    const release = guardFlow(request.socket, stallSeconds, () => {
      // Once the body is here, slowness is ours: a large blob takes its time to become durable.
      if (!request.complete) stalled.abort(new Error('the body stalled'));
    });
    try {
      return await work({
        source: request,
        start,
        signal: AbortSignal.any([exchange.signal, stalled.signal]),
      });
    } finally {
      release();
    }
  }

  /** Tells where the client has to go on, when that is why it was refused. */
  async function explainOffset(exchange: Exchange, key: UploadKey, work: () => Promise<void>) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== 'RANGE_INVALID') throw error;
      const offset = await uploads.getOffset(key);
      exchange.response.setHeader('Location', locationOf(key));
      exchange.response.setHeader('Range', rangeOf(offset));
      throw error;
    }
  }

  async function mount(exchange: Exchange, context: UploadContext, digest: Digest) {
    const { repository, projectId, principal, pullable, unscoped } = context;
    const target = { repository, projectId };
    const from = exchange.query.get('from');
    if (from === null) {
      const isAdmin = principal.kind === 'user' && principal.isAdmin;
      const sources = unscoped && isAdmin ? 'everywhere' : { projectId, repositories: pullable };
      return blobs.mount(target, digest, sources);
    }
    if (!isRepositoryName(from) || !(await ports.mayPull(principal, from))) return false;
    // Rights are by project, so a token for one of its repositories is proof for the others.
    const covered =
      unscoped ||
      pullable.includes(from) ||
      projectName(from) === projectName(repository) ||
      (await ports.mayPull(anonymous, from));
    if (covered) return blobs.mount(target, digest, { from });
    throw new Challenge(
      `repository:${repository}:pull,push repository:${from}:pull`,
      'insufficient_scope',
    );
  }

  return {
    async start(exchange, context) {
      const { query, request } = exchange;
      const mounted = query.get('mount');
      if (mounted !== null) {
        const digest = parseDigest(mounted);
        if (await mount(exchange, context, digest)) return sendCreated(exchange, context, digest);
      }
      const wanted = query.get('digest');
      const target = { repository: context.repository, projectId: context.projectId };
      if (wanted !== null && hasBody(exchange)) {
        const digest = parseDigest(wanted);
        await withBody(exchange, undefined, (chunk) => uploads.pushWhole(target, digest, chunk));
        return sendCreated(exchange, context, digest);
      }
      if (request.headers['content-length'] !== '0' && hasBody(exchange)) {
        throw new OciError('DIGEST_INVALID', 'a POST with a body needs the parameter digest');
      }
      const algorithm = parseAlgorithm(query.get('digest-algorithm'), mounted ?? wanted);
      const id = await uploads.start(target, principalKey(context.principal), algorithm);
      return sendProgress(exchange, 202, keyOf(context, id), 0);
    },

    async status(exchange, context, id) {
      const key = keyOf(context, id);
      sendProgress(exchange, 204, key, await uploads.getOffset(key));
    },

    async append(exchange, context, id) {
      const key = keyOf(context, id);
      const start = chunkStart(exchange);
      await explainOffset(exchange, key, async () => {
        const offset = await withBody(exchange, start, (chunk) => uploads.append(key, chunk));
        sendProgress(exchange, 202, key, offset);
      });
    },

    async finish(exchange, context, id) {
      const key = keyOf(context, id);
      const wanted = exchange.query.get('digest');
      if (wanted === null) throw new OciError('DIGEST_INVALID', 'the parameter digest is missing');
      const digest = parseDigest(wanted);
      const start = chunkStart(exchange);
      await explainOffset(exchange, key, async () => {
        if (hasBody(exchange)) {
          await withBody(exchange, start, (chunk) => uploads.finish(key, digest, chunk));
        } else {
          await uploads.finish(key, digest, undefined);
        }
        sendCreated(exchange, context, digest);
      });
    },

    async cancel(exchange, context, id) {
      await uploads.cancel(keyOf(context, id));
      sendEmpty(exchange, 204);
    },
  };
}

function keyOf({ repository, principal }: UploadContext, id: string): UploadKey {
  return { repository, principal: principalKey(principal), id };
}

function hasBody({ request }: Exchange): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

function chunkStart({ request }: Exchange): number | undefined {
  const length = request.headers['content-length'];
  const start = parseChunkRange(
    request.headers['content-range'],
    length === undefined ? undefined : Number(length),
  );
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
