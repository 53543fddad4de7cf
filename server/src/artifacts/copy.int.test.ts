import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent, testActor } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  cosignTag,
  listArtifacts,
  listEvents,
  listListed,
  type Place,
  type Pushed,
  pushAccessory,
  pushCosignSignature,
  pushImage,
  pushIndex,
  tagsOf,
  usageOf,
} from '../../test/images.ts';

let database: TestDatabase;
let content: Content;
let count = 0;
let from: Place;
let to: Place;

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database, undefined, { immutableTags: new Set(['fixed']) });
});
afterAll(async () => {
  await content.close();
  await database.drop();
});
beforeEach(async () => {
  count += 1;
  const [here, there] = [`here${count}`, `there${count}`];
  from = { repository: `${here}/app`, projectId: await createTestProject(content, here) };
  to = { repository: `${there}/copy`, projectId: await createTestProject(content, there) };
});

function copy({ digest }: Pick<Pushed, 'digest'>, target: Place = to): Promise<void> {
  const source = { repository: from.repository, digest };
  return content.copies.copy({ ...target, from: source, actor: { ...testActor, name: 'bob' } });
}

const digestsIn = async ({ repository }: Place) =>
  new Set((await listArtifacts(content.db, repository)).map(({ digest }) => digest));

/** Everything that is known of bytes. */
async function readBlobs() {
  const { rows } = await sql`SELECT digest, size, created_at FROM blob ORDER BY digest`.execute(
    content.db,
  );
  return rows;
}

async function listStored() {
  const entries: unknown[] = [];
  for await (const entry of content.store.list()) entries.push(entry);
  return entries;
}

