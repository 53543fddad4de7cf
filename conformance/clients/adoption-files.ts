import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual } from './assertion.ts';
import { computeDigest } from './layout.ts';

/** Where a distribution keeps blobs, below its root directory. */
export const BLOBS = 'docker/registry/v2/blobs';

/** Path, from the directory or else from `BLOBS`, to inode and time of change of each file. */
export async function listFiles(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map<string, string>();
  const below = directory.endsWith(BLOBS) ? directory.slice(0, -BLOBS.length - 1) : directory;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { ino, mtimeMs, size } = await stat(path);
    files.set(path.slice(below.length + 1), `${ino} ${mtimeMs} ${size}`);
  }
  return files;
}

/** Pushes a blob to a registry without accounts; gives its digest. */
export async function pushBlob(repositoryUrl: string, bytes: Buffer): Promise<string> {
  const digest = computeDigest(bytes);
  const started = await fetch(`${repositoryUrl}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(started.headers.get('location') ?? '', repositoryUrl);
  location.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const body = new Uint8Array(bytes);
  const put = await fetch(location, { method: 'PUT', headers, body });
  assertEqual(put.status, 201, 'status of the blob');
  return digest;
}
