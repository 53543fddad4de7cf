import { randomUUID } from 'node:crypto';
import { type Digest, OciError } from '@berth/oci';
import type { BlobsService, StoredBlob } from '../artifacts/index.ts';
import type { BlobReader, ByteRange } from '../blobstore/index.ts';
import { type Exchange, guardFlow, sendEmpty, start } from '../http/index.ts';
import { matchesETag, parseRange, presentContentRange } from './range.ts';

export interface BlobHandlers {
  /** @param mayPush whether the caller may push to the repository, and thus count on the answer */
  get(exchange: Exchange, repository: string, digest: Digest, mayPush: boolean): Promise<void>;
  delete(exchange: Exchange, repository: string, digest: Digest): Promise<void>;
}

const OCTETS = 'application/octet-stream';

/** The `blobs` endpoint (distribution spec end-2, end-10). */
export function createBlobHandlers(blobs: BlobsService, stallSeconds: number): BlobHandlers {
  return {
    async get(exchange, repository, digest, mayPush) {
      const blob = await blobs.find(repository, digest);
      if (blob === undefined) throw new OciError('BLOB_UNKNOWN');
      if (mayPush && !(await blobs.touch(repository, digest))) throw new OciError('BLOB_UNKNOWN');
      const { request } = exchange;
      if (matchesETag(request.headers['if-none-match'], digest)) {
        return sendEmpty(exchange, 304, ['ETag', `"${digest}"`]);
      }
      if (request.method === 'HEAD') {
        start(exchange, 200, [
          ...blobHeaders(blob),
          'Content-Type',
          OCTETS,
          'Content-Length',
          String(blob.size),
        ]);
        exchange.response.end();
        return undefined;
      }
      return sendBlob(exchange, blob);
    },
    async delete(exchange, repository, digest) {
      await blobs.delete(repository, digest);
      sendEmpty(exchange, 202);
    },
  };

  async function sendBlob(exchange: Exchange, blob: StoredBlob): Promise<void> {
    const asked = parseRange(exchange.request.headers.range, blob.size);
    if (asked.kind === 'unsatisfiable') {
      return sendEmpty(exchange, 416, ['Content-Range', `bytes */${blob.size}`]);
    }
    if (asked.kind === 'whole' && blob.content !== undefined) {
      return sendSmall(exchange, blob, blob.content);
    }
    await using reader = await blobs.open(blob);
    const { socket } = exchange.request;
    socket.setTimeout(0);
    const release = guardFlow(socket, stallSeconds, () => socket.destroy());
    try {
      if (asked.kind === 'whole') await sendWhole(exchange, blob, reader);
      else if (asked.ranges.length === 1) await sendRange(exchange, blob, reader, asked.ranges[0]);
      else await sendRanges(exchange, blob, reader, asked.ranges);
      exchange.response.end();
    } finally {
      release();
    }
  }
}

/** Content under a digest never changes: let every cache on the way keep it. */
function blobHeaders({ digest }: StoredBlob): string[] {
  return [
    'Docker-Content-Digest',
    digest,
    'ETag',
    `"${digest}"`,
    'Accept-Ranges',
    'bytes',
    'Cache-Control',
    'private, max-age=31536000, immutable',
  ];
}

function sendSmall(exchange: Exchange, blob: StoredBlob, content: Buffer): void {
  start(exchange, 200, [
    ...blobHeaders(blob),
    'Content-Type',
    OCTETS,
    'Content-Length',
    String(content.length),
  ]);
  exchange.response.end(content);
}

async function sendWhole(exchange: Exchange, blob: StoredBlob, reader: BlobReader): Promise<void> {
  start(exchange, 200, [
    ...blobHeaders(blob),
    'Content-Type',
    OCTETS,
    'Content-Length',
    String(blob.size),
  ]);
  await reader.copyTo(exchange.response, undefined, exchange.signal);
}

async function sendRange(
  exchange: Exchange,
  blob: StoredBlob,
  reader: BlobReader,
  range: ByteRange,
): Promise<void> {
  start(exchange, 206, [
    ...blobHeaders(blob),
    'Content-Type',
    OCTETS,
    'Content-Range',
    presentContentRange(range, blob.size),
    'Content-Length',
    String(range.end - range.start + 1),
  ]);
  await reader.copyTo(exchange.response, range, exchange.signal);
}

/** RFC 9110 §14.6. */
async function sendRanges(
  exchange: Exchange,
  blob: StoredBlob,
  reader: BlobReader,
  ranges: readonly ByteRange[],
): Promise<void> {
  const boundary = randomUUID();
  const heads = ranges.map(
    (range) =>
      `\r\n--${boundary}\r\nContent-Type: ${OCTETS}\r\n` +
      `Content-Range: ${presentContentRange(range, blob.size)}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const length =
    heads.join('').length +
    tail.length +
    ranges.reduce((sum, { start: first, end }) => sum + end - first + 1, 0);
  start(exchange, 206, [
    ...blobHeaders(blob),
    'Content-Type',
    `multipart/byteranges; boundary=${boundary}`,
    'Content-Length',
    String(length),
  ]);
  for (const [index, range] of ranges.entries()) {
    exchange.response.write(heads[index]);
    await reader.copyTo(exchange.response, range, exchange.signal);
  }
  exchange.response.write(tail);
}
