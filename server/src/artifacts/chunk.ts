import { addAbortSignal, type Readable } from 'node:stream';
import { OciError } from '@berth/oci';
import { BlobStoreError } from '../blobstore/index.ts';

/** Bytes that a request brings. */
export interface Chunk {
  readonly source: Readable;
  /** First byte, from Content-Range; absent when the client streams on from wherever it is. */
  readonly start: number | undefined;
  /** Content-Length, in bytes, where there is one. */
  readonly length?: number | undefined;
  readonly signal: AbortSignal;
  /** Called once the bytes are wanted, and before they are read. */
  readonly accept?: (() => void) | undefined;
}

/** A blob that comes whole and is no larger than this is kept in the database (ADR 0008). */
const SMALL_BLOB_BYTES = 16 * 1024;

export function isSmall({ length }: Chunk): boolean {
  return length !== undefined && length <= SMALL_BLOB_BYTES;
}

/** Collects a small chunk. Rejects with `interrupted` when it is cut. */
export async function readSmall({ source, length = 0, signal, accept }: Chunk): Promise<Buffer> {
  const bytes: Buffer[] = [];
  let size = 0;
  accept?.();
  try {
    for await (const chunk of addAbortSignal(signal, source)) {
      bytes.push(chunk);
      size += chunk.length;
    }
  } catch (cause) {
    throw new BlobStoreError('interrupted', 'the body ended early', { cause, offset: 0 });
  }
  if (size !== length)
    throw new BlobStoreError('interrupted', 'the body ended early', { offset: 0 });
  return Buffer.concat(bytes, size);
}

/** @throws OciError RANGE_INVALID unless the chunk begins at `offset` */
export function checkStart(offset: number, { start }: Chunk): void {
  if (start !== undefined && start !== offset) {
    throw new OciError('RANGE_INVALID', `the next byte to send is ${offset}`);
  }
}
