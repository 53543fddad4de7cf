import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestEncoded, digestOf, mediaType } from '@berth/oci';
import { sql } from 'kysely';
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
import { createIntegrityRepository } from '../integrity/index.ts';
import { createQuotaCheckRepository } from '../quotas/index.ts';
import type { Finding } from './finding.ts';
import { createFsckRepository } from './fsck.repository.ts';
import { checkStorage } from './fsck.service.ts';

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
  const { db, store } = content;
  const rows = createIntegrityRepository(db);
  const ports = { rows, records: createFsckRepository(db), usage, store };
  const report = await checkStorage(ports, {
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
    await rm(pathOf(layer));
    expect((await check({ repair: true })).report.repaired).toBe(1);
    expect((await content.blobRows.find(target.repository, layer))?.size).toBeUndefined();
    await pushBlob(content, target, bytes.layer);
    expect((await content.blobRows.find(target.repository, layer))?.size).toBe(90);
    expect((await check()).found).toEqual([]);
  });

  it('that is known is told with the images that miss it', async () => {
    await rm(pathOf(layer));
    await check({ repair: true });
    expect((await check()).found).toEqual([
      { kind: 'missing', digest: layer, users: ['team/app:v1'] },
      { kind: 'incomplete', name: `team/app@${manifest}`, blobs: [layer] },
    ]);
  });

  it('that is in the trash is brought back by repair', async () => {
    await content.store.delete(layer);
    expect((await check()).report.trash).toEqual({ blobs: 1, bytes: 90 });
    expect((await check({ repair: true })).found).toEqual([{ kind: 'returned', digest: layer }]);
    expect((await check()).found).toEqual([]);
    expect(await isThere(layer)).toBe(true);
  });

  it('that came back by itself is told, and marked by repair', async () => {
    await rename(pathOf(layer), `${directory}/away`);
    await check({ repair: true });
    await rename(`${directory}/away`, pathOf(layer));
    expect((await check()).found).toEqual([
      { kind: 'returned', digest: layer },
      { kind: 'incomplete', name: `team/app@${manifest}`, blobs: [layer] },
    ]);
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
    expect(await isThere(layer)).toBe(false);
    await pushBlob(content, target, bytes.layer);
    expect((await check()).found).toEqual([{ kind: 'quarantined', digest: layer, size: 90 }]);
    expect(await isThere(layer)).toBe(true);
  });
});

describe('an upload that is over', () => {
  it('is told of its bytes, which repair drops', async () => {
    const id = '01234567-89ab-4def-8123-456789abcdef';
    await content.store.append(id, 0, Readable.from([bytes.layer]));
    const finding = { kind: 'staged', uploadId: id, modifiedAt: expect.any(Date) };
    expect((await check()).found).toEqual([finding]);
    expect((await check({ repair: true })).report.repaired).toBe(1);
    expect((await check()).found).toEqual([]);
  });

  it('is told from one that goes on', async () => {
    const id = await content.uploads.start(target, 'user:1', 'sha256');
    await content.store.append(id, 0, Readable.from([bytes.layer]));
    expect((await check({ repair: true })).found).toEqual([]);
    expect(await content.store.statStaged(id)).toEqual({ size: 90 });
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

  it('is put right by repair when another repository has it too', async () => {
    const { repository, projectId } = target;
    const config = await pushBlob(content, { repository: 'team/twin', projectId }, bytes.config);
    const pushed = await pushBlob(content, { repository: 'team/twin', projectId }, bytes.layer);
    await content.manifests.put({
      projectId,
      repository: 'team/twin',
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, pushed),
      actor: testActor,
    });
    await sql`UPDATE artifact SET content = '{}' WHERE repository_id =
      (SELECT id FROM repository WHERE name = ${repository})`.execute(content.db);
    expect((await check()).found).toEqual([
      { kind: 'damaged-manifest', name: `team/app@${manifest}` },
    ]);
    expect((await check({ repair: true })).found).toEqual([
      { kind: 'healed-manifest', name: `team/app@${manifest}` },
    ]);
    expect((await check()).found).toEqual([]);
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
