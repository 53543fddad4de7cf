import { randomUUID } from 'node:crypto';
import { AppError, pause } from '../lib/index.ts';
import type { BlobBringer } from './blob-bringer.ts';
import { BlobFiles } from './blob-files.ts';
import { eachBounded } from './each-bounded.ts';
import { type ImportCounts, type ImportReport, Tally } from './import-report.ts';
import { DatabaseTarget, DryTarget, type ImportTarget, type TargetPorts } from './import-target.ts';
import { LinkTree } from './link-tree.ts';
import { importRepository } from './repository-import.ts';
import type { ImportRecords } from './storage-import.repository.ts';

/** What to take over, and how. */
export interface ImportOrder {
  /** A distribution's root directory: what holds `docker/registry/v2`. */
  readonly root: string;
  /** What the import is remembered under: `''` for our own storage, else the directory. */
  readonly source: string;
  readonly bringer: BlobBringer;
  /** Project of names without one, such as `nginx`. */
  readonly singleProject: string;
  /** What could not be taken over may go: then all is done. */
  readonly acceptSkipped: boolean;
}

export interface ImportPorts extends Omit<TargetPorts, 'onProject'> {
  readonly records: ImportRecords;
  /** Told every few seconds. */
  readonly onProgress: (counts: ImportCounts) => void;
}

const REPOSITORIES_AT_ONCE = 2;
/** Well below the time after which others may take over. */
const RENEW_MS = 4_000;
const CLAIM_RETRY_MS = 2_000;
/** Longer than the lease of an import that was killed. */
const CLAIM_WAIT_MS = 30_000;

/**
 * Takes over what a distribution's storage holds: writes rows for it, and changes nothing below
 * its root. Can be stopped at any time and run again.
 *
 * @throws AppError not-found (no repositories there), conflict (another import is at work),
 * precondition (no administrator, files that cannot be linked)
 */
export async function importStorage(
  ports: ImportPorts,
  order: ImportOrder,
  signal: AbortSignal,
): Promise<ImportReport> {
  const { records } = ports;
  const { source } = order;
  const holder = randomUUID();
  const tally = new Tally();
  await checkTree(order.root);
  await claim(records, source, holder, signal);
  const target = new DatabaseTarget({ ...ports, onProject: (name) => tally.madeProject(name) });
  const lease = new AbortController();
  const renewing = keep({ ...ports, source, holder, tally }, lease);
  let isEnded = false;
  try {
    await walk(order, { target, tally, signal: AbortSignal.any([signal, lease.signal]) });
    isEnded = true;
  } finally {
    lease.abort();
    await renewing;
    const end = tally.isWhole || order.acceptSkipped ? 'done' : 'partial';
    const state = isEnded ? end : 'running';
    await records.release(source, holder, { state, counts: tally.counts });
  }
  return tally.report(false);
}

/** Tells what `importStorage` would take over into an empty registry. Needs no database. */
export async function previewImport(
  order: Pick<ImportOrder, 'root' | 'singleProject'>,
  onProgress: (counts: ImportCounts) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  const tally = new Tally();
  await checkTree(order.root);
  const target = new DryTarget((name) => tally.madeProject(name));
  const bringer: BlobBringer = { bring: () => Promise.resolve() };
  const timer = setInterval(() => onProgress(tally.counts), RENEW_MS);
  try {
    await walk({ ...order, bringer }, { target, tally, signal });
  } finally {
    clearInterval(timer);
  }
  return tally.report(true);
}

async function walk(
  { root, bringer, singleProject }: Pick<ImportOrder, 'root' | 'bringer' | 'singleProject'>,
  parts: { readonly target: ImportTarget; readonly tally: Tally; readonly signal: AbortSignal },
): Promise<void> {
  const { tally, signal } = parts;
  const tree = new LinkTree(root, (item, fault) => tally.skip(item, fault));
  const files = new BlobFiles(root);
  const ports = { ...parts, tree, files, bringer, singleProject };
  await eachBounded(tree.listRepositories(), REPOSITORIES_AT_ONCE, async (found) => {
    signal.throwIfAborted();
    await importRepository(ports, found);
  });
}

/** @throws AppError not-found */
async function checkTree(root: string): Promise<void> {
  if (await new LinkTree(root, () => undefined).exists()) return;
  throw new AppError(
    'not-found',
    `there are no repositories in ${root}/docker/registry/v2/repositories`,
  );
}

/** @throws AppError conflict */
async function claim(
  records: ImportRecords,
  source: string,
  holder: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + CLAIM_WAIT_MS;
  while (!(await records.claim(source, holder))) {
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      throw new AppError('conflict', 'an import of the same storage is at work already');
    }
    await pause(CLAIM_RETRY_MS, signal);
  }
}

interface Lease {
  readonly records: ImportRecords;
  readonly onProgress: (counts: ImportCounts) => void;
  readonly source: string;
  readonly holder: string;
  readonly tally: Tally;
}

/** Tells every few seconds that the import lives; aborts it when somebody has taken over. */
async function keep(lease: Lease, controller: AbortController): Promise<void> {
  const { records, onProgress, source, holder, tally } = lease;
  for (;;) {
    await pause(RENEW_MS, controller.signal);
    if (controller.signal.aborted) return;
    onProgress(tally.counts);
    try {
      if (await records.renew(source, holder, tally.counts)) continue;
      controller.abort(new AppError('conflict', 'another import of the same storage took over'));
    } catch {
      // The database is away for a moment; the import itself will tell if it stays away.
    }
  }
}
