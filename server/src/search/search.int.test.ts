import { type Digest, digestOf } from '@berth/oci';
import type { FastifyInstance } from 'fastify';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  ROLE,
  type RobotPrincipal,
  type UserPrincipal,
} from '../access/index.ts';
import { type ApiRoute, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import {
  createMembershipRepository,
  createProjectRepository,
  createProjectsService,
  listPermittedProjectIds,
  type Visibility,
} from '../projects/index.ts';
import { selectMatching } from '../projects/project-row.repository.ts';
import {
  selectAnnotations,
  selectArtifacts,
  selectCharts,
  selectLabels,
  selectRepositories,
  selectTagsFrom,
  selectTagsInside,
  selectTagsWith,
} from './search.queries.repository.ts';
import { createSearchRepository } from './search.repository.ts';
import { searchRoutes } from './search.routes.ts';
import { createSearchService } from './search.service.ts';
import { searchKinds } from './search.ts';

/** Hidden projects, each with a repository, an artifact, a tag and a label called needle. */
const HIDDEN = 20_000;
const VERSION = 'org.opencontainers.image.version';

let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let routes: readonly ApiRoute[];
let listsAnonymously = true;
const principals = new Map<string, Principal>();
const ids = new Map<string, number>();
const digests = new Map<string, Digest>();

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  const user: UserPrincipal = { kind: 'user', id, username, isAdmin, groupIds: [] };
  principals.set(username, user);
  return user;
}

async function createProject(name: string, isPublic: boolean, owner: UserPrincipal) {
  const { id } = await db
    .insertInto('project')
    .values({ name, owner_id: owner.id, is_public: isPublic })
    .returning('id')
    .executeTakeFirstOrThrow();
  ids.set(name, id);
  await addMember(name, owner, ROLE.projectAdmin);
  await db
    .insertInto('label')
    .values({ project_id: id, name: `needle of ${name}` })
    .execute();
  return id;
}

async function addMember(project: string, user: UserPrincipal, role: number): Promise<void> {
  await db
    .insertInto('project_member')
    .values({ project_id: ids.get(project) ?? 0, user_id: user.id, role_id: role })
    .execute();
}

/** A repository with an image, tagged, annotated and signed. */
async function createRepository(name: string): Promise<void> {
  const projectId = ids.get(name.slice(0, name.indexOf('/'))) ?? 0;
  const { id: repositoryId } = await db
    .insertInto('repository')
    .values({ project_id: projectId, name, pull_count: 7 })
    .returning('id')
    .executeTakeFirstOrThrow();
  const place = { projectId, repositoryId };
  const { id, digest } = await insertArtifactRow(db, {
    ...place,
    content: `image of ${name}`,
    tags: ['needle-1', 'the-needle'],
  });
  digests.set(name, digest);
  await insertArtifactRow(db, { ...place, content: `signature of ${name}`, subject: digest });
  await db
    .updateTable('artifact')
    .set({ annotations: { [VERSION]: '12e45.6', note: `A Needle in ${name}`, other: 'hay stack' } })
    .where('id', '=', id)
    .execute();
}

async function createChart(name: string, version: string, extra: object | null): Promise<void> {
  const row = await db
    .selectFrom('repository')
    .select(['id', 'project_id'])
    .where('name', '=', name)
    .executeTakeFirst();
  const projectId = row?.project_id ?? ids.get(name.slice(0, name.indexOf('/'))) ?? 0;
  const { id: repositoryId } =
    row ??
    (await db
      .insertInto('repository')
      .values({ project_id: projectId, name })
      .returning('id')
      .executeTakeFirstOrThrow());
  const place = { projectId, repositoryId, content: `chart ${name} ${version}` };
  const { id } = await insertArtifactRow(db, place);
  await sql`UPDATE artifact SET type = 'CHART', annotations = ${JSON.stringify({ [VERSION]: version })},
    extra_attrs = ${extra === null ? null : JSON.stringify(extra)} WHERE id = ${id}`.execute(db);
}

