import type { Digest } from '@berth/oci';
import type {
  Invalidation,
  LinkPosition,
  RemovalService,
  TrashService,
  UnneededLinksRepository,
  UntaggedArtifacts,
} from '../artifacts/index.ts';
import type { BlobStore } from '../blobstore/index.ts';
import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { CollectContext, Collected, CollectOptions, GcSettings } from './collection.ts';
import { explainKept, listUntagged, tellCollection } from './dry-run.ts';
import type { GcMetrics } from './gc-metrics.ts';
import type { GcStateRepository } from './gc-state.repository.ts';
import type { StoreTrash } from './store-trash.ts';
import type { SurveyRepository } from './survey.repository.ts';
import type { SweepRepository, Victim } from './sweep.repository.ts';
import { Sweeper } from './sweeper.ts';

/** Sizes in bytes. */
export interface GcEstimate {
  readonly deletableBlobs: number;
  readonly deletableBytes: number;
  /** Kept because deleted artifacts can be brought back. */
  readonly heldBlobs: number;
  readonly heldBytes: number;
  /** In the store's trash, about to be unlinked. */
  readonly trashBytes: number;
}

export interface GarbageCollector {
  /** Rejects with what the database or the store rejected with; the next one goes on. */
  collect(options: CollectOptions, context: CollectContext): Promise<Collected>;
  /** What a full collection would free now. */
  estimate(signal?: AbortSignal): Promise<GcEstimate>;
  /** Makes rows for bytes that have none; those that stay unused are collected. How many. */
  adoptOrphans(signal: AbortSignal): Promise<number>;
}

export interface CollectorPorts {
  readonly store: BlobStore;
  readonly sweeps: SweepRepository;
  readonly surveys: SurveyRepository;
  readonly state: GcStateRepository;
  readonly links: UnneededLinksRepository;
  readonly untagged: UntaggedArtifacts;
  readonly storeTrash: StoreTrash;
  readonly trash: Pick<TrashService, 'purge'>;
  readonly removal: Pick<RemovalService, 'deleteUntagged'>;
  readonly invalidation: Pick<Invalidation, 'blob'>;
  readonly metrics: GcMetrics;
  readonly log: Log;
  readonly settings: GcSettings;
  /** Whether manifests of another registry lie in the store, whose files have no rows yet. */
  readonly isForeign: () => Promise<boolean>;
}

const DAY_MS = 24 * 3_600_000;
const LINKS_AT_ONCE = 500;
/** Of one run in the background, so that it comes to an end. */
const MAX_LINK_PAGES = 200;
/** Links that a slow transaction made before those that were seen already. */
const LINKS_OVERLAP_MS = 15_000;
const BLOBS_AT_ONCE = 1_000;
const ORPHANS_AT_ONCE = 500;
const COLLECTOR = { name: 'berth', requestId: '' };

export class Collector implements GarbageCollector {
  readonly #ports: CollectorPorts;
  readonly #sweeper: Sweeper;

  constructor(ports: CollectorPorts) {
    this.#ports = ports;
    this.#sweeper = new Sweeper({ ...ports, rows: ports.sweeps, trash: ports.storeTrash });
  }

