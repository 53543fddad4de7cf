import { join } from 'node:path';
import type { BlobStore } from '../blobstore/index.ts';
import type { DatabaseClient, Migration } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import type { Progress } from './backup.ts';
import type { BackupDirectory, BackupSet } from './backup-directory.ts';
import { parseBlobs, type Transfer, transferBlobs } from './blob-transfer.ts';
import { readCompressed, readLines } from './compressed-file.ts';
import { withConnection } from './connection.ts';
import { analyze, ensureUnused, loadTables } from './load.repository.ts';
import type { BackupManifest } from './manifest.ts';

export interface RestorePorts {
  /** A new connection without limits of time, which the restore closes. */
  readonly connect: () => Promise<DatabaseClient>;
  /** An empty store. */
  readonly store: BlobStore;
  /** Applies the migrations up to a version, or all of them. */
  readonly migrate: (upTo?: number) => Promise<void>;
}

export interface RestoreOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Refuses a backup whose schema this program cannot make.
 *
 * @throws AppError precondition
 */
export function ensureKnownSchema(
  manifest: BackupManifest,
  known: readonly Pick<Migration, 'version' | 'name' | 'checksum'>[],
): void {
  for (const { version, name, checksum } of manifest.migrations) {
    const own = known[version - 1];
    if (own === undefined) {
      throw new AppError(
        'precondition',
        `the backup has migration ${version} (${name}), which this Berth does not know: it was made by a newer one, so restore it with that one`,
      );
    }
    if (own.checksum !== checksum) {
      throw new AppError(
        'precondition',
        `migration ${version} (${name}) is another one in the backup: restore it with the Berth that made it`,
      );
    }
  }
}

/**
 * Fills an empty database and an empty store from a set: blobs first, then all rows in one
 * transaction at the schema of the backup, and then the migrations since. Every byte is held
 * against its digest on the way.
 *
 * @throws AppError, BackupDamagedError; then the database has no rows
 */
export async function restoreBackup(
  directory: BackupDirectory,
  { set, manifest }: { readonly set: BackupSet; readonly manifest: BackupManifest },
  ports: RestorePorts,
  options: RestoreOptions = {},
): Promise<Transfer> {
  return withConnection(ports.connect, options.signal, async (client) => {
    await ensureUnused(client);
    const transfer = await copyBlobs(directory, { set, manifest }, ports, options);
    options.signal?.throwIfAborted();
    await ports.migrate(manifest.migrations.length);
    await loadTables(client, {
      tables: manifest.tables,
      sequences: manifest.sequences,
      read: (table) => readCompressed(join(set.path, table.file), table),
      onTable: ({ name, lines }) => options.onProgress?.({ step: 'table', name, rows: lines }),
    });
    await ports.migrate();
    await analyze(client);
    return transfer;
  });
}

async function copyBlobs(
  directory: BackupDirectory,
  { set, manifest }: { readonly set: BackupSet; readonly manifest: BackupManifest },
  { store }: RestorePorts,
  { signal, onProgress }: RestoreOptions,
): Promise<Transfer> {
  const { blobs, faults } = manifest;
  const transfer = await transferBlobs({
    blobs: parseBlobs(readLines(join(set.path, blobs.file), blobs)),
    from: await directory.openPool(),
    to: store,
    signal,
    onBlob: (done, copiedBytes) =>
      onProgress?.({ step: 'blobs', done, total: blobs.lines, copiedBytes }),
  });
  if (transfer.faults.length <= faults.count) return transfer;
  const [first] = transfer.faults;
  throw new AppError(
    'precondition',
    `${transfer.faults.length} blobs of the backup are missing or damaged, such as ${first?.digest} (${first?.reason}): berth backup verify names them all`,
  );
}
