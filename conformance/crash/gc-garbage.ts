import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withOwnPool } from './database.ts';
import type { CrashServer } from './server.ts';

/** What a registry keeps of blobs. */
export interface Kept {
  /** In files below the blob root (its trash too, uploads not) and in rows. */
  readonly bytes: number;
  readonly rows: number;
}

/** Kept blobs over those that live images need, as parts of what was ever stored over that. */
export interface Garbage {
  /** Bytes ever stored, each blob once, that no live image needs. */
  readonly made: number;
  readonly left: Kept;
  /** From 0 to 1, the smaller of bytes and rows. */
  readonly gone: number;
  readonly waitedMs: number;
}

interface Upload {
  readonly id: string;
  readonly repository: string;
}

const POLL_MS = 500;

export async function measureKept(server: CrashServer): Promise<Kept> {
  const inRows = await withOwnPool(server, async (pool) => {
    const { rows } = await pool.query<{ rows: number; bytes: number }>(
      'SELECT count(*)::float8 AS rows, coalesce(sum(octet_length(content)), 0)::float8 AS bytes FROM blob',
    );
    return rows[0] ?? { rows: 0, bytes: 0 };
  });
  const root = join(server.dataDir, 'registry');
  const inFiles = await Promise.all([sizeOf(join(root, 'docker')), sizeOf(join(root, 'trash'))]);
  return { rows: inRows.rows, bytes: inFiles.reduce((sum, size) => sum + size, inRows.bytes) };
}

/** Bytes of all files below. Files may go meanwhile. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const found = await stat(join(parentPath, name)).catch(() => undefined);
      return found?.size ?? 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Uploads that nobody will finish. */
export function listUploads(server: CrashServer): Promise<Upload[]> {
  return withOwnPool(server, async (pool) => {
    const { rows } = await pool.query<Upload>(
      `SELECT blob_upload.id::text AS id, repository.name AS repository
       FROM blob_upload JOIN repository ON repository.id = blob_upload.repository_id`,
    );
    return rows;
  });
}

export interface Patience {
  readonly limitMs: number;
  readonly stillMs: number;
  /** The part of the garbage, from 0 to 1, that ends the wait once it is gone. */
  readonly enough: number;
}

/**
 * Waits until enough garbage is gone, or nothing has gone for `stillMs`, or the limit.
 *
 * @param stored bytes by digest of all that was ever stored
 * @param needed the same of what live images need
 */
export async function waitForCollection(
  server: CrashServer,
  stored: ReadonlyMap<string, number>,
  needed: ReadonlyMap<string, number>,
  { limitMs, stillMs, enough }: Patience,
): Promise<Garbage> {
  const all = new Map([...stored, ...needed]);
  const live = { bytes: sum(needed), rows: needed.size };
  const made = { bytes: sum(all) - live.bytes, rows: all.size - live.rows };
  const start = performance.now();
  let changed = start;
  let kept = await measureKept(server);
  for (;;) {
    const left = { bytes: kept.bytes - live.bytes, rows: kept.rows - live.rows };
    const now = performance.now();
    const gone = Math.max(0, Math.min(1 - left.bytes / made.bytes, 1 - left.rows / made.rows));
    if (gone >= enough || now - start > limitMs || now - changed > stillMs) {
      return { made: made.bytes, left, gone, waitedMs: now - start };
    }
    await delay(POLL_MS);
    const next = await measureKept(server);
    if (next.bytes !== kept.bytes || next.rows !== kept.rows) changed = performance.now();
    kept = next;
  }
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}
