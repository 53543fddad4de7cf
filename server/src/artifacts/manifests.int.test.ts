import { digestOf, mediaType } from '@berth/oci';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Content,
  createTestProject,
  imageManifest,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';

let database: TestDatabase;
let content: Content;
let projectId = 0;
let count = 0;
/** A repository of its own for each test. */
let target = { repository: '', projectId: 0 };
let config: { digest: ReturnType<typeof digestOf>; size: number };
let layer: typeof config;

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database);
  projectId = await createTestProject(content, 'team');
});
afterAll(async () => {
  await content.close();
  await database.drop();
});
beforeEach(async () => {
  count += 1;
  target = { repository: `team/app${count}`, projectId };
  [config, layer] = await Promise.all([pushBlob(content, target), pushBlob(content, target)]);
});

/** Pushes an image and gives its digest. */
async function push(tags: readonly string[], note = '', by: Content = content) {
  const bytes = imageManifest(config, layer, note);
  const { digest } = await by.manifests.put({
    ...target,
    reference: { digest: digestOf(bytes) },
    tags,
    contentType: mediaType.ociManifest,
    content: bytes,
    actor: testActor,
  });
  return digest;
}

const digestAt = async (tag: string, by: Content = content) =>
  (await by.manifests.find(target.repository, { tag }))?.digest;

describe('putting a manifest', () => {
  it('shows its very bytes under tag and digest, in another process too', async () => {
    const digest = await push(['v1', 'latest']);
    const other = openContent(database, content.store);
    for (const reference of [{ tag: 'v1' }, { tag: 'latest' }, { digest }]) {
      const found = await other.manifests.find(target.repository, reference);
      expect(found?.digest).toBe(digest);
      expect(found?.content.equals(imageManifest(config, layer))).toBe(true);
      expect(found?.mediaType).toBe(mediaType.ociManifest);
    }
    await other.close();
  });

  it('moves a tag at once for whoever had it in memory', async () => {
    const first = await push(['v1']);
    expect(await digestAt('v1')).toBe(first);
    const second = await push(['v1'], 'second');
    expect(await digestAt('v1')).toBe(second);
    expect((await content.manifests.find(target.repository, { digest: first }))?.digest).toBe(
      first,
    );
  });

  it('again changes nothing', async () => {
    const first = await push(['v1']);
    expect(await push(['v1', 'v1'])).toBe(first);
    const rows = await content.db
      .selectFrom('artifact')
      .select('id')
      .where('digest', '=', first)
      .execute();
    expect(rows).toHaveLength(1);
  });

  it('is refused when its digest is another', async () => {
    const putting = content.manifests.put({
      ...target,
      reference: { digest: digestOf(Buffer.from('other')) },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, layer),
      actor: testActor,
    });
    await expect(putting).rejects.toMatchObject({ code: 'DIGEST_INVALID' });
  });

  it.each([
    ['config', (absent: typeof config) => imageManifest(absent, layer)],
    ['layer', (absent: typeof config) => imageManifest(config, absent)],
  ])('is refused without its %s, and leaves no tag', async (_what, make) => {
    const absent = { digest: digestOf(Buffer.from(`absent ${count}`)), size: 5 };
    const putting = content.manifests.put({
      ...target,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: make(absent),
      actor: testActor,
    });
    await expect(putting).rejects.toMatchObject({
      code: 'MANIFEST_BLOB_UNKNOWN',
      detail: [{ digest: absent.digest }],
    });
    expect(await digestAt('v1')).toBeUndefined();
  });

  it('is refused with a blob that only another repository has', async () => {
    const elsewhere = await pushBlob(content, { repository: 'team/elsewhere', projectId });
    const putting = content.manifests.put({
      ...target,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, elsewhere),
      actor: testActor,
    });
    await expect(putting).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
  });

  it('is refused when a descriptor lies about a size', async () => {
    const putting = content.manifests.put({
      ...target,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, { ...layer, size: layer.size + 1 }),
      actor: testActor,
    });
    await expect(putting).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('is refused under another media type than it is stored with', async () => {
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: { mediaType: mediaType.ociConfig, ...config },
        layers: [],
      }),
    );
    const put = (contentType: string) =>
      content.manifests.put({
        ...target,
        reference: { tag: 'v1' },
        tags: [],
        contentType,
        content: bytes,
        actor: testActor,
      });
    await put(mediaType.ociManifest);
    await expect(put(mediaType.dockerManifest)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    const found = await content.manifests.find(target.repository, { tag: 'v1' });
    expect(found?.mediaType).toBe(mediaType.ociManifest);
  });

  it('is refused when a project is gone', async () => {
    const putting = content.manifests.put({
      repository: 'gone/app',
      projectId: 999_999,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, layer),
      actor: testActor,
    });
    await expect(putting).rejects.toMatchObject({ code: 'NAME_UNKNOWN' });
  });

  it('is told that a blob went between the check and the statement', async () => {
    const other = openContent(database, content.store);
    // Holds the blob's row, deleted but not committed, until the push waits for it.
    const [deleted, committed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const deleting = other.db.transaction().execute(async (tx) => {
      await tx.deleteFrom('repository_blob').where('digest', '=', layer.digest).execute();
      deleted.resolve();
      await committed.promise;
    });
    await deleted.promise;
    const pushing = push(['v1']);
    await waitForLock(other);
    committed.resolve();
    await deleting;
    await expect(pushing).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
    expect(await digestAt('v1')).toBeUndefined();
    await other.close();
  });
});

