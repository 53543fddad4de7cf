import { type Digest, digestOf } from '@berth/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent, testActor } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  listArtifacts,
  listEvents,
  type Place,
  pushImage,
  pushManifest,
  tagsOf,
  usageOf,
} from '../../test/images.ts';
import type { TagMove } from './tag-history.repository.ts';

let database: TestDatabase;
let content: Content;
let projectId = 0;
let count = 0;
let place: Place;
const absent = digestOf(Buffer.from('absent'));
const bob = { name: 'bob', requestId: 'request-2' };

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database, undefined, { immutableTags: new Set(['fixed']) });
  projectId = await createTestProject(content, 'team');
});
afterAll(async () => {
  await content.close();
  await database.drop();
});
beforeEach(() => {
  count += 1;
  place = { repository: `team/app${count}`, projectId };
});

const tags = () => tagsOf(content.db, place.repository);
const create = (digest: Digest, name: string) =>
  content.tags.createTag(place.repository, digest, name, testActor);

/** Moves of a tag, newest first, without ids and times. */
async function historyOf(tag: string) {
  const page = { offset: 0, limit: 1_000 };
  const { moves } = await content.tags.listHistory(place.repository, tag, page);
  return moves.map(({ from, to, actor }: TagMove) => ({ from, to, actor }));
}

/** Repushes what is there already. */
async function repush(digest: Digest, options: { tags: string[] }) {
  const found = await content.manifests.find(place.repository, { digest });
  if (found === undefined) throw new Error('not pushed');
  return pushManifest(content, place, found.content, options);
}

