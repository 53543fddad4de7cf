import { type Digest, referencedBlobs, referencedManifests } from '@berth/oci';
import { AppError } from '../../lib/index.ts';
import { attempt } from './attempt.ts';
import type { BlobMover } from './blob-mover.ts';
import {
  itemOf,
  listReferrers,
  type ReadManifest,
  type RepositoryPair,
  readManifest,
  resolveReference,
} from './image-repository.ts';
import type { Journal } from './journal.ts';
import type { SourceReference } from './migration-source.ts';
import type { MigrationTally } from './migration-tally.ts';

export interface ImageCopierPorts {
  readonly blobs: BlobMover;
  readonly journal: Journal;
  readonly tally: MigrationTally;
  readonly signal: AbortSignal;
  readonly pausesMs?: readonly number[] | undefined;
}

/** How deep indexes of indexes, and referrers of referrers, are followed. */
const MAX_DEPTH = 16;

/**
 * Copies images of one repository, one after the other: blobs, then children, then the manifest
 * itself byte for byte, its tag, and whatever refers to it.
 */
export class ImageCopier {
  readonly #ports: ImageCopierPorts;
  readonly #pair: RepositoryPair;
  /** What this run has brought, or found, in this repository. */
  readonly #done = new Set<Digest>();

  constructor(ports: ImageCopierPorts, pair: RepositoryPair) {
    this.#ports = ports;
    this.#pair = pair;
  }

  /**
   * @param isTrusting whether a line in the journal is enough where the destination has the digest
   * @throws AppError, RegistryError, OciError; what fetch throws
   */
  async copy(reference: SourceReference, isTrusting: boolean): Promise<void> {
    const { journal, signal, tally } = this.#ports;
    const { from } = this.#pair;
    const item = itemOf(this.#pair, reference);
    const digest = await this.#try(() => resolveReference(from, reference, signal));
    const isThere = await this.#has(reference.tag ?? digest, digest);
    // A line in the journal says that all of it was brought, referrers too.
    if (isTrusting && isThere && journal.find(item) === digest) {
      tally.add({ present: 1 });
      return;
    }
    const before = tally.counts.manifests + tally.counts.blobs + tally.counts.mounted;
    await this.#copyManifest(digest, 0);
    if (reference.tag !== undefined && !isThere) await this.#setTag(reference.tag, digest);
    const after = tally.counts.manifests + tally.counts.blobs + tally.counts.mounted;
    if (isThere && after === before) tally.add({ present: 1 });
    await journal.note(item, digest);
  }

  async #copyManifest(digest: Digest, depth: number): Promise<void> {
    const { signal } = this.#ports;
    signal.throwIfAborted();
    if (this.#done.has(digest)) return;
    if (depth > MAX_DEPTH) throw new AppError('invalid', 'manifests refer to others too deeply');
    // Before its referrers, which may lead back to it.
    this.#done.add(digest);
    try {
      await this.#bring(digest, depth);
    } catch (error) {
      // Another reference that needs it must not take it for done.
      this.#done.delete(digest);
      throw error;
    }
  }

  async #bring(digest: Digest, depth: number): Promise<void> {
    const { signal } = this.#ports;
    const found = await this.#try(() => readManifest(this.#pair.from, digest, signal));
    if (found === undefined) {
      // An index may list platforms that nobody ever pushed; it is copied as it is.
      if (depth > 0) return;
      throw new AppError('not-found', 'its manifest is not at the source');
    }
    for (const child of referencedManifests(found.manifest)) {
      await this.#copyManifest(child.digest, depth + 1);
    }
    if (!(await this.#has(digest, digest))) {
      await this.#bringBlobs(found);
      await this.#put(found, digest);
    }
    const referrers = await this.#try(() => listReferrers(this.#pair.from, digest, signal));
    for (const referrer of referrers) await this.#copyManifest(referrer, depth + 1);
  }

  async #bringBlobs({ manifest }: ReadManifest): Promise<void> {
    const outcomes = await Promise.allSettled(
      referencedBlobs(manifest).map((blob) => this.#ports.blobs.ensure(this.#pair, blob)),
    );
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #put({ bytes, mediaType }: ReadManifest, reference: string): Promise<void> {
    const { client, name } = this.#pair.to;
    const { signal, tally } = this.#ports;
    await this.#try(() => client.manifestPut(name, reference, bytes, mediaType, { signal }));
    tally.add({ manifests: 1 });
  }

  async #setTag(tag: string, digest: Digest): Promise<void> {
    const { client, name } = this.#pair.to;
    const { signal, tally } = this.#ports;
    const found = await this.#try(() => readManifest(this.#pair.from, digest, signal));
    if (found === undefined) throw new AppError('not-found', 'it is gone from the source');
    const { bytes, mediaType } = found;
    await this.#try(() => client.manifestPut(name, tag, bytes, mediaType, { signal }));
    tally.add({ tags: 1 });
  }

  async #has(reference: string, digest: Digest): Promise<boolean> {
    const { client, name } = this.#pair.to;
    const { signal } = this.#ports;
    const stat = await this.#try(() => client.manifestFind(name, reference, { signal }));
    return stat?.digest === digest;
  }

  #try<T>(work: () => Promise<T>): Promise<T> {
    return attempt(work, this.#ports.signal, this.#ports.pausesMs);
  }
}
