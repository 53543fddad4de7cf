import type { Digest } from '@berth/oci';
import type { BlobStore } from '../blobstore/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { SweepRepository } from './sweep.repository.ts';

export interface StoreTrashPorts {
  readonly store: BlobStore;
  readonly rows: Pick<SweepRepository, 'keep' | 'keepAlone'>;
  readonly log: Log;
}

const BATCH = 100;

/**
 * The trash of the blob store. A row whose bytes are there and nowhere else is what a sweep that
 * did not commit leaves: they go back, and what has a row is never unlinked (ADR 0018).
 */
export class StoreTrash {
  readonly #ports: StoreTrashPorts;
  /** Blobs that a sweep of this process may have moved without deleting their rows. */
  readonly #unsettled = new Set<Digest>();
  #isHealed = false;

  constructor(ports: StoreTrashPorts) {
    this.#ports = ports;
  }

  /** Remembers blobs that may have been moved in vain. */
  doubt(digests: Iterable<Digest>): void {
    for (const digest of digests) this.#unsettled.add(digest);
  }

  /** Puts those back that have a row. Rejects when that cannot be told now; then try again. */
  async settle(): Promise<void> {
    const digests = [...this.#unsettled];
    if (digests.length === 0) return;
    await this.#ports.rows.keep(digests, (present) => this.#restore(present, digests));
    for (const digest of digests) this.#unsettled.delete(digest);
  }

  /** Once in a process: puts back what one that was killed in a sweep left. */
  async heal(): Promise<void> {
    await this.settle();
    if (this.#isHealed) return;
    for await (const batch of this.#batches()) {
      await this.#ports.rows.keep(batch, (present) => this.#restore(present, batch));
    }
    this.#isHealed = true;
  }

  /** Unlinks what was trashed before. Resolves how many; 0 too while a backup holds collections. */
  async empty(olderThan: Date, signal: AbortSignal): Promise<number> {
    const { rows, store } = this.#ports;
    let unlinked = 0;
    for await (const batch of this.#batches()) {
      if (signal.aborted) break;
      const isAlone = await rows.keepAlone(batch, async (present) => {
        await this.#restore(present, batch);
        unlinked += await store.emptyTrash(olderThan, batch);
      });
      if (!isAlone) break;
    }
    return unlinked;
  }

  async sum(): Promise<{ blobs: number; bytes: number }> {
    let [blobs, bytes] = [0, 0];
    for await (const { size } of this.#ports.store.listTrashed()) {
      blobs += 1;
      bytes += size;
    }
    return { blobs, bytes };
  }

  async #restore(present: ReadonlySet<string>, digests: readonly Digest[]): Promise<void> {
    const { store, log } = this.#ports;
    for (const digest of digests) {
      if (!present.has(digest) || (await store.stat(digest)) !== undefined) continue;
      if (await store.restore(digest)) log.warn({ digest }, 'a blob was put back from the trash');
    }
  }

  async *#batches(): AsyncGenerator<Digest[]> {
    let batch: Digest[] = [];
    for await (const { digest } of this.#ports.store.listTrashed()) {
      batch.push(digest);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
}
