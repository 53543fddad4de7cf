import { type Digest, referencedBlobs, referencedManifests } from '@berth/oci';
import { AppError } from '../../lib/index.ts';
import { attempt } from './attempt.ts';
import {
  listReferrers,
  type RepositoryPair,
  readManifest,
  resolveReference,
} from './image-repository.ts';
import type { SourceReference } from './migration-source.ts';

export type VerifiedCounts = { tags: number; manifests: number; blobs: number; charts: number };

/** Holds one repository at the destination against the source, digest by digest. */
export class ImageVerifier {
  readonly #pair: RepositoryPair;
  readonly #signal: AbortSignal;
  readonly #counts: VerifiedCounts;
  readonly #manifests = new Set<Digest>();
  readonly #blobs = new Set<Digest>();

  constructor(pair: RepositoryPair, signal: AbortSignal, counts: VerifiedCounts) {
    this.#pair = pair;
    this.#signal = signal;
    this.#counts = counts;
  }

  /** @throws AppError precondition that says what is missing or other */
  async verify(reference: SourceReference): Promise<void> {
    const { from, to } = this.#pair;
    const digest = await this.#try(() => resolveReference(from, reference, this.#signal));
    if (reference.tag !== undefined) {
      const tag = reference.tag;
      const stat = await this.#try(() =>
        to.client.manifestFind(to.name, tag, { signal: this.#signal }),
      );
      if (stat?.digest !== digest) {
        throw missing(`the tag is ${stat?.digest ?? 'not there'} instead of ${digest}`);
      }
      this.#counts.tags += 1;
    }
    await this.#verifyManifest(digest);
  }

  async #verifyManifest(digest: Digest): Promise<void> {
    if (this.#manifests.has(digest)) return;
    this.#manifests.add(digest);
    // The client holds the bytes against the digest.
    const found = await this.#try(() => readManifest(this.#pair.to, digest, this.#signal));
    if (found === undefined) {
      await this.#ensureAbsentAtSource(digest);
      return;
    }
    this.#counts.manifests += 1;
    for (const { digest: blob, size } of referencedBlobs(found.manifest)) {
      await this.#verifyBlob(blob, size);
    }
    for (const child of referencedManifests(found.manifest)) {
      await this.#verifyManifest(child.digest);
    }
    const referrers = await this.#try(() => listReferrers(this.#pair.from, digest, this.#signal));
    for (const referrer of referrers) await this.#verifyManifest(referrer);
  }

  async #ensureAbsentAtSource(digest: Digest): Promise<void> {
    const { client, name } = this.#pair.from;
    const stat = await this.#try(() => client.manifestFind(name, digest, { signal: this.#signal }));
    if (stat !== undefined) throw missing(`manifest ${digest} is not there`);
  }

  async #verifyBlob(digest: Digest, size: number): Promise<void> {
    if (this.#blobs.has(digest)) return;
    this.#blobs.add(digest);
    const { client, name } = this.#pair.to;
    const stat = await this.#try(() => client.blobFind(name, digest, { signal: this.#signal }));
    if (stat === undefined) throw missing(`blob ${digest} is not there`);
    if (stat.size !== size) throw missing(`blob ${digest} has ${stat.size} bytes, not ${size}`);
    this.#counts.blobs += 1;
  }

  #try<T>(work: () => Promise<T>): Promise<T> {
    return attempt(work, this.#signal);
  }
}

function missing(what: string): AppError {
  return new AppError('precondition', `verification: ${what}`);
}
