import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestProject } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createPullRecorder } from './pull-recorder.ts';
import { createPullStatsRepository, type PullStatsRepository } from './pull-stats.repository.ts';

let database: TestDatabase;
let db: Database;
let rows: PullStatsRepository;
let projectId: number;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  rows = createPullStatsRepository(db);
  projectId = await createTestProject({ db }, 'team');
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function createRepository(name: string): Promise<number> {
  const { id } = await db
    .insertInto('repository')
    .values({ project_id: projectId, name })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const artifactTime = async (id: number) =>
  (
    await db
      .selectFrom('artifact')
      .select('pulled_at')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).pulled_at?.getTime();

const tagTimes = async (repositoryId: number) =>
  Object.fromEntries(
    (
      await db
        .selectFrom('tag')
        .select(['name', 'pulled_at'])
        .where('repository_id', '=', repositoryId)
        .execute()
    ).map((row) => [row.name, row.pulled_at?.getTime()]),
  );

const pullCount = async (id: number) =>
  (
    await db
      .selectFrom('repository')
      .select('pull_count')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).pull_count;

const at = Date.parse('2026-11-21T12:00:00.123Z');

describe('the rows of pulls', () => {
  it('have the time of the artifact, which never moves backwards', async () => {
    const repository = 'team/times';
    const repositoryId = await createRepository(repository);
    const { id, digest } = await insertArtifactRow(db, { repositoryId, projectId, content: 'one' });
    const other = await insertArtifactRow(db, { repositoryId, projectId, content: 'two' });
    await rows.putArtifactPulls([
      { repository, digest, at },
      { repository, digest: 'sha256:gone', at },
      { repository: 'team/gone', digest, at },
    ]);
    expect(await artifactTime(id)).toBe(at);
    expect(await artifactTime(other.id)).toBeUndefined();
    await rows.putArtifactPulls([{ repository, digest, at: at - 1000 }]);
    expect(await artifactTime(id)).toBe(at);
    await rows.putArtifactPulls([{ repository, digest, at: at + 1000 }]);
    expect(await artifactTime(id)).toBe(at + 1000);
  });

  it('have it for the indexes of the artifact too, of the same repository alone', async () => {
    const repository = 'team/index';
    const repositoryId = await createRepository(repository);
    const elsewhere = await createRepository('team/index-copy');
    const child = await insertArtifactRow(db, { repositoryId, projectId, content: 'child' });
    const index = await insertArtifactRow(db, { repositoryId, projectId, content: 'index' });
    const copy = await insertArtifactRow(db, {
      repositoryId: elsewhere,
      projectId,
      content: 'index',
    });
    for (const [parent, of] of [
      [index, repositoryId],
      [copy, elsewhere],
    ] as const) {
      await db
        .insertInto('artifact_reference')
        .values({ artifact_id: parent.id, repository_id: of, child_digest: child.digest })
        .execute();
    }
    await rows.putArtifactPulls([
      { repository, digest: child.digest, at },
      { repository, digest: index.digest, at: at - 5 },
    ]);
    expect(await artifactTime(child.id)).toBe(at);
    expect(await artifactTime(index.id)).toBe(at);
    expect(await artifactTime(copy.id)).toBeUndefined();
  });

  it('have the time of a tag only while it means what was pulled', async () => {
    const repository = 'team/tags';
    const repositoryId = await createRepository(repository);
    const old = await insertArtifactRow(db, { repositoryId, projectId, content: 'old' });
    const current = await insertArtifactRow(db, {
      repositoryId,
      projectId,
      content: 'current',
      tags: ['moved', 'kept'],
    });
    await rows.putTagPulls([
      { repository, tag: 'moved', digest: old.digest, at },
      { repository, tag: 'kept', digest: current.digest, at },
      { repository, tag: 'gone', digest: current.digest, at },
    ]);
    expect(await tagTimes(repositoryId)).toEqual({ moved: undefined, kept: at });
    await rows.putTagPulls([{ repository, tag: 'kept', digest: current.digest, at: at - 1000 }]);
    expect(await tagTimes(repositoryId)).toEqual({ moved: undefined, kept: at });
  });

  it('add up the counts of replicas that write at the same time', async () => {
    const names = ['team/count-a', 'team/count-b'];
    const ids = [await createRepository('team/count-a'), await createRepository('team/count-b')];
    await Promise.all(
      Array.from({ length: 20 }, (_, round) =>
        rows.addRepositoryPulls(
          (round % 2 === 0 ? names : names.toReversed()).map((repository) => ({
            repository,
            pulls: 3,
          })),
        ),
      ),
    );
    expect(await Promise.all(ids.map(pullCount))).toEqual([60, 60]);
  });

  it('are what the recorder writes', async () => {
    const repository = 'team/recorded';
    const repositoryId = await createRepository(repository);
    const { id, digest } = await insertArtifactRow(db, {
      repositoryId,
      projectId,
      content: 'recorded',
      tags: ['v1'],
    });
    const recorder = createPullRecorder({
      rows,
      settings: () => ({ pull_time_update_disable: false, pull_count_update_disable: false }),
      log: quietLog,
    });
    recorder.pulled({ repository, digest, tag: 'v1', at: new Date(at) });
    recorder.pulled({ repository, digest, at: new Date(at + 1) });
    await recorder.flush();
    expect(await artifactTime(id)).toBe(at + 1);
    expect(await tagTimes(repositoryId)).toEqual({ v1: at });
    expect(await pullCount(repositoryId)).toBe(2);
  });
});
