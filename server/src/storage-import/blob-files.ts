import { join } from 'node:path';
import {
  type Digest,
  digestAlgorithm,
  digestEncoded,
  digestOf,
  MAX_MANIFEST_BYTES,
} from '@berth/oci';
import { findSkip, SkippedError } from './skipped-error.ts';
import { findFile, readUpTo } from './tree-files.ts';

/** Blobs as distribution lays them out, below another root than our own or the same. */
export class BlobFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = join(root, 'docker', 'registry', 'v2', 'blobs');
  }

  pathOf(digest: Digest): string {
    const encoded = digestEncoded(digest);
    return join(this.#root, digestAlgorithm(digest), encoded.slice(0, 2), encoded, 'data');
  }

  /**
   * Bytes of a blob that can be read, undefined when it is absent.
   *
   * @throws SkippedError when it is there and cannot be read
   */
  async findSize(digest: Digest): Promise<number | undefined> {
    const file = await this.#find(digest);
    if (file === undefined) return undefined;
    await file.handle.close();
    return file.stats.size;
  }

  /**
   * The bytes of a manifest, verified.
   *
   * @throws SkippedError missing-blob, invalid-manifest (more than 4 MiB), damaged
   */
  async readManifest(digest: Digest): Promise<Buffer> {
    const file = await this.#find(digest);
    if (file === undefined) {
      throw new SkippedError('missing-blob', 'the bytes of the manifest are not there');
    }
    try {
      const { size } = file.stats;
      const isSmall = size <= MAX_MANIFEST_BYTES;
      const content = isSmall ? await readUpTo(file.handle, size) : undefined;
      if (content === undefined) {
        throw new SkippedError('invalid-manifest', `${size} bytes are too many for a manifest`);
      }
      if (digestOf(content, digestAlgorithm(digest)) === digest) return content;
      throw new SkippedError('damaged', 'the bytes of the manifest are not those of its digest');
    } finally {
      await file.handle.close();
    }
  }

  async #find(digest: Digest) {
    try {
      return await findFile(this.pathOf(digest));
    } catch (error) {
      const fault = findSkip(error);
      if (fault === undefined) throw error;
      throw new SkippedError(
        'unreadable',
        `the file of ${digest} cannot be used: ${fault.message}`,
      );
    }
  }
}