async function hideMuch(ownerId: number): Promise<void> {
  const name = sql`'hidden-' || n || '/needle'`;
  const statements = [
    sql`ALTER TABLE tag DISABLE TRIGGER tag_changed`,
    sql`INSERT INTO project (name, owner_id)
      SELECT 'hidden-' || n, ${ownerId} FROM generate_series(1, ${HIDDEN}::int) n`,
    sql`INSERT INTO repository (project_id, name)
      SELECT project.id, ${name} FROM generate_series(1, ${HIDDEN}::int) n
      JOIN project ON project.name = 'hidden-' || n`,
    sql`INSERT INTO project_blob (project_id, digest, size)
      SELECT project_id, 'sha256:' || encode(sha256(name::bytea), 'hex'), 5
      FROM repository WHERE name LIKE 'hidden-%'`,
    sql`INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content, type,
        annotations)
      SELECT id, project_id, 'sha256:' || encode(sha256(name::bytea), 'hex'),
        'application/vnd.oci.image.manifest.v1+json', 5, '12345', 'IMAGE',
        jsonb_build_object(${VERSION}::text, '12e45.6', 'note', 'a needle in ' || name)
      FROM repository WHERE name LIKE 'hidden-%'`,
    sql`INSERT INTO tag (repository_id, artifact_id, name)
      SELECT repository_id, id, tag FROM artifact, unnest(ARRAY['needle-0', 'the-needle']) tag
      WHERE size = 5`,
    sql`INSERT INTO label (project_id, name)
      SELECT project_id, 'needle of ' || name FROM repository WHERE name LIKE 'hidden-%'`,
    sql`ALTER TABLE tag ENABLE TRIGGER tag_changed`,
  ];
  for (const statement of statements) await statement.execute(db);
}

/** Different names, so that one can be looked for among many. */
async function addVariety(projectId: number): Promise<void> {
  await sql`INSERT INTO repository (project_id, name)
    SELECT ${projectId}, 'closed/' || md5(n::text) FROM generate_series(1, 20000) n`.execute(db);
  await sql`INSERT INTO label (project_id, name)
    SELECT ${projectId}, md5(n::text) FROM generate_series(1, 20000) n`.execute(db);
  await sql`INSERT INTO tag (repository_id, artifact_id, name)
    SELECT repository_id, id, md5(n::text) FROM generate_series(1, 20000) n,
      LATERAL (SELECT id, repository_id FROM artifact WHERE project_id = ${projectId} LIMIT 1) a
    `.execute(db);
  await sql`VACUUM ANALYZE`.execute(db);
}

function robot(permissions: RobotPrincipal['permissions']): RobotPrincipal {
  return { kind: 'robot', id: 1, username: 'robot$ci', projectId: undefined, permissions };
}

async function seed(): Promise<void> {
  await createUser('admin', true);
  const ann = await createUser('ann');
  const bob = await createUser('bob');
  const guest = await createUser('guest');
  await createProject('open', true, bob);
  const closed = await createProject('closed', false, ann);
  await addMember('closed', guest, ROLE.limitedGuest);
  for (const name of ['open/Web_App', 'open/needle', 'closed/needle']) await createRepository(name);
  await createChart('open/chart-needle', '1.0.0', null);
  await createChart('open/chart-needle', '1.1.0', { name: 'needle', version: '1.1.0-rc1' });
  await createChart('closed/chart-needle', '2.0.0', null);
  await db.insertInto('label').values({ name: 'needle of all', color: '#fff' }).execute();
  const hider = await createUser('hider');
  await hideMuch(hider.id);
  await addVariety(closed);
  const access = [{ resource: 'repository', action: 'pull' }];
  principals.set('nobody', anonymous);
  principals.set('robot', robot([{ scope: closed, access, repositories: [] }]));
  principals.set('narrow', robot([{ scope: closed, access, repositories: ['other'] }]));
  principals.set(
    'labelling',
    robot([{ scope: closed, access: [{ resource: 'label', action: 'list' }], repositories: [] }]),
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { connection } = database;
  db = createDatabase(
    openPool({ connection, poolSize: 4, statementTimeoutMs: 0, prepare: true, log: quietLog }),
  );
  await seed();
  const projects = createProjectsService({
    projects: createProjectRepository(db),
    announce: () => Promise.resolve(),
    settings: {
      storagePerProject: () => -1,
      creationRestriction: () => 'everyone',
      anonymousListing: () => listsAnonymously,
    },
  });
  const memberships = createMembershipRepository(db);
  routes = searchRoutes({
    search: createSearchService({
      repository: createSearchRepository(db),
      projects,
      listLabelProjectIds: (principal) =>
        listPermittedProjectIds(memberships, principal, { resource: 'label', action: 'list' }),
    }),
  });
  app = createHttpServer({ log: quietLog, idleMs: 1000 });
  registerApi(app, routes, {
    access: createProjectAccess(projects),
    findProject: () => Promise.resolve(undefined),
    authenticate: ({ headers }) =>
      Promise.resolve({ principal: principals.get(String(headers['x-test-user'])) ?? anonymous }),
    csrfToken: () => '',
    recordAudit: () => Promise.resolve(),
    addressOf: () => '127.0.0.1',
    isReadOnly: () => false,
    externalUrl: 'https://registry.test',
  });
}, 180_000);
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

