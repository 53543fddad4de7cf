import { type Digest, isDigest } from '@berth/oci';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Content,
  createTestProject,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { checkStorage, createFsckRepository, type Finding } from '../fsck/index.ts';
import { createIntegrityRepository } from '../integrity/index.ts';
import { createQuotaCheckRepository } from '../quotas/index.ts';
import { type DevSeedOptions, fill } from './dev-seed.command.ts';

const options: DevSeedOptions = {
  artifacts: 620,
  tags: 4,
  repositories: 10,
  project: 'load',
  seed: 1,
  append: false,
};

let database: TestDatabase;
let content: Content;

beforeEach(async () => {
  ({ database, content } = await open());
});
afterEach(async () => {
  await content.close();
  await database.drop();
});

/** A database with an administrator. */
async function open() {
  const database = await createTestDatabase();
  const content = openContent(database);
  await content.db
    .insertInto('app_user')
    .values({ username: 'admin', password_hash: 'x', is_admin: true })
    .execute();
  return { database, content };
}

function seed(changes: Partial<DevSeedOptions> = {}): Promise<void> {
  return fill(content.db, { ...options, ...changes }, () => undefined);
}

async function count(table: 'artifact' | 'tag' | 'tag_history' | 'repository', { db } = content) {
  const { total } = await db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return total;
}

async function listDigests({ db }: Content): Promise<Digest[]> {
  const rows = await db.selectFrom('artifact').select('digest').orderBy('id').execute();
  return rows.map(({ digest }) => digest);
}

/** What a push decides on, without ids and times. */
async function listRecords(repository: string) {
  const { rows } = await sql<{ digest: Digest; content: Buffer; media_type: string }>`
    SELECT a.digest, a.media_type, a.artifact_type, a.subject_digest, a.annotations, a.size,
      a.content, a.type, a.config_media_type, a.total_size, a.accessory_of, a.accessory_type,
      a.is_listed,
      (SELECT json_agg(b.digest ORDER BY b.digest) FROM artifact_blob b
        WHERE b.artifact_id = a.id) AS blobs,
      (SELECT json_agg(json_build_array(e.child_digest, e.platform, e.position)
        ORDER BY e.position) FROM artifact_reference e WHERE e.artifact_id = a.id) AS children,
      (SELECT json_agg(t.name ORDER BY t.name) FROM tag t WHERE t.artifact_id = a.id) AS tags
    FROM artifact a JOIN repository r ON r.id = a.repository_id
    WHERE r.name = ${repository} ORDER BY a.id`.execute(content.db);
  return rows;
}

async function pushAll(from: string, to: string): Promise<void> {
  const projectId = await createTestProject(content, to.slice(0, to.indexOf('/')));
  const { rows: blobs } = await sql<{ content: Buffer }>`
    SELECT blob.content FROM blob JOIN repository_blob USING (digest)
    JOIN repository r ON r.id = repository_id WHERE r.name = ${from}`.execute(content.db);
  for (const { content: bytes } of blobs) {
    await pushBlob(content, { repository: to, projectId }, bytes);
  }
  const { rows } = await sql<{ digest: Digest; content: Buffer; tags: string[] | null }>`
    SELECT a.digest, a.content,
      (SELECT array_agg(t.name) FROM tag t WHERE t.artifact_id = a.id) AS tags
    FROM artifact a JOIN repository r ON r.id = a.repository_id
    WHERE r.name = ${from} ORDER BY a.id`.execute(content.db);
  for (const row of rows) {
    await content.manifests.put({
      repository: to,
      projectId,
      reference: { digest: row.digest },
      tags: row.tags ?? [],
      contentType: undefined,
      content: row.content,
      actor: testActor,
    });
  }
}

