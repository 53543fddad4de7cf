import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../../test/artifact-rows.ts';
import type { Database } from '../../db/index.ts';
import { ProviderError, type RegistryProvider } from './provider.ts';

export interface ProviderFixture {
  readonly provider: RegistryProvider;
  /** What the back end keeps its records in, to seed and to look past the provider. */
  readonly db: Database;
  readonly cleanup: () => Promise<void>;
}

/** The kind that the promise rejects with; fails the test when that is no ProviderError. */
export async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderError) return error.kind;
  throw new TypeError(`expected a ProviderError, got ${String(error)}`, { cause: error });
}

/** Holds every provider to the same behaviour towards projects and repositories. */
export function describeProvider(name: string, open: () => Promise<ProviderFixture>): void {
  describe(`the ${name} provider`, () => {
    let fixture: ProviderFixture;
    const given = () => fixture;

    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.cleanup());

    describeCreation(given);
    describeVisibility(given);
    describeDeletion(given);
    describeRepositories(given);
  });
}

type Given = () => ProviderFixture;

const hidden = { isPublic: false, adopt: false };
const open = { isPublic: true, adopt: false };

function describeCreation(given: Given): void {
  it('says of itself what it is', async () => {
    const health = await given().provider.checkHealth();
    expect(health.version).toMatch(/^v?\d+\.\d+/);
    expect(['oci', 'chartmuseum']).toContain(health.charts);
  });

  it('creates projects that are public or not', async () => {
    const { provider, db } = given();
    await provider.createProject('t1-image-open', open);
    await provider.createProject('t1-image-hidden', hidden);
    expect(await provider.hasProject('t1-image-open')).toBe(true);
    expect(await isPublic(db, 't1-image-open')).toBe(true);
    expect(await isPublic(db, 't1-image-hidden')).toBe(false);
  });

  it('B41: takes no project that is there already, and says that it is a conflict', async () => {
    const { provider, db } = given();
    await seedProject(db, 't1-image-foreign');
    expect(await kindOf(provider.createProject('t1-image-foreign', open))).toBe('conflict');
    expect(await isPublic(db, 't1-image-foreign')).toBe(false);
  });

  it('takes it over where that is wanted, with the visibility that is asked for', async () => {
    const { provider, db } = given();
    await seedProject(db, 't1-image-adopted');
    await provider.createProject('t1-image-adopted', { isPublic: true, adopt: true });
    expect(await isPublic(db, 't1-image-adopted')).toBe(true);
    await provider.createProject('t1-image-adopted', { isPublic: false, adopt: true });
    expect(await isPublic(db, 't1-image-adopted')).toBe(false);
  });

  it('lets one of many win that create the same project at once', async () => {
    const { provider } = given();
    const tries = Array.from({ length: 5 }, () => provider.createProject('t1-image-race', hidden));
    const settled = await Promise.allSettled(tries);
    const lost = settled.filter((result) => result.status === 'rejected');
    expect(lost).toHaveLength(4);
    expect(lost.map(({ reason }) => reason.kind)).toEqual(Array(4).fill('conflict'));
  });

  it('refuses a name that no project may have', async () => {
    const { provider } = given();
    const creation = provider.createProject('-image-No', hidden);
    expect(await kindOf(creation)).toBe('invalid');
  });

  it('has only projects of exactly the name', async () => {
    const { provider } = given();
    await provider.createProject('t1-image-exact', hidden);
    expect(await provider.hasProject('t1-image-exac')).toBe(false);
    expect(await provider.hasProject('t1-image-exact2')).toBe(false);
    expect(await provider.hasProject('image-exact')).toBe(false);
  });
}

