import { randomBytes } from 'node:crypto';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Content,
  createTestProject,
  imageManifest,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { MountSources } from './blob.repository.ts';

let database: TestDatabase;
let content: Content;
let team = 0;
let other = 0;
let open = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database);
  team = await createTestProject(content, 'team');
  other = await createTestProject(content, 'other');
  open = await createTestProject(content, 'open', true);
});
afterAll(async () => {
  await content.close();
  await database.drop();
});

describe('mounting', () => {
  /** A blob of its own, in one of the repositories. */
  async function pushTo(repository: string): Promise<Digest> {
    const homes = new Map([
      ['team/a', team],
      ['other/a', other],
      ['other/b', other],
      ['open/a', open],
    ]);
    return (await pushBlob(content, { repository, projectId: homes.get(repository) ?? 0 })).digest;
  }

  const own: MountSources = { projectId: 0, repositories: [] };
  it.each<[string, string, MountSources, boolean]>([
    ['from a named repository that has it', 'other/a', { from: 'other/a' }, true],
    ['from a named repository that has it not', 'other/a', { from: 'other/b' }, false],
    ['from a repository that does not exist', 'other/a', { from: 'other/none' }, false],
    ['from anywhere in the own project', 'team/a', own, true],
    ['from any public project', 'open/a', own, true],
    [
      'from a repository that the token names',
      'other/a',
      { ...own, repositories: ['other/a'] },
      true,
    ],
    [
      'beside the repository that the token names',
      'other/b',
      { ...own, repositories: ['other/a'] },
      false,
    ],
    ['from a foreign project', 'other/a', own, false],
    ['from everywhere, for who may pull everything', 'other/a', 'everywhere', true],
  ])('%s: %#', async (name, source, sources, isMounted) => {
    const target = { repository: `team/${name.replaceAll(/\W+/g, '-')}`, projectId: team };
    const digest = await pushTo(source);
    const within =
      typeof sources === 'object' && 'projectId' in sources
        ? { ...sources, projectId: team }
        : sources;
    expect(await content.blobs.find(target.repository, digest)).toBeUndefined();
    expect(await content.blobs.mount({ ...target, actor: testActor }, digest, within)).toBe(
      isMounted,
    );
    expect((await content.blobs.find(target.repository, digest)) !== undefined).toBe(isMounted);
  });

  it('again, and many times at once, is fine', async () => {
    const target = { repository: 'team/again', projectId: team };
    const digest = await pushTo('team/a');
    const mounts = Array.from({ length: 10 }, () =>
      content.blobs.mount({ ...target, actor: testActor }, digest, 'everywhere'),
    );
    expect(new Set(await Promise.all(mounts))).toEqual(new Set([true]));
  });

  it('does not take what the store has lost', async () => {
    const { digest } = await pushBlob(content, { repository: 'team/lost', projectId: team });
    await content.db
      .updateTable('blob')
      .set({ missing_since: new Date() })
      .where('digest', '=', digest)
      .execute();
    const target = { repository: 'team/finder', projectId: team };
    expect(await content.blobs.mount({ ...target, actor: testActor }, digest, 'everywhere')).toBe(
      false,
    );
  });
});

describe('a blob', () => {
  it('is read whole, small or large', async () => {
    const target = { repository: 'team/sizes', projectId: team };
    for (const size of [0, 1, 64 * 1024, 64 * 1024 + 1]) {
      const bytes = randomBytes(size);
      const { digest } = await pushBlob(content, target, bytes);
      const blob = await content.blobs.find(target.repository, digest);
      expect(blob?.size).toBe(size);
      expect(blob?.content?.equals(bytes)).toBe(size <= 64 * 1024 ? true : undefined);
    }
  });

  it('deleted in one repository stays in the others', async () => {
    const bytes = randomBytes(10);
    const { digest } = await pushBlob(content, { repository: 'team/x', projectId: team }, bytes);
    await pushBlob(content, { repository: 'team/y', projectId: team }, bytes);
    await content.blobs.find('team/x', digest);
    await content.blobs.delete('team/x', digest);
    expect(await content.blobs.find('team/x', digest)).toBeUndefined();
    expect(await content.blobs.find('team/y', digest)).toBeDefined();
    await expect(content.blobs.delete('team/x', digest)).rejects.toMatchObject({
      code: 'BLOB_UNKNOWN',
    });
  });

  it('that a manifest needs cannot be deleted, and goes with the last manifest that does', async () => {
    const target = { repository: 'team/needed', projectId: team };
    const [config, layer] = [await pushBlob(content, target), await pushBlob(content, target)];
    const bytes = imageManifest(config, layer);
    await content.manifests.put({
      ...target,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: bytes,
      actor: testActor,
    });
    for (const { digest } of [config, layer]) {
      await expect(content.blobs.delete(target.repository, digest)).rejects.toMatchObject({
        code: 'DENIED',
        status: 405,
      });
    }
    await content.manifests.delete({
      repository: target.repository,
      reference: { digest: digestOf(bytes) },
      actor: testActor,
    });
    // It went with the manifest, and can go only once.
    expect(await content.blobs.find(target.repository, layer.digest)).toBeUndefined();
    await expect(content.blobs.delete(target.repository, layer.digest)).rejects.toMatchObject({
      code: 'BLOB_UNKNOWN',
    });
  });

  it('pushed, deleted and pushed again is there', async () => {
    const target = { repository: 'team/back', projectId: team };
    const bytes = randomBytes(10);
    const { digest } = await pushBlob(content, target, bytes);
    await content.blobs.delete(target.repository, digest);
    await pushBlob(content, target, bytes);
    expect((await content.blobs.find(target.repository, digest))?.content?.equals(bytes)).toBe(
      true,
    );
  });

  it('whose bytes are gone is told by who opens it', async () => {
    const target = { repository: 'team/spoilt', projectId: team };
    const { digest } = await pushBlob(content, target, randomBytes(70_000));
    const blob = await content.blobs.find(target.repository, digest);
    if (blob === undefined) throw new Error('not pushed');
    await content.store.delete(digest);
    await content.store.emptyTrash(new Date(Date.now() + 60_000));
    await expect(content.blobs.open(blob)).rejects.toMatchObject({ kind: 'not-found' });
  });
});