function get(text: string, user: string, type?: string) {
  const query = new URLSearchParams({ q: text, ...(type !== undefined && { type }) });
  return app.inject({
    url: `/api/v2.0/search?${query.toString()}`,
    headers: { 'x-test-user': user },
  });
}

type Found = Record<string, readonly Record<string, unknown>[]>;

async function search(text: string, user: string, type?: string): Promise<Found> {
  const answer = await get(text, user, type);
  expect(answer.statusCode).toBe(200);
  const schema = routes[0]?.responses[200];
  if (schema instanceof z.ZodObject) expect(schema.strict().parse(answer.json())).toBeDefined();
  return answer.json();
}

const fieldOf = (found: Found, kind: string, field: string) =>
  (found[kind] ?? []).map((one) => one[field]);

const sorted = (values: readonly unknown[]) => values.map(String).toSorted();

describe('search', () => {
  const open = ['open/Web_App', 'open/needle'];
  const openContent = {
    project: [],
    repository: ['open/chart-needle', 'open/needle'],
    chart: ['open/chart-needle'],
    tag: [...open, ...open],
    annotation: open,
  };
  const allContent = {
    project: [],
    repository: ['closed/chart-needle', 'closed/needle', 'open/chart-needle', 'open/needle'],
    chart: ['closed/chart-needle', 'open/chart-needle'],
    tag: ['closed/needle', ...open, 'closed/needle', ...open],
    annotation: ['closed/needle', ...open],
  };
  const [ofAll, ofOpen, ofClosed] = ['needle of all', 'needle of open', 'needle of closed'];

  it.each([
    ['nobody', openContent, [ofAll, ofOpen]],
    ['bob', openContent, [ofAll, ofOpen]],
    ['ann', allContent, [ofAll, ofClosed, ofOpen]],
    ['guest', allContent, [ofAll, ofOpen]],
    ['robot', allContent, [ofAll, ofOpen]],
    ['narrow', openContent, [ofAll, ofOpen]],
    ['labelling', openContent, [ofAll, ofClosed, ofOpen]],
  ])('finds for %s what it may see, among much that it may not', async (user, content, labels) => {
    const found = await search('needle', user);
    expect({
      project: fieldOf(found, 'project', 'name'),
      repository: fieldOf(found, 'repository', 'repository_name'),
      chart: fieldOf(found, 'chart', 'repository_name'),
      tag: fieldOf(found, 'tag', 'repository_name'),
      annotation: sorted(fieldOf(found, 'annotation', 'repository_name')),
    }).toEqual(content);
    expect(fieldOf(found, 'label', 'name')).toEqual(labels);
    expect(found['truncated']).toEqual([]);
  });

  it('finds nothing but labels of the system where anonymous lists are closed', async () => {
    listsAnonymously = false;
    const found = await search('needle', 'nobody');
    listsAnonymously = true;
    const kinds = searchKinds.filter((kind) => found[kind]?.length !== 0);
    expect(kinds).toEqual(['label']);
    expect(fieldOf(found, 'label', 'name')).toEqual([ofAll]);
  });

  it('finds everything for administrators, 100 of each, and tells what there is more of', async () => {
    const found = await search('needle', 'admin');
    for (const kind of ['repository', 'tag', 'label', 'annotation']) {
      expect(found[kind]).toHaveLength(100);
    }
    expect(found['truncated']).toEqual(['repository', 'tag', 'label', 'annotation']);
    expect((await search('hidden-1', 'admin'))['truncated']).toContain('project');
    expect(fieldOf(await search('hidden-17', 'admin', 'project'), 'project', 'name')).toContain(
      'hidden-17',
    );
  });

  it('tells of repositories what Harbor tells', async () => {
    const found = await search('WEB_app', 'nobody');
    expect(found['repository']).toEqual([
      {
        project_id: ids.get('open'),
        project_name: 'open',
        project_public: true,
        repository_name: 'open/Web_App',
        pull_count: 7,
        artifact_count: 1,
      },
    ]);
    expect(fieldOf(await search('OPE', 'nobody'), 'project', 'name')).toEqual(['open']);
  });

  it('tells of a chart what its latest version says', async () => {
    expect((await search('chart', 'ann'))['chart']).toEqual([
      { repository_name: 'closed/chart-needle', name: 'chart-needle', version: '2.0.0' },
      { repository_name: 'open/chart-needle', name: 'needle', version: '1.1.0-rc1' },
    ]);
  });

  it('finds tags that begin with the text before others, with their digests', async () => {
    const { tag } = await search('NEEDLE', 'bob', 'tag');
    const { tag: ordered } = await search('needle', 'bob', 'tag');
    expect(tag).toHaveLength(4);
    expect(ordered?.map(({ name }) => name)).toEqual([
      'needle-1',
      'needle-1',
      'the-needle',
      'the-needle',
    ]);
    expect(ordered?.[1]).toEqual({
      repository_name: 'open/needle',
      name: 'needle-1',
      digest: digests.get('open/needle'),
    });
  });

  it('finds artifacts by six digits of a digest and more', async () => {
    const digest = digests.get('closed/needle') ?? '';
    const artifact = { repository_name: 'closed/needle', digest, type: 'IMAGE' };
    for (const text of [digest, digest.slice(0, 17), digest.slice(7, 17).toUpperCase()]) {
      expect((await search(text, 'ann'))['artifact']).toEqual([artifact]);
      expect((await search(text, 'bob'))['artifact']).toEqual([]);
    }
    expect((await search(digest.slice(7, 12), 'ann'))['artifact']).toEqual([]);
    const hidden = digestOf(Buffer.from('hidden-1/needle'));
    expect((await search(hidden, 'admin'))['artifact']).toHaveLength(1);
    expect((await search(hidden, 'ann'))['artifact']).toEqual([]);
  });

  it('finds annotations by the beginnings of the words of one value', async () => {
    const keysFor = async (text: string) =>
      sorted(fieldOf(await search(text, 'bob', 'annotation'), 'annotation', 'key'));
    expect(await keysFor('needl WEB_')).toEqual(['note']);
    expect(await keysFor('12e45')).toEqual([VERSION, VERSION]);
    expect(await keysFor(`${VERSION}=12e45.6`)).toEqual([VERSION, VERSION]);
    expect(await keysFor('note=12e45.6')).toEqual([]);
    expect(await keysFor('note=needle')).toEqual(['note', 'note']);
    // In two values, in the middle of a word, a short word that is none, a key.
    for (const text of ['needle stack', 'eedle', 'ne', 'opencontainers']) {
      expect(await keysFor(text)).toEqual([]);
    }
    expect(await keysFor('in')).toEqual(['note', 'note']);
  });

  it('looks for one and two characters where names begin', async () => {
    const found = await search('ne', 'bob');
    expect(fieldOf(found, 'repository', 'repository_name')).toEqual(['open/needle']);
    expect(fieldOf(found, 'tag', 'name')).toEqual(['needle-1', 'needle-1']);
    expect(fieldOf(found, 'label', 'name')).toEqual([ofAll, ofOpen]);
    expect(fieldOf(await search('O', 'bob'), 'project', 'name')).toEqual(['open']);
    expect(fieldOf(await search('pe', 'bob'), 'project', 'name')).toEqual([]);
  });

  it.each(searchKinds)('looks for nothing but %s when told so', async (type) => {
    const text = type === 'artifact' ? (digests.get('open/needle') ?? '') : 'needle';
    const found = await search(type === 'project' ? 'open' : text, 'bob', type);
    expect(searchKinds.filter((kind) => found[kind]?.length !== 0)).toEqual([type]);
  });

  it('sees a push, a change of visibility and a cut of annotations at once', async () => {
    await sql`UPDATE artifact SET annotations = annotations || ${JSON.stringify({
      long: `begin${'x'.repeat(300)} ${'y '.repeat(2000)}`,
    })} WHERE digest = ${digests.get('open/needle')}`.execute(db);
    const [pair] = (await search('long=beginx', 'nobody'))['annotation'] ?? [];
    expect(String(pair?.['value'])).toHaveLength(256);
    await db.updateTable('project').set({ is_public: false }).where('name', '=', 'open').execute();
    const found = await search('needle', 'nobody');
    await db.updateTable('project').set({ is_public: true }).where('name', '=', 'open').execute();
    expect(fieldOf(found, 'label', 'name')).toEqual([ofAll]);
    expect(searchKinds.filter((kind) => found[kind]?.length !== 0)).toEqual(['label']);
  });
});

