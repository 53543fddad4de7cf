import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArtifactRow, insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import type { ProjectPolicy } from '../access/index.ts';
import { createRepositoryDirectory, createRepositoryRepository } from '../artifacts/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { presentArtifact } from './artifact.presenter.ts';
import type { ArtifactDetail, ArtifactView, ScanOverview } from './artifact.ts';
import { parseArtifactQuery, parseProjectArtifactQuery } from './artifact-query.ts';
import { parseAccessoryQuery, parseTagQuery } from './detail-query.ts';
import { artifactModel } from './repositories.schema.ts';
import { createRepositories, type Repositories } from './repositories-parts.ts';
import { parseRepositoryQuery } from './repository-query.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
/** In `q`, which is decoded twice. */
const encoded = encodeURIComponent;

let database: TestDatabase;
let db: Database;
let directory: ReturnType<typeof createRepositoryDirectory>;
let reader: Repositories;
const team: ProjectPolicy = { id: 0, name: 'team', isPublic: false, accessEpoch: 0 };
const other: ProjectPolicy = { id: 0, name: 'other', isPublic: true, accessEpoch: 0 };
let policies: { team: ProjectPolicy; other: ProjectPolicy };
const repositoryIds = new Map<string, number>();
const artifacts = new Map<string, { id: number; digest: Digest }>();
const labels = new Map<string, number>();
const overviews = new Map<number, ScanOverview>();

const plain: ArtifactDetail = {
  tags: true,
  immutability: false,
  labels: false,
  accessories: false,
  inheritedAccessories: false,
  vulnerabilities: false,
  sbom: false,
};
const all = { offset: 0, limit: 100 };

