import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import type { ProjectPolicy } from '../access/index.ts';
import {
  createRepositoryDirectory,
  createRepositoryRepository,
  createTagHistoryRepository,
  createTrashRepository,
} from '../artifacts/index.ts';
import { type Database, openPool, type Schema } from '../db/index.ts';
import type { ArtifactDetail, Page } from './artifact.ts';
import { parseArtifactQuery, parseProjectArtifactQuery } from './artifact-query.ts';
import { parseAccessoryQuery, parseTagQuery } from './detail-query.ts';
import { createRepositories, type Repositories } from './repositories-parts.ts';
import { parseRepositoryQuery } from './repository-query.ts';

const IN_APP = 8_000;
const LISTED = IN_APP - IN_APP / 50;
const project: ProjectPolicy = { id: 1, name: 'load', isPublic: false, accessEpoch: 0 };
const app = { project, path: 'app' };
const everything: ArtifactDetail = {
  tags: true,
  immutability: true,
  labels: true,
  accessories: true,
  inheritedAccessories: true,
  vulnerabilities: true,
  sbom: true,
};
const plain: ArtifactDetail = { ...everything, accessories: false, inheritedAccessories: false };

let database: TestDatabase;
let pool: Pool;
let db: Database;
let directory: ReturnType<typeof createRepositoryDirectory>;
let reader: Repositories;
let asked: CompiledQuery[] = [];