describe('deleting', () => {
  it('a tag leaves the manifest and its other tags', async () => {
    const digest = await push(['v1', 'v2']);
    expect(await digestAt('v1')).toBe(digest);
    await content.manifests.delete({
      repository: target.repository,
      reference: { tag: 'v1' },
      actor: testActor,
    });
    expect(await digestAt('v1')).toBeUndefined();
    expect(await digestAt('v2')).toBe(digest);
  });

  it('a manifest takes its tags along, out of memory too', async () => {
    const digest = await push(['v1', 'v2']);
    const kept = await push(['v3'], 'kept');
    for (const tag of ['v1', 'v2', 'v3']) await digestAt(tag);
    await content.manifests.find(target.repository, { digest });
    await content.manifests.delete({
      repository: target.repository,
      reference: { digest },
      actor: testActor,
    });
    expect(await content.manifests.find(target.repository, { digest })).toBeUndefined();
    expect([await digestAt('v1'), await digestAt('v2'), await digestAt('v3')]).toEqual([
      undefined,
      undefined,
      kept,
    ]);
  });

  it.each([[{ tag: 'absent' }], [{ digest: digestOf(Buffer.from('absent')) }]])(
    'what is not there is refused (%j)',
    async (reference) => {
      await push(['v1']);
      await expect(
        content.manifests.delete({ ...target, reference, actor: testActor }),
      ).rejects.toMatchObject({
        code: 'MANIFEST_UNKNOWN',
      });
    },
  );

  it('in a repository that is not there is refused', async () => {
    await expect(
      content.manifests.delete({
        repository: 'team/absent',
        reference: { tag: 'v1' },
        actor: testActor,
      }),
    ).rejects.toMatchObject({
      code: 'NAME_UNKNOWN',
    });
  });

  it('twice at once is granted once', async () => {
    const digest = await push(['v1']);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() =>
        content.manifests.delete({
          repository: target.repository,
          reference: { digest },
          actor: testActor,
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('many pushes at once', () => {
  const tags = Array.from({ length: 24 }, (_, index) => `t${index}`);

  it.each([1, 2, 3])(
    'of the same tags, in any order, neither deadlock nor lose one (round %i)',
    async () => {
      const orders = Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0 ? tags : tags.toReversed(),
      );
      const digests = await Promise.all(orders.map((order, index) => push(order, `n${index}`)));
      expect(new Set(digests).size).toBe(10);
      const found = await Promise.all(tags.map((tag) => digestAt(tag)));
      expect(new Set(found).size).toBe(1);
      expect(digests).toContain(found[0]);
      for (const digest of digests) {
        expect(await content.manifests.find(target.repository, { digest })).toBeDefined();
      }
    },
  );

  it('of the same manifest store it once', async () => {
    const digests = await Promise.all(tags.map((tag) => push([tag])));
    expect(new Set(digests).size).toBe(1);
    const found = await Promise.all(tags.map((tag) => digestAt(tag)));
    expect(new Set(found)).toEqual(new Set(digests));
  });

  it('beside deletes of the manifests whose tags they move never deadlock', async () => {
    for (let round = 0; round < 25; round += 1) {
      // One by one and backwards, so that the rows lie in another order than their names.
      let old = await push([], `old ${round}`);
      for (const tag of tags.toReversed()) old = await push([tag], `old ${round}`);
      const outcomes = await Promise.allSettled([
        content.manifests.delete({
          repository: target.repository,
          reference: { digest: old },
          actor: testActor,
        }),
        push(tags, `new ${round}`),
      ]);
      const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(failures.map(({ reason }) => String(reason))).toEqual([]);
    }
  });
});

/** Resolves when a statement of this database waits for a lock. */
async function waitForLock({ db }: Content): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db);
    if (rows.length > 0) return;
  }
}