describe('a tag', () => {
  it('is made for an artifact, at once visible, and told', async () => {
    const image = await pushImage(content, place);
    expect(await content.manifests.find(place.repository, { tag: 'v1' })).toBeUndefined();
    await create(image.digest, 'v1');
    const found = await content.manifests.find(place.repository, { tag: 'v1' });
    expect(found?.digest).toBe(image.digest);
    expect((await listEvents(content.db, place.repository)).at(-1)).toEqual({
      type: 'CREATE_TAG',
      projectId,
      repository: place.repository,
      digest: image.digest,
      tag: 'v1',
      operator: 'ann',
      requestId: 'request-1',
    });
  });

  it('is not made over another, and does not move it', async () => {
    const first = await pushImage(content, place, { tags: ['v1'] });
    const second = await pushImage(content, place);
    for (const { digest } of [first, second]) {
      await expect(create(digest, 'v1')).rejects.toMatchObject({ kind: 'conflict' });
    }
    expect(await tags()).toEqual({ v1: first.digest });
    expect(await historyOf('v1')).toHaveLength(1);
  });

  it.each([['artifact'], ['repository']])('is not made without its %s', async (what) => {
    if (what === 'artifact') await pushImage(content, place);
    await expect(create(absent, 'v1')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it.each([[''], ['.v1'], ['-v1'], ['v 1'], ['a/b'], ['x'.repeat(129)]])(
    'is not made with the name %j',
    async (name) => {
      const image = await pushImage(content, place);
      await expect(create(image.digest, name)).rejects.toMatchObject({ kind: 'invalid' });
    },
  );

  it('made many times at once is made once', async () => {
    const images = await Promise.all([1, 2, 3, 4].map(() => pushImage(content, place)));
    const outcomes = await Promise.allSettled(images.map(({ digest }) => create(digest, 'v1')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await historyOf('v1')).toHaveLength(1);
  });

  it('is deleted only where it is expected', async () => {
    const image = await pushImage(content, place, { tags: ['v1', 'v2'] });
    const remove = (digest: typeof absent) =>
      content.removal.deleteTag(place.repository, 'v1', testActor, digest);
    expect(await remove(absent)).toBe(false);
    expect(Object.keys(await tags())).toEqual(['v1', 'v2']);
    expect(await remove(image.digest)).toBe(true);
    expect(await remove(image.digest)).toBe(false);
    expect(await tags()).toEqual({ v2: image.digest });
    expect(await listArtifacts(content.db, place.repository)).toHaveLength(1);
    expect((await listEvents(content.db, place.repository)).at(-1)).toMatchObject({
      type: 'DELETE_TAG',
      digest: image.digest,
      tag: 'v1',
    });
  });

  it('is deleted, or was moved, but is never said to be absent while it moves', async () => {
    const images = await Promise.all([1, 2].map(() => pushImage(content, place)));
    for (let round = 0; round < 40; round += 1) {
      const [first, second] = round % 2 === 0 ? images : images.toReversed();
      if (!first || !second) throw new Error('no images');
      await repush(first.digest, { tags: ['v1'] });
      const [isDeleted] = await Promise.all([
        content.removal.deleteTag(place.repository, 'v1', testActor),
        repush(second.digest, { tags: ['v1'] }),
      ]);
      expect(isDeleted).toBe(true);
    }
  });
});

/** Each move begins where the one before it ended, and goes somewhere else. */
function expectLine(history: readonly Pick<TagMove, 'from' | 'to'>[]): void {
  let at: Digest | undefined;
  for (const move of history) {
    expect(move.from).toBe(at);
    expect(move.to).not.toBe(at);
    at = move.to;
  }
}

describe('the history of a tag', () => {
  it('tells who made, moved, deleted and restored it, and its digests', async () => {
    const first = await pushImage(content, place, { tags: ['v1'] });
    const second = await pushImage(content, place, { tags: ['v1'], actor: bob });
    await content.removal.deleteTag(place.repository, 'v1', testActor);
    await content.tags.restoreTag(place.repository, 'v1', first.digest, bob);
    await content.tags.restoreTag(place.repository, 'v1', second.digest, testActor);
    await content.removal.deleteArtifact(place.repository, second.digest, bob);
    expect(await historyOf('v1')).toEqual([
      { from: second.digest, to: undefined, actor: 'bob' },
      { from: first.digest, to: second.digest, actor: 'ann' },
      { from: undefined, to: first.digest, actor: 'bob' },
      { from: second.digest, to: undefined, actor: 'ann' },
      { from: first.digest, to: second.digest, actor: 'bob' },
      { from: undefined, to: first.digest, actor: 'ann' },
    ]);
  });

  it('has no entry for a push of what the tag is at', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    const before = await historyOf('v1');
    await repush(image.digest, { tags: ['v1'] });
    await content.tags.restoreTag(place.repository, 'v1', image.digest, bob);
    expect(await historyOf('v1')).toEqual(before);
    const told = await listEvents(content.db, place.repository);
    expect(told.map(({ type }) => type)).toEqual(['PUSH_ARTIFACT', 'PUSH_ARTIFACT']);
  });

  it('comes in pages, and outlives the repository', async () => {
    await pushImage(content, place, { tags: ['v1'] });
    await pushImage(content, place, { tags: ['v1'] });
    await content.removal.deleteRepository(place.repository, testActor);
    const all = await historyOf('v1');
    expect(all).toHaveLength(3);
    const page = await content.tags.listHistory(place.repository, 'v1', { offset: 1, limit: 1 });
    expect(page).toMatchObject({ total: 3, moves: [all[1]] });
  });

  it('is a line when many push at once', async () => {
    const images = await Promise.all(
      Array.from({ length: 64 }, () => pushImage(content, place, { tags: ['v1'] })),
    );
    const history = (await historyOf('v1')).toReversed();
    expect(history).toHaveLength(64);
    expect(new Set(history.map(({ to }) => to))).toEqual(
      new Set(images.map(({ digest }) => digest)),
    );
    expectLine(history);
    expect(await tags()).toEqual({ v1: history.at(-1)?.to });
  });

  it('is a line when many push, restore and delete what is there', async () => {
    const images = await Promise.all(
      [1, 2, 3, 4].map(() => pushImage(content, place, { tags: ['v1'] })),
    );
    await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const digest = images[index % 4]?.digest ?? absent;
        if (index % 8 === 0) await content.removal.deleteTag(place.repository, 'v1', bob);
        else if (index % 2 === 0) await repush(digest, { tags: ['v1'] });
        else await content.tags.restoreTag(place.repository, 'v1', digest, bob);
      }),
    );
    const history = (await historyOf('v1')).toReversed();
    expectLine(history);
    expect((await tags())['v1']).toBe(history.at(-1)?.to);
  });
});

