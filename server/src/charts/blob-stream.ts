import { Readable, Transform } from 'node:stream';
import type { Digest } from '@berth/oci';
import type { BlobsService, StoredBlob } from '../artifacts/index.ts';

type Blobs = Pick<BlobsService, 'find' | 'open'>;

/** A blob as a stream, which opens it when somebody reads. `onRead` is called then. */
export function streamBlob(
  blobs: Pick<Blobs, 'open'>,
  blob: StoredBlob,
  onRead: () => void = () => undefined,
): Readable {
  return Readable.from(readChunks(blobs, blob, onRead), { objectMode: false });
}

async function* readChunks(
  blobs: Pick<Blobs, 'open'>,
  blob: StoredBlob,
  onRead: () => void,
): AsyncGenerator<Buffer> {
  onRead();
  await using reader = await blobs.open(blob);
  const copies = new Transform({
    // The store reuses its buffers once they are written.
    transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.from(chunk)),
  });
  const copied = reader.copyTo(copies).then(
    () => copies.end(),
    (error: unknown) => copies.destroy(error instanceof Error ? error : new Error('no bytes')),
  );
  try {
    yield* copies;
  } finally {
    copies.destroy();
    await copied;
  }
}

/** The bytes; undefined when the blob is not there, or has more than `maximum` bytes. */
export async function readBlob(
  blobs: Blobs,
  repository: string,
  digest: Digest,
  maximum: number,
): Promise<Buffer | undefined> {
  const blob = await blobs.find(repository, digest);
  if (blob === undefined || blob.size > maximum) return undefined;
  if (blob.content !== undefined) return blob.content;
  return Buffer.concat(await streamBlob(blobs, blob).toArray());
}
