import { OciError } from '@berth/oci';
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
import {
  listArtifacts,
  listEvents,
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

import { dependentsOf } from './locked-artifacts.repository.ts';

let database: TestDatabase;
let content: Content;
let projectId = 0;
let count = 0;
let place: Place;

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
  projectId = await createTestProject(content, `team${count}`);
  place = { repository: `team${count}/app`, projectId };
});

function remove({ digest }: Pushed): Promise<boolean> {
  return content.removal.deleteArtifact(place.repository, digest, testActor);
}

const digests = async () =>
  (await listArtifacts(content.db, place.repository)).map((row) => row.digest);

/** Events of what is deleted, without who did it. */
async function deletions() {
  const events = await listEvents(content.db, place.repository);
  return events.filter(({ type }) => type !== 'PUSH_ARTIFACT');
}

describe('deleting an artifact', () => {
  it('takes the children along that neither a tag nor another index keeps', async () => {
    const [dangling, tagged, shared] = [
      await pushImage(content, place),
      await pushImage(content, place, { tags: ['kept'] }),
      await pushImage(content, place),
    ];
    const other = await pushIndex(content, place, [shared]);
    const index = await pushIndex(content, place, [dangling, tagged, shared], { tags: ['v1'] });
    expect(await remove(index)).toBe(true);
    expect(await digests()).toEqual([tagged.digest, shared.digest, other.digest]);
  });

  it('takes the children of its children along, whatever lists them too', async () => {
    const image = await pushImage(content, place);
    const inner = await pushIndex(content, place, [image]);
    const outer = await pushIndex(content, place, [image, inner]);
    await remove(outer);
    expect(await digests()).toEqual([]);
  });

  it('takes accessories along, theirs too, and those of its children', async () => {
    const child = await pushImage(content, place);
    const index = await pushIndex(content, place, [child], { tags: ['v1'] });
    const signature = await pushAccessory(content, place, index);
    await pushAccessory(content, place, signature);
    await pushAccessory(content, place, child);
    await pushCosignSignature(content, place, index);
    const other = await pushImage(content, place);
    const kept = await pushAccessory(content, place, other);
    await remove(index);
    expect(await digests()).toEqual([other.digest, kept.digest]);
    const used = await usageOf(content.db, projectId);
    expect(used).toEqual({ counted: used.actual, known: used.actual, actual: used.actual });
  });

  it('deletes an accessory alone, and leaves what it is about', async () => {
    const image = await pushImage(content, place);
    const signature = await pushAccessory(content, place, image);
    await remove(signature);
    expect(await digests()).toEqual([image.digest]);
  });

  it('is refused while an index lists it, and the index is named', async () => {
    const child = await pushImage(content, place, { tags: ['v1'] });
    const index = await pushIndex(content, place, [child]);
    await expect(remove(child)).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining(index.digest),
    });
    expect(await tagsOf(content.db, place.repository)).toEqual({ v1: child.digest });
    await remove(index);
    expect(await remove(child)).toBe(true);
  });

  it('is refused with one immutable tag, and changes nothing', async () => {
    const image = await pushImage(content, place, { tags: ['fixed', 'v1'] });
    await pushAccessory(content, place, image);
    const before = await usageOf(content.db, projectId);
    await expect(remove(image)).rejects.toMatchObject({
      kind: 'precondition',
      message: `Failed to process request due to '${place.repository}:fixed' configured as immutable.`,
    });
    expect(await digests()).toHaveLength(2);
    expect(Object.keys(await tagsOf(content.db, place.repository))).toEqual(['fixed', 'v1']);
    expect(await usageOf(content.db, projectId)).toEqual(before);
    expect(await deletions()).toEqual([]);
    const trash = await content.trash.listDeleted(place, { offset: 0, limit: 10 });
    expect(trash.total).toBe(0);
  });

  it('is refused with an immutable tag of an accessory', async () => {
    const image = await pushImage(content, place);
    await pushAccessory(content, place, image, { tags: ['fixed'] });
    await expect(remove(image)).rejects.toMatchObject({ kind: 'precondition' });
    expect(await digests()).toHaveLength(2);
  });

  it('tells of the artifact alone, with its tags and labels', async () => {
    const child = await pushImage(content, place);
    const index = await pushIndex(content, place, [child], { tags: ['v2', 'v1'] });
    await pushAccessory(content, place, index);
    const [row] = await content.db
      .selectFrom('artifact')
      .select('id')
      .where('digest', '=', index.digest)
      .execute();
    for (const name of ['stable', 'checked']) {
      const label = await content.db
        .insertInto('label')
        .values({ name, project_id: projectId })
        .returning('id')
        .executeTakeFirstOrThrow();
      await content.db
        .insertInto('artifact_label')
        .values({ artifact_id: row?.id ?? 0, label_id: label.id })
        .execute();
    }
    await remove(index);
    expect(await deletions()).toEqual([
      {
        type: 'DELETE_ARTIFACT',
        projectId,
        repository: place.repository,
        digest: index.digest,
        tags: ['v1', 'v2'],
        labels: ['checked', 'stable'],
        operator: 'ann',
        requestId: 'request-1',
      },
    ]);
  });

  it('resolves false when it, or its repository, is not there', async () => {
    const image = await pushImage(content, place);
    await remove(image);
    expect(await remove(image)).toBe(false);
    expect(await content.removal.deleteArtifact('team/absent', image.digest, testActor)).toBe(
      false,
    );
  });

  it('keeps a blob that another manifest needs, and frees it with the last one', async () => {
    const first = await pushImage(content, place);
    const second = await pushImage(content, place, { blobs: first.blobs });
    await remove(first);
    const [{ digest }] = first.blobs;
    expect(await content.blobs.find(place.repository, digest)).toBeDefined();
    await remove(second);
    expect(await content.blobs.find(place.repository, digest)).toBeUndefined();
  });

  it('frees what two share when both go at once', async () => {
    for (let round = 0; round < 30; round += 1) {
      const first = await pushImage(content, place);
      const second = await pushImage(content, place, { blobs: first.blobs });
      await Promise.all([remove(first), remove(second)]);
      const used = await usageOf(content.db, projectId);
      expect(used, `round ${round}`).toEqual({ counted: 0, known: 0, actual: 0 });
    }
  });

  it('frees what two repositories share when both are emptied at once', async () => {
    const beside = { repository: `${place.repository}/beside`, projectId };
    for (let round = 0; round < 30; round += 1) {
      const bytes = [Buffer.from(`config ${round}`), Buffer.from(`layer ${round}`)];
      const [first, second] = await Promise.all(
        [place, beside].map(async (one) => {
          const [config, layer] = await Promise.all(bytes.map((it) => pushBlob(content, one, it)));
          if (!config || !layer) throw new Error('no blobs');
          return pushManifest(content, one, imageManifest(config, layer, 'same'));
        }),
      );
      if (!first || !second) throw new Error('no images');
      await Promise.all([
        remove(first),
        content.removal.deleteArtifact(beside.repository, second.digest, testActor),
      ]);
      const used = await usageOf(content.db, projectId);
      expect(used, `round ${round}`).toEqual({ counted: 0, known: 0, actual: 0 });
    }
  });

  it('takes a shared child along when both of its indexes go at once', async () => {
    for (let round = 0; round < 30; round += 1) {
      const child = await pushImage(content, place);
      const [first, second] = [
        await pushIndex(content, place, [child]),
        await pushIndex(content, place, [child]),
      ];
      await Promise.all([remove(first), remove(second)]);
      expect(await digests(), `round ${round}`).toEqual([]);
    }
  });
});

