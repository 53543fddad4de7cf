import { type Digest, digestOf } from '@berth/oci';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import type { ProjectPolicy } from '../access/index.ts';
import { createRepositoryDirectory, createRepositoryRepository } from '../artifacts/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createRepositories, type Repositories } from './repositories-parts.ts';
import { parseRepositoryQuery } from './repository-query.ts';
import { repositoryTagPageQuery } from './repository-tag.repository.ts';
import type { RepositoryTag } from './repository-tag.ts';
import { parseRepositoryTagQuery } from './repository-tag-query.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const project: ProjectPolicy = { id: 1, name: 'team', isPublic: false, accessEpoch: 0 };
const hex = 'ab'.repeat(32);

let database: TestDatabase;
let db: Database;
let reader: Repositories;
const repositories = new Map<string, number>();

async function createRepository(path: string): Promise<number> {
  const { id } = await db
    .insertInto('repository')
    .values({ project_id: 1, name: `team/${path}` })
    .returning('id')
    .executeTakeFirstOrThrow();
  repositories.set(path, id);
  return id;
}

function idOf(path: string): number {
  const id = repositories.get(path);
  if (id === undefined) throw new Error(`no repository ${path}`);
  return id;
}

interface Push {
  readonly tags?: readonly string[];
  readonly mediaType?: string;
  readonly subject?: Digest;
  readonly attrs?: object | null;
  readonly columns?: { type?: string | null; total_size?: number; accessory_type?: string };
}

async function push(path: string, content: string, row: Push = {}) {
  const { attrs = { os: 'linux', architecture: 'amd64' }, columns = {}, ...rest } = row;
  const made = await insertArtifactRow(db, {
    ...rest,
    repositoryId: idOf(path),
    projectId: 1,
    content,
  });
  await db
    .updateTable('artifact')
    .set({ extra_attrs: attrs === null ? null : JSON.stringify(attrs), ...columns })
    .where('id', '=', made.id)
    .execute();
  return made;
}

async function refer(path: string, indexId: number, platforms: readonly (object | null)[]) {
  await db
    .insertInto('artifact_reference')
    .values(
      platforms.map((platform, position) => ({
        artifact_id: indexId,
        repository_id: idOf(path),
        child_digest: digestOf(Buffer.from(`child ${position}`)),
        position,
        platform: platform === null ? null : JSON.stringify(platform),
        annotations: null,
        urls: null,
      })),
    )
    .execute();
}

interface Asked {
  readonly q?: string;
  readonly sort?: string;
  readonly tools?: boolean;
  readonly offset?: number;
  readonly limit?: number;
  readonly pushers?: boolean;
}

function list(path: string, asked: Asked = {}) {
  const { q, sort, tools = false, offset = 0, limit = 1000, pushers = false } = asked;
  const filter = parseRepositoryTagQuery({ q, sort, with_tool_tags: tools });
  return reader.tags.list({ project, path }, filter, { offset, limit, pushers });
}

const namesOf = async (path: string, asked: Asked = {}) =>
  (await list(path, asked)).items.map(({ name }) => name);

