import {
  createUnneededLinksRepository,
  createUntaggedArtifacts,
  type Invalidation,
  type RemovalService,
  type TrashService,
} from '../artifacts/index.ts';
import type { BlobStore } from '../blobstore/index.ts';
import type { Database } from '../db/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { GcSettings } from './collection.ts';
import { Collector, type GarbageCollector } from './garbage-collector.ts';
import { createGcMetrics } from './gc-metrics.ts';
import { createGcStateRepository } from './gc-state.repository.ts';
import { StoreTrash } from './store-trash.ts';
import { createSurveyRepository } from './survey.repository.ts';
import { createSweepRepository, type SweepPoints } from './sweep.repository.ts';

export interface GarbageCollectorPorts {
  readonly db: Database;
  readonly store: BlobStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly trash: Pick<TrashService, 'purge'>;
  readonly removal: Pick<RemovalService, 'deleteUntagged'>;
  readonly invalidation: Pick<Invalidation, 'blob'>;
  readonly settings: GcSettings;
  /** Whether manifests of another registry lie in the store, whose files have no rows yet. */
  readonly isForeign: () => Promise<boolean>;
  /** Where tests stop it. */
  readonly points?: SweepPoints;
}

/** One for the process: it remembers what a sweep that failed left to be put back. */
export function createGarbageCollector(ports: GarbageCollectorPorts): GarbageCollector {
  const { db, store, log, points } = ports;
  const sweeps = createSweepRepository(db, points);
  return new Collector({
    ...ports,
    sweeps,
    surveys: createSurveyRepository(db),
    state: createGcStateRepository(db),
    links: createUnneededLinksRepository(db),
    untagged: createUntaggedArtifacts(db),
    storeTrash: new StoreTrash({ store, log, rows: sweeps }),
    metrics: createGcMetrics(ports.metrics),
  });
}

/** Collects what was deleted since the last time; to be repeated in the background. */
export async function collectGarbage(
  collector: Pick<GarbageCollector, 'collect'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const collected = await collector.collect(
    {},
    { signal, log: (line) => log.debug({ line }, 'garbage collection'), checkIn: () => undefined },
  );
  const { purgedBlobs, purgedManifests } = collected;
  if (purgedBlobs + purgedManifests > 0) log.info(collected, 'garbage was collected');
}
