import { createHash, type Hash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestFromHex } from '@berth/oci';
import { LRUCache } from 'lru-cache';

/** How far an upload is. */
export interface Staged {
  readonly id: string;
  /** Bytes. */
  readonly offset: number;
  /** To hash with while bytes flow; only speed hangs on it. */
  readonly algorithm: DigestAlgorithm;
}

/** The hash of an upload's bytes as far as they went through this process. */
export interface RunningHash {
  readonly hash: Hash;
  readonly algorithm: DigestAlgorithm;
  readonly offset: number;
}

const MAX_UPLOADS = 10_000;

/** The hashes of uploads under way. One that is lost costs a second reading of the bytes. */
export class UploadHashes {
  readonly #running = new LRUCache<string, RunningHash>({ max: MAX_UPLOADS });

  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** Whether the hash covers exactly what is staged. */
  covers({ id, offset }: Staged): boolean {
    return this.#running.get(id)?.offset === offset;
  }

  /** Takes the hash to go on with; undefined when what is staged did not come by here. */
  take(upload: Staged): RunningHash | undefined {
    const known = this.#running.get(upload.id);
    this.#running.delete(upload.id);
    if (known?.offset === upload.offset) return known;
    if (upload.offset > 0) return undefined;
    return { hash: createHash(upload.algorithm), algorithm: upload.algorithm, offset: 0 };
  }

  /** Puts it back, now that it covers `offset` bytes. */
  keep(id: string, running: RunningHash, offset: number): void {
    this.#running.set(id, { ...running, offset });
  }

  forget(id: string): void {
    this.#running.delete(id);
  }

  /** The digest of what is staged, which is read again if need be; then the hash is forgotten. */
  async digest({ id, offset, algorithm }: Staged, read: () => AsyncIterable<Buffer>) {
    const known = this.#running.get(id);
    this.#running.delete(id);
    if (known?.offset === offset && known.algorithm === algorithm) return finish(known);
    const hash = createHash(algorithm);
    if (offset > 0) for await (const bytes of read()) hash.update(bytes);
    return finish({ hash, algorithm });
  }
}

function finish({ hash, algorithm }: Pick<RunningHash, 'hash' | 'algorithm'>): Digest {
  return digestFromHex(algorithm, hash.digest('hex'));
}
