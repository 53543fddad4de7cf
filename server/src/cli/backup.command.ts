import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  BackupDirectory,
  type BackupManifest,
  type BackupResult,
  createBackup,
  pruneBackups,
  verifyBackup,
} from '../backup/index.ts';
import type { Config } from '../config/index.ts';
import { holdGarbageCollection } from '../gc/index.ts';
import { AppError } from '../lib/index.ts';
import { openBlobStore } from '../open-blobstore.ts';
import { joinConfiguredDatabase } from '../open-database.ts';
import { createSecretBox } from '../secrets/index.ts';
import { createLogger } from '../telemetry/index.ts';
import {
  connectPatiently,
  createProgressReport,
  ensureFilesystem,
  findSecretKey,
  formatBytes,
  secretKeyFile,
  untilStopped,
} from './backup-parts.ts';

export interface BackupFlags {
  readonly withSecretKey?: boolean;
}

export interface VerifyFlags {
  readonly quick?: boolean;
  readonly set?: string;
}

/**
 * `berth backup <directory>`: exit code 1 also when the set is there but the registry itself had
 * lost some blobs.
 */
export async function backUp(config: Config, path: string, flags: BackupFlags): Promise<number> {
  ensureFilesystem(config);
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, 'postgres'))) {
    throw new AppError('not-found', `there is no registry in ${config.dataDir}`);
  }
  const secretKey = flags.withSecretKey === true ? await getSecretKey(config) : undefined;
  await using database = await joinConfiguredDatabase(config, createLogger('warn'), 'as-it-is');
  const store = await openBlobStore(config);
  const result = await untilStopped((signal) =>
    createBackup(
      new BackupDirectory(path),
      {
        store,
        connect: () => connectPatiently(database),
        holdGarbageCollection: () => holdGarbageCollection(database.db),
      },
      { secretKey, signal, onProgress: createProgressReport() },
    ),
  );
  report(result);
  return result.manifest.faults.count === 0 ? 0 : 1;
}

async function getSecretKey(config: Config) {
  const key = await findSecretKey(config);
  if (key === undefined) {
    throw new AppError('not-found', `there is no key: ${secretKeyFile(config)} is missing`);
  }
  return { id: createSecretBox({ key }).keyId, text: `${key.toString('base64')}\n` };
}

function report({ set, manifest, transfer }: BackupResult): void {
  const { copied, copiedBytes, present } = transfer;
  console.log(
    `backup ${set.name}: ${countRows(manifest)} rows, ${manifest.blobs.lines} blobs ` +
      `(${formatBytes(manifest.blobs.totalBytes)}); ${copied} copied (${formatBytes(copiedBytes)}), ` +
      `${present} there already`,
  );
  for (const { digest, reason } of manifest.faults.first) {
    console.error(`the registry has lost ${digest}: ${reason}`);
  }
  if (manifest.faults.count > 0) {
    console.error(`${manifest.faults.count} blobs are not in the backup; berth fsck tells more`);
  }
  const { secretKey } = manifest;
  if (secretKey?.isIncluded === true) {
    console.log(`it has the key of all secrets in it: keep it as you keep keys`);
  } else if (secretKey !== undefined) {
    console.log(
      `the key ${secretKey.id}, which opens its secrets, is not in it: keep it elsewhere`,
    );
  }
}

function countRows({ tables }: BackupManifest): number {
  return tables.reduce((sum, { lines }) => sum + lines, 0);
}

/** `berth backup list <directory>`, the newest first. */
export async function listBackups(path: string): Promise<number> {
  const directory = new BackupDirectory(path);
  let code = 0;
  for (const set of await directory.listSets()) {
    try {
      const manifest = await directory.getManifest(set);
      const { blobs, faults } = manifest;
      const lost = faults.count === 0 ? '' : `, ${faults.count} of them lost`;
      console.log(
        `${set.name}  ${countRows(manifest)} rows, ${blobs.lines} blobs (${formatBytes(blobs.totalBytes)})${lost}`,
      );
    } catch (error) {
      code = 1;
      console.log(`${set.name}  ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return code;
}

/** `berth backup verify <directory>`: exit code 1 when something is missing or damaged. */
export async function verify(path: string, flags: VerifyFlags): Promise<number> {
  const directory = new BackupDirectory(path);
  const set = await directory.getSet(flags.set);
  const quick = flags.quick ?? false;
  const { manifest, faults } = await untilStopped((signal) =>
    verifyBackup(directory, set, {
      quick,
      signal,
      onFault: (text) => console.log(text),
      onProgress: createProgressReport(),
    }),
  );
  const checked = quick ? 'of the right size' : 'read';
  console.log(
    `backup ${set.name}: ${countRows(manifest)} rows read, ${manifest.blobs.lines} blobs ${checked}: ` +
      (faults === 0 ? 'sound' : `${faults} faults`),
  );
  return faults === 0 ? 0 : 1;
}

/** `berth backup prune <directory> --keep <n>`. */
export async function prune(path: string, flags: { readonly keep: number }): Promise<number> {
  const { removed, blobs, bytes } = await pruneBackups(new BackupDirectory(path), flags.keep);
  for (const { name } of removed) console.log(`removed ${name}`);
  console.log(`${removed.length} backups and ${blobs} blobs (${formatBytes(bytes)}) removed`);
  return 0;
}
