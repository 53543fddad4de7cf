import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaType } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DistributionLayout } from '../../test/distribution-layout.ts';
import { listListed } from '../../test/images.ts';
import { type ImportWorld, openImportWorld } from '../../test/storage-import.ts';
import { createFilesystemBlobStore } from '../blobstore/index.ts';
import { createQuotaCheckRepository } from '../quotas/index.ts';
import {
  BlobFiles,
  createCopyingBringer,
  createLinkingBringer,
  isForeign,
  previewImport,
} from './index.ts';

let world: ImportWorld;
const never = new AbortController().signal;

beforeEach(async () => {
  world = await openImportWorld();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('importing a storage in place', () => {
  it('makes images pullable by tag and by digest, and copies nothing', async () => {
    const shared = await world.layout.blob();
    const first = await world.layout.image('team/app', { tags: ['1', 'latest'], layer: shared });
    const second = await world.layout.image('team/deep/er/app', { layer: shared });
    const before = await stat(world.layout.blobPath(shared.digest));
    const report = await world.run();
    expect(report).toMatchObject({ repositories: 2, artifacts: 2, tags: 2, blobs: 3, skipped: 0 });
    expect(report.bytes).toBe(600);
    expect(await world.pull('team/app', 'latest')).toEqual(first.content);
    expect(await world.pull('team/deep/er/app', second.digest)).toEqual(second.content);
    const blob = await world.content.blobs.find('team/deep/er/app', shared.digest);
    expect(blob?.size).toBe(200);
    const after = await stat(world.layout.blobPath(shared.digest));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(await readdir(world.layout.repositoryPath('team/app'))).toContain('_manifests');
  });

  it('dates artifacts, tags and their history as the links are dated', async () => {
    const pushedAt = new Date('2021-03-04T05:06:07Z');
    await world.layout.image('team/app', { tags: ['1'], pushedAt });
    await world.run();
    expect(await world.rows('artifact')).toMatchObject([{ pushed_at: pushedAt }]);
    expect(await world.rows('tag')).toMatchObject([{ name: '1', pushed_at: pushedAt }]);
    expect(await world.rows('tag_history')).toMatchObject([
      { tag_name: '1', from_digest: null, changed_at: pushedAt, actor: 'berth' },
    ]);
  });

  it('tells no subscriber', async () => {
    await world.layout.image('team/app', { tags: ['1'] });
    await world.run();
    expect(await world.rows('event_outbox')).toEqual([]);
  });

  it('makes private projects without a quota, and puts single names into one of them', async () => {
    await world.layout.image('nginx', { tags: ['1'] });
    await world.layout.image('team/app');
    expect(await world.run({ singleProject: 'shelf' })).toMatchObject({
      projects: ['shelf', 'team'],
    });
    expect(await world.pull('shelf/nginx', '1')).toBeDefined();
    const projects = await world.content.db
      .selectFrom('project')
      .innerJoin('quota', 'quota.project_id', 'project.id')
      .select(['is_public', 'hard_storage'])
      .execute();
    expect(projects).toEqual([
      { is_public: false, hard_storage: -1 },
      { is_public: false, hard_storage: -1 },
    ]);
  });

  it('counts for the quota what fsck counts', async () => {
    const shared = await world.layout.blob();
    await world.layout.image('team/a', { layer: shared });
    await world.layout.image('team/b', { layer: shared });
    await world.run();
    const check = createQuotaCheckRepository(world.content.db);
    expect(await check.listMismatches()).toEqual([]);
    const used = await world.content.db
      .selectFrom('quota_delta')
      .select((eb) => eb.fn.sum<string>('bytes').as('bytes'))
      .executeTakeFirstOrThrow();
    const manifests = (await world.rows('artifact')).reduce((sum, row) => sum + row['size'], 0);
    expect(used.bytes).toBe(String(600 + manifests));
  });

  it('takes an index after what it lists, however deep, and lists only what has a tag', async () => {
    const images = [await world.layout.image('team/app'), await world.layout.image('team/app')];
    let outer = await world.layout.index('team/app', images);
    let size = images.reduce((sum, one) => sum + one.size + 400, outer.size);
    // Their digests, by which they are found, are in no order.
    for (const tag of ['1', '2', '3', '4', '5', 'multi']) {
      outer = await world.layout.index('team/app', [outer], { tags: [tag] });
      size += outer.size;
    }
    await world.run();
    expect(await world.pull('team/app', 'multi')).toEqual(outer.content);
    expect(await listListed(world.content.db, 'team/app')).toHaveLength(6);
    const { artifacts } = await world.snapshot();
    expect(artifacts.find((row) => row.digest === outer.digest)?.total_size).toBe(size);
  });

  it('ties signatures to what they sign, by subject and by cosign tag', async () => {
    const image = await world.layout.image('team/app', { tags: ['1'] });
    const subject = { mediaType: mediaType.ociManifest, digest: image.digest, size: image.size };
    const notation = await world.layout.image('team/app', {
      fields: { subject, artifactType: 'application/vnd.cncf.notary.signature' },
    });
    const config = await world.layout.blob();
    const layers = [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', ...config }];
    const tag = `${image.digest.replace(':', '-')}.sig`;
    const cosign = await world.layout.image('team/app', { tags: [tag], fields: { layers } });
    await world.run();
    const found = await world.content.db
      .selectFrom('artifact')
      .select(['digest', 'accessory_of', 'accessory_type'])
      .where('accessory_of', 'is not', null)
      .execute();
    expect(new Set(found.map((row) => `${row.digest} ${row.accessory_type}`))).toEqual(
      new Set([`${notation.digest} signature.notation`, `${cosign.digest} signature.cosign`]),
    );
    expect(await listListed(world.content.db, 'team/app')).toEqual([image.digest]);
  });

  it('serves a manifest that does not tell its type as distribution would', async () => {
    const image = await world.layout.image('team/app', { fields: { mediaType: undefined } });
    const index = await world.layout.index('team/app', [image], {
      tags: ['i'],
      fields: { mediaType: undefined },
    });
    expect(await world.run()).toMatchObject({ artifacts: 2, skipped: 0 });
    const found = await world.content.manifests.find('team/app', { tag: 'i' });
    expect(found).toMatchObject({ digest: index.digest, mediaType: mediaType.ociIndex });
  });

  it('leaves out deleted manifests and blobs that nothing refers to', async () => {
    const gone = await world.layout.image('team/app', { tags: ['old'] });
    await world.layout.deleteManifest('team/app', gone.digest, ['old']);
    await world.layout.blob(Buffer.from('an orphan'));
    const kept = await world.layout.image('team/app', { tags: ['new'] });
    expect(await world.run()).toMatchObject({ artifacts: 1, blobs: 2, skipped: 0 });
    expect(await world.pull('team/app', 'old')).toBeUndefined();
    expect(await world.pull('team/app', gone.digest)).toBeUndefined();
    expect(await world.pull('team/app', 'new')).toEqual(kept.content);
  });

  it('says what it needs when there is nothing to import', async () => {
    await expect(world.run()).rejects.toThrow(/no repositories in .*repositories/);
  });
});

describe('importing from another directory', () => {
  let own = '';
  let parts: Parameters<typeof createLinkingBringer>[0];
  beforeEach(async () => {
    own = join(world.base, 'own');
    const store = await createFilesystemBlobStore({ root: own });
    parts = {
      source: world.layout.root,
      files: new BlobFiles(world.layout.root),
      store,
      storeRoot: own,
    };
  });

  it('links files on the same file system, and leaves the source as it is', async () => {
    const image = await world.layout.image('team/app', { tags: ['1'] });
    const bringer = await createLinkingBringer(parts);
    await world.run({ source: world.layout.root, bringer });
    const path = new DistributionLayout(own).blobPath(image.layer.digest);
    const [linked, original] = [
      await stat(path),
      await stat(world.layout.blobPath(image.layer.digest)),
    ];
    expect(linked.ino).toBe(original.ino);
    expect(original.nlink).toBe(2);
    expect(await readdir(join(own, 'uploads'))).toEqual([]);
    expect(await isForeign({ ...world.rebuildPorts(), storageRoot: own })).toBe(false);
  });

  it('copies when told, and never bytes that are others', async () => {
    const image = await world.layout.image('team/app');
    const spoilt = await world.layout.image('team/app');
    await writeFile(world.layout.blobPath(spoilt.layer.digest), 'x'.repeat(spoilt.layer.size));
    const report = await world.run({
      source: world.layout.root,
      bringer: createCopyingBringer(parts),
    });
    expect(report).toMatchObject({ artifacts: 1, items: [{ reason: 'damaged' }] });
    const path = new DistributionLayout(own).blobPath(image.layer.digest);
    expect((await stat(path)).ino).not.toBe(
      (await stat(world.layout.blobPath(image.layer.digest))).ino,
    );
    expect(await parts.store.stat(spoilt.layer.digest)).toBeUndefined();
    expect(await readdir(join(own, 'uploads'))).toEqual([]);
  });

  it('is refused with what to do when the file systems differ', async () => {
    const linking = createLinkingBringer({ ...parts, source: '/proc' });
    await expect(linking).rejects.toThrow(/another file system.*BERTH_STORAGE_ROOT.*--copy/);
  });
});

describe('a preview', () => {
  it('tells the same counts, and writes nothing', async () => {
    const shared = await world.layout.blob();
    const images = [
      await world.layout.image('team/app', { layer: shared, tags: ['1'] }),
      await world.layout.image('team/app', { layer: shared }),
    ];
    await world.layout.index('team/app', images, { tags: ['i'] });
    await rm(world.layout.blobPath((await world.layout.image('nginx')).layer.digest));
    const order = { root: world.layout.root, singleProject: 'library' };
    const { seconds: _, isDryRun, ...preview } = await previewImport(order, () => undefined, never);
    expect(isDryRun).toBe(true);
    expect(await world.rows('artifact')).toEqual([]);
    expect(await world.run()).toMatchObject(preview);
  });
});