describe('the cost', () => {
  it('of looking for what goes along does not grow with the repository', async () => {
    const image = await pushImage(content, place);
    await sql`
      WITH many AS (
        SELECT artifact.*, 'sha256:' || encode(sha256(n::text::bytea), 'hex') AS other
        FROM artifact, generate_series(1, 8000) AS n WHERE digest = ${image.digest}
      ),
      counted AS (
        INSERT INTO project_blob (project_id, digest, size) SELECT project_id, other, 1 FROM many
      )
      INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content)
      SELECT repository_id, project_id, other, media_type, 1, 'x' FROM many`.execute(content.db);
    await sql`ANALYZE artifact`.execute(content.db);
    const rows = await content.db
      .selectFrom('artifact')
      .select(['id', 'digest', 'repository_id'])
      .where('digest', '=', image.digest)
      .execute();
    const query = dependentsOf(rows[0]?.repository_id ?? 0, rows, rows);
    const plan = await sql<Record<string, string>>`EXPLAIN ${query}`.execute(content.db);
    const lines = plan.rows.flatMap((row) => Object.values(row)).join('\n');
    expect(lines).toContain('artifact_accessory');
    expect(lines).not.toContain('Seq Scan on artifact ');
  });
});

describe('pushing what a deletion takes away', () => {
  it('brings blobs back that went with another manifest meanwhile, and counts them', async () => {
    const first = await pushImage(content, place);
    const [config, layer] = first.blobs;
    // As a client that was told by HEAD that it need not push them.
    await remove(first);
    expect(await usageOf(content.db, projectId)).toMatchObject({ counted: 0 });
    const second = await pushManifest(content, place, imageManifest(config, layer, 'second'), {
      tags: ['v1'],
    });
    const size = config.size + layer.size + second.size;
    const used = await usageOf(content.db, projectId);
    expect(used).toEqual({ counted: size, known: size, actual: size });
    expect(await content.blobs.find(place.repository, layer.digest)).toBeDefined();
  });

  it('never brings blobs of another repository', async () => {
    const first = await pushImage(content, place);
    await remove(first);
    const other = { ...place, repository: `${place.repository}/other` };
    const pushing = pushManifest(content, other, imageManifest(...first.blobs, 'second'));
    await expect(pushing).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
  });

  it('succeeds however both meet', async () => {
    for (let round = 0; round < 40; round += 1) {
      const first = await pushImage(content, place);
      const bytes = imageManifest(...first.blobs, `second ${round}`);
      const [second] = await Promise.all([pushManifest(content, place, bytes), remove(first)]);
      expect(await digests(), `round ${round}`).toEqual([second.digest]);
      const used = await usageOf(content.db, projectId);
      expect(used).toEqual({ counted: used.actual, known: used.actual, actual: used.actual });
      await remove(second);
    }
  });
});