async function createProject(name: string): Promise<number> {
  const { id } = await db
    .insertInto('project')
    .values({ name, owner_id: 1, is_public: name === 'other' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function createRepository(project: ProjectPolicy, path: string): Promise<void> {
  const name = `${project.name}/${path}`;
  const { id } = await db
    .insertInto('repository')
    .values({ name, project_id: project.id })
    .returning('id')
    .executeTakeFirstOrThrow();
  repositoryIds.set(name, id);
}

function idOf(name: string): number {
  const id = repositoryIds.get(name) ?? artifacts.get(name)?.id ?? labels.get(name);
  if (id === undefined) throw new Error(`no ${name}`);
  return id;
}

function digestOf(name: string): Digest {
  const found = artifacts.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found.digest;
}

/** Pushed on that day of 2026; `name` is its content. */
async function push(
  repository: string,
  name: string,
  day: number,
  row: Partial<ArtifactRow> = {},
  columns: { extra_attrs?: string | null; config_media_type?: string; type?: string } = {},
): Promise<void> {
  const project = repository.startsWith('team/') ? policies.team : policies.other;
  const made = await insertArtifactRow(db, {
    repositoryId: idOf(repository),
    projectId: project.id,
    content: name,
    ...row,
  });
  artifacts.set(name, made);
  await db
    .updateTable('artifact')
    .set({
      pushed_at: new Date(Date.UTC(2026, 0, day)),
      extra_attrs: '{"os":"linux"}',
      config_media_type: IMAGE_CONFIG,
      ...columns,
    })
    .where('id', '=', made.id)
    .execute();
}

async function refer(index: string, children: readonly string[]): Promise<void> {
  await db
    .insertInto('artifact_reference')
    .values(
      children.map((child, position) => ({
        artifact_id: idOf(index),
        repository_id: idOf('team/app'),
        child_digest: digestOf(child),
        position,
        platform: JSON.stringify({ os: 'linux', architecture: `arch${position}` }),
        annotations: position === 0 ? JSON.stringify({ a: 'b' }) : null,
        urls: null,
      })),
    )
    .execute();
}

async function createLabel(name: string, on: readonly string[]): Promise<void> {
  const { id } = await db
    .insertInto('label')
    .values({ name, project_id: name === 'mine' ? policies.team.id : null })
    .returning('id')
    .executeTakeFirstOrThrow();
  labels.set(name, id);
  for (const artifact of on) {
    await db
      .insertInto('artifact_label')
      .values({ artifact_id: idOf(artifact), label_id: id })
      .execute();
  }
}

const described: { names: string[]; fails: boolean } = { names: [], fails: false };

function start(): Repositories {
  directory = createRepositoryDirectory(createRepositoryRepository(db));
  return createRepositories({
    db,
    directory,
    inspector: {
      describe(_repository, content) {
        described.names.push(content.toString());
        if (described.fails) return Promise.reject(new Error('away'));
        return Promise.resolve({ extraAttrs: { read: content.toString() } });
      },
      readImageConfig: () => Promise.resolve(undefined),
      readAddition: (repository, content, _mediaType, name) =>
        Promise.resolve({
          contentType: 'text/plain',
          body: Buffer.from(`${repository} ${content.toString()} ${name}`),
        }),
    },
    immutableAmong: (projectId, repository, tags) =>
      Promise.resolve(
        new Set(tags.filter((tag) => tag === 'v1' && repository === 'team/app' && projectId > 0)),
      ),
    scanOverviews: () => Promise.resolve(overviews),
    visibilityOf: (principal) =>
      principal.kind === 'anonymous'
        ? { includesPublic: true, projectIds: [], member: undefined }
        : 'all',
    log: quietLog,
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  await db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' }).execute();
  policies = {
    team: { ...team, id: await createProject('team') },
    other: { ...other, id: await createProject('other') },
  };
  await createRepository(policies.team, 'app');
  await createRepository(policies.team, 'deep/er/chart');
  await createRepository(policies.team, 'empty');
  await createRepository(policies.other, 'app');
  const index = { mediaType: OCI_INDEX };
  await push('team/app', 'child1', 1);
  await push('team/app', 'child2', 2, { tags: ['amd64'] });
  await push('team/app', 'index', 3, { ...index, tags: ['multi', 'latest'] });
  await refer('index', ['child1', 'child2']);
  await push('team/app', 'one', 4, { tags: ['v1', 'v1.0'] }, { extra_attrs: '{"os":"windows"}' });
  await push('team/app', 'bare', 5);
  await push('team/app', 'signature', 6, { subject: digestOf('index') });
  await push('team/app', 'sbom', 7, { subject: digestOf('one') });
  await push('team/deep/er/chart', 'chart', 8, { tags: ['1.2.3'] }, { type: 'CHART' });
  await push('other/app', 'foreign', 9, { tags: ['v1'] });
  const setType = (name: string, type: string) =>
    db.updateTable('artifact').set({ accessory_type: type }).where('id', '=', idOf(name)).execute();
  await setType('signature', 'signature.cosign');
  await setType('sbom', 'sbom.harbor');
  await createLabel('mine', ['one', 'bare']);
  await createLabel('global', ['one', 'index']);
  reader = start();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const inApp = () => ({ project: policies.team, path: 'app' });

function nameOf({ id }: { readonly id: number }): string {
  return [...artifacts].find(([, artifact]) => artifact.id === id)?.[0] ?? `${id}`;
}

async function listNames(q?: string, sort?: string, page = all): Promise<string> {
  const query = parseArtifactQuery(q, sort);
  const { items } = await reader.artifacts.listArtifacts(inApp(), query, page, plain);
  return items.map(nameOf).join(' ');
}

async function find(name: string, detail: Partial<ArtifactDetail> = {}): Promise<ArtifactView> {
  return reader.artifacts.getArtifact(inApp(), digestOf(name), { ...plain, ...detail });
}

describe('the list of artifacts', () => {
  it('begins with the latest push and hides accessories and parts of indexes', async () => {
    expect(await listNames()).toBe('bare one index child2');
    const query = parseArtifactQuery(undefined);
    const { total } = await reader.artifacts.listArtifacts(inApp(), query, all, plain);
    expect(total).toBe(4);
  });

  it.each([
    ['tags=*', 'one index child2'],
    ['tags=nil', 'bare'],
    ['tags=v1', 'one'],
    ['tags=1.2.3', ''],
    ['tags=~V1', 'one'],
    ['tags=~at', 'index'],
    ['tags=~%', ''],
    ['base=*', 'bare one index child2 child1'],
    ['base=*,tags=nil', 'bare child1'],
    ['type=IMAGE', 'bare one index child2'],
    ['type=CHART', ''],
    [`media_type=${encoded(IMAGE_CONFIG)}`, 'bare one index child2'],
    [`manifest_media_type=${encoded(OCI_INDEX)}`, 'index'],
    ['extra_attrs=~WINDOWS', 'one'],
    ['extra_attrs={"os": "windows"}', null],
    ['push_time=[2026-01-03~2026-01-04]', 'one index'],
    ['push_time__gt=2026-01-04', 'bare'],
    ['pull_time=[2026-01-01~]', ''],
    ['size=[4~4]', 'bare'],
    ['unknown=x', 'bare one index child2'],
    ['tags=(a)', null],
    ['base=no', null],
    ['labels=1', null],
    ['labels={1}', null],
    ['labels=(x)', null],
    ['id=x', null],
  ])('with q %s has %s', async (q, names) => {
    if (names === null) await expect(listNames(q)).rejects.toThrow(AppError);
    else expect(await listNames(q)).toBe(names);
  });

  it('takes a digest, an id, and labels that are all there', async () => {
    expect(await listNames(`digest=${digestOf('one')}`)).toBe('one');
    expect(await listNames(`id=${idOf('bare')}`)).toBe('bare');
    expect(await listNames(`labels=(${idOf('mine')})`)).toBe('bare one');
    expect(await listNames(`labels=(${idOf('mine')} ${idOf('global')})`)).toBe('one');
    expect(await listNames(`labels=(${idOf('mine')} 999999)`)).toBe('');
  });

  it.each([
    ['push_time', 'child2 index one bare'],
    ['-id', 'bare one index child2'],
    ['size', 'one bare index child2'],
    ['nonsense', 'bare one index child2'],
  ])('sorted by %s is %s', async (sort, names) => {
    expect(await listNames(undefined, sort)).toBe(names);
  });

  it('is empty for repositories that do not exist or cannot', async () => {
    for (const path of ['nothing', '../other/app', 'app\0', 'A', 'x'.repeat(300)]) {
      const at = { project: policies.team, path };
      const query = parseArtifactQuery(undefined);
      expect(await reader.artifacts.listArtifacts(at, query, all, plain)).toEqual({
        items: [],
        total: 0,
      });
    }
  });
});

describe('an artifact', () => {
  it('is found by tag and by digest, accessories too', async () => {
    const { artifacts } = reader;
    expect((await artifacts.getArtifact(inApp(), 'v1', plain)).id).toBe(idOf('one'));
    expect((await find('signature')).accessoryType).toBe('signature.cosign');
    expect((await find('child1')).id).toBe(idOf('child1'));
  });

  it.each(['nothing', '', 'a b', 'sha256:x', 'v1\0', '-'])(
    'is not found by %j',
    async (reference) => {
      const finding = reader.artifacts.getArtifact(inApp(), reference, plain);
      await expect(finding).rejects.toMatchObject({ kind: 'not-found' });
    },
  );

  it('of another repository or project is not found', async () => {
    const finding = reader.artifacts.getRecord(inApp(), digestOf('foreign'));
    await expect(finding).rejects.toMatchObject({ kind: 'not-found' });
    const there = { project: policies.other, path: 'app' };
    expect((await reader.artifacts.getRecord(there, 'v1')).id).toBe(idOf('foreign'));
    await expect(
      reader.artifacts.getRecord({ project: policies.other, path: 'chart' }, '1.2.3'),
    ).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('has its tags, the latest first, unless told otherwise', async () => {
    expect((await find('one')).tags?.map(({ name }) => name)).toEqual(['v1.0', 'v1']);
    expect((await find('one', { tags: false })).tags).toBeUndefined();
    expect((await find('bare')).tags).toEqual([]);
  });

  it('tells which tags are immutable when asked', async () => {
    const flags = async (immutability: boolean) =>
      (await find('one', { immutability })).tags?.map((tag) => tag.isImmutable);
    expect(await flags(false)).toEqual([false, false]);
    expect(await flags(true)).toEqual([false, true]);
  });

  it('has labels and accessories when asked', async () => {
    const bare = await find('one');
    expect([bare.labels, bare.accessories, bare.inheritedAccessories]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const one = await find('one', { labels: true, accessories: true });
    expect(one.labels?.map(({ name }) => name)).toEqual(['mine', 'global']);
    expect(one.accessories).toMatchObject([
      {
        artifactId: idOf('sbom'),
        type: 'sbom.harbor',
        subjectId: idOf('one'),
        subjectDigest: digestOf('one'),
        subjectRepository: 'team/app',
      },
    ]);
  });

  it('inherits the signatures of the index that it is part of, unless it is signed', async () => {
    const inherited = async (name: string) =>
      (await find(name, { inheritedAccessories: true })).inheritedAccessories?.map(
        ({ artifactId }) => artifactId,
      );
    expect(await inherited('child1')).toEqual([idOf('signature')]);
    expect(await inherited('index')).toEqual([]);
    expect((await find('child1', { accessories: true })).accessories).toEqual([]);
    await push('team/app', 'own', 1, { subject: digestOf('child2') });
    expect(await inherited('child2')).toEqual([idOf('signature')]);
    await db
      .updateTable('artifact')
      .set({ accessory_type: 'signature.notation' })
      .where('id', '=', idOf('own'))
      .execute();
    expect(await inherited('child2')).toEqual([]);
    expect(await inherited('child1')).toEqual([idOf('signature')]);
  });

  it('has what its index says of the parts, in order', async () => {
    expect((await find('index')).references).toEqual([
      {
        parentId: idOf('index'),
        childId: idOf('child1'),
        childDigest: digestOf('child1'),
        platform: { os: 'linux', architecture: 'arch0' },
        annotations: { a: 'b' },
        urls: null,
      },
      expect.objectContaining({ childId: idOf('child2'), annotations: null }),
    ]);
    expect((await find('one')).references).toEqual([]);
  });

  it('is presented as the model says', async () => {
    overviews.set(idOf('one'), { vulnerabilities: { report: {} }, additions: ['vulnerabilities'] });
    const everything = Object.fromEntries(Object.keys(plain).map((key) => [key, true]));
    for (const name of ['one', 'index', 'child1', 'signature', 'bare']) {
      const shown = presentArtifact(await find(name, everything));
      expect(artifactModel.strict().parse(shown)).toEqual(shown);
    }
    const shown = presentArtifact(await find('one'));
    const base = `/api/v2.0/projects/team/repositories/app/artifacts/${digestOf('one')}/additions`;
    expect(shown).toMatchObject({
      repository_name: 'team/app',
      pull_time: '0001-01-01T00:00:00.000Z',
      push_time: '2026-01-04T00:00:00.000Z',
      labels: null,
      references: null,
      scan_overview: { report: {} },
      addition_links: {
        build_history: { href: `${base}/build_history`, absolute: false },
        vulnerabilities: { href: `${base}/vulnerabilities`, absolute: false },
      },
    });
    expect(presentArtifact(await find('index'))).not.toHaveProperty('addition_links');
    const at = { project: policies.team, path: 'deep/er/chart' };
    const chart = JSON.stringify(
      presentArtifact(await reader.artifacts.getArtifact(at, '1.2.3', plain)),
    );
    expect(chart).toContain('/repositories/deep%252Fer%252Fchart/artifacts/');
    expect(chart).toContain('/additions/values.yaml');
  });

  it('gives its additions by its manifest', async () => {
    const { body } = await reader.artifacts.getAddition(inApp(), 'v1', 'build_history');
    expect(body.toString()).toBe('team/app one build_history');
  });
});

describe('what is not known of an artifact yet', () => {
  const forget = (columns: { type?: null; extra_attrs?: null }) =>
    db.updateTable('artifact').set(columns).where('id', '=', idOf('bare')).execute();

  it('is read when somebody asks, and kept', async () => {
    await forget({ extra_attrs: null });
    described.names = [];
    const [first, second] = await Promise.all([find('bare'), find('bare')]);
    expect(first.extraAttrs).toEqual({ read: 'bare' });
    expect(second.extraAttrs).toEqual({ read: 'bare' });
    await find('bare');
    expect(described.names).toEqual(['bare']);
  });

  it('is left out when it cannot be read, and tried again', async () => {
    await forget({ extra_attrs: null });
    described.fails = true;
    expect(presentArtifact(await find('bare'))).not.toHaveProperty('extra_attrs');
    described.fails = false;
    expect((await find('bare')).extraAttrs).toEqual({ read: 'bare' });
  });
});

describe('totals', () => {
  it('follow what the directory tells, and are not counted again without', async () => {
    const total = async (q?: string) =>
      (await reader.artifacts.listArtifacts(inApp(), parseArtifactQuery(q), all, plain)).total;
    const before = await total();
    expect(await total('tags=*')).toBe(3);
    await push('team/app', 'fresh', 20, { tags: ['fresh'] });
    // Nobody told: the number is from memory.
    expect(await total()).toBe(before);
    directory.track('team/app').changes += 1;
    expect(await total()).toBe(before + 1);
    expect(await total('tags=*')).toBe(4);
    await db.deleteFrom('artifact').where('id', '=', idOf('fresh')).execute();
    directory.forget('team/app');
    expect(await total()).toBe(before);
  });
});

describe('tags of an artifact', () => {
  const list = (query: { q?: string; sort?: string }, page = all) =>
    reader.artifacts.listTags(inApp(), 'v1', parseTagQuery(query), {
      ...page,
      immutability: true,
    });

  it('are listed with their state, by page', async () => {
    const found = await list({});
    expect(found.items.map(({ name, isImmutable }) => [name, isImmutable])).toEqual([
      ['v1.0', false],
      ['v1', true],
    ]);
    const page = await list({ sort: 'name' }, { offset: 1, limit: 1 });
    expect([page.total, page.items.map(({ name }) => name)]).toEqual([2, ['v1.0']]);
    expect((await list({ q: 'name=v1' })).total).toBe(1);
    expect((await list({ q: 'name=multi' })).total).toBe(0);
  });
});

describe('accessories of an artifact', () => {
  it('are listed by subject and filter', async () => {
    const list = (reference: string, q?: string) =>
      reader.artifacts.listAccessories(inApp(), reference, parseAccessoryQuery({ q }), all);
    expect((await list('multi')).items.map(nameOfAccessory)).toEqual(['signature']);
    expect((await list('v1', 'type=sbom.harbor')).total).toBe(1);
    expect((await list('v1', 'type=signature.cosign')).total).toBe(0);
  });

  function nameOfAccessory({ artifactId }: { readonly artifactId: number }): string {
    return nameOf({ id: artifactId });
  }
});

describe('the artifacts of a project', () => {
  const list = async (q?: string, page = all, sort?: string) => {
    const query = parseProjectArtifactQuery(q, sort);
    const found = await reader.artifacts.listArtifactsOfProject(policies.team, query, page, plain);
    return [found.items.map(nameOf).join(' '), found.total];
  };

  it('are those of all its repositories', async () => {
    expect(await list()).toEqual(['chart bare one index child2', 5]);
    expect(await list(undefined, { offset: 1, limit: 2 })).toEqual(['bare one', 5]);
    expect(await list(undefined, { offset: 9, limit: 2 })).toEqual(['', 5]);
    expect(await list(undefined, all, 'push_time')).toEqual(['child2 index one bare chart', 5]);
    expect(await list('repository_name=~deep')).toEqual(['chart', 1]);
    expect(await list('tags=~1', { offset: 0, limit: 1 })).toEqual(['chart', 2]);
    expect(await list(`labels=(${idOf('global')})`)).toEqual(['one index', 2]);
    expect(await list(`repository_id=${idOf('other/app')}`)).toEqual(['', 0]);
    expect(await list(`project_id=${policies.other.id}`)).toEqual(['', 0]);
  });

  it('can be the latest of each repository, of one media type', async () => {
    const latest = async (q?: string) => {
      const query = parseProjectArtifactQuery(q);
      const found = await reader.artifacts.listLatestOfProject(policies.team, query, all, plain);
      return [found.items.map(nameOf).join(' '), found.total];
    };
    expect(await latest(`media_type=${encoded(IMAGE_CONFIG)}`)).toEqual(['chart bare', 2]);
    expect(await latest('artifact_type=none')).toEqual(['', 0]);
    await expect(latest()).rejects.toMatchObject({ kind: 'invalid' });
    await expect(latest('media_type=a,artifact_type=b')).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('repositories', () => {
  const ann = { kind: 'user', id: 1, username: 'ann', isAdmin: true, groupIds: [] } as const;
  const names = async (q?: string, sort?: string, page = all) => {
    const query = parseRepositoryQuery(q, sort);
    const found = await reader.repositories.listOfProject(policies.team, query, page);
    return [found.items.map(({ name }) => name).join(' '), found.total];
  };

  it('are listed, the youngest first, but for those without artifacts', async () => {
    expect(await names()).toEqual(['team/deep/er/chart team/app', 2]);
    expect(await names(undefined, 'name')).toEqual(['team/app team/deep/er/chart', 2]);
    expect(await names('name=~CHART')).toEqual(['team/deep/er/chart', 1]);
    expect(await names(undefined, 'name', { offset: 1, limit: 5 })).toEqual([
      'team/deep/er/chart',
      2,
    ]);
    expect(await names(undefined, 'name', { offset: 5, limit: 5 })).toEqual(['', 2]);
    expect(await names(`project_id=${policies.other.id}`)).toEqual(['', 0]);
  });

  it('of all projects are those that the caller may know of', async () => {
    const all = async (principal: Parameters<Repositories['repositories']['listAll']>[0]) => {
      const query = parseRepositoryQuery(undefined, 'name');
      const found = await reader.repositories.listAll(principal, query, { offset: 0, limit: 9 });
      return found.items.map(({ name, artifactCount }) => `${name} ${artifactCount}`);
    };
    expect(await all(ann)).toEqual(['other/app 1', 'team/app 4', 'team/deep/er/chart 1']);
    expect(await all({ kind: 'anonymous' })).toEqual(['other/app 1']);
  });

  it('tell what changed last: themselves, a push or a tag', async () => {
    const updatedAt = async () =>
      (await reader.repositories.getRepository(inApp())).updatedAt.toISOString();
    const set = (at: string) =>
      sql`UPDATE repository SET updated_at = ${at}::timestamptz`.execute(db);
    await sql`UPDATE tag_history SET changed_at = '2020-01-01Z'`.execute(db);
    await set('2020-01-01Z');
    expect(await updatedAt()).toBe('2026-01-07T00:00:00.000Z');
    await set('2026-02-01Z');
    expect(await updatedAt()).toBe('2026-02-01T00:00:00.000Z');
    await sql`UPDATE tag_history SET changed_at = '2026-03-01Z'
      WHERE repository_name = 'team/app'`.execute(db);
    expect(await updatedAt()).toBe('2026-03-01T00:00:00.000Z');
    expect(await names(undefined, '-update_time')).toEqual(['team/app team/deep/er/chart', 2]);
    expect(await names('update_time=[2026-02-02~]')).toEqual(['team/app', 1]);
  });

  it('keep a description as it was given', async () => {
    const text = '# <b>hello</b> & "you"\n';
    await reader.repositories.updateDescription(inApp(), text);
    expect(await reader.repositories.getRepository(inApp())).toMatchObject({
      name: 'team/app',
      projectId: policies.team.id,
      description: text,
      artifactCount: 4,
      pullCount: 0,
    });
  });

  it.each(['nothing', 'empty', '../other/app', 'app\0'])('%j is not found', async (path) => {
    const at = { project: policies.team, path };
    const { repositories } = reader;
    await expect(repositories.getRepository(at)).rejects.toMatchObject({ kind: 'not-found' });
    const updating = repositories.updateDescription(at, 'x');
    await expect(updating).rejects.toMatchObject({ kind: 'not-found' });
  });
});