function describeVisibility(given: Given): void {
  it('B42: changes the visibility both ways', async () => {
    const { provider, db } = given();
    await provider.createProject('t1-image-toggled', hidden);
    await provider.setPublic('t1-image-toggled', true);
    expect(await isPublic(db, 't1-image-toggled')).toBe(true);
    await provider.setPublic('t1-image-toggled', true);
    await provider.setPublic('t1-image-toggled', false);
    expect(await isPublic(db, 't1-image-toggled')).toBe(false);
  });

  it('changes the visibility of no project that is not there', async () => {
    const { provider } = given();
    expect(await kindOf(provider.setPublic('t1-image-nowhere', true))).toBe('not-found');
  });
}

function describeDeletion(given: Given): void {
  it('B43: deletes the project of exactly the name, with siblings around it', async () => {
    const { provider, db } = given();
    const siblings = ['t2-image-test', 't2-image-test2', 'at2-image-test', 't2-image-test.x'];
    for (const project of siblings) {
      const projectId = await seedProject(db, project);
      await seedRepository(db, projectId, `${project}/app`, ['1']);
    }
    await provider.deleteProject('t2-image-tes');
    await provider.deleteProject('t2-image-test');
    expect(await namesLike(db, '%t2-image-%')).toEqual(siblings.slice(1).toSorted());
    for (const project of siblings.slice(1)) {
      expect(await provider.listRepositories(project)).toEqual(['app']);
    }
  });

  it('B43: finds one of 120 projects, and deletes it with 120 repositories', async () => {
    const { provider, db } = given();
    for (let n = 0; n < 120; n += 1) await seedProject(db, `t3-image-many-${n}`);
    const projectId = await seedProject(db, 't3-image-many');
    for (let n = 0; n < 120; n += 1) {
      await seedRepository(db, projectId, `t3-image-many/r${n}`, ['1']);
    }
    expect(await provider.listRepositories('t3-image-many')).toHaveLength(120);
    await provider.deleteProject('t3-image-many');
    expect(await provider.hasProject('t3-image-many')).toBe(false);
    expect(await namesLike(db, 't3-image-many%')).toHaveLength(120);
  });

  it('B45: has deleted what is gone already, so that what is half done can be undone', async () => {
    const { provider } = given();
    await provider.deleteProject('t1-image-never');
    await provider.deleteRepository('t1-image-never', 'app');
    await provider.createProject('t1-image-again', hidden);
    await provider.deleteRepository('t1-image-again', 'never/was');
    await provider.deleteProject('t1-image-again');
    await provider.deleteProject('t1-image-again');
    await provider.createProject('t1-image-again', hidden);
    expect(await provider.hasProject('t1-image-again')).toBe(true);
  });

  it('deletes a project only once, whoever else does', async () => {
    const { provider, db } = given();
    const projectId = await seedProject(db, 't1-image-twice');
    await seedRepository(db, projectId, 't1-image-twice/app', ['1', '2']);
    await Promise.all([1, 2, 3].map(() => provider.deleteProject('t1-image-twice')));
    expect(await provider.hasProject('t1-image-twice')).toBe(false);
  });
}

