import { randomBytes } from 'node:crypto';
import { digestOf, mediaType } from '@berth/oci';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Content,
  createTestProject,
  imageManifest,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, type LogEntry, quietLog } from '../../test/log.ts';
import { transact } from '../db/index.ts';
import { createBackground } from '../lib/index.ts';
import { createQuotaCheckRepository, type QuotaCheckRepository } from './quota-check.repository.ts';
import { foldUsage } from './quota-folding.ts';
import { createQuotaRefresh, type QuotaRefresh } from './quota-refresh.ts';
import { dropExpiredReservations } from './quota-reservation.repository.ts';
import { createQuotaUsageRepository } from './quota-usage.repository.ts';

let database: TestDatabase;
let content: Content;
let rows: QuotaCheckRepository;
let quotas: QuotaRefresh;
let entries: LogEntry[];
const background = createBackground(quietLog);
const never = new AbortController().signal;

beforeEach(async () => {
  database = await createTestDatabase();
  content = openContent(database);
  rows = createQuotaCheckRepository(content.db);
  const { log, entries: told } = createRecordingLog();
  entries = told;
  quotas = createQuotaRefresh({ rows, background, log });
});
afterEach(async () => {
  await content.close();
  await database.drop();
});

async function createProject(name: string): Promise<number> {
  const projectId = await createTestProject(content, name);
  await content.db
    .insertInto('quota')
    .values({ project_id: projectId, hard_storage: -1 })
    .execute();
  return projectId;
}

const used = async (projectId: number) =>
  (await createQuotaUsageRepository(content.db).usage(projectId)).used;

const addDelta = (projectId: number, bytes: number) =>
  content.db.insertInto('quota_delta').values({ project_id: projectId, bytes }).execute();

/** Each digest once, whatever refers to it, by the rows of what there is. */
async function uniqueBytes(projectId: number): Promise<number> {
  const { rows: found } = await sql<{ bytes: number }>`
    SELECT coalesce(sum(size), 0)::bigint AS bytes FROM (
      SELECT blob.digest, blob.size FROM repository_blob link
      JOIN blob ON blob.digest = link.digest WHERE link.project_id = ${projectId}
      UNION SELECT digest, size FROM artifact WHERE project_id = ${projectId}
    ) AS content`.execute(content.db);
  return found[0]?.bytes ?? -1;
}

async function pushImage(
  target: { repository: string; projectId: number },
  [one, other]: readonly [Buffer, Buffer],
  tag: string,
) {
  const config = await pushBlob(content, target, one);
  const layer = await pushBlob(content, target, other);
  const manifest = imageManifest(config, layer, tag);
  await content.manifests.put({
    ...target,
    reference: { tag },
    tags: [],
    contentType: mediaType.ociManifest,
    content: manifest,
    actor: testActor,
  });
  return digestOf(manifest);
}

describe('a refresh', () => {
  it('mends every project that is miscounted, and no other', async () => {
    const ids: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      const projectId = await createProject(name);
      ids.push(projectId);
      await pushBlob(content, { repository: `${name}/app`, projectId }, Buffer.alloc(100, name));
    }
    const [first = 0, , third = 0] = ids;
    await addDelta(first, 7);
    const stray = { project_id: third, digest: digestOf(Buffer.from('nothing')), size: 11 };
    await content.db.insertInto('project_blob').values(stray).execute();
    await addDelta(third, 11);
    expect(await quotas.refresh(never)).toEqual({ projects: 3, mended: 2 });
    expect(await Promise.all(ids.map(used))).toEqual([100, 100, 100]);
    expect(await rows.listMismatches()).toEqual([]);
    expect(await quotas.refresh(never)).toEqual({ projects: 3, mended: 0 });
  });

  it('that was cut is finished by the next one', async () => {
    const ids = [await createProject('a'), await createProject('b')];
    for (const id of ids) await addDelta(id, 5);
    expect(await quotas.refresh(AbortSignal.abort())).toEqual({ projects: 0, mended: 0 });
    await rows.repair(ids[0] ?? 0);
    expect(await quotas.refresh(never)).toEqual({ projects: 2, mended: 1 });
    expect(await Promise.all(ids.map(used))).toEqual([0, 0]);
  });

  it('runs once at a time in the background', async () => {
    await createProject('a');
    quotas.start();
    quotas.start();
    const summaries = () => entries.filter(({ level }) => level === 'info').length;
    await expect.poll(summaries).toBe(1);
    quotas.start();
    await expect.poll(summaries).toBe(2);
  });
});