describe('hostile searches', () => {
  it.each([
    '%',
    '_',
    '%%%',
    '___',
    '\\',
    '\\%\\_',
    "' OR 1=1 --",
    "'; DROP TABLE tag; --",
    "needle') OR (TRUE",
    '$1',
    '${text}',
    'needle & | ! ( ) :* <->',
    "'needle':*A | 'x",
    '/5',
    '"',
    '*',
    '.*',
    '日本語',
    '🙈🙈🙈',
    '\ud800',
    'İ',
    'x'.repeat(255),
    'a '.repeat(127),
    '=',
    '='.repeat(255),
    'sha256:',
    `sha256:${"'".repeat(64)}`,
    '   ',
  ])('find nothing hidden and break nothing: %j', async (text) => {
    const found = await search(text, 'nobody');
    expect(JSON.stringify(found)).not.toMatch(/hidden|closed/);
    expect(fieldOf(found, 'tag', 'name')).toEqual([]);
    expect(fieldOf(found, 'repository', 'repository_name')).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['NUL', 'a\0b'],
    ['a line end', 'a\nb'],
    ['10 KB', 'x'.repeat(10_240)],
  ])('are refused: %s', async (_what, text) => {
    expect((await get(text, 'admin')).statusCode).toBe(422);
  });

  it('are refused without a text and for other things', async () => {
    expect((await app.inject('/api/v2.0/search')).statusCode).toBe(422);
    expect((await get('needle', 'admin', 'user')).statusCode).toBe(422);
  });

  it.each([
    ['one very long word', { a: 'x'.repeat(1_000_000) }],
    ['words without end', { a: 'a-'.repeat(500_000), b: 'é '.repeat(500_000) }],
    ['many keys', Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, `v${n}`]))],
    ['what a search means', { a: `' \\ " :* & | ! <-> /5`, '': '' }],
    ['nothing', { a: '', b: '...' }],
  ])('do not come of annotations with %s: the push is taken', async (_what, annotations) => {
    const update = sql`UPDATE artifact SET annotations = ${JSON.stringify(annotations)}
      WHERE digest = ${digests.get('open/Web_App')}`.execute(db);
    await expect(update).resolves.toBeDefined();
    expect(JSON.stringify(await search('needle', 'nobody'))).not.toMatch(/hidden|closed/);
  });
});

