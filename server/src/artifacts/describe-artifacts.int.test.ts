import { mediaType } from '@berth/oci';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  listArtifacts,
  type Place,
  pushAccessory,
  pushCosignSignature,
  pushImage,
  pushIndex,
} from '../../test/images.ts';
import { createArtifactRepository } from './artifact.repository.ts';
import { describeArtifacts } from './describe-artifacts.ts';
import { createUndescribedArtifacts } from './undescribed-artifacts.repository.ts';

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

const ports = () => ({
  undescribed: createUndescribedArtifacts(content.db),
  artifacts: createArtifactRepository(content.db),
});
const run = (signal?: AbortSignal) => describeArtifacts(ports(), signal);

async function readRows() {
  const artifacts = await content.db.selectFrom('artifact').selectAll().orderBy('id').execute();
  const references = await content.db
    .selectFrom('artifact_reference')
    .selectAll()
    .orderBy('artifact_id')
    .orderBy('child_digest')
    .execute();
  return { artifacts, references };
}

/** As an older version left the rows. */
async function undescribe(): Promise<void> {
  await sql`
    UPDATE artifact SET type = NULL, config_media_type = NULL, total_size = NULL`.execute(
    content.db,
  );
  await sql`
    UPDATE artifact_reference SET platform = NULL, annotations = NULL, urls = NULL,
      position = 0`.execute(content.db);
}

describe('describing artifacts', () => {
  it('finds all that a push would have kept', async () => {
    const children = [await pushImage(content, place), await pushImage(content, place)];
    const index = await pushIndex(content, place, children, { tags: ['v1'] });
    await pushIndex(content, place, [index]);
    await pushAccessory(content, place, index, { artifactType: 'application/vnd.example.note' });
    await pushCosignSignature(content, place, index);
    const before = await readRows();
    expect(before.artifacts.every(({ type }) => type !== null)).toBe(true);
    await undescribe();
    expect(await run()).toBe(before.artifacts.length);
    expect(await readRows()).toEqual(before);
    expect(await run()).toBe(0);
  });

  it('counts a child that came after its index', async () => {
    const elsewhere = { ...place, repository: `${place.repository}/source` };
    const child = await pushImage(content, elsewhere);
    const index = await pushIndex(content, place, [child], { tags: ['v1'] });
    await content.copies.copy({
      ...place,
      from: { repository: elsewhere.repository, digest: child.digest },
      actor: { name: 'ann', requestId: '' },
    });
    await undescribe();
    await run();
    const { artifacts } = await readRows();
    const total = child.size + child.blobs[0].size + child.blobs[1].size + index.size;
    const found = artifacts.find(({ digest }) => digest === index.digest);
    expect(found?.total_size).toBe(total);
  });

  it('shows again what only a tag made look like a signature', async () => {
    const tag = `sha256-${'0'.repeat(64)}.sig`;
    const image = await pushImage(content, place, { tags: [tag] });
    // As the migration does, which cannot look into manifests.
    await sql`
      UPDATE artifact SET type = NULL, accessory_of = ${`sha256:${'0'.repeat(64)}`},
        accessory_type = 'signature.cosign', is_listed = false
      WHERE digest = ${image.digest}`.execute(content.db);
    await run();
    expect(await listArtifacts(content.db, place.repository)).toMatchObject([
      { digest: image.digest, accessory_of: null, is_listed: true },
    ]);
  });

  it('goes on over what cannot be parsed', async () => {
    const image = await pushImage(content, place);
    await sql`
      UPDATE artifact SET type = NULL, content = '{}' WHERE digest = ${image.digest}`.execute(
      content.db,
    );
    const after = await pushImage(content, place);
    await sql`UPDATE artifact SET type = NULL WHERE digest = ${after.digest}`.execute(content.db);
    expect(await run()).toBe(2);
    const { artifacts } = await readRows();
    expect(artifacts.find(({ digest }) => digest === image.digest)).toMatchObject({
      type: 'UNKNOWN',
      config_media_type: mediaType.ociManifest,
      total_size: 2,
    });
    expect(artifacts.find(({ digest }) => digest === after.digest)?.type).toBe('IMAGE');
  });

  it('stops when it is told to, and goes on the next time', async () => {
    const repository = await content.db
      .insertInto('repository')
      .values({ name: `${place.repository}/many`, project_id: projectId })
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`
      WITH made AS (
        INSERT INTO project_blob (project_id, digest, size)
        SELECT ${projectId}, 'sha256:' || lpad(to_hex(number), 64, '0'), 2
        FROM generate_series(1, 450) AS number RETURNING digest
      )
      INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content)
      SELECT ${repository.id}, ${projectId}, digest, 'application/vnd.example', 2, '{}'
      FROM made`.execute(content.db);
    const controller = new AbortController();
    const { undescribed, artifacts } = ports();
    const stopping = {
      artifacts,
      undescribed: {
        ...undescribed,
        list: (page: Parameters<typeof undescribed.list>[0]) => {
          controller.abort();
          return undescribed.list(page);
        },
      },
    };
    expect(await describeArtifacts(stopping, controller.signal)).toBe(200);
    expect(await run(AbortSignal.abort())).toBe(0);
    expect(await run()).toBe(250);
  });

  it('leaves alone what a push describes meanwhile', async () => {
    const image = await pushImage(content, place);
    await sql`UPDATE artifact SET type = NULL WHERE digest = ${image.digest}`.execute(content.db);
    const { undescribed, artifacts } = ports();
    const racing = {
      artifacts,
      undescribed: {
        ...undescribed,
        list: async (page: Parameters<typeof undescribed.list>[0]) => {
          const found = await undescribed.list(page);
          await sql`UPDATE artifact SET type = 'PUSHED' WHERE digest = ${image.digest}`.execute(
            content.db,
          );
          return found;
        },
      },
    };
    expect(await describeArtifacts(racing)).toBe(1);
    const rows = await readRows();
    expect(rows.artifacts.find(({ digest }) => digest === image.digest)?.type).toBe('PUSHED');
  });
});