function describeRepositories(given: Given): void {
  it('B44: lists, describes and deletes nested repositories, and none beside them', async () => {
    const { provider, db } = given();
    const projectId = await seedProject(db, 't4-image-nest');
    const names = ['a', 'a/b', 'a/b/c', 'a/bc', 'a.b'];
    for (const name of names) {
      await seedRepository(db, projectId, `t4-image-nest/${name}`, [`of-${name.length}`]);
    }
    expect([...(await provider.listRepositories('t4-image-nest'))].toSorted()).toEqual(
      names.toSorted(),
    );
    const described = await provider.describeRepository('t4-image-nest', 'a/b/c');
    expect(described?.tags.map((tag) => tag.name)).toEqual(['of-5']);
    await provider.deleteRepository('t4-image-nest', 'a/b');
    expect([...(await provider.listRepositories('t4-image-nest'))].toSorted()).toEqual(
      names.filter((name) => name !== 'a/b').toSorted(),
    );
    await provider.deleteProject('t4-image-nest');
    expect(await provider.hasProject('t4-image-nest')).toBe(false);
  });

  it('describes a repository by its tags, their digests and how often it was pulled', async () => {
    const { provider, db } = given();
    const projectId = await seedProject(db, 't5-image-told');
    const id = await seedRepository(db, projectId, 't5-image-told/app', ['1.0', 'latest']);
    const other = await insertArtifactRow(db, {
      repositoryId: id,
      projectId,
      content: 'another',
      tags: ['2.0'],
    });
    await insertArtifactRow(db, { repositoryId: id, projectId, content: 'without a tag' });
    await db.updateTable('repository').set({ pull_count: 7 }).where('id', '=', id).execute();
    const described = await provider.describeRepository('t5-image-told', 'app');
    expect(described?.pullCount).toBe(7);
    expect(described?.tags.map((tag) => tag.name)).toEqual(['1.0', '2.0', 'latest']);
    expect(described?.tags[1]?.digest).toBe(other.digest);
    expect(described?.tags[0]?.digest).toBe(described?.tags[2]?.digest);
    expect(Date.now() - (described?.tags[0]?.createdAt.getTime() ?? 0)).toBeLessThan(600_000);
  });

  it('describes 120 tags of as many artifacts', async () => {
    const { provider, db } = given();
    const projectId = await seedProject(db, 't5-image-full');
    const repositoryId = await seedRepository(db, projectId, 't5-image-full/app', ['0']);
    for (let n = 1; n < 120; n += 1) {
      const row = { repositoryId, projectId, content: `artifact ${n}`, tags: [`${n}`] };
      await insertArtifactRow(db, row);
    }
    const described = await provider.describeRepository('t5-image-full', 'app');
    expect(new Set(described?.tags.map((tag) => tag.name)).size).toBe(120);
  });

  it('knows nothing of what is not there or holds nothing', async () => {
    const { provider, db } = given();
    expect(await provider.listRepositories('t5-image-none')).toEqual([]);
    expect(await provider.describeRepository('t5-image-none', 'app')).toBeUndefined();
    const projectId = await seedProject(db, 't5-image-empty');
    await db
      .insertInto('repository')
      .values({ name: 't5-image-empty/left', project_id: projectId })
      .execute();
    expect(await provider.listRepositories('t5-image-empty')).toEqual([]);
    expect(await provider.describeRepository('t5-image-empty', 'left')).toBeUndefined();
    expect(await provider.describeRepository('t5-image-empty', 'other')).toBeUndefined();
  });

  it('tells an untagged repository from none', async () => {
    const { provider, db } = given();
    const projectId = await seedProject(db, 't5-image-untagged');
    await seedRepository(db, projectId, 't5-image-untagged/app', []);
    const described = await provider.describeRepository('t5-image-untagged', 'app');
    expect(described).toEqual({ tags: [], pullCount: 0 });
  });
}

async function isPublic(db: Database, name: string): Promise<boolean | undefined> {
  const row = await db
    .selectFrom('project')
    .select('is_public')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.is_public;
}

async function namesLike(db: Database, pattern: string): Promise<string[]> {
  const rows = await db
    .selectFrom('project')
    .select('name')
    .where('name', 'like', pattern)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

/** Somebody's private project, made past the provider. @returns its id */
async function seedProject(db: Database, name: string): Promise<number> {
  const owner = await db
    .selectFrom('app_user')
    .select('id')
    .where('is_admin', '=', true)
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('project')
    .values({ name, owner_id: owner.id, is_public: false })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('quota').values({ project_id: id, hard_storage: -1 }).execute();
  return id;
}

/** A repository with one artifact. @returns its id */
async function seedRepository(
  db: Database,
  projectId: number,
  name: string,
  tags: readonly string[],
): Promise<number> {
  const { id } = await db
    .insertInto('repository')
    .values({ name, project_id: projectId })
    .returning('id')
    .executeTakeFirstOrThrow();
  await insertArtifactRow(db, { repositoryId: id, projectId, content: name, tags });
  return id;
}