/** Names of the indexes of a plan, and of tables that are read from end to end. */
async function planOf(query: RawBuilder<unknown>): Promise<readonly string[]> {
  const { rows } = await sql<Record<string, unknown>>`EXPLAIN (FORMAT JSON) ${query}`.execute(db);
  const plan = JSON.stringify(rows);
  const indexes = [...plan.matchAll(/"Index Name":"(\w+)"/g)].map(([, name]) => name ?? '');
  const scans = [...plan.matchAll(/"Seq Scan"[^{}]*?"Relation Name":"(\w+)"/g)];
  return [...indexes, ...scans.map(([, name]) => `all of ${name}`)];
}

describe('the plan of a search', () => {
  const all = 'all';
  const some: Visibility = { includesPublic: true, projectIds: [], member: undefined };
  const rare = 'c4ca4238a0'; // md5('1')
  const limit = 101;

  it.each([
    ['repository', selectRepositories, rare, 'repository_name_search', 'repository'],
    ['chart', selectCharts, rare, 'repository_name_search', 'repository'],
    ['tag', selectTagsFrom, rare, 'tag_name', 'tag'],
    ['tag, short', selectTagsFrom, 'c', 'tag_name', 'tag'],
    ['tag, inside', selectTagsInside, rare, 'tag_name', 'tag'],
    ['tag, any part', selectTagsWith, rare, 'tag_name_search', 'tag'],
    ['artifact', selectArtifacts, 'sha256:c4ca42', 'artifact_digest', 'artifact'],
    ['label', selectLabels, rare, 'label_name_search', 'label'],
    ['label, short', selectLabels, 'c4', 'label_name_search', 'label'],
    ['annotation', selectAnnotations, 'c4ca42', 'artifact_annotation_search', 'artifact'],
    ['annotation, short', selectAnnotations, 'c4', 'artifact_annotation_search', 'artifact'],
  ])('for %s goes by an index', async (_kind, select, text, index, table) => {
    for (const visibility of [all, some] as const) {
      const plan = await planOf(select(db, { text, visibility, limit }));
      expect(plan).toContain(index);
      expect(plan).not.toContain(`all of ${table}`);
    }
  });

  it('for projects goes by an index', async () => {
    for (const visibility of [all, some] as const) {
      const matching = selectMatching(db, { visibility, name: 'hidden-1717' }).select('project.id');
      expect(await planOf(sql`${matching}`)).toContain('project_name_search');
    }
  });
});
