import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BackupDirectory,
  type BackupManifest,
  type BackupSet,
  copyKeyFile,
  ensureKnownSchema,
  keyFileOf,
  restoreBackup,
  writeDurably,
} from '../backup/index.ts';
import type { Config } from '../config/index.ts';
import { listMigrations, migrate, openPool } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { openBlobStore, storageRootOf } from '../open-blobstore.ts';
import {
  migrationsDirectory,
  type OpenDatabase,
  openConfiguredDatabase,
  RESTORE_MARKER,
} from '../open-database.ts';
import { parseSecretKey } from '../secrets/index.ts';
import { createLogger } from '../telemetry/index.ts';
import {
  connectPatiently,
  createProgressReport,
  ensureFilesystem,
  findSecretKey,
  formatBytes,
  listKeyIds,
  secretKeyFile,
  untilStopped,
} from './backup-parts.ts';

export interface RestoreFlags {
  readonly set?: string;
}

/** `berth restore <directory>`: into an empty data directory and an empty database. */
export async function restore(config: Config, path: string, flags: RestoreFlags): Promise<number> {
  ensureFilesystem(config);
  const directory = new BackupDirectory(path);
  const set = await directory.getSet(flags.set);
  const manifest = await directory.getManifest(set);
  ensureKnownSchema(manifest, await listMigrations(migrationsDirectory));
  await ensureSecretKey(config, set, manifest);
  const undo = await claimTarget(config);
  try {
    await untilStopped((signal) => fill(config, directory, { set, manifest }, signal));
  } catch (error) {
    await undo();
    throw error;
  }
  await rm(join(config.dataDir, RESTORE_MARKER));
  report(config, set, manifest);
  return 0;
}

/**
 * Without the right key all is there and no secret can be opened: say so before hours of copying.
 *
 * @throws AppError precondition
 */
async function ensureSecretKey(
  config: Config,
  set: BackupSet,
  { secretKey }: BackupManifest,
): Promise<void> {
  if (secretKey === undefined) return;
  const file = secretKeyFile(config);
  const key =
    (await findSecretKey(config)) ??
    (secretKey.isIncluded ? await readKey(keyFileOf(set)) : undefined);
  if (key === undefined) {
    throw new AppError(
      'precondition',
      `the secrets in the backup are sealed with the key ${secretKey.id}, which is not in it: put its file at ${file} (mode 600) or set BERTH_SECRET_KEY, and restore again`,
    );
  }
  const [id, ...retired] = listKeyIds(config, key);
  if (id === secretKey.id || retired.includes(secretKey.id)) return;
  throw new AppError(
    'precondition',
    `the secrets in the backup are sealed with the key ${secretKey.id}, and the key at hand is ${id}: put the right one at ${file} (mode 600) or into BERTH_SECRET_KEY, and restore again`,
  );
}

async function readKey(path: string): Promise<Buffer> {
  return parseSecretKey(await readFile(path, 'utf8'), path);
}

/** What may lie in a data directory that is to be filled: a key put there, and what mkfs made. */
const HARMLESS = ['secret-key', 'lost+found'];

/**
 * Marks an empty data directory as being filled, so that nothing starts on half a registry.
 *
 * @returns what takes everything away again that came since
 * @throws AppError precondition when something is there
 */
async function claimTarget(config: Config): Promise<() => Promise<void>> {
  const places = [...new Set([config.dataDir, storageRootOf(config)])];
  const before = new Map<string, readonly string[]>();
  for (const place of places) {
    const names = await listNames(place);
    if (names.includes(RESTORE_MARKER)) {
      throw new AppError(
        'precondition',
        `a restore into ${place} was cut: empty the directory and restore again`,
      );
    }
    if (names.some((name) => !HARMLESS.includes(name))) {
      throw new AppError('precondition', `${place} is not empty: restore into an empty directory`);
    }
    before.set(place, names);
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o750 });
  await writeDurably(join(config.dataDir, RESTORE_MARKER), '');
  return async () => {
    for (const [place, kept] of before) {
      const names = await listNames(place);
      for (const name of names.filter((one) => !kept.includes(one))) {
        await rm(join(place, name), { recursive: true, force: true });
      }
    }
  };
}

async function listNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function fill(
  config: Config,
  directory: BackupDirectory,
  { set, manifest }: { readonly set: BackupSet; readonly manifest: BackupManifest },
  signal: AbortSignal,
): Promise<void> {
  const log = createLogger('warn');
  await using database = await openConfiguredDatabase(config, log, 'as-it-is');
  const ports = {
    store: await openBlobStore(config),
    connect: () => connectPatiently(database),
    migrate: (upTo?: number) => migrateTo(database, upTo),
  };
  const options = { signal, onProgress: createProgressReport() };
  await restoreBackup(directory, { set, manifest }, ports, options);
  const isAtHand = (await findSecretKey(config)) !== undefined;
  if (manifest.secretKey?.isIncluded === true && !isAtHand) {
    await copyKeyFile(set, secretKeyFile(config));
  }
}

async function migrateTo({ address }: OpenDatabase, upTo: number | undefined): Promise<void> {
  const log = createLogger('warn');
  const pool = openPool({ ...address, poolSize: 1, log });
  try {
    await migrate(pool, migrationsDirectory, log, upTo === undefined ? {} : { upTo });
  } finally {
    await pool.end();
  }
}

function report(config: Config, set: BackupSet, manifest: BackupManifest): void {
  const rows = manifest.tables.reduce((sum, { lines }) => sum + lines, 0);
  const { blobs, faults, leftOut } = manifest;
  const size = formatBytes(blobs.totalBytes);
  console.log(
    `restored ${set.name} into ${config.dataDir}: ${rows} rows, ${blobs.lines} blobs (${size})`,
  );
  if (faults.count > 0) {
    console.log(`${faults.count} blobs were lost before the backup; berth fsck names them`);
  }
  console.log(`left out: ${leftOut.join(', ')}; people log in again, uploads begin again`);
  console.log('start it with: berth serve');
}
