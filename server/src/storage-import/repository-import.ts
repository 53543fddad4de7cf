import { type Digest, type Manifest, referencedBlobs } from '@berth/oci';
import type { FoundTag } from '../artifacts/index.ts';
import type { BlobBringer } from './blob-bringer.ts';
import type { BlobFiles } from './blob-files.ts';
import { eachBounded } from './each-bounded.ts';
import type { Tally } from './import-report.ts';
import { childrenOf, type ImportTarget, type KnownNames, targetOf } from './import-target.ts';
import type { FoundRepository, LinkTree, Revision } from './link-tree.ts';
import {
  findNeededBlobs,
  type NeededBlob,
  type ReadManifest,
  readManifest,
} from './manifest-reader.ts';
import { findSkip, SkippedError } from './skipped-error.ts';

export interface RepositoryImportPorts {
  readonly tree: LinkTree;
  readonly files: BlobFiles;
  readonly bringer: BlobBringer;
  readonly target: ImportTarget;
  readonly tally: Tally;
  /** Project of names without one. */
  readonly singleProject: string;
  readonly signal: AbortSignal;
}

const MANIFESTS_AT_ONCE = 4;
const BLOBS_AT_ONCE = 4;
/** Below half a lease. */
const MAX_CLAIM_MS = 240_000;

/** Takes one repository over: images first, then indexes, each after what it lists. */
export async function importRepository(
  ports: RepositoryImportPorts,
  found: FoundRepository,
): Promise<void> {
  const { tally, target, singleProject } = ports;
  try {
    const name = targetOf(found.name, singleProject);
    const known = await target.listKnown(name);
    await new RepositoryImport(ports, { found, known, name }).run();
  } catch (error) {
    const skip = findSkip(error);
    if (skip === undefined) throw error;
    tally.skip(found.name, skip);
  }
}

interface Place {
  readonly found: FoundRepository;
  readonly name: ReturnType<typeof targetOf>;
  readonly known: KnownNames;
}

/** An index that waits for what it lists. */
interface WaitingIndex {
  readonly revision: Revision;
  readonly children: readonly string[];
}

class RepositoryImport {
  readonly #ports: RepositoryImportPorts;
  readonly #place: Place;
  readonly #tags = new Map<Digest, FoundTag[]>();
  readonly #taken = new Set<string>();
  readonly #indexes = new Map<string, WaitingIndex>();

  constructor(ports: RepositoryImportPorts, place: Place) {
    this.#ports = ports;
    this.#place = place;
  }

  async run(): Promise<void> {
    const { tree, tally } = this.#ports;
    const { found } = this.#place;
    for await (const { digest, name, pushedAt } of tree.listTags(found)) {
      this.#tags.set(digest, [...(this.#tags.get(digest) ?? []), { name, pushedAt }]);
    }
    await eachBounded(tree.listRevisions(found), MANIFESTS_AT_ONCE, (one) => this.#take(one));
    for (const digest of this.#indexes.keys()) await this.#takeIndex(digest);
    for (const [digest, tags] of this.#tags) {
      if (this.#taken.has(digest)) continue;
      const message = `its manifest ${digest} is not there, or was not taken over`;
      for (const { name } of tags) {
        tally.skip(`${found.name}:${name}`, new SkippedError('dangling-tag', message));
      }
    }
    if (this.#taken.size > 0) tally.add({ repositories: 1 });
  }

  async #take(revision: Revision): Promise<void> {
    this.#ports.signal.throwIfAborted();
    const { digest } = revision;
    const tags = this.#tags.get(digest) ?? [];
    const { known } = this.#place;
    if (known.digests.has(digest) && tags.every(({ name }) => known.tags.has(name))) {
      this.#taken.add(digest);
      this.#ports.tally.add({ known: 1 });
      return;
    }
    await this.#guard(revision, async () => {
      const read = await readManifest(this.#ports.files, digest);
      if (read.manifest.kind === 'index') {
        // Its bytes are read again: of many indexes they would not fit into memory.
        this.#indexes.set(digest, { revision, children: childrenOf(read) });
        return;
      }
      await this.#put(revision, read);
    });
  }

  async #takeIndex(digest: string): Promise<void> {
    const index = this.#indexes.get(digest);
    if (index === undefined) return;
    this.#ports.signal.throwIfAborted();
    this.#indexes.delete(digest);
    for (const child of index.children) await this.#takeIndex(child);
    await this.#guard(index.revision, async () => {
      const read = await readManifest(this.#ports.files, index.revision.digest);
      await this.#put(index.revision, read);
    });
  }

  async #put({ digest, pushedAt }: Revision, { content, manifest }: ReadManifest): Promise<void> {
    const { target, tally } = this.#ports;
    const blobs = await this.#bringBlobs(manifest);
    const tags = this.#tags.get(digest) ?? [];
    const outcome = await target.put(this.#place.name, {
      digest,
      content,
      manifest,
      blobs,
      pushedAt,
      tags,
    });
    this.#taken.add(digest);
    const isAdded = outcome.artifact === 'added';
    const { tags: made, ...added } = outcome;
    tally.add({
      artifacts: isAdded ? 1 : 0,
      known: isAdded ? 0 : 1,
      tags: made.length,
      blobs: added.blobs,
      bytes: added.bytes,
    });
  }

  /** All that the manifest needs; in our store when it resolves, and kept there for a while. */
  async #bringBlobs(manifest: Manifest): Promise<NeededBlob[]> {
    const { files, bringer, target } = this.#ports;
    const needed = referencedBlobs(manifest).map((blob) => blob.digest);
    for (;;) {
      const began = performance.now();
      await target.claim(needed);
      const blobs = await findNeededBlobs(files, manifest);
      await eachBounded(blobs, BLOBS_AT_ONCE, (blob) => bringer.bring(blob));
      // What took longer may have been swept meanwhile; the next time it is there already.
      if (performance.now() - began < MAX_CLAIM_MS) return blobs;
    }
  }

  async #guard({ digest }: Revision, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const skip = findSkip(error);
      if (skip === undefined) throw error;
      this.#ports.tally.skip(`${this.#place.found.name}@${digest}`, skip);
    }
  }
}