async function tagOf(path: string, name: string, asked: Asked = {}): Promise<RepositoryTag> {
  const { items } = await list(path, { ...asked, q: `name=${name}`, tools: true });
  const [tag] = items;
  if (tag === undefined) throw new Error(`no tag ${name}`);
  return tag;
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  await db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' }).execute();
  await db.insertInto('project').values({ name: 'team', owner_id: 1 }).execute();
  reader = createRepositories({
    db,
    directory: createRepositoryDirectory(createRepositoryRepository(db)),
    inspector: {
      describe: () => Promise.resolve({ extraAttrs: { os: 'plan9', architecture: 'mips' } }),
      readAddition: () => Promise.reject(new Error('not asked for')),
      readImageConfig: () => Promise.resolve(undefined),
    },
    immutableAmong: (_project, repository, tags) =>
      Promise.resolve(new Set(tags.filter((tag) => `${repository}:${tag}` === 'team/app:1.0'))),
    scanOverviews: () => Promise.resolve(new Map()),
    visibilityOf: () => 'all',
    log: quietLog,
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('the tags of a repository', () => {
  let image: { id: number; digest: Digest };

  beforeAll(async () => {
    await createRepository('app');
    image = await push('app', 'image', {
      tags: ['1.0', 'stable', `sha256-${hex}`, `sha256-${hex}.sig`, `sha512-${hex}.att`],
      columns: { total_size: 500 },
    });
    await push('app', 'signature', {
      subject: image.digest,
      columns: { accessory_type: 'signature.cosign' },
    });
    await push('app', 'sbom', { subject: image.digest });
    const index = await push('app', 'index', {
      tags: ['multi'],
      mediaType: INDEX,
      attrs: {},
      columns: { total_size: 900 },
    });
    await refer('app', index.id, [
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
      { os: 'linux', architecture: 'amd64', variant: '' },
      { os: 'unknown', architecture: 'unknown' },
      null,
      { os: 'linux', architecture: 'amd64' },
    ]);
    await push('app', 'unread', { tags: ['unread'], attrs: null, columns: { total_size: 3 } });
    await push('app', 'chart', {
      tags: ['0.1.0'],
      attrs: { name: 'app' },
      columns: { type: 'CHART', total_size: 7 },
    });
    const [label] = await db
      .insertInto('label')
      .values({ name: 'prod', project_id: 1 })
      .returning('id')
      .execute();
    await db
      .insertInto('artifact_label')
      .values({ artifact_id: image.id, label_id: label?.id ?? 0 })
      .execute();
  });

  it('come with what they point to', async () => {
    expect(await tagOf('app', '1.0')).toMatchObject({
      digest: image.digest,
      type: 'IMAGE',
      size: 500,
      isImmutable: true,
      platforms: ['linux/amd64'],
      platformCount: 1,
      isSigned: true,
      accessoryCount: 2,
      labels: [{ name: 'prod' }],
      pulledAt: null,
      pushedBy: null,
    });
    expect(await tagOf('app', 'stable')).toMatchObject({ isImmutable: false });
    expect(await tagOf('app', '0.1.0')).toMatchObject({
      type: 'CHART',
      platforms: [],
      platformCount: 0,
      isSigned: false,
      accessoryCount: 0,
      labels: [],
    });
  });

  it('have the platforms of an index, each once and in its order', async () => {
    const { platforms, platformCount } = await tagOf('app', 'multi');
    expect([platforms, platformCount]).toEqual([['linux/arm64/v8', 'linux/amd64'], 2]);
  });

  it('name twenty platforms, count all and cut what is too long', async () => {
    const index = await push('app', 'wide', { tags: ['wide'], mediaType: INDEX });
    const platforms = Array.from({ length: 30 }, (_, n) => ({
      os: `os${n}${'x'.repeat(1000)}`,
      architecture: 'a',
    }));
    await refer('app', index.id, platforms);
    const tag = await tagOf('app', 'wide');
    expect([tag.platforms.length, tag.platformCount]).toEqual([20, 30]);
    expect(tag.platforms[0]).toHaveLength(66);
    await db.deleteFrom('tag').where('name', '=', 'wide').execute();
  });

  it('have the platform of an image that nobody read before', async () => {
    expect((await tagOf('app', 'unread')).platforms).toEqual(['plan9/mips']);
  });

  it('tell who pushed them to those who may know', async () => {
    expect((await tagOf('app', '1.0', { pushers: true })).pushedBy).toBe('berth');
  });

  it('leave out those that only tools look for, and say how many', async () => {
    const people = await list('app');
    expect([people.total, people.hidden]).toEqual([5, 3]);
    expect(people.items.every(({ name }) => !name.startsWith('sha'))).toBe(true);
    const all = await list('app', { tools: true });
    expect([all.total, all.hidden]).toEqual([8, 0]);
    const signatures = await list('app', { q: 'name=~.sig' });
    expect([signatures.total, signatures.hidden]).toEqual([0, 1]);
  });

  it.each<[string, readonly string[]]>([
    ['name=1.0', ['1.0']],
    ['name=~1.0', ['0.1.0', '1.0']],
    ['name=~TAB', ['stable']],
    ['type=CHART', ['0.1.0']],
    ['labels=(1)', ['1.0', 'stable']],
    ['labels=(1 9)', []],
    ["name=' OR 1=1 --", []],
    ['name=~%', []],
    ['nothing=x', ['0.1.0', '1.0', 'multi', 'stable', 'unread']],
  ])('with q %s are %j', async (q, names) => {
    expect((await namesOf('app', { q })).toSorted()).toEqual(names);
  });

  it('are found by the digest', async () => {
    expect((await namesOf('app', { q: `digest=${image.digest}` })).toSorted()).toEqual([
      '1.0',
      'stable',
    ]);
  });

  it.each<[string, readonly string[]]>([
    ['-size,name', ['multi', '1.0', 'stable', '0.1.0', 'unread']],
    ['name', ['0.1.0', '1.0', 'multi', 'stable', 'unread']],
    ['-version', ['1.0', '0.1.0', 'unread', 'stable', 'multi']],
  ])('are sorted by %s', async (sort, names) => {
    expect(await namesOf('app', { sort })).toEqual(names);
  });

  it('that were never pulled are the last by the time of their pulls', async () => {
    await db
      .updateTable('tag')
      .set({ pulled_at: new Date(0) })
      .where('name', '=', 'multi')
      .execute();
    const { items } = await list('app', { sort: '-pull_time' });
    expect(items[0]).toMatchObject({ name: 'multi', pulledAt: new Date(0) });
    expect(items[1]?.pulledAt).toBeNull();
    expect((await namesOf('app', { sort: 'pull_time' })).at(-1)).toBe('multi');
  });

  it('come in pages that together are the list', async () => {
    const whole = await namesOf('app', { sort: 'push_time', tools: true });
    const pages = await Promise.all(
      [0, 3, 6, 9].map((offset) =>
        namesOf('app', { sort: 'push_time', tools: true, offset, limit: 3 }),
      ),
    );
    expect(pages.flat()).toEqual(whole);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 2, 0]);
  });

  it.each(['nothing', '\0', '../app', "app' --"])('of the repository %j are none', async (path) => {
    expect(await list(path)).toEqual({ items: [], total: 0, hidden: 0 });
  });
});

/** Digits and all else by turns; a version begins with digits. */
interface Oracle {
  readonly rank: number;
  readonly parts: readonly (string | bigint)[];
}

function oracleOf(name: string): Oracle {
  const folded = name.toLowerCase();
  if (folded === 'latest') return { rank: 2, parts: [] };
  const bare = /^v\d/.test(folded) ? folded.slice(1) : folded;
  const parts = [...bare.matchAll(/\d+|\D/g)].map(([part]) =>
    /\d/.test(part) ? BigInt(part) : part,
  );
  return { rank: typeof parts[0] === 'bigint' ? 1 : 0, parts };
}

/** In this order: a hyphen, the end, a dot, a number, letters. */
function weightOf(part: string | bigint | undefined): number {
  if (part === '-') return 0;
  if (part === undefined) return 1;
  if (part === '.') return 2;
  return typeof part === 'bigint' ? 3 : 4;
}

function compareVersions(one: string, other: string): number {
  const [a, b] = [oracleOf(one), oracleOf(other)];
  if (a.rank !== b.rank) return a.rank - b.rank;
  for (let at = 0; at < Math.max(a.parts.length, b.parts.length); at += 1) {
    const [left, right] = [a.parts[at], b.parts[at]];
    const weight = weightOf(left) - weightOf(right);
    if (weight !== 0) return weight;
    if (left === undefined || right === undefined || left === right) continue;
    return left < right ? -1 : 1;
  }
  return 0;
}

describe('the order of versions', () => {
  it('is the one that people expect', async () => {
    await createRepository('versions');
    const ascending = [
      'main',
      'pr-9',
      'pr-10',
      '007',
      'v1.0-rc.1',
      'v1.0-rc.2',
      'v1.0-rc.10',
      'v1.0',
      'v1.0.1',
      '1.0_build.2',
      'v1.2',
      '1.9',
      'v1.10',
      'v2.0.0-alpine',
      '20240131-nightly',
      '99999999999999999999999999',
      'latest',
    ];
    await push('versions', 'x', { tags: ascending.toReversed() });
    // 007 is a seven.
    const wanted = ascending.filter((name) => name !== '007');
    wanted.splice(wanted.indexOf('20240131-nightly'), 0, '007');
    expect(await namesOf('versions', { sort: 'version' })).toEqual(wanted);
    expect(await namesOf('versions', { sort: '-version' })).toEqual(wanted.toReversed());
  });

  it('is that of a plain comparison, whatever the tags are called', async () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
    const version = fc.stringMatching(/^[vV]?[0-9]{1,25}([._-](rc|0{0,3}[0-9]{1,12}|[a-z])){0,4}$/);
    const tags = fc.uniqueArray(fc.oneof(word, version, fc.constant('latest')), {
      minLength: 50,
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(tags, async (names) => {
        const { rows } = await sql<{ name: string }>`
          SELECT name FROM unnest(${names}::text[]) WITH ORDINALITY AS given (name, place)
          ORDER BY version_key(name COLLATE "C") COLLATE "C", place`.execute(db);
        expect(rows.map(({ name }) => name)).toEqual(names.toSorted(compareVersions));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a page of 20,000 tags', () => {
  /** How many rows its plan reads: that does not depend on what the machine does meanwhile. */
  async function countRead(path: string, sort: string): Promise<number> {
    const filter = parseRepositoryTagQuery({ sort, with_tool_tags: false });
    const at = { id: idOf(path), name: `team/${path}` };
    const page = { offset: 0, limit: 50, pushers: true };
    const query = repositoryTagPageQuery(db, at, filter, page).compile();
    const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`
      EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) ${sql.raw(inlined(query))}`.execute(db);
    return rows.reduce((sum, row) => sum + rowsOf(row['QUERY PLAN'][0].Plan), 0);
  }

  interface PlanNode {
    readonly 'Actual Rows': number;
    readonly 'Actual Loops': number;
    readonly Plans?: readonly PlanNode[];
  }

  function rowsOf(node: PlanNode): number {
    const below = (node.Plans ?? []).reduce((sum, child) => sum + rowsOf(child), 0);
    return below + node['Actual Rows'] * node['Actual Loops'];
  }

  function inlined({ sql: text, parameters }: { sql: string; parameters: readonly unknown[] }) {
    return text.replaceAll(/\$(\d+)/g, (_whole, n: string) => {
      const value = parameters[Number(n) - 1];
      if (Array.isArray(value)) return `'{${value.join(',')}}'`;
      return typeof value === 'string' ? `'${value}'` : String(value);
    });
  }

  it.each(['-version', '-push_time', 'name'])(
    'sorted by %s reads hardly more than one of 200',
    async (sort) => {
      if (!repositories.has('large')) {
        await db.transaction().execute(async (tx) => {
          // What they do is tested elsewhere, and they do it row by row.
          await sql`SET LOCAL session_replication_role = replica`.execute(tx);
          for (const [path, count] of [
            ['large', 20_000],
            ['small', 200],
          ] as const) {
            const id = await createRepository(path);
            const { id: artifactId } = await push(path, path);
            await sql`INSERT INTO tag (repository_id, artifact_id, name, pushed_at)
              SELECT ${id}, ${artifactId}, 'v1.' || n, '2026-01-01'::timestamptz + n * interval '1 s'
              FROM generate_series(1, ${count}) n`.execute(tx);
          }
        });
        await sql`VACUUM ANALYZE tag, artifact`.execute(db);
      }
      expect(await countRead('large', sort)).toBeLessThan(2 * (await countRead('small', sort)));
    },
  );

  it('is right at its end', async () => {
    const { items, total } = await list('large', { sort: 'version', offset: 19_990, limit: 50 });
    expect(total).toBe(20_000);
    expect(items.map(({ name }) => name).slice(-2)).toEqual(['v1.19999', 'v1.20000']);
  });
});

describe('the figures of a repository', () => {
  it('are there for those who ask, and count each blob once', async () => {
    await createRepository('sized');
    await push('sized', 'twelve bytes', { tags: ['1', `sha256-${hex}.sig`] });
    await push('sized', 'a chart', { columns: { type: 'CHART' } });
    const blob = digestOf(Buffer.from('blob'));
    await db.insertInto('blob').values({ digest: blob, size: 1000 }).execute();
    await db
      .insertInto('project_blob')
      .values({ project_id: 1, digest: blob, size: 1000 })
      .execute();
    await db
      .insertInto('repository_blob')
      .values({ project_id: 1, repository_id: idOf('sized'), digest: blob })
      .execute();
    const query = parseRepositoryQuery('name=team/sized');
    const page = { offset: 0, limit: 10 };
    const { items } = await reader.repositories.listOfProject(project, query, {
      ...page,
      figures: true,
    });
    expect(items[0]?.figures).toEqual({ size: 1019, latestTag: '1', types: ['CHART', 'IMAGE'] });
    const plain = await reader.repositories.listOfProject(project, query, page);
    expect(plain.items[0]?.figures).toBeUndefined();
  });
});