/** Two projects, 121 repositories, 20,000 artifacts, 8,000 of them in one; ties in push times. */
async function fill(): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run(`INSERT INTO app_user (username, password_hash) VALUES ('ann', 'x')`);
  await run(`INSERT INTO project (name, owner_id) VALUES ('load', 1), ('other', 1)`);
  await run(`INSERT INTO repository (project_id, name) VALUES (1, 'load/app')`);
  await run(`INSERT INTO repository (project_id, name)
    SELECT 1 + n % 2, CASE n % 2 WHEN 0 THEN 'load/' ELSE 'other/' END || n
    FROM generate_series(1, 120) n`);
  // What they do is tested elsewhere, and they do it row by row.
  await run('ALTER TABLE tag DISABLE TRIGGER USER');
  await run('ALTER TABLE artifact_reference DISABLE TRIGGER USER');
  await run(`CREATE TEMPORARY TABLE made AS
    SELECT id AS repository_id, project_id, n,
           'sha256:' || encode(sha256((id || '/' || n)::bytea), 'hex') AS digest
    FROM repository, generate_series(1, CASE id WHEN 1 THEN ${IN_APP} ELSE 100 END) n`);
  await run('INSERT INTO project_blob SELECT project_id, digest, 9 FROM made');
  await run(`INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content,
      type, total_size, config_media_type, extra_attrs, pushed_at)
    SELECT repository_id, project_id, digest,
      CASE n % 50 WHEN 0 THEN 'application/vnd.oci.image.index.v1+json'
                  ELSE 'application/vnd.oci.image.manifest.v1+json' END,
      9, 'content', 'IMAGE', n, 'application/vnd.oci.image.config.v1+json', '{"os":"linux"}',
      '2026-01-01'::timestamptz - (n / 3) * interval '1.000001 seconds'
    FROM made ORDER BY digest`);
  await run(`INSERT INTO tag (repository_id, artifact_id, name)
    SELECT repository_id, id, 'tag-' || total_size FROM artifact`);
  await run(`INSERT INTO tag_history (project_id, repository_name, tag_name, actor)
    SELECT repository.project_id, repository.name, tag.name, 'ann'
    FROM tag JOIN repository ON repository.id = tag.repository_id`);
  await run(`INSERT INTO label (name) VALUES ('a'), ('b')`);
  await run(`INSERT INTO artifact_label (artifact_id, label_id)
    SELECT id, 1 + id % 2 FROM artifact WHERE id % 3 = 0`);
  await run(`INSERT INTO artifact_reference (artifact_id, repository_id, child_digest)
    SELECT parent.id, parent.repository_id, child.digest
    FROM artifact parent JOIN artifact child
      ON child.repository_id = parent.repository_id AND child.total_size BETWEEN parent.total_size + 1 AND parent.total_size + 20
    WHERE parent.total_size % 50 = 0`);
  await run(`UPDATE artifact SET accessory_of = made.digest, accessory_type = 'signature.cosign',
      is_listed = false
    FROM made WHERE made.repository_id = artifact.repository_id
      AND artifact.total_size % 50 = 7 AND made.n = artifact.total_size - 7 + 50`);
  await run(`INSERT INTO deleted_artifact (project_id, repository_name, digest, media_type, content,
      tags, pushed_at, deleted_by, deleted_at)
    SELECT artifact.project_id, repository.name, digest, media_type, content, '{}', pushed_at, 'ann',
      pushed_at
    FROM artifact JOIN repository ON repository.id = artifact.repository_id`);
  await run(
    'VACUUM ANALYZE deleted_artifact, artifact, tag, tag_history, artifact_label, artifact_reference, repository',
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({
    connection: database.connection,
    // The temporary table is of one connection.
    poolSize: 1,
    statementTimeoutMs: 0,
    log: quietLog,
  });
  db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void asked.push(query),
  });
  await fill();
  directory = createRepositoryDirectory(createRepositoryRepository(db));
  reader = createRepositories({
    db,
    directory,
    inspector: {
      describe: () => Promise.resolve({ extraAttrs: {} }),
      readImageConfig: () => Promise.resolve(undefined),
      readAddition: () => Promise.reject(new Error('not asked for')),
    },
    immutableAmong: () => Promise.resolve(new Set<string>()),
    scanOverviews: () => Promise.resolve(new Map()),
    visibilityOf: () => ({ includesPublic: false, projectIds: [1], member: undefined }),
    log: quietLog,
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly PlanNode[];
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

const BIG = new Set([
  'artifact',
  'tag',
  'tag_history',
  'deleted_artifact',
  'artifact_label',
  'artifact_reference',
]);

/** What of the plans of all that `read` asks grows with the tables: their scans, and sorts. */
async function costlyNodesOf(read: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await read();
  const queries = asked;
  const plans = await Promise.all(queries.map(({ sql, parameters }) => explain(sql, parameters)));
  return plans
    .flatMap(nodesOf)
    .filter((node) => {
      const kind = node['Node Type'];
      if (kind === 'Seq Scan') return BIG.has(node['Relation Name'] ?? '');
      return kind === 'Sort' && node['Plan Rows'] > 3000;
    })
    .map((node) => `${node['Node Type']} ${node['Relation Name'] ?? node['Plan Rows']}`);
}

async function explain(text: string, parameters: readonly unknown[]): Promise<PlanNode> {
  const result = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (FORMAT JSON) ${text}`,
    [...parameters],
  );
  const [row] = result.rows;
  if (row === undefined) throw new Error('no plan');
  return row['QUERY PLAN'][0].Plan;
}

const all: Page = { offset: 0, limit: 20 };
const listDeleted = (repository: string | undefined) =>
  // The smaller project: whose rows are most of the table is counted by reading it.
  createTrashRepository(db).list({ projectId: repository === undefined ? 2 : 1, repository }, all);
const list = (page: Page, q?: string, sort?: string, detail = plain) =>
  reader.artifacts.listArtifacts(app, parseArtifactQuery(q, sort), page, detail);

describe('a page of a big repository', () => {
  it('costs four queries with tags and labels once the repository is known, anywhere', async () => {
    const detail = { ...plain };
    await list({ offset: 0, limit: 20 }, undefined, undefined, detail);
    for (const offset of [0, 20, 3_980, 4_000, IN_APP - 500]) {
      asked = [];
      const { items, total } = await list({ offset, limit: 20 }, undefined, undefined, detail);
      expect([items.length, total]).toEqual([20, LISTED]);
      expect(asked.length).toBeLessThanOrEqual(4);
    }
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the first page', () => list({ offset: 0, limit: 20 })],
    ['with everything', () => list({ offset: 40, limit: 20 }, undefined, undefined, everything)],
    ['one in the middle', () => list({ offset: 3_000, limit: 20 })],
    ['the one after that', () => list({ offset: 3_020, limit: 20 })],
    ['the last one', () => list({ offset: LISTED - 20, limit: 20 })],
    ['the other way round', () => list({ offset: 60, limit: 20 }, undefined, 'push_time,id')],
    ['with parts of indexes', () => list({ offset: 0, limit: 20 }, 'base=*')],
    ['of one tag', () => list({ offset: 0, limit: 20 }, 'tags=tag-77')],
    ['of tags like one', () => list({ offset: 0, limit: 20 }, 'tags=~ag-777')],
    ['of one digest', () => list({ offset: 0, limit: 20 }, `digest=sha256:${'a'.repeat(64)}`)],
    [
      'of the tags of an artifact',
      () =>
        reader.artifacts.listTags(app, 'tag-77', parseTagQuery({}), {
          offset: 0,
          limit: 10,
          immutability: true,
        }),
    ],
    [
      'of the accessories of an artifact',
      () =>
        reader.artifacts.listAccessories(app, 'tag-77', parseAccessoryQuery({}), {
          offset: 0,
          limit: 10,
        }),
    ],
    [
      'of a project',
      () =>
        reader.artifacts.listArtifactsOfProject(
          project,
          parseProjectArtifactQuery(undefined),
          { offset: 0, limit: 20 },
          everything,
        ),
    ],
    [
      'of repositories',
      () =>
        reader.repositories.listOfProject(project, parseRepositoryQuery(undefined), {
          offset: 0,
          limit: 10,
        }),
    ],
    [
      'of all repositories',
      () =>
        reader.repositories.listAll({ kind: 'anonymous' }, parseRepositoryQuery(undefined), {
          offset: 0,
          limit: 10,
        }),
    ],
    ['of one repository', () => reader.repositories.getRepository(app)],
    ['of the moves of a tag', () => createTagHistoryRepository(db).list('load/app', 'tag-77', all)],
    ['of what a repository lost', () => listDeleted('load/app')],
    ['of what a project lost', () => listDeleted(undefined)],
  ])('reads no whole table and sorts none: %s', async (which, read) => {
    directory.forget();
    const first = await costlyNodesOf(read);
    // Half of the table is counted here, once.
    if (which !== 'with parts of indexes') expect(first).toEqual([]);
    // And with what is remembered now.
    expect(await costlyNodesOf(read)).toEqual([]);
  });
});

describe('a page of repositories', () => {
  it('counts no artifacts again while nothing changed', async () => {
    const read = () =>
      reader.repositories.listOfProject(project, parseRepositoryQuery(undefined, '-name'), {
        offset: 0,
        limit: 10,
      });
    directory.forget();
    const { items } = await read();
    expect(items[0]).toMatchObject({ name: 'load/app', artifactCount: LISTED });
    asked = [];
    expect((await read()).items).toEqual(items);
    expect(asked).toHaveLength(2);
  });
});

describe('pages found by bookmarks', () => {
  it.each([
    [undefined, undefined],
    [undefined, 'push_time'],
    [undefined, 'push_time,id'],
    [undefined, '-push_time,digest'],
    [undefined, 'digest'],
    ['base=*', '-id'],
    ['tags=*,push_time__lt=2025-12-31T23:45:00', undefined],
  ])('with q %s, sorted by %s, are those of the whole list', async (q, sort) => {
    directory.forget();
    const query = parseArtifactQuery(q, sort);
    const whole = await wholeList(q, sort);
    const next = random(7);
    let offset = 0;
    for (let step = 0; step < 60; step += 1) {
      const limit = 1 + (next() % 40);
      const { items, total } = await reader.artifacts.listArtifacts(
        app,
        query,
        { offset, limit },
        { ...plain, tags: false, labels: false },
      );
      expect(total).toBe(whole.length);
      expect(items.map(({ id }) => id)).toEqual(whole.slice(offset, offset + limit));
      // Mostly the next page, else anywhere, also beyond the end.
      offset = next() % 3 === 0 ? next() % (whole.length + 50) : offset + limit;
    }
  });

  it('follow changes', async () => {
    const page = { offset: 40, limit: 20 };
    const before = (await list({ offset: 20, limit: 20 })).items;
    await list(page);
    const [gone] = before;
    await db
      .updateTable('artifact')
      .set({ is_listed: false })
      .where('id', '=', gone?.id ?? 0)
      .execute();
    directory.track('load/app').changes += 1;
    const whole = await wholeList();
    expect((await list(page)).items.map(({ id }) => id)).toEqual(whole.slice(40, 60));
    await db
      .updateTable('artifact')
      .set({ is_listed: true })
      .where('id', '=', gone?.id ?? 0)
      .execute();
    directory.forget('load/app');
  });
});

/** Ids in the order that plain SQL gives, filtered and sorted here by other means. */
async function wholeList(q = '', sort = '-push_time,-id'): Promise<number[]> {
  const columns = { push_time: 'pushed_at', id: 'id', digest: 'digest' };
  const keys = `${sort},-id`.split(',').map((key) => {
    const name = key.replace('-', '');
    const column = Object.entries(columns).find(([known]) => known === name)?.[1] ?? 'id';
    return `${column}${key.startsWith('-') ? ' DESC' : ''}`;
  });
  const conditions = [
    'repository_id = 1',
    q.includes('base') ? 'accessory_of IS NULL' : 'is_listed',
    q.includes('push_time__lt') ? `pushed_at < '2025-12-31 23:45:00Z'` : 'true',
  ];
  const { rows } = await sql
    .raw<{ id: number }>(
      `SELECT id FROM artifact WHERE ${conditions.join(' AND ')} ORDER BY ${keys.join(', ')}`,
    )
    .execute(db);
  return rows.map(({ id }) => id);
}

/** Numbers that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return state >>> 8;
  };
}
