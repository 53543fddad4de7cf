import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertSameImage, blobPath, listClosure, writeIndexLayout } from './layout.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-layout-'));
});

afterAll(() => rm(root, { recursive: true }));

describe('a layout with an index', () => {
  it('holds three manifests, each with a config and two layers', async () => {
    const layout = await writeIndexLayout(join(root, 'closure'));
    expect(await listClosure(layout.directory, layout.digest)).toHaveLength(1 + 3 * 4);
  });

  it('carries the payload in the first layer of its first image', async () => {
    const layout = await writeIndexLayout(join(root, 'payload'));
    const [, , , layer = ''] = await listClosure(layout.directory, layout.digest);
    const tar = gunzipSync(await readFile(blobPath(layout.directory, layer)));
    expect(tar.subarray(512, 512 + layout.payload.length).equals(layout.payload)).toBe(true);
  });
});

describe('the comparison of two layouts', () => {
  it('accepts a layout as the same as itself', async () => {
    const { directory, digest } = await writeIndexLayout(join(root, 'same'));
    await expect(assertSameImage(directory, directory, digest)).resolves.toBeUndefined();
  });

  it.each([0, 1, 2, 3, 12])('notices one changed byte in blob %i of the closure', async (at) => {
    const layout = await writeIndexLayout(join(root, `wanted-${at}`));
    const other = join(root, `other-${at}`);
    await writeIndexLayout(other);
    const closure = await listClosure(layout.directory, layout.digest);
    for (const [position, digest] of closure.entries()) {
      const bytes = await readFile(blobPath(layout.directory, digest));
      if (position === at) bytes[0] = (bytes[0] ?? 0) ^ 1;
      await writeFile(blobPath(other, digest), bytes);
    }
    await expect(assertSameImage(layout.directory, other, layout.digest)).rejects.toThrow(
      `${closure[at]} came back with other bytes`,
    );
  });

  it('notices an absent blob', async () => {
    const layout = await writeIndexLayout(join(root, 'whole'));
    const other = await writeIndexLayout(join(root, 'absent'));
    await expect(assertSameImage(layout.directory, other.directory, layout.digest)).rejects.toThrow(
      'ENOENT',
    );
  });
});
