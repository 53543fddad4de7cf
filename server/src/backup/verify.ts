import { join } from 'node:path';
import { BackupDamagedError } from './backup.errors.ts';
import type { Progress } from './backup.ts';
import type { BackupDirectory, BackupSet } from './backup-directory.ts';
import { checkBlob, each, parseBlobs } from './blob-transfer.ts';
import { readCompressed, readLines } from './compressed-file.ts';
import type { BackupManifest } from './manifest.ts';

const PARALLEL = 4;

export interface VerifyOptions {
  /** Sizes of blobs only; tables are read in any case. */
  readonly quick: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onFault: (text: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Reads a set as a restore would, and changes nothing. What the registry had lost before the
 * backup counts as well.
 *
 * @returns how many faults there are
 * @throws BackupDamagedError when the manifest cannot be read
 */
export async function verifyBackup(
  directory: BackupDirectory,
  set: BackupSet,
  options: VerifyOptions,
): Promise<{ readonly manifest: BackupManifest; readonly faults: number }> {
  const manifest = await directory.getManifest(set);
  let faults = 0;
  const report = (text: string) => {
    faults += 1;
    options.onFault(text);
  };
  for (const table of manifest.tables) {
    await attempt(report, () => drain(readCompressed(join(set.path, table.file), table), options));
    options.onProgress?.({ step: 'table', name: table.name, rows: table.lines });
  }
  await attempt(report, () => verifyBlobs(directory, { set, manifest }, options, report));
  return { manifest, faults };
}

async function verifyBlobs(
  directory: BackupDirectory,
  { set, manifest: { blobs } }: { readonly set: BackupSet; readonly manifest: BackupManifest },
  { quick, signal, onProgress }: VerifyOptions,
  report: (text: string) => void,
): Promise<void> {
  const pool = await directory.openPool();
  let done = 0;
  const list = readLines(join(set.path, blobs.file), blobs);
  await each(parseBlobs(list), PARALLEL, async (blob) => {
    signal?.throwIfAborted();
    const reason = await checkBlob(pool, blob, { quick, signal });
    if (reason !== undefined) report(`blob ${blob.digest}: ${reason}`);
    done += 1;
    onProgress?.({ step: 'blobs', done, total: blobs.lines });
  });
}

async function attempt(report: (text: string) => void, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof BackupDamagedError)) throw error;
    report(error.message);
  }
}

async function drain(source: AsyncIterable<unknown>, { signal }: VerifyOptions): Promise<void> {
  for await (const _chunk of source) signal?.throwIfAborted();
}
