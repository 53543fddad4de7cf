import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent, testActor } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  cosignTag,
  indexManifest,
  listArtifacts,
  listListed,
  makeCosignSignature,
  type Place,
  type Pushed,
  pushAccessory,
  pushCosignSignature,
  pushImage,
  pushIndex,
  pushManifest,
} from '../../test/images.ts';

let database: TestDatabase;
let content: Content;
let projectId = 0;
let count = 0;
let place: Place;

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database);
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

const listed = () => listListed(content.db, place.repository);

async function remove({ digest }: Pushed): Promise<void> {
  await content.removal.deleteArtifact(place.repository, digest, testActor);
}

describe('the list of artifacts', () => {
  it('shows an index, and of its children only those with a tag', async () => {
    const [plain, tagged] = [
      await pushImage(content, place),
      await pushImage(content, place, { tags: ['amd64'] }),
    ];
    expect(await listed()).toEqual([plain.digest, tagged.digest]);
    const index = await pushIndex(content, place, [plain, tagged], { tags: ['v1'] });
    expect(await listed()).toEqual([tagged.digest, index.digest]);
    await content.tags.createTag(place.repository, plain.digest, 'arm64', testActor);
    expect(await listed()).toEqual([plain.digest, tagged.digest, index.digest]);
    await content.removal.deleteTag(place.repository, 'arm64', testActor);
    await content.removal.deleteTag(place.repository, 'amd64', testActor);
    expect(await listed()).toEqual([index.digest]);
  });

  it('hides a child that loses its tag to another artifact, and shows one that takes it', async () => {
    const child = await pushImage(content, place, { tags: ['v1'] });
    const index = await pushIndex(content, place, [child]);
    const other = await pushImage(content, place, { tags: ['v1'] });
    expect(await listed()).toEqual([index.digest, other.digest]);
    await content.tags.restoreTag(place.repository, 'v1', child.digest, testActor);
    expect(await listed()).toEqual([child.digest, index.digest, other.digest]);
  });

  it('hides a child that comes after its index, unless it comes with a tag', async () => {
    const elsewhere = { repository: `${place.repository}/source`, projectId };
    const children = [await pushImage(content, elsewhere), await pushImage(content, elsewhere)];
    const index = await pushIndex(content, place, children);
    const [hidden, shown] = children;
    if (!hidden || !shown) throw new Error('no children');
    for (const [child, tags] of [
      [hidden, []],
      [shown, ['v1']],
    ] as const) {
      const found = await content.manifests.find(elsewhere.repository, { digest: child.digest });
      for (const { digest } of child.blobs) {
        const target = { ...place, actor: testActor };
        await content.blobs.mount(target, digest, { from: elsewhere.repository });
      }
      await pushManifest(content, place, found?.content ?? Buffer.from(''), { tags });
      // Again, which changes nothing.
      await pushManifest(content, place, found?.content ?? Buffer.from(''));
    }
    expect(await listed()).toEqual([index.digest, shown.digest]);
  });

  it('shows children again that their index leaves behind', async () => {
    const [tagged, shared] = [
      await pushImage(content, place, { tags: ['v1'] }),
      await pushImage(content, place),
    ];
    const first = await pushIndex(content, place, [tagged, shared]);
    const second = await pushIndex(content, place, [shared]);
    await remove(first);
    expect(await listed()).toEqual([tagged.digest, second.digest]);
    await content.removal.deleteTag(place.repository, 'v1', testActor);
    expect(await listed()).toEqual([tagged.digest, second.digest]);
    await remove(second);
    expect(await listed()).toEqual([tagged.digest]);
  });

  it('shows no accessories, tagged or not, however they tell what they are about', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    await pushAccessory(content, place, image);
    await pushAccessory(content, place, image, { tags: ['signature'] });
    await pushCosignSignature(content, place, image);
    expect(await listed()).toEqual([image.digest]);
    expect(await listArtifacts(content.db, place.repository)).toHaveLength(4);
  });

  it('hides what cosign only tags as a signature later', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    const bytes = await makeCosignSignature(content, place);
    const signature = await pushManifest(content, place, bytes);
    expect(await listed()).toEqual([image.digest, signature.digest]);
    await pushManifest(content, place, bytes, { tags: [cosignTag(image.digest)] });
    expect(await listed()).toEqual([image.digest]);
  });
});

describe('at the same time', () => {
  /** Runs both, one a little ahead of the other in half of the rounds. */
  async function race(
    round: number,
    first: () => Promise<unknown>,
    second: () => Promise<unknown>,
  ) {
    await Promise.all(round % 2 === 0 ? [first(), second()] : [second(), first()]);
  }

  it.each([
    ['tag of its child is made', false],
    ['tag of its child is deleted', true],
  ])('as a %s, pushing an index ends with the right list', async (_what, wasTagged) => {
    for (let round = 0; round < 40; round += 1) {
      place = { repository: `team/race${count}-${round}`, projectId };
      const child = await pushImage(content, place, { tags: wasTagged ? ['v1'] : [] });
      const bytes = indexManifest([child]);
      let index = child;
      await race(
        round,
        async () => {
          index = { ...child, ...(await pushManifest(content, place, bytes)) };
        },
        () =>
          wasTagged
            ? content.removal.deleteTag(place.repository, 'v1', testActor)
            : content.tags.createTag(place.repository, child.digest, 'v1', testActor),
      );
      const expected = wasTagged ? [index.digest] : [child.digest, index.digest];
      expect(await listed(), `round ${round}`).toEqual(expected);
    }
  });

  it.each([
    ['made', false],
    ['deleted', true],
  ])(
    'as a tag of its child is %s, deleting an index ends with the right list',
    async (_what, wasTagged) => {
      for (let round = 0; round < 40; round += 1) {
        place = { repository: `team/gone${count}-${round}`, projectId };
        const child = await pushImage(content, place, { tags: wasTagged ? ['v1'] : [] });
        const index = await pushIndex(content, place, [child]);
        const changing = () =>
          wasTagged
            ? content.removal.deleteTag(place.repository, 'v1', testActor)
            : content.tags.createTag(place.repository, child.digest, 'v1', testActor);
        let isTagged = !wasTagged;
        await race(
          round,
          () => remove(index),
          () =>
            changing().catch(() => {
              isTagged = false;
            }),
        );
        // Tagged or not, nothing hides it, if it was not deleted with its index.
        const rows = await listArtifacts(content.db, place.repository);
        expect(
          rows.every((row) => row.is_listed),
          `round ${round}`,
        ).toBe(true);
        if (isTagged) expect(rows.map((row) => row.digest)).toEqual([child.digest]);
      }
    },
  );
});
