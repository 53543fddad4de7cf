import { ContentRefusal } from '../archives/index.ts';
import { AppError } from '../lib/index.ts';
import { limits, readLimits } from './limits.ts';

/** A blob that is there; storage is opened when the bytes are first asked for. */
export interface BlobSource {
  /** Bytes. */
  readonly size: number;
  read(): AsyncIterable<Buffer>;
}

/**
 * The blob in pieces of at most 256 KiB, each with memory of its own, so that it can be handed to
 * a worker. Storage is let go of whenever the reader stops.
 *
 * @throws ContentRefusal too-large beyond `maxBytes`, by the size told or by the bytes that came
 * @throws AppError unavailable when storage stalls
 */
export async function* readPieces(
  blob: BlobSource,
  maxBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  if (blob.size > maxBytes) throw tooLarge(maxBytes);
  const chunks = blob.read()[Symbol.asyncIterator]();
  let count = 0;
  try {
    for (;;) {
      const next = await beforeStall(chunks.next());
      if (next.done === true) return;
      count += next.value.length;
      if (count > maxBytes) throw tooLarge(maxBytes);
      for (let at = 0; at < next.value.length; at += limits.piece) {
        yield new Uint8Array(next.value.subarray(at, at + limits.piece));
      }
    }
  } finally {
    // Not waited for: a read that stalls would hold this up as well.
    chunks.return?.().catch(() => undefined);
  }
}

/** The whole blob. Throws as {@link readPieces}. */
export async function readWhole(blob: BlobSource, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readPieces(blob, maxBytes)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function beforeStall<T>(read: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stall = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AppError('unavailable', 'the storage takes too long to answer'));
    }, readLimits.stall);
  });
  try {
    return await Promise.race([read, stall]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(maxBytes: number): ContentRefusal {
  return new ContentRefusal('too-large', `the content is larger than ${maxBytes} bytes`);
}