describe('berth dev seed', () => {
  it('makes as many artifacts and tags as told, and a sound registry', async () => {
    await seed();
    const { listed } = await content.db
      .selectFrom('artifact')
      .select((eb) => eb.fn.countAll<number>().filterWhere('is_listed', '=', true).as('listed'))
      .executeTakeFirstOrThrow();
    expect(listed).toBe(620);
    expect([await count('repository'), await count('tag'), await count('tag_history')]).toEqual([
      10, 2480, 2480,
    ]);
    const found: Finding[] = [];
    const usage = createQuotaCheckRepository(content.db);
    const { db, store } = content;
    const rows = createIntegrityRepository(db);
    const ports = { rows, records: createFsckRepository(db), usage, store };
    const report = await checkStorage(ports, {
      quick: false,
      repair: false,
      onFinding: (finding) => void found.push(finding),
      onProgress: () => undefined,
    });
    expect(found).toEqual([]);
    expect(report.artifacts).toBe(await count('artifact'));
    expect(report.blobs).toBeGreaterThan(620);
  });

  it.each(['app-0001', 'chart-0010'])('writes what pushes would write: %s', async (name) => {
    await seed();
    await pushAll(`load/${name}`, `pushed/${name}`);
    const seeded = await listRecords(`load/${name}`);
    expect(seeded.length).toBeGreaterThan(62);
    expect(new Set(seeded.map((row) => isDigest(row.digest)))).toEqual(new Set([true]));
    expect(seeded).toEqual(await listRecords(`pushed/${name}`));
  });

  it('can be pulled', async () => {
    await seed({ artifacts: 20, repositories: 1 });
    const manifest = await content.manifests.find('load/app-0001', { tag: 'v1.0.3' });
    const { layers } = JSON.parse(String(manifest?.content));
    expect(await content.blobs.find('load/app-0001', layers[0].digest)).toBeDefined();
  });

  it('leaves children of an index out of the list when nothing is tagged', async () => {
    await seed({ artifacts: 40, repositories: 1, tags: 0 });
    const rows = await listRecords('load/app-0001');
    const listed = rows.filter((row) => 'is_listed' in row && row.is_listed === true);
    expect(listed).toHaveLength(36);
  });

  it('counts what it brings into the storage of the project', async () => {
    await seed();
    const { rows } = await sql<{ used: number; held: number }>`
      SELECT (SELECT sum(used_storage) FROM quota)::bigint
          + coalesce((SELECT sum(bytes) FROM quota_delta), 0)::bigint AS used,
        (SELECT sum(size) FROM project_blob)::bigint AS held`.execute(content.db);
    expect(rows[0]?.used).toBe(rows[0]?.held);
    expect(rows[0]?.held).toBeGreaterThan(0);
  });

  it('makes the same of the same seed, and something else of another', async () => {
    const others = await Promise.all([open(), open()]);
    const [same, other] = others;
    const small = { ...options, artifacts: 100 };
    await seed(small);
    await fill(same.content.db, small, () => undefined);
    await fill(other.content.db, { ...small, seed: 2 }, () => undefined);
    const digests = await listDigests(content);
    expect(await listDigests(same.content)).toEqual(digests);
    const found = new Set(await listDigests(other.content));
    expect(digests.filter((digest) => found.has(digest))).toEqual([]);
    for (const { database, content } of others) {
      await content.close();
      await database.drop();
    }
  });

  it('leaves a project that exists alone, unless it shall add to it', async () => {
    await seed({ artifacts: 30, repositories: 3 });
    await expect(seed()).rejects.toThrow('the project load exists; --append adds to it');
    await seed({ artifacts: 30, repositories: 3, append: true });
    expect(await count('repository')).toBe(6);
    expect(await count('tag')).toBe(240);
  });

  it.each(['', 'Load', 'a/b', 'a b', '../x'])('refuses %j as a name', async (project) => {
    await expect(seed({ project })).rejects.toThrow('no name of a project');
    expect(await count('repository')).toBe(0);
  });

  it('needs an administrator, who will own the project', async () => {
    await content.db.deleteFrom('app_user').execute();
    await expect(seed()).rejects.toThrow('there is no administrator yet');
  });
});