describe('pushes, deletions and refreshes at once', () => {
  it('leave as used what there is, each digest once', async () => {
    const projectId = await createProject('team');
    const shared = randomBytes(5_000);
    // Counted, and referred to by nothing until somebody pushes it: a repair deletes such rows.
    const stray = Array.from({ length: 12 }, () => randomBytes(2_000));
    const usage = createQuotaUsageRepository(content.db);
    const done = new AbortController();
    const upset = async (at: number) => {
      const target = { repository: 'team/stray', projectId };
      const { digest } = await pushBlob(content, target, stray[at]);
      await sql`
        DELETE FROM repository_blob USING repository
        WHERE repository.id = repository_id AND repository.name = 'team/stray'
          AND digest = ${digest}`.execute(content.db);
      await addDelta(projectId, at - 6);
    };
    const push = async (client: number) => {
      const together = { repository: `team/app${client % 3}`, projectId };
      const alone = { repository: `team/own${client}`, projectId };
      for (let round = 0; round < 4; round += 1) {
        const layer = stray[(client + round) % stray.length] ?? shared;
        await pushImage(together, [randomBytes(300), layer], `t${client}`);
        const digest = await pushImage(alone, [shared, layer], 'latest');
        if (round % 2 === 0) {
          await content.removal.deleteArtifact(alone.repository, digest, testActor);
        }
        await upset((client + round) % stray.length);
      }
    };
    const refreshing = [0, 1].map(async () => {
      let mended = 0;
      while (!done.signal.aborted) {
        mended += (await quotas.refresh(never)).mended;
        await foldUsage(usage);
      }
      return mended;
    });
    await Promise.all(Array.from({ length: 8 }, (_, client) => push(client))).finally(() =>
      done.abort(),
    );
    const mended = (await Promise.all(refreshing)).reduce((sum, count) => sum + count, 0);
    expect(mended).toBeGreaterThan(0);
    await quotas.refresh(never);
    expect(await used(projectId)).toBe(await uniqueBytes(projectId));
    expect(await uniqueBytes(projectId)).toBeGreaterThan(shared.length);
    expect(await rows.listMismatches()).toEqual([]);
    // What goes on afterwards is counted from there.
    await pushBlob(content, { repository: 'team/later', projectId }, randomBytes(77));
    await quotas.refresh(never);
    expect(await used(projectId)).toBe(await uniqueBytes(projectId));
  });

  it('are right at every moment where nothing was miscounted', async () => {
    const projectId = await createProject('team');
    const done = new AbortController();
    const refreshing = (async () => {
      let mended = 0;
      while (!done.signal.aborted) mended += (await quotas.refresh(never)).mended;
      return mended;
    })();
    const pushing = Array.from({ length: 6 }, async (_, client) => {
      const target = { repository: `team/app${client % 2}`, projectId };
      for (let round = 0; round < 4; round += 1) {
        await pushImage(target, [randomBytes(100), randomBytes(200 + client)], `t${client}`);
      }
    });
    await Promise.all(pushing).finally(() => done.abort());
    expect(await refreshing).toBe(0);
    expect(await used(projectId)).toBe(await uniqueBytes(projectId));
  });
});

describe('a repair', () => {
  const waiting = async () => {
    const { rows: found } = await sql<{ count: number }>`
      SELECT count(*)::integer AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(content.db);
    return found[0]?.count;
  };

  it('waits for a push that links what it is about to drop, and leaves that', async () => {
    const projectId = await createProject('team');
    const target = { repository: 'team/app', projectId };
    await pushBlob(content, target, randomBytes(50));
    const { digest } = await pushBlob(content, target, randomBytes(77));
    const { rows: unlinked } = await sql<{ repository_id: number }>`
      DELETE FROM repository_blob WHERE digest = ${digest} RETURNING repository_id`.execute(
      content.db,
    );
    const link = { repository_id: unlinked[0]?.repository_id ?? 0, project_id: projectId, digest };
    expect(await rows.listMismatches(projectId)).toMatchObject([{ unused: 77 }]);
    let repairing: Promise<void> | undefined;
    await transact(content.db, async (tx) => {
      await tx.insertInto('repository_blob').values(link).execute();
      repairing = rows.repair(projectId);
      await expect.poll(waiting).toBe(1);
    });
    await repairing;
    expect(await used(projectId)).toBe(127);
    expect(await rows.listMismatches()).toEqual([]);
  });

  it('waits for another one, and adds the difference once', async () => {
    const projectId = await createProject('team');
    await pushBlob(content, { repository: 'team/app', projectId }, randomBytes(50));
    await addDelta(projectId, 7);
    let repairing: Promise<unknown> | undefined;
    await transact(content.db, async (tx) => {
      await sql`SELECT FROM quota FOR UPDATE`.execute(tx);
      repairing = Promise.all([rows.repair(projectId), rows.repair(projectId)]);
      await expect.poll(waiting).toBe(2);
    });
    await repairing;
    expect(await used(projectId)).toBe(50);
  });
});

describe('reservations that are over', () => {
  it('are dropped, and no others', async () => {
    const projectId = await createProject('a');
    await sql`
      INSERT INTO quota_reservation (id, project_id, bytes, expires_at)
      SELECT gen_random_uuid(), ${projectId}, 1, now() + (i - 1500) * interval '1 min'
      FROM generate_series(1, 1600) i`.execute(content.db);
    expect(await dropExpiredReservations(content.db, never)).toBe(1500);
    expect(await dropExpiredReservations(content.db, never)).toBe(0);
  });
});
