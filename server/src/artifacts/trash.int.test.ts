import { randomBytes } from 'node:crypto';
import { type Digest, digestOf, mediaType } from '@berth/oci';
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
import {
  indexManifest,
  listArtifacts,
  listEvents,
  listListed,
  type Place,
  type Pushed,
  pushAccessory,
  pushCosignSignature,
  pushImage,
  pushIndex,
  pushManifest,
  tagsOf,
  usageOf,
} from '../../test/images.ts';
import { isForeignKeyViolation } from '../db/index.ts';

let database: TestDatabase;
let content: Content;
let count = 0;
let place: Place;
const page = { offset: 0, limit: 100 };
const bob = { name: 'bob', requestId: 'request-2' };

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database);
});
afterAll(async () => {
  await content.close();
  await database.drop();
});
beforeEach(async () => {
  count += 1;
  const projectId = await createTestProject(content, `team${count}`);
  place = { repository: `team${count}/app`, projectId };
});

const remove = ({ digest }: Pick<Pushed, 'digest'>) =>
  content.removal.deleteArtifact(place.repository, digest, testActor);
const restore = ({ digest }: Pick<Pushed, 'digest'>) => content.trash.restore(place, digest, bob);
const digests = async () =>
  new Set((await listArtifacts(content.db, place.repository)).map(({ digest }) => digest));
const deleted = async () => (await content.trash.listDeleted(place, page)).artifacts;

/** The artifacts' rows, without what tells when they came. */
async function readRows() {
  const rows = await content.db
    .selectFrom('artifact')
    .innerJoin('repository', 'repository.id', 'artifact.repository_id')
    .selectAll('artifact')
    .where('repository.name', '=', place.repository)
    .orderBy('digest')
    .execute();
  return rows.map((row) => ({ ...row, id: 0, repository_id: 0, pushed_at: undefined }));
}

async function expectCounted(): Promise<void> {
  const { counted, known, actual } = await usageOf(content.db, place.projectId);
  expect({ counted, known }).toEqual({ counted: actual, known: actual });
}

/** As if nobody had been told lately that a blob is here. */
async function endLeases(): Promise<void> {
  await content.db
    .updateTable('blob')
    .set({ leased_until: new Date(0) })
    .execute();
}

describe('what was deleted', () => {
  it('is listed with its tags, who deleted it and its size, newest first', async () => {
    const first = await pushImage(content, place, { tags: ['v2', 'v1'] });
    const second = await pushImage(content, place);
    await remove(first);
    await content.removal.deleteArtifact(place.repository, second.digest, bob);
    const found = await content.trash.listDeleted(place, page);
    expect(found.total).toBe(2);
    expect(found.artifacts).toMatchObject([
      { digest: second.digest, tags: [], deletedBy: 'bob' },
      {
        digest: first.digest,
        repository: place.repository,
        mediaType: mediaType.ociManifest,
        type: 'IMAGE',
        size: first.size + first.blobs[0].size + first.blobs[1].size,
        tags: ['v1', 'v2'],
        deletedBy: 'ann',
      },
    ]);
    const next = await content.trash.listDeleted(place, { offset: 1, limit: 1 });
    expect(next.artifacts.map(({ digest }) => digest)).toEqual([first.digest]);
  });

  it('is listed for the project with that of deleted repositories, and for no other', async () => {
    const image = await pushImage(content, place);
    await content.removal.deleteRepository(place.repository, testActor);
    const { projectId } = place;
    const all = await content.trash.listDeleted({ projectId, repository: undefined }, page);
    expect(all.artifacts.map(({ digest }) => digest)).toEqual([image.digest]);
    const other = { repository: undefined, projectId: projectId + 1_000 };
    expect((await content.trash.listDeleted(other, page)).total).toBe(0);
  });

  it('is there once, as it was when it was deleted last', async () => {
    const image = await pushImage(content, place, { tags: ['v1'], note: 'same' });
    await remove(image);
    await pushImage(content, place, { tags: ['v2'], note: 'same', blobs: image.blobs });
    await remove(image);
    expect((await deleted()).map(({ tags }) => tags)).toEqual([['v2']]);
  });

  it('keeps the rows of its blobs', async () => {
    const image = await pushImage(content, place);
    await remove(image);
    const { digest } = image.blobs[1];
    const deleting = content.db.deleteFrom('blob').where('digest', '=', digest).execute();
    await expect(deleting).rejects.toSatisfy((error) => isForeignKeyViolation(error));
    await endLeases();
    await content.trash.purge(new Date(Date.now() + 60_000));
    await content.db.deleteFrom('blob').where('digest', '=', digest).execute();
  });
});

