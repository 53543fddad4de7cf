import type { Digest } from '@berth/oci';
import type { BlobStore } from '../blobstore/index.ts';
import { pause } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { GcMetrics } from './gc-metrics.ts';
import type { StoreTrash } from './store-trash.ts';
import type { SweepBatch, SweepRepository, Victim } from './sweep.repository.ts';

export interface SweeperPorts {
  readonly store: BlobStore;
  readonly rows: SweepRepository;
  readonly trash: StoreTrash;
  readonly metrics: GcMetrics;
  readonly log: Log;
}

export interface SweepResult {
  readonly blobs: number;
  /** Bytes. */
  readonly bytes: number;
  /** Whether a backup, or something else that holds collections, kept it from going on. */
  readonly isHeld: boolean;
}

const BATCH = 100;
const MOVES_AT_ONCE = 8;
/** What is not moved by then waits for the next batch: pushes of these blobs wait for this one. */
const MOVING_MS = 4_000;
const HELD_RETRIES = 10;
const HELD_PAUSE_MS = 100;

/**
 * Takes blobs that nothing refers to out of the store and the database, in short transactions.
 * Several may run at once, here and elsewhere. See ADR 0018 for why nothing is lost.
 */
export class Sweeper {
  readonly #ports: SweeperPorts;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
  }

  /**
   * Until no candidate is due, or `signal` fires.
   *
   * @param onBatch told of each batch that deleted something
   */
  async sweep(
    signal: AbortSignal,
    onBatch: (swept: readonly Victim[]) => void = () => undefined,
  ): Promise<SweepResult> {
    let [blobs, bytes, held] = [0, 0, 0];
    while (!signal.aborted) {
      const batch = await this.#sweepBatch(signal);
      if (batch === undefined) {
        held += 1;
        if (held > HELD_RETRIES) return { blobs, bytes, isHeld: true };
        await pause(HELD_PAUSE_MS, signal);
        continue;
      }
      held = 0;
      blobs += batch.swept.length;
      bytes += sizeOf(batch.swept);
      if (batch.swept.length > 0) onBatch(batch.swept);
      if (batch.seen < BATCH) break;
    }
    return { blobs, bytes, isHeld: false };
  }

  async #sweepBatch(signal: AbortSignal): Promise<SweepBatch | undefined> {
    const { rows, trash, metrics, log } = this.#ports;
    // What an earlier batch left unsettled goes back before anything else goes on.
    await trash.settle();
    const touched: Digest[] = [];
    try {
      const batch = await rows.sweep(BATCH, (victims) => this.#move(victims, touched, signal));
      if (batch !== undefined && batch.swept.length < touched.length) {
        const swept = new Set(batch.swept.map(({ digest }) => digest));
        trash.doubt(touched.filter((digest) => !swept.has(digest)));
        await trash.settle();
      }
      metrics.swept(batch?.swept.length ?? 0, sizeOf(batch?.swept ?? []));
      return batch;
    } catch (error) {
      metrics.failed();
      trash.doubt(touched);
      await trash.settle().catch((err: unknown) => {
        log.error({ err, blobs: touched.length }, 'blobs wait in the trash for the database');
      });
      throw error;
    }
  }

  /** Resolves what is in the trash now; `touched` are those that may be, whatever happens. */
  async #move(
    victims: readonly Victim[],
    touched: Digest[],
    signal: AbortSignal,
  ): Promise<Digest[]> {
    const { store, log, metrics } = this.#ports;
    const deadline = performance.now() + MOVING_MS;
    const waiting = victims.values();
    const moved: Digest[] = [];
    const work = async () => {
      for (const { digest } of waiting) {
        if (signal.aborted || performance.now() > deadline) return;
        touched.push(digest);
        try {
          // False when there is no file: the bytes were in the row, or a killed sweep moved them.
          await store.delete(digest);
          moved.push(digest);
        } catch (err) {
          metrics.failed();
          log.error({ err, digest }, 'a blob cannot be collected');
        }
      }
    };
    await Promise.all(Array.from({ length: MOVES_AT_ONCE }, work));
    return moved;
  }
}

function sizeOf(victims: readonly Victim[]): number {
  return victims.reduce((sum, { size }) => sum + size, 0);
}
