import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, it } from 'vitest';
import { collect, put, readBlob, rejectionOf, sourceOf } from '../blobstore.contract.ts';
import type { BlobStore } from '../blobstore.ts';
import { createFilesystemBlobStore } from './filesystem-blobstore.ts';

/** Mounts a small tmpfs; its path, or why that cannot be done here. */
function mountTmpfs(options: string): { readonly path: string } | { readonly reason: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { reason: 'mounting a tmpfs needs root on Linux' };
  }
  const path = mkdtempSync(join(tmpdir(), 'berth-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
    return { path };
  } catch (error) {
    rmdirSync(path);
    return { reason: `mounting a tmpfs failed: ${String(error)}` };
  }
}

describe('filesystem blob store on a full disk', () => {
  const mounted: string[] = [];

  afterEach(() => {
    for (const path of mounted.splice(0)) {
      execFileSync('umount', ['--lazy', path]);
      rmdirSync(path);
    }
  });

  async function openOn(
    options: string,
    skip: (reason: string) => void,
  ): Promise<{ readonly store: BlobStore; readonly path: string } | undefined> {
    const mount = mountTmpfs(options);
    if ('reason' in mount) {
      skip(mount.reason);
      return undefined;
    }
    mounted.push(mount.path);
    return { store: await createFilesystemBlobStore({ root: mount.path }), path: mount.path };
  }

  it('refuses what does not fit, keeps the rest, and goes on once there is room', async ({
    skip,
  }) => {
    const opened = await openOn('size=4m,nr_inodes=4096', skip);
    if (opened === undefined) return;
    const { store } = opened;
    const bytes = randomBytes(2 * 1024 * 1024);
    const kept = await put(store, bytes);
    const uploadId = randomUUID();
    await store.append(uploadId, 0, sourceOf(Buffer.from('acknowledged')));
    const chunks = Array.from({ length: 64 }, () => randomBytes(64 * 1024));
    const error = await rejectionOf(store.append(uploadId, 12, sourceOf(...chunks)));
    expect(error.kind).toBe('no-space');
    expect(error.message).toContain('no bytes');

    expect((await readBlob(store, kept)).equals(bytes)).toBe(true);
    // The failed append gave its space back: the acknowledged part can still be finished.
    await store.append(uploadId, 12, sourceOf(randomBytes(1024 * 1024)));
    expect((await rejectionOf(put(store, randomBytes(1024 * 1024)))).kind).toBe('no-space');
    expect(await store.delete(kept)).toBe(true);
    expect(await store.emptyTrash(new Date(Date.now() + 60_000))).toBe(1);
    await put(store, randomBytes(1024 * 1024));
  });

  it('tells inode exhaustion, on staging and on commit, and still deletes', async ({ skip }) => {
    const opened = await openOn('size=16m,nr_inodes=40', skip);
    if (opened === undefined) return;
    const { store } = opened;
    const kept = await put(store, Buffer.from('kept'));
    const staged: string[] = [];
    let refusal: unknown;
    for (let index = 0; index < 40 && refusal === undefined; index += 1) {
      const uploadId = randomUUID();
      try {
        await store.append(uploadId, 0, sourceOf(Buffer.from('x')));
        staged.push(uploadId);
      } catch (error) {
        refusal = error;
      }
    }
    const message = 'storage has no inodes left';
    expect(refusal).toMatchObject({ kind: 'no-space', message });
    const [first = ''] = staged;
    const digest = digestOf(Buffer.from('x'));
    const refused = await rejectionOf(store.commit(first, digest));
    expect(refused.kind).toBe('no-space');
    expect((await rejectionOf(store.probe())).kind).toBe('no-space');

    expect(await readBlob(store, kept)).toEqual(Buffer.from('kept'));
    expect(await store.delete(kept)).toBe(true);
    expect(await store.emptyTrash(new Date(Date.now() + 60_000))).toBe(1);
    for (const uploadId of staged.slice(1)) await store.cancel(uploadId);
    expect(await store.commit(first, digest)).toEqual({ size: 1 });
    expect(await collect(store.list())).toEqual([{ digest, size: 1 }]);
  });
});
