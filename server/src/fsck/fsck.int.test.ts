import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestEncoded, digestOf, mediaType } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Content,
  createTestProject,
  imageManifest,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createFilesystemBlobStore } from '../blobstore/index.ts';
import { createQuotaCheckRepository } from '../quotas/index.ts';
import { createFsckRepository } from './fsck.repository.ts';
import { checkStorage, type Finding } from './fsck.service.ts';

let database: TestDatabase;
let directory = '';
let content: Content;
let target = { repository: 'team/app', projectId: 0 };
const bytes = { config: randomBytes(50), layer: randomBytes(90) };
const layer = digestOf(bytes.layer);
let manifest: Digest;
let manifestSize = 0;

beforeEach(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'berth-fsck-'));
  content = openContent(database, await createFilesystemBlobStore({ root: directory }));
  target = { ...target, projectId: await createTestProject(content, 'team') };
  const config = await pushBlob(content, target, bytes.config);
  const image = imageManifest(config, await pushBlob(content, target, bytes.layer));
  const { digest } = await content.manifests.put({
    ...target,
    reference: { tag: 'v1' },
    tags: [],
    contentType: mediaType.ociManifest,
    content: image,
    actor: testActor,
  });
  manifest = digest;
  manifestSize = image.length;
});
afterEach(async () => {
  await content.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function check(options: { repair?: boolean; quick?: boolean } = {}) {
  const found: Finding[] = [];
  const usage = createQuotaCheckRepository(content.db);
  const report = await checkStorage(createFsckRepository(content.db), usage, content.store, {
    quick: false,
    repair: false,
    ...options,
    onFinding: (finding) => void found.push(finding),
    onProgress: () => undefined,
  });
  return { report, found };
}

function pathOf(digest: Digest): string {
  const hex = digestEncoded(digest);
  return join(directory, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}

async function isThere(digest: Digest): Promise<boolean> {
  const other = openContent(database, content.store);
  const blob = await other.blobs.find(target.repository, digest);
  await other.close();
  return blob !== undefined;
}

describe('a sound store', () => {
  it.each([{}, { quick: true }, { repair: true }])('has no findings (%j)', async (options) => {
    const { report, found } = await check(options);
    expect(found).toEqual([]);
    expect(report).toMatchObject({ blobs: 2, artifacts: 1, repaired: 0 });
  });
});

describe('a lost blob', () => {
  it('is found with who needs it, and nothing changes without repair', async () => {
    await content.store.delete(layer);
    const { found } = await check();
    expect(found).toEqual([{ kind: 'missing', digest: layer, users: ['team/app:v1'] }]);
    expect((await content.blobRows.find(target.repository, layer))?.size).toBe(90);
  });

  it('is marked by repair, so that the next push brings it back', async () => {
    await content.store.delete(layer);
    expect((await check({ repair: true })).report.repaired).toBe(1);
    expect((await content.blobRows.find(target.repository, layer))?.size).toBeUndefined();
    await pushBlob(content, target, bytes.layer);
    expect((await content.blobRows.find(target.repository, layer))?.size).toBe(90);
    expect((await check()).found).toEqual([]);
  });

  it('that came back by itself is told, and marked by repair', async () => {
    await content.store.delete(layer);
    await check({ repair: true });
    await content.store.restore(layer);
    expect((await check()).found).toEqual([{ kind: 'returned', digest: layer }]);
    await check({ repair: true });
    expect((await check()).found).toEqual([]);
    expect(await isThere(layer)).toBe(true);
  });
});

describe('a damaged blob', () => {
  it.each([
    ['of another size', () => truncate(pathOf(layer), 10), true],
    ['of other bytes', () => writeFile(pathOf(layer), randomBytes(90)), false],
    ['emptied', () => truncate(pathOf(layer), 0), true],
  ])('%s is found', async (_how, damage, isSeenQuickly) => {
    await damage();
    expect((await check()).found).toMatchObject([
      { kind: 'damaged', digest: layer, users: ['team/app:v1'] },
    ]);
    expect((await check({ quick: true })).found).toHaveLength(isSeenQuickly ? 1 : 0);
  });

  it('is healed by repair and a push of the same size', async () => {
    await writeFile(pathOf(layer), randomBytes(90));
    await check({ repair: true });
    expect(await content.store.stat(layer)).toBeUndefined();
    await pushBlob(content, target, bytes.layer);
    expect((await check()).found).toEqual([]);
  });
});

describe('a project', () => {
  const used = () => manifestSize + 50 + 90;

  it.each([
    ['too much', 7],
    ['too little', -7],
  ])('that is said to use %s is told, and counted again by repair', async (_what, bytes) => {
    await content.db
      .insertInto('quota_delta')
      .values({ project_id: target.projectId, bytes })
      .execute();
    const counted = { project: 'team', actual: used(), unused: 0 };
    const finding = { kind: 'miscounted', ...counted, recorded: used() + bytes };
    expect((await check()).found).toEqual([finding]);
    expect((await check({ repair: true })).report).toMatchObject({
      repaired: 1,
      findings: { miscounted: 1 },
    });
    expect((await check()).found).toEqual([]);
  });

  it('that is charged for what nothing refers to is told, and no longer charged by repair', async () => {
    const digest = digestOf(Buffer.from('nothing'));
    const row = { project_id: target.projectId, digest, size: 11 };
    await content.db.insertInto('project_blob').values(row).execute();
    const finding = { kind: 'miscounted', project: 'team', recorded: used(), actual: used() };
    expect((await check()).found).toEqual([{ ...finding, unused: 11 }]);
    await check({ repair: true });
    expect((await check()).found).toEqual([]);
  });
});

describe('bytes that no row knows', () => {
  it('are told, and moved to the trash by repair', async () => {
    const orphan = randomBytes(20);
    const id = '01234567-89ab-4def-8123-456789abcdef';
    await content.store.append(id, 0, Readable.from([orphan]));
    await content.store.commit(id, digestOf(orphan));
    const finding = { kind: 'orphan', digest: digestOf(orphan), size: 20 };
    expect((await check()).found).toEqual([finding]);
    expect(await content.store.stat(digestOf(orphan))).toBeDefined();
    expect((await check({ repair: true })).report.repaired).toBe(1);
    expect(await content.store.stat(digestOf(orphan))).toBeUndefined();
    expect((await check()).found).toEqual([]);
    expect(await content.store.restore(digestOf(orphan))).toBe(true);
  });
});

describe('a damaged manifest', () => {
  it('is told, and stays so', async () => {
    await content.db
      .updateTable('artifact')
      .set({ content: Buffer.from('{}') })
      .where('digest', '=', manifest)
      .execute();
    for (const repair of [false, true]) {
      expect((await check({ repair })).found).toEqual([
        { kind: 'damaged-manifest', name: `team/app@${manifest}` },
      ]);
    }
  });

  it('is healed by a push of the same', async () => {
    await content.db
      .updateTable('artifact')
      .set({ content: Buffer.from('{}') })
      .where('digest', '=', manifest)
      .execute();
    const [config, pushed] = [
      { digest: digestOf(bytes.config), size: 50 },
      { digest: layer, size: 90 },
    ];
    await content.manifests.put({
      ...target,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, pushed),
      actor: testActor,
    });
    expect((await check()).found).toEqual([]);
  });
});
