import { constants, copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../blobstore/index.ts';
import type { DatabaseClient } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import {
  type BackupDirectory,
  type BackupSet,
  keyFileOf,
  syncDirectory,
  writeDurably,
} from './backup-directory.ts';
import { parseBlobs, type Transfer, transferBlobs } from './blob-transfer.ts';
import { readLines, writeCompressed } from './compressed-file.ts';
import { withConnection } from './connection.ts';
import { type BackupManifest, type BackupTable, FORMAT } from './manifest.ts';
import { openSnapshot, type Snapshot } from './snapshot.repository.ts';

/** How far a long piece of work is. */
export type Progress =
  | { readonly step: 'table'; readonly name: string; readonly rows: number }
  | {
      readonly step: 'blobs';
      readonly done: number;
      readonly total: number;
      /** Absent when nothing is copied. */
      readonly copiedBytes?: number;
    };

export interface BackupPorts {
  /** A new connection without limits of time, which the backup closes. */
  readonly connect: () => Promise<DatabaseClient>;
  readonly store: BlobStore;
  /** Waits for a collection under way; none begins until the result is disposed of. */
  readonly holdGarbageCollection: () => Promise<CollectionHold>;
}

export interface CollectionHold extends AsyncDisposable {
  /** @throws when it did not last until now */
  check(): Promise<void>;
}

export interface BackupOptions {
  /** What to put into the set of the key of all secrets: a text for the key file. */
  readonly secretKey?: { readonly id: string; readonly text: string } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

export interface BackupResult {
  readonly set: BackupSet;
  readonly manifest: BackupManifest;
  readonly transfer: Transfer;
}

const BLOB_LIST = 'blobs.tsv.zst';
const FAULTS_NAMED = 1000;

/**
 * Adds a set to the directory, also beside a registry at work: first one snapshot of the database,
 * then the blobs that its rows name and the pool lacks, and the manifest last. When this rejects,
 * also by `signal`, there is no new set, and those before are as they were.
 *
 * @throws AppError
 */
export async function createBackup(
  directory: BackupDirectory,
  ports: BackupPorts,
  options: BackupOptions = {},
): Promise<BackupResult> {
  using _lock = await directory.lock();
  const pool = await directory.openPool();
  await directory.sweep(pool);
  // Before the snapshot: a blob whose row is in it must stay until it is copied.
  await using held = await ports.holdGarbageCollection();
  const draft = await directory.createSet(new Date());
  try {
    const dump = await writeDump(draft, ports, options);
    const transfer = await copyBlobs(draft, dump.blobs, { ...ports, pool }, options);
    if (options.secretKey !== undefined) {
      await writeDurably(keyFileOf(draft), options.secretKey.text);
    }
    await held.check();
    options.signal?.throwIfAborted();
    const { faults } = transfer;
    const manifest = {
      ...dump,
      faults: { count: faults.length, first: faults.slice(0, FAULTS_NAMED) },
    };
    return { set: await directory.publish(draft, manifest), manifest, transfer };
  } catch (error) {
    await directory.removeSet(draft).catch(() => undefined);
    throw error;
  }
}

type Dump = Omit<BackupManifest, 'faults'>;

async function writeDump(
  draft: BackupSet,
  { connect }: BackupPorts,
  options: BackupOptions,
): Promise<Dump> {
  return withConnection(connect, options.signal, async (client) => {
    const snapshot = await openSnapshot(client);
    const tables: BackupTable[] = [];
    for (const table of snapshot.tables) {
      const file = `${table.name}.copy.zst`;
      const source = snapshot.readTable(table);
      const written = await writeCompressed(join(draft.path, file), source, options.signal);
      tables.push({ ...table, columns: [...table.columns], file, ...written });
      options.onProgress?.({ step: 'table', name: table.name, rows: written.lines });
    }
    const list = join(draft.path, BLOB_LIST);
    const blobs = await writeCompressed(list, snapshot.readBlobs(), options.signal);
    return {
      ...describe(snapshot, options),
      tables,
      blobs: { file: BLOB_LIST, ...blobs, totalBytes: await sumSizes(list, blobs) },
    };
  });
}

function describe(snapshot: Snapshot, { secretKey }: BackupOptions) {
  const { secretKeyId } = snapshot;
  if (secretKey !== undefined && secretKeyId !== undefined && secretKey.id !== secretKeyId) {
    throw new AppError(
      'precondition',
      `the secrets are sealed with the key ${secretKeyId}, and the key at hand is ${secretKey.id}`,
    );
  }
  return {
    format: FORMAT,
    takenAt: snapshot.takenAt.toISOString(),
    migrations: [...snapshot.migrations],
    leftOut: [...snapshot.leftOut],
    sequences: [...snapshot.sequences],
    ...(secretKeyId !== undefined && {
      secretKey: { id: secretKeyId, isIncluded: secretKey !== undefined },
    }),
  } satisfies Partial<Dump>;
}

type Content = Parameters<typeof readLines>[1];

async function sumSizes(path: string, content: Content): Promise<number> {
  let total = 0;
  for await (const { size } of parseBlobs(readLines(path, content))) total += size;
  return total;
}

function copyBlobs(
  draft: BackupSet,
  list: BackupManifest['blobs'],
  { store, pool }: { readonly store: BlobStore; readonly pool: BlobStore },
  { signal, onProgress }: BackupOptions,
): Promise<Transfer> {
  return transferBlobs({
    blobs: parseBlobs(readLines(join(draft.path, list.file), list)),
    from: store,
    to: pool,
    signal,
    onBlob: (done, copiedBytes) =>
      onProgress?.({ step: 'blobs', done, total: list.lines, copiedBytes }),
  });
}

/** Copies the key file of a set to `target`, on disk when this resolves. */
export async function copyKeyFile(set: BackupSet, target: string): Promise<void> {
  await copyFile(keyFileOf(set), target, constants.COPYFILE_EXCL);
  const file = await open(target, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(join(target, '..'));
}
