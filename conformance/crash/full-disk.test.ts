import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestOf } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { type Caller, createCaller, createProject, waitFor } from './http.ts';
import { contentOf } from './random.ts';
import { createCrashServer } from './server.ts';
import { type BlobItem, createWorld, type Image } from './world.ts';

const MIB = 1024 * 1024;
const REPOSITORY = 'full/a';
const run = promisify(execFile);
const obstacle = await findObstacle();
if (obstacle !== undefined) process.stdout.write(`full-disk: left out, ${obstacle}\n`);

const volumes = [
  { what: 'bytes', options: 'size=24m', size: MIB, most: 40 },
  // Larger than what is kept in the database.
  { what: 'inodes', options: 'size=64m,nr_inodes=150', size: 20 * 1024, most: 200 },
];

describe.skipIf(obstacle !== undefined)('a blob volume without', { timeout: 60_000 }, () => {
  it.each(volumes)('$what refuses pushes fast, and serves and deletes on', async (volume) => {
    await using disk = await mountVolume(volume.options);
    await using server = await createCrashServer({ dataDir: disk.dataDir });
    await server.start();
    const caller = createCaller(server.url);
    await createProject(caller, 'full');
    const kept: Buffer[] = [];
    let refused: Refusal | undefined;
    for (let index = 0; index < volume.most && refused === undefined; index += 1) {
      const bytes = contentOf(`${volume.what}-${index}`, volume.size);
      refused = await push(caller, bytes);
      if (refused === undefined) kept.push(bytes);
    }
    expect(refused?.status).toBe(507);
    expect(kept.length).toBeGreaterThan(5);

    // All ways to push end alike, and at once.
    const more = Array.from({ length: 50 }, (_, index) => contentOf(`more-${index}`, volume.size));
    const refusals = await Promise.all(more.map((bytes) => push(caller, bytes)));
    const statuses = refusals.map((refusal) => refusal?.status);
    expect(new Set(statuses)).toEqual(new Set([507]));
    expect(Math.max(...refusals.map((refusal) => refusal?.ms ?? 0))).toBeLessThan(2_000);

    for (const bytes of kept) {
      const digest = digestOf(bytes);
      const answer = await caller.call('GET', `/v2/${REPOSITORY}/blobs/${digest}`);
      expect([answer.status, digestOf(answer.body)]).toEqual([200, digest]);
    }
    const [first, second, third] = kept;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('nothing was kept');
    // A manifest needs no new file.
    const image = imageOf(first, second);
    const manifest = `/v2/${REPOSITORY}/manifests/latest`;
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    expect((await caller.call('PUT', manifest, { headers, body: image.bytes })).status).toBe(201);
    expect((await caller.call('DELETE', manifest)).status).toBe(202);
    const byDigest = `/v2/${REPOSITORY}/manifests/${image.digest}`;
    expect((await caller.call('DELETE', byDigest)).status).toBe(202);
    const blob = `/v2/${REPOSITORY}/blobs/${digestOf(third)}`;
    expect((await caller.call('DELETE', blob)).status).toBe(202);
    expect((await caller.call('GET', blob)).status).toBe(404);

    await disk.grow();
    await waitFor('pushes are taken again', 10_000, async () => {
      return (await push(caller, contentOf(`after-${volume.what}`, volume.size))) === undefined;
    });
    const ready = await caller.call('GET', '/readyz');
    expect(ready.status).toBe(200);
    caller.close();
    expect(await server.stop()).toBe(0);
    const { output } = await server.fsck();
    expect(output).toContain(' 0 missing, 0 damaged,');
  });
});

interface Refusal {
  readonly status: number;
  readonly ms: number;
}

/** Pushes a blob in one request. @returns how it was refused, undefined when it was taken */
async function push(caller: Caller, body: Buffer): Promise<Refusal | undefined> {
  const start = performance.now();
  const path = `/v2/${REPOSITORY}/blobs/uploads/?digest=${digestOf(body)}`;
  const { status } = await caller.call('POST', path, { body });
  return status === 201 ? undefined : { status, ms: performance.now() - start };
}

function imageOf(config: Buffer, layer: Buffer): Image {
  return createWorld('full').createImage(itemOf(config), [itemOf(layer)]);
}

function itemOf(bytes: Buffer): BlobItem {
  return { digest: digestOf(bytes), size: bytes.length, seed: '' };
}

/** A data directory whose `registry` is a small tmpfs; PostgreSQL stays on the ordinary disk. */
async function mountVolume(options: string) {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-full-'));
  const mount = join(dataDir, 'registry');
  await mkdir(mount);
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount]);
  return {
    dataDir,
    /** More room, as an operator would make. */
    grow: () => run('mount', ['-o', 'remount,size=96m,nr_inodes=5000', mount]),
    async [Symbol.asyncDispose]() {
      // The server's own tidying may have failed on the mount point.
      await run('umount', ['-l', mount]).catch(() => undefined);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Why no volume can be mounted here; undefined when one can. */
async function findObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, to mount a small volume';
  const directory = await mkdtemp(join(tmpdir(), 'berth-mount-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]);
    await run('umount', [directory]);
    return undefined;
  } catch (error) {
    return `no tmpfs can be mounted: ${String(error)}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