describe('deleting a repository', () => {
  it('of 450 artifacts takes batches, frees everything, and tells of what lists show', async () => {
    const image = await pushImage(content, place, { tags: ['v0'] });
    const untold = await pushAccessory(content, place, image);
    for (let batch = 0; batch < 9; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const note = `${batch} ${index}`;
          return pushManifest(content, place, imageManifest(...image.blobs, note));
        }),
      );
    }
    expect(await digests()).toHaveLength(452);
    expect(await content.removal.deleteRepository(place.repository, testActor)).toBe(true);
    expect(await digests()).toEqual([]);
    expect(await usageOf(content.db, projectId)).toEqual({ counted: 0, known: 0, actual: 0 });
    const told = await deletions();
    expect(told.slice(0, -1).every(({ type }) => type === 'DELETE_ARTIFACT')).toBe(true);
    expect(told).toHaveLength(452);
    expect(told[0]).toMatchObject({ digest: image.digest, tags: ['v0'], labels: [] });
    expect(told.map((event) => event['digest'])).not.toContain(untold.digest);
    expect(told.at(-1)).toEqual({
      type: 'DELETE_REPOSITORY',
      projectId,
      repository: place.repository,
      operator: 'ann',
      requestId: 'request-1',
    });
    expect(await content.removal.deleteRepository(place.repository, testActor)).toBe(false);
  });

  it('is refused with an immutable tag anywhere, and changes nothing', async () => {
    await pushImage(content, place, { tags: ['v1'] });
    await pushImage(content, place, { tags: ['fixed'] });
    const deleting = content.removal.deleteRepository(place.repository, testActor);
    await expect(deleting).rejects.toMatchObject({ kind: 'precondition' });
    expect(await digests()).toHaveLength(2);
    expect(await deletions()).toEqual([]);
  });

  it('leaves what another repository of the project shares', async () => {
    const beside = { repository: `${place.repository}/beside`, projectId };
    const image = await pushImage(content, place);
    await content.copies.copy({
      ...beside,
      from: { repository: place.repository, digest: image.digest },
      actor: testActor,
    });
    const before = await usageOf(content.db, projectId);
    await content.removal.deleteRepository(place.repository, testActor);
    expect(await usageOf(content.db, projectId)).toEqual(before);
    const found = await content.manifests.find(beside.repository, { digest: image.digest });
    expect(found?.digest).toBe(image.digest);
  });

  it('keeps or refuses a push at the same time, and never loses an acknowledged one', async () => {
    const outcomes = { kept: 0, deleted: 0, refused: 0 };
    for (let round = 0; round < 40; round += 1) {
      const first = await pushImage(content, place);
      const bytes = imageManifest(...first.blobs, `round ${round}`);
      const deleting = content.removal.deleteRepository(place.repository, testActor);
      const pushing = pushManifest(content, place, bytes, { tags: ['v1'] }).catch((error) => {
        if (error instanceof OciError && error.code === 'MANIFEST_BLOB_UNKNOWN') return undefined;
        throw error;
      });
      const [pushed] = await Promise.all([pushing, deleting]);
      const used = await usageOf(content.db, projectId);
      expect(used).toEqual({ counted: used.actual, known: used.actual, actual: used.actual });
      const found = pushed && (await content.manifests.find(place.repository, pushed));
      if (found) {
        expect((await tagsOf(content.db, place.repository))['v1']).toBe(pushed.digest);
        outcomes.kept += 1;
      } else if (pushed) {
        // It came first, and went with the repository: then the trash has it.
        const { artifacts } = await content.trash.listDeleted(place, { offset: 0, limit: 100 });
        expect(artifacts.map(({ digest }) => digest)).toContain(pushed.digest);
        outcomes.deleted += 1;
      } else {
        outcomes.refused += 1;
      }
      await content.removal.deleteRepository(place.repository, testActor);
    }
    expect(outcomes.kept + outcomes.deleted + outcomes.refused).toBe(40);
    expect(outcomes.refused).toBeLessThan(40);
  });
});
