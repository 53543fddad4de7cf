import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createArtifactImportRepository, createRepositoryRepository } from '../artifacts/index.ts';
import type { Config } from '../config/index.ts';
import type { Database } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { openBlobStore, storageRootOf } from '../open-blobstore.ts';
import { joinConfiguredDatabase } from '../open-database.ts';
import { createProjectRepository } from '../projects/index.ts';
import {
  BlobFiles,
  createCopyingBringer,
  createImportRecords,
  createLinkingBringer,
  type ImportCounts,
  type ImportOrder,
  type ImportPorts,
  type ImportReport,
  importStorage,
  inPlace,
  OWN_STORAGE,
  previewImport,
} from '../storage-import/index.ts';
import { createLogger } from '../telemetry/index.ts';

export interface ImportFlags {
  readonly root?: string;
  readonly project: string;
  readonly public: boolean;
  readonly copy: boolean;
  readonly acceptSkipped: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `berth import storage`: exit code 1 when something was not taken over. */
export async function importFromStorage(config: Config, flags: ImportFlags): Promise<number> {
  if (config.storage !== 'filesystem') {
    throw new AppError('precondition', 'storage can be taken over by storage on disk only');
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort(new AppError('conflict', 'stopped; run it again to go on'));
    });
  }
  const report = flags.dryRun
    ? await preview(config, flags, stop.signal)
    : await takeOver(config, flags, stop.signal);
  console.log(flags.json ? JSON.stringify(report) : describe(report));
  return report.skipped === 0 ? 0 : 1;
}

function preview(config: Config, flags: ImportFlags, signal: AbortSignal): Promise<ImportReport> {
  const root = resolve(flags.root ?? storageRootOf(config));
  return previewImport({ root, singleProject: flags.project }, tell, signal);
}

async function takeOver(
  config: Config,
  flags: ImportFlags,
  signal: AbortSignal,
): Promise<ImportReport> {
  // Before the database: a bundled one has to be started for it.
  const order = await orderOf(config, flags);
  await using database = await joinConfiguredDatabase(config, createLogger('warn'));
  return await importStorage(portsOf(database.db, flags), order, signal);
}

async function orderOf(config: Config, flags: ImportFlags): Promise<ImportOrder> {
  const { project: singleProject, acceptSkipped } = flags;
  const rest = { singleProject, acceptSkipped };
  const storeRoot = storageRootOf(config);
  const root = resolve(flags.root ?? storeRoot);
  if (flags.root === undefined || (await isSame(root, storeRoot))) {
    return { ...rest, root: storeRoot, source: OWN_STORAGE, bringer: inPlace };
  }
  const store = await openBlobStore(config);
  const parts = { source: root, files: new BlobFiles(root), store, storeRoot };
  const bringer = flags.copy ? createCopyingBringer(parts) : await createLinkingBringer(parts);
  return { ...rest, root, source: root, bringer };
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => realpath(path).catch(() => path)));
  return first === second;
}

function portsOf(db: Database, flags: ImportFlags): ImportPorts {
  return {
    records: createImportRecords(db),
    projects: createProjectRepository(db),
    repositories: createRepositoryRepository(db),
    artifacts: createArtifactImportRepository(db),
    isPublic: flags.public,
    onProgress: tell,
  };
}

function tell(counts: ImportCounts): void {
  console.error(`… ${summarise(counts)}`);
}

function describe(report: ImportReport): string {
  const { items, projects, skipped, isDryRun, seconds } = report;
  const lines = items.map(
    ({ item, reason, message }) => `skipped   ${item} (${reason}) ${message}`,
  );
  if (skipped > items.length) lines.push(`… and ${skipped - items.length} more were skipped`);
  for (const name of projects) lines.push(`project   ${name}, without a quota`);
  const verb = isDryRun ? 'would take over' : 'took over';
  lines.push(`${verb} ${summarise(report)}, in ${seconds} s`);
  return lines.join('\n');
}

function summarise(counts: ImportCounts): string {
  const { repositories, artifacts, known, tags, blobs, bytes, skipped } = counts;
  return (
    `${artifacts} artifacts with ${tags} tags in ${repositories} repositories, ${blobs} blobs of ` +
    `${bytes} bytes; ${known} were known, ${skipped} skipped`
  );
}
