import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BlobStore, createFilesystemBlobStore } from '../blobstore/index.ts';
import { AppError } from '../lib/index.ts';
import { BackupDamagedError } from './backup.errors.ts';
import { lockBackupDirectory } from './directory-lock.ts';
import { type BackupManifest, parseManifest, presentManifest } from './manifest.ts';

export interface BackupSet {
  /** Its time, which also sorts: `20261121T131500.123Z`. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

const SET_NAME = /^\d{8}T\d{6}\.\d{3}Z$/;
const UNFINISHED = '.unfinished-';
const REMOVED = '.removed-';
const MANIFEST = 'manifest.json';

/** Where a set has the key of all secrets, if it was told to. */
export function keyFileOf({ path }: BackupSet): string {
  return join(path, 'secret-key');
}

/**
 * A directory of backups: `sets/<time>/` has the tables and the manifest of each, `blobs/` the
 * bytes that all of them share, in distribution's layout. A set without a manifest is none.
 */
export class BackupDirectory {
  readonly path: string;
  readonly #sets: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.#sets = join(this.path, 'sets');
  }

  /** Makes the directory if needed. Hold the result while anything is written. @throws AppError */
  async lock(): Promise<Disposable> {
    await mkdir(this.#sets, { recursive: true, mode: 0o700 });
    return lockBackupDirectory(this.path);
  }

  openPool(): Promise<BlobStore> {
    return createFilesystemBlobStore({ root: join(this.path, 'blobs') });
  }

  /** Complete sets, the newest first. */
  async listSets(): Promise<BackupSet[]> {
    const names = await readdir(this.#sets).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    const sorted = names.filter((name) => SET_NAME.test(name)).toSorted();
    return sorted.toReversed().map((name) => ({ name, path: join(this.#sets, name) }));
  }

  /** The named set, or the newest. @throws AppError not-found */
  async getSet(name: string | undefined): Promise<BackupSet> {
    const sets = await this.listSets();
    const found = name === undefined ? sets[0] : sets.find((set) => set.name === name);
    if (found !== undefined) return found;
    throw new AppError(
      'not-found',
      name === undefined
        ? `there is no backup in ${this.path}`
        : `there is no backup ${name} in ${this.path}; berth backup list tells which there are`,
    );
  }

  /** @throws BackupDamagedError */
  async getManifest(set: BackupSet): Promise<BackupManifest> {
    let text: string;
    try {
      text = await readFile(join(set.path, MANIFEST), 'utf8');
    } catch (cause) {
      throw new BackupDamagedError(`the manifest of ${set.name} cannot be read`, { cause });
    }
    return parseManifest(text);
  }

  /** What killed processes left: sets that were being made or removed, and parts of blobs. */
  async sweep(pool: BlobStore): Promise<void> {
    for (const name of await readdir(this.#sets)) {
      if (!name.startsWith(UNFINISHED) && !name.startsWith(REMOVED)) continue;
      await rm(join(this.#sets, name), { recursive: true, force: true });
    }
    for await (const { uploadId } of pool.listStaged()) await pool.cancel(uploadId);
  }

  /** A place for a set that does not count yet. */
  async createSet(time: Date): Promise<BackupSet> {
    const name = time.toISOString().replaceAll(/[-:]/g, '');
    const path = join(this.#sets, UNFINISHED + name);
    await mkdir(path, { mode: 0o700 });
    return { name, path };
  }

  /** Makes the set count, all at once and for good. Its files are on disk already. */
  async publish(set: BackupSet, manifest: BackupManifest): Promise<BackupSet> {
    await writeDurably(join(set.path, MANIFEST), presentManifest(manifest));
    await syncDirectory(set.path);
    const path = join(this.#sets, set.name);
    await rename(set.path, path);
    await syncDirectory(this.#sets);
    await syncDirectory(this.path);
    return { ...set, path };
  }

  async removeSet(set: BackupSet): Promise<void> {
    // At once, so that half a set never looks like one.
    const path = join(this.#sets, REMOVED + set.name);
    if (set.path !== path) await rename(set.path, path);
    await syncDirectory(this.#sets);
    await rm(path, { recursive: true, force: true });
  }
}

/** A new file that only its owner reads, on disk when this resolves. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