describe('restoring a tag', () => {
  it('is refused to a digest where it never was', async () => {
    await pushImage(content, place, { tags: ['v1'] });
    const other = await pushImage(content, place, { tags: ['v2'] });
    const restoring = content.tags.restoreTag(place.repository, 'v1', other.digest, testActor);
    await expect(restoring).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is refused to an artifact that is gone', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    await pushImage(content, place, { tags: ['v1'] });
    await content.removal.deleteArtifact(place.repository, image.digest, testActor);
    const restoring = content.tags.restoreTag(place.repository, 'v1', image.digest, testActor);
    await expect(restoring).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('an immutable tag', () => {
  it('can be made by a push and by hand, and neither moved nor deleted', async () => {
    const image = await pushImage(content, place, { tags: ['fixed'] });
    const other = await pushImage(content, place);
    const refused = {
      kind: 'precondition',
      message: `Failed to process request due to '${place.repository}:fixed' configured as immutable.`,
    };
    for (const digest of [image.digest, other.digest]) {
      await expect(repush(digest, { tags: ['fixed'] })).rejects.toMatchObject(refused);
    }
    const deleting = content.removal.deleteTag(place.repository, 'fixed', testActor);
    await expect(deleting).rejects.toMatchObject(refused);
    expect(await tags()).toEqual({ fixed: image.digest });
    expect(await historyOf('fixed')).toHaveLength(1);

    place = { ...place, repository: `${place.repository}/by-hand` };
    const third = await pushImage(content, place);
    await create(third.digest, 'fixed');
    expect(await tags()).toEqual({ fixed: third.digest });
  });

  it('is not restored away from where it is', async () => {
    const free = openContent(database, content.store);
    const [first, second] = [
      await pushImage(free, place, { tags: ['fixed'] }),
      await pushImage(free, place, { tags: ['fixed'] }),
    ];
    await free.close();
    const restoring = content.tags.restoreTag(place.repository, 'fixed', first.digest, testActor);
    await expect(restoring).rejects.toMatchObject({ kind: 'precondition' });
    expect(await tags()).toEqual({ fixed: second.digest });
  });

  it('that two pushes make at once is made by one of them', async () => {
    for (let round = 0; round < 25; round += 1) {
      place = { repository: `team/twice${round}`, projectId };
      const pushes = await Promise.allSettled(
        [1, 2].map(() => pushImage(content, place, { tags: ['fixed'] })),
      );
      const won = pushes.filter((push) => push.status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect(await tags()).toEqual({ fixed: won[0]?.value.digest });
      expect(await listArtifacts(content.db, place.repository)).toHaveLength(1);
      expect(await listEvents(content.db, place.repository)).toHaveLength(1);
    }
  });

  it('among the tags of a push lets it change nothing', async () => {
    const image = await pushImage(content, place, { tags: ['fixed', 'v1'] });
    const blobs = await pushImage(content, place, { tags: ['other'] });
    const before = await usageOf(content.db, projectId);
    const pushing = pushImage(content, place, {
      tags: ['v1', 'fixed', 'v2'],
      blobs: blobs.blobs,
    });
    await expect(pushing).rejects.toMatchObject({ kind: 'precondition' });
    expect(await tags()).toEqual({
      fixed: image.digest,
      other: blobs.digest,
      v1: image.digest,
    });
    expect(await usageOf(content.db, projectId)).toEqual(before);
    expect(await listEvents(content.db, place.repository)).toHaveLength(2);
  });
});