describe('restoring', () => {
  it('an image brings its rows, blobs and tags back, counts them, and tells who did it', async () => {
    const image = await pushImage(content, place, { tags: ['v2', 'v1'] });
    const [rows, used] = [await readRows(), await usageOf(content.db, place.projectId)];
    await remove(image);
    await restore(image);
    expect(await readRows()).toEqual(rows);
    expect(await usageOf(content.db, place.projectId)).toEqual(used);
    expect(await tagsOf(content.db, place.repository)).toEqual({
      v1: image.digest,
      v2: image.digest,
    });
    for (const blob of image.blobs) {
      expect((await content.blobs.find(place.repository, blob.digest))?.size).toBe(blob.size);
    }
    const { moves } = await content.tags.listHistory(place.repository, 'v1', page);
    expect(moves[0]).toMatchObject({ from: undefined, to: image.digest, actor: 'bob' });
    expect(await deleted()).toEqual([]);
  });

  it('an index brings the children back that went with it, and hides them', async () => {
    const [dangling, tagged] = [
      await pushImage(content, place),
      await pushImage(content, place, { tags: ['amd64'] }),
    ];
    const index = await pushIndex(content, place, [dangling, tagged], { tags: ['v1'] });
    const rows = await readRows();
    await remove(index);
    expect(await digests()).toEqual(new Set([tagged.digest]));
    await restore(index);
    expect(await readRows()).toEqual(rows);
    expect(await listListed(content.db, place.repository)).toEqual([tagged.digest, index.digest]);
    const edges = await content.db
      .selectFrom('artifact_reference')
      .innerJoin('artifact', 'artifact.id', 'artifact_reference.artifact_id')
      .select(['child_digest', 'platform', 'position'])
      .where('artifact.digest', '=', index.digest)
      .orderBy('position')
      .execute();
    expect(edges).toEqual([
      {
        child_digest: dangling.digest,
        platform: { os: 'linux', architecture: 'amd64' },
        position: 0,
      },
      {
        child_digest: tagged.digest,
        platform: { os: 'linux', architecture: 'arm64' },
        position: 1,
      },
    ]);
    await expect(remove(dangling)).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('a signed image brings its signatures back, theirs too, and hides them', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    const signature = await pushAccessory(content, place, image);
    await pushAccessory(content, place, signature);
    await pushCosignSignature(content, place, image);
    const rows = await readRows();
    await remove(image);
    expect(await deleted()).toHaveLength(4);
    await restore(image);
    expect(await readRows()).toEqual(rows);
    expect(await listListed(content.db, place.repository)).toEqual([image.digest]);
    await expectCounted();
  });

  it('a signature of cosign whose tag is taken still leaves it a signature', async () => {
    const image = await pushImage(content, place);
    const signature = await pushCosignSignature(content, place, image);
    const [tag] = Object.keys(await tagsOf(content.db, place.repository));
    await remove(image);
    await pushImage(content, place, { tags: [tag ?? ''] });
    await restore(image);
    const rows = await listArtifacts(content.db, place.repository);
    expect(rows.find(({ digest }) => digest === signature.digest)).toMatchObject({
      accessory_of: image.digest,
      is_listed: false,
    });
  });

  it('takes only tags that are free', async () => {
    const image = await pushImage(content, place, { tags: ['v1', 'v2'] });
    await remove(image);
    const other = await pushImage(content, place, { tags: ['v1'] });
    await restore(image);
    expect(await tagsOf(content.db, place.repository)).toEqual({
      v1: other.digest,
      v2: image.digest,
    });
    expect((await listEvents(content.db, place.repository)).at(-1)).toMatchObject({
      type: 'PUSH_ARTIFACT',
      digest: image.digest,
      tags: ['v2'],
      operator: 'bob',
    });
  });

  it('never moves a tag that a push makes meanwhile', async () => {
    for (let round = 0; round < 30; round += 1) {
      place = { ...place, repository: `team${count}/race${round}` };
      const image = await pushImage(content, place, { tags: ['v1'] });
      await remove(image);
      const [other] = await Promise.all([
        pushImage(content, place, { tags: ['v1'], blobs: [image.blobs[0], image.blobs[0]] }),
        restore(image),
      ]);
      expect(await tagsOf(content.db, place.repository)).toEqual({ v1: other.digest });
    }
  });

  it('works into a deleted repository, and one deleted at the same time', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    await content.removal.deleteRepository(place.repository, testActor);
    await restore(image);
    expect(await digests()).toEqual(new Set([image.digest]));
    for (let round = 0; round < 20; round += 1) {
      const other = await pushImage(content, place);
      await remove(other);
      await Promise.all([
        restore(other),
        content.removal.deleteRepository(place.repository, testActor),
      ]);
      // It came first and was deleted again, or last, and is there.
      const gone = (await deleted()).map(({ digest }) => digest);
      const isThere = (await digests()).has(other.digest);
      expect(gone.includes(other.digest), `round ${round}`).toBe(!isThere);
      await expectCounted();
    }
  });

  it('twice at once brings it back once', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    await remove(image);
    const outcomes = await Promise.allSettled([restore(image), restore(image)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(failure?.reason).toMatchObject({ kind: 'not-found' });
    expect(await digests()).toEqual(new Set([image.digest]));
    await expectCounted();
  });

  it('is refused for what was not deleted, or in another project', async () => {
    const image = await pushImage(content, place);
    await expect(restore(image)).rejects.toMatchObject({ kind: 'not-found' });
    await remove(image);
    const other = { ...place, projectId: place.projectId + 1_000 };
    const restoring = content.trash.restore(other, image.digest, bob);
    await expect(restoring).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is refused when the bytes of a blob are lost, and changes nothing', async () => {
    const image = await pushImage(content, place);
    await remove(image);
    await content.db
      .updateTable('blob')
      .set({ missing_since: new Date() })
      .where('digest', '=', image.blobs[0].digest)
      .execute();
    await expect(restore(image)).rejects.toMatchObject({ kind: 'precondition' });
    expect(await digests()).toEqual(new Set());
    expect(await deleted()).toHaveLength(1);
    await expectCounted();
  });

  it('works for manifests with text that the database cannot hold as JSON', async () => {
    const [config, layer] = [await pushBlob(content, place), await pushBlob(content, place)];
    const unheld = (bytes: Buffer) => Buffer.from(bytes.toString().replace('{', '{"x":"\\u0000",'));
    const child = await pushManifest(content, place, unheld(imageManifest(config, layer)));
    const index = await pushManifest(content, place, unheld(indexManifest([child])));
    await remove(index);
    await restore(index);
    expect(await digests()).toEqual(new Set([child.digest, index.digest]));
  });
});

describe('purging', () => {
  async function deleteAt(date: Date): Promise<Digest> {
    const image = await pushImage(content, place);
    await remove(image);
    await content.db
      .updateTable('deleted_artifact')
      .set({ deleted_at: date })
      .where('digest', '=', image.digest)
      .execute();
    return image.digest;
  }

  it('waits for the manifest of a push that has sent its last blob', async () => {
    const old = await deleteAt(new Date('2026-01-01T00:00:00Z'));
    await pushBlob(content, place);
    await endLeases();
    expect(await content.trash.purge(new Date('2026-01-02T00:00:00Z'))).toBe(0);
    await content.db
      .updateTable('repository_blob')
      .set({ created_at: new Date(0) })
      .execute();
    expect(await content.trash.purge(new Date('2026-01-02T00:00:00Z'))).toBe(1);
    await expect(restore({ digest: old })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('forgets what was deleted before, which cannot be restored then', async () => {
    const old = await deleteAt(new Date('2026-01-01T00:00:00Z'));
    const young = await deleteAt(new Date('2026-01-03T00:00:00Z'));
    expect(await content.trash.purge(new Date('2026-01-02T00:00:00Z'))).toBe(0);
    await endLeases();
    expect(await content.trash.purge(new Date('2026-01-02T00:00:00Z'))).toBe(1);
    expect((await deleted()).map(({ digest }) => digest)).toEqual([young]);
    await expect(restore({ digest: old })).rejects.toMatchObject({ kind: 'not-found' });
    await restore({ digest: young });
    const held = await content.db
      .selectFrom('deleted_artifact_blob')
      .innerJoin('deleted_artifact', 'deleted_artifact.id', 'deleted_artifact_id')
      .select('deleted_artifact_blob.digest')
      .where('project_id', '=', place.projectId)
      .execute();
    expect(held).toEqual([]);
  });

  it('of more than one batch forgets all', async () => {
    const rows = Array.from({ length: 1_001 }, () => ({
      project_id: place.projectId,
      repository_name: place.repository,
      digest: digestOf(randomBytes(8)),
      media_type: mediaType.ociManifest,
      content: Buffer.from('{}'),
      tags: [],
      pushed_at: new Date('2025-01-01T00:00:00Z'),
      deleted_by: 'ann',
      deleted_at: new Date('2025-06-01T00:00:00Z'),
    }));
    await content.db.insertInto('deleted_artifact').values(rows).execute();
    expect(await content.trash.purge(new Date('2025-07-01T00:00:00Z'))).toBe(1_001);
    expect(await deleted()).toEqual([]);
  });
});

describe('deleting a project', () => {
  it('takes its trash, history, events and counts along once its repositories are gone', async () => {
    const image = await pushImage(content, place, { tags: ['v1'] });
    await pushIndex(content, place, [image]);
    await content.removal.deleteRepository(place.repository, testActor);
    const { projectId } = place;
    await content.db.deleteFrom('project').where('id', '=', projectId).execute();
    for (const table of [
      'deleted_artifact',
      'tag_history',
      'event_outbox',
      'project_blob',
      'quota_delta',
      'quota_reservation',
    ] as const) {
      const rows = content.db.selectFrom(table).where('project_id', '=', projectId);
      expect([table, await rows.select('project_id').execute()]).toEqual([table, []]);
    }
  });
});