  async collect(options: CollectOptions, context: CollectContext): Promise<Collected> {
    if (options.dryRun === true) {
      return tellCollection(this.#ports, options, this.#purgeBefore(options), context);
    }
    const { storeTrash, metrics, trash } = this.#ports;
    const { signal } = context;
    const isFull = options.full === true;
    await storeTrash.heal();
    if (options.deleteUntagged === true) await this.#deleteUntagged(context);
    const before = this.#purgeBefore(options);
    const purgedManifests = signal.aborted ? 0 : await trash.purge(before);
    if (purgedManifests > 0) context.log(`${purgedManifests} deleted artifacts purged`);
    await this.#unlinkUnneeded(isFull, context);
    if (isFull) await this.#nominateAll(context);
    if (isFull) await this.#announce(purgedManifests, before, context);
    const freed = await this.#sweepAll(options, purgedManifests, context);
    await this.#emptyTrash(isFull, context);
    if (isFull) await this.#explain(options, before, context);
    metrics.ran();
    return freed;
  }

  async estimate(signal: AbortSignal = new AbortController().signal): Promise<GcEstimate> {
    const { surveys, settings, storeTrash } = this.#ports;
    const { uploadSeconds } = settings;
    const assumption = { uploadSeconds, purgeBefore: this.#purgeBefore({}), doomed: [] };
    const { deletable, held } = await surveys.survey(assumption, signal);
    return {
      deletableBlobs: deletable.blobs,
      deletableBytes: deletable.bytes,
      heldBlobs: held.blobs,
      heldBytes: held.bytes,
      trashBytes: (await storeTrash.sum()).bytes,
    };
  }

  async adoptOrphans(signal: AbortSignal): Promise<number> {
    const { store, sweeps, settings } = this.#ports;
    let adopted = 0;
    let found: Victim[] = [];
    const adopt = async () => {
      adopted += await sweeps.adopt(found, settings.leaseSeconds);
      found = [];
    };
    for await (const entry of store.list()) {
      if (signal.aborted) break;
      found.push(entry);
      if (found.length === ORPHANS_AT_ONCE) await adopt();
    }
    if (found.length > 0) await adopt();
    return adopted;
  }

  #purgeBefore({ purgeDeleted }: CollectOptions): Date {
    const days = this.#ports.settings.undeleteDays();
    // Beyond now: the database's clock may be ahead of ours.
    if (purgeDeleted === true || days === 0) return new Date(Date.now() + DAY_MS);
    return new Date(Date.now() - days * DAY_MS);
  }

  async #deleteUntagged(context: CollectContext): Promise<void> {
    const { removal, settings, isForeign } = this.#ports;
    if (await isForeign()) {
      // An image may come before its tag, or its index, and is as old as it was there.
      context.log('untagged artifacts stay: the storage of another registry is not taken over yet');
      return;
    }
    let deleted = 0;
    for await (const { repository, digest } of listUntagged(this.#ports, context.signal)) {
      const name = `${repository}@${digest}`;
      try {
        if (!(await removal.deleteUntagged(repository, digest, COLLECTOR, settings.leaseSeconds))) {
          continue;
        }
        deleted += 1;
        context.log(`untagged artifact deleted: ${name}`);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        context.log(`untagged artifact kept: ${name}: ${error.message}`);
      }
    }
    context.log(`${deleted} untagged artifacts deleted`);
  }

  /** Each link is looked at once, when it is old enough; all of them by a full collection. */
  async #unlinkUnneeded(isFull: boolean, context: CollectContext): Promise<void> {
    const { links, state, settings } = this.#ports;
    const { uploadSeconds } = settings;
    let position: LinkPosition | undefined = {
      from: isFull ? new Date(0) : await state.getLinksSeenUntil(),
    };
    let [unlinked, pages] = [0, 0];
    while (position !== undefined && !context.signal.aborted) {
      const page = await links.listOld(position, uploadSeconds, LINKS_AT_ONCE);
      for (const group of page.unneeded) {
        const gone: Digest[] = await links.unlink(group, uploadSeconds);
        unlinked += gone.length;
        for (const digest of gone) await this.#ports.invalidation.blob(group.repository, digest);
      }
      if (page.seenUntil !== undefined) {
        await state.putLinksSeenUntil(page.seenUntil, LINKS_OVERLAP_MS + uploadSeconds * 1000);
      }
      pages += 1;
      position = isFull || pages < MAX_LINK_PAGES ? page.next : undefined;
    }
    if (unlinked > 0) context.log(`${unlinked} uploads without a manifest unlinked`);
  }

  async #nominateAll({ signal, log }: CollectContext): Promise<void> {
    const { sweeps, isForeign } = this.#ports;
    if (await isForeign()) {
      log('files without records stay: the storage of another registry was not imported yet');
    } else {
      const adopted = await this.adoptOrphans(signal);
      if (adopted > 0) log(`${adopted} files without records found`);
    }
    for (let last: string | undefined = ''; last !== undefined && !signal.aborted; ) {
      last = await sweeps.nominate(last, BLOBS_AT_ONCE);
    }
  }

  async #sweepAll(
    { workers = 1 }: CollectOptions,
    purgedManifests: number,
    { signal, log, checkIn }: CollectContext,
  ): Promise<Collected> {
    let sum: Collected = { freedSpace: 0, purgedBlobs: 0, purgedManifests };
    const note = (swept: readonly Victim[]) => {
      const bytes = swept.reduce((total, { size }) => total + size, 0);
      sum = {
        ...sum,
        freedSpace: sum.freedSpace + bytes,
        purgedBlobs: sum.purgedBlobs + swept.length,
      };
      for (const { digest } of swept) log(`blob deleted: ${digest}`);
      checkIn(sum);
    };
    const sweeps = Array.from({ length: workers }, () => this.#sweeper.sweep(signal, note));
    const results = await Promise.allSettled(sweeps);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (results.some((result) => result.status === 'fulfilled' && result.value.isHeld)) {
      log('a backup holds garbage collection: what is left is collected later');
    }
    checkIn(sum);
    return sum;
  }

  async #emptyTrash(isFull: boolean, { signal, log }: CollectContext): Promise<void> {
    const { storeTrash, settings } = this.#ports;
    const unlinked = await storeTrash.empty(
      new Date(Date.now() - settings.trashSeconds * 1000),
      signal,
    );
    if (unlinked > 0 && isFull) log(`${unlinked} files unlinked from the trash`);
  }

  async #announce(manifests: number, purgeBefore: Date, { signal, log }: CollectContext) {
    const { surveys, settings } = this.#ports;
    const { uploadSeconds } = settings;
    const { deletable } = await surveys.survey({ uploadSeconds, purgeBefore, doomed: [] }, signal);
    log(`${deletable.blobs} blobs and ${manifests} manifests eligible for deletion`);
    log(`The GC could free up ${deletable.bytes} bytes, the size is a rough estimation.`);
  }

  /** What a full collection left, and why. */
  async #explain(options: CollectOptions, before: Date, context: CollectContext): Promise<void> {
    const { surveys, settings, storeTrash } = this.#ports;
    const { uploadSeconds } = settings;
    const assumption = { uploadSeconds, purgeBefore: before, doomed: [] };
    const left = await surveys.survey(assumption, context.signal);
    explainKept(left, settings, options, context);
    const trash = await storeTrash.sum();
    if (trash.blobs > 0) {
      context.log(
        `${trash.blobs} files with ${trash.bytes} bytes are in the trash, ` +
          `for ${settings.trashSeconds} seconds each`,
      );
    }
  }
}
