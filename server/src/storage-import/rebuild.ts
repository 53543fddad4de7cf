import { AppError, pause } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import { inPlace } from './blob-bringer.ts';
import type { ImportReport } from './import-report.ts';
import { LinkTree } from './link-tree.ts';
import { type ImportPorts, importStorage } from './storage-import.service.ts';

export interface RebuildPorts extends Omit<ImportPorts, 'onProgress'> {
  /** Directory of our blob store; undefined when it is no directory. */
  readonly storageRoot: string | undefined;
  /** Project of names without one. */
  readonly singleProject: string;
  readonly log: Log;
}

/** Our own storage under this name. */
export const OWN_STORAGE = '';

const RETRY_MS = 15_000;

/** Takes over, after the start, what lies in storage of which the database knows nothing. */
export interface Rebuild {
  /**
   * Resolves when there is nothing (more) to take over, or when `signal` fires. Failures are
   * logged and tried again.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * For readiness: rejects until `run` has resolved. A registry that answers 404 for images that
   * are on its disk must get no traffic.
   */
  check(): Promise<void>;
}

export function createRebuild(ports: RebuildPorts): Rebuild {
  let isDone = false;
  return {
    async run(signal) {
      while (!signal.aborted) {
        try {
          await rebuildFromStorage(ports, signal);
          isDone = true;
          return;
        } catch (error) {
          if (signal.aborted) return;
          const isOthers = error instanceof AppError && error.kind === 'conflict';
          if (isOthers) ports.log.info({}, 'another replica takes storage over');
          else ports.log.error({ err: error }, 'storage could not be taken over; trying again');
        }
        await pause(RETRY_MS, signal);
      }
    },
    async check() {
      if (!isDone) throw new AppError('unavailable', 'storage is being taken over');
    },
  };
}

/**
 * Rebuilds the database from storage when it holds no repository and storage holds a
 * distribution's, or when that was begun before and not ended. Undefined when there is nothing to
 * do.
 *
 * @throws AppError conflict when another replica is at it
 */
export async function rebuildFromStorage(
  ports: RebuildPorts,
  signal: AbortSignal,
): Promise<ImportReport | undefined> {
  const { storageRoot, log } = ports;
  if (storageRoot === undefined || !(await isNeeded(ports, storageRoot))) return undefined;
  log.info({ storageRoot }, 'storage holds repositories that the database lacks; taking them over');
  const report = await importStorage(
    { ...ports, onProgress: (counts) => log.info(counts, 'taking over storage') },
    {
      root: storageRoot,
      source: OWN_STORAGE,
      bringer: inPlace,
      singleProject: ports.singleProject,
      acceptSkipped: false,
    },
    signal,
  );
  const { items, ...counts } = report;
  log.info(counts, 'storage was taken over');
  for (const item of items.slice(0, MAX_LOGGED)) log.warn(item, 'not taken over');
  if (items.length > MAX_LOGGED) {
    log.warn({ skipped: report.skipped }, 'berth import storage tells all that was not taken over');
  }
  return report;
}

const MAX_LOGGED = 100;

async function isNeeded({ records }: RebuildPorts, storageRoot: string): Promise<boolean> {
  const state = await records.findState(OWN_STORAGE);
  if (state !== undefined) return state === 'running';
  if (await records.hasRepositories()) return false;
  return hasLinkTree(storageRoot);
}

/**
 * Whether storage holds, or may hold, what the database does not know to be ours: garbage
 * collection must then delete no file for want of a row. True while any import is at work, and
 * until all of an adopted volume is taken over. Rejects when that cannot be told.
 */
export async function isForeign({
  records,
  storageRoot,
}: Pick<RebuildPorts, 'records' | 'storageRoot'>): Promise<boolean> {
  if (storageRoot === undefined) return false;
  if (await records.isRunning()) return true;
  if ((await records.findState(OWN_STORAGE)) === 'done') return false;
  return hasLinkTree(storageRoot);
}

function hasLinkTree(root: string): Promise<boolean> {
  return new LinkTree(root, () => undefined).exists();
}