describe('copying an artifact', () => {
  it('brings children, accessories and theirs along, and moves no bytes', async () => {
    const children = [await pushImage(content, from), await pushImage(content, from)];
    const index = await pushIndex(content, from, children, { tags: ['v1', 'latest'] });
    const signature = await pushAccessory(content, from, index);
    await pushAccessory(content, from, signature);
    await pushCosignSignature(content, from, index);
    for (const child of children) await pushAccessory(content, from, child);
    const beside = await pushImage(content, from, { tags: ['other'] });
    const blobs = await readBlobs();
    const stored = await listStored();

    await copy(index);

    const expected = await digestsIn(from);
    expected.delete(beside.digest);
    expect(await digestsIn(to)).toEqual(expected);
    expect(await listListed(content.db, to.repository)).toEqual([index.digest]);
    expect(await readBlobs()).toEqual(blobs);
    expect(await listStored()).toEqual(stored);
    for (const { blobs } of children) {
      const found = await content.blobs.find(to.repository, blobs[0].digest);
      expect(found?.size).toBe(blobs[0].size);
    }
  });

  it('moves all tags of the artifact, and of nothing else', async () => {
    const child = await pushImage(content, from, { tags: ['amd64'] });
    const index = await pushIndex(content, from, [child], { tags: ['v1', 'latest'] });
    const before = await pushImage(content, to, { tags: ['latest', 'old'] });
    await copy(index);
    expect(await tagsOf(content.db, to.repository)).toEqual({
      latest: index.digest,
      old: before.digest,
      v1: index.digest,
    });
    expect(await tagsOf(content.db, from.repository)).toEqual({
      amd64: child.digest,
      latest: index.digest,
      v1: index.digest,
    });
    const page = { offset: 0, limit: 10 };
    const { moves } = await content.tags.listHistory(to.repository, 'latest', page);
    expect(moves[0]).toMatchObject({ from: before.digest, to: index.digest, actor: 'bob' });
  });

  it('brings the tag by which cosign finds a signature, and no other of it', async () => {
    const image = await pushImage(content, from, { tags: ['v1'] });
    const signature = await pushCosignSignature(content, from, image);
    await content.tags.createTag(from.repository, signature.digest, 'v2', testActor);
    await copy(image);
    expect(await tagsOf(content.db, to.repository)).toEqual({
      v1: image.digest,
      [cosignTag(image.digest)]: signature.digest,
    });
  });

  it('counts in the target what it did not have, and only that', async () => {
    const image = await pushImage(content, from, { tags: ['v1'] });
    const source = await usageOf(content.db, from.projectId);
    const shared = { repository: `${to.repository}/shared`, projectId: to.projectId };
    const [config] = image.blobs;
    await content.blobs.mount({ ...shared, actor: testActor }, config.digest, {
      from: from.repository,
    });
    expect((await usageOf(content.db, to.projectId)).counted).toBe(config.size);
    await copy(image);
    const size = image.size + image.blobs[0].size + image.blobs[1].size;
    const used = { counted: size, known: size, actual: size };
    expect(await usageOf(content.db, to.projectId)).toEqual(used);
    await copy(image, shared);
    expect(await usageOf(content.db, to.projectId)).toEqual(used);
    expect(await usageOf(content.db, from.projectId)).toEqual(source);
  });

  it('asks for room for all of its content', async () => {
    const asked: unknown[] = [];
    const limited = openContent(database, content.store, {
      room: {
        within: (projectId, parts, _occasion, work) => {
          asked.push([projectId, parts.map(({ digest }) => digest).toSorted()]);
          return work();
        },
      },
    });
    const image = await pushImage(content, from);
    const source = { repository: from.repository, digest: image.digest };
    await limited.copies.copy({ ...to, from: source, actor: testActor });
    const digests = [image.digest, ...image.blobs.map(({ digest }) => digest)].toSorted();
    expect(asked).toEqual([[to.projectId, digests]]);
    await limited.close();
  });

  it('again changes nothing, and brings what came to it meanwhile', async () => {
    const image = await pushImage(content, from, { tags: ['v1'] });
    await copy(image);
    const rows = await listArtifacts(content.db, to.repository);
    const used = await usageOf(content.db, to.projectId);
    await copy(image);
    expect(await listArtifacts(content.db, to.repository)).toEqual(rows);
    expect(await usageOf(content.db, to.projectId)).toEqual(used);
    const page = { offset: 0, limit: 10 };
    expect((await content.tags.listHistory(to.repository, 'v1', page)).total).toBe(1);
    const signature = await pushAccessory(content, from, image);
    await copy(image);
    expect(await digestsIn(to)).toEqual(new Set([image.digest, signature.digest]));
  });

  it('tells that it was pushed to the target', async () => {
    const image = await pushImage(content, from, { tags: ['v2', 'v1'] });
    await copy(image);
    expect(await listEvents(content.db, to.repository)).toEqual([
      {
        type: 'PUSH_ARTIFACT',
        projectId: to.projectId,
        repository: to.repository,
        digest: image.digest,
        tags: ['v1', 'v2'],
        operator: 'bob',
        requestId: 'request-1',
      },
    ]);
  });

  it('is refused for an accessory by itself', async () => {
    const image = await pushImage(content, from);
    const signature = await pushAccessory(content, from, image);
    await expect(copy(signature)).rejects.toMatchObject({ kind: 'refused' });
    expect(await digestsIn(to)).toEqual(new Set());
  });

  it('is refused where it would move an immutable tag, and changes nothing', async () => {
    const image = await pushImage(content, from, { tags: ['fixed', 'v1'] });
    const there = await pushImage(content, to, { tags: ['fixed'] });
    const used = await usageOf(content.db, to.projectId);
    await expect(copy(image)).rejects.toMatchObject({
      kind: 'precondition',
      message: `Failed to process request due to '${to.repository}:fixed' configured as immutable.`,
    });
    expect(await tagsOf(content.db, to.repository)).toEqual({ fixed: there.digest });
    expect(await digestsIn(to)).toEqual(new Set([there.digest]));
    expect(await usageOf(content.db, to.projectId)).toEqual(used);
  });

  it('makes an immutable tag that is free, and may find it made by itself', async () => {
    const image = await pushImage(content, from, { tags: ['fixed'] });
    await copy(image);
    await copy(image);
    expect(await tagsOf(content.db, to.repository)).toEqual({ fixed: image.digest });
  });

  it('at once with another that brings the same immutable tag succeeds for one of them', async () => {
    const other = { ...from, repository: `${from.repository}/other` };
    for (let round = 0; round < 15; round += 1) {
      const target = { ...to, repository: `${to.repository}/${round}` };
      const sources = await Promise.all(
        [from, other].map(async (place) => {
          const image = await pushImage(
            content,
            { ...place, repository: `${place.repository}/${round}` },
            { tags: ['fixed'] },
          );
          return { repository: `${place.repository}/${round}`, digest: image.digest };
        }),
      );
      const outcomes = await Promise.allSettled(
        sources.map((source) => content.copies.copy({ ...target, from: source, actor: testActor })),
      );
      const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const fixed = { fixed: sources[won]?.digest };
      expect(await tagsOf(content.db, target.repository)).toEqual(fixed);
    }
  });

  it.each([['absent'], ['deleted']])('of what is %s is refused', async (what) => {
    const image = await pushImage(content, from);
    if (what === 'deleted') {
      await content.removal.deleteArtifact(from.repository, image.digest, testActor);
    } else {
      from = { ...from, repository: `${from.repository}/absent` };
    }
    await expect(copy(image)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('whose source is deleted meanwhile is whole, or is not there', async () => {
    const outcomes = { copied: 0, refused: 0 };
    for (let round = 0; round < 40; round += 1) {
      const child = await pushImage(content, from);
      const index = await pushIndex(content, from, [child], { tags: ['v1'] });
      const target = { ...to, repository: `${to.repository}/${round}` };
      const deleting = content.removal.deleteArtifact(from.repository, index.digest, testActor);
      const copying = copy(index, target).then(
        () => true,
        (error) => {
          expect(error).toMatchObject({ kind: 'not-found' });
          return false;
        },
      );
      const [isCopied] = await Promise.all([copying, deleting]);
      const expected = isCopied ? [child.digest, index.digest] : [];
      expect(await digestsIn(target)).toEqual(new Set(expected));
      const used = await usageOf(content.db, to.projectId);
      expect(used).toEqual({ counted: used.actual, known: used.actual, actual: used.actual });
      outcomes[isCopied ? 'copied' : 'refused'] += 1;
    }
    expect(outcomes.copied + outcomes.refused).toBe(40);
  });

  it('succeeds while its target is deleted again and again', async () => {
    const image = await pushImage(content, from, { tags: ['v1'] });
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([copy(image), content.removal.deleteRepository(to.repository, testActor)]);
      const used = await usageOf(content.db, to.projectId);
      expect(used).toEqual({ counted: used.actual, known: used.actual, actual: used.actual });
    }
    await copy(image);
    expect(await digestsIn(to)).toEqual(new Set([image.digest]));
  });
});
