import { randomUUID } from 'node:crypto';
import { digestOf } from '@berth/oci';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import type { DomainEvent } from '../events/index.ts';
import { createQuotaCheckRepository } from './quota-check.repository.ts';
import { foldUsage } from './quota-folding.ts';
import { createQuotaGate, type QuotaGate } from './quota-gate.ts';
import { createQuotaUsageRepository } from './quota-usage.repository.ts';

let database: TestDatabase;
let db: Database;
let gate: QuotaGate;
let projectId = 0;
let isEnforced = true;
let told: DomainEvent[] = [];
let names = 0;
const push = { repository: 'team/app', actor: { name: 'ann', requestId: 'r1' } };
const rows = () => createQuotaUsageRepository(db);

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 8, log: quietLog }));
  await db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' }).execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

beforeEach(async () => {
  isEnforced = true;
  told = [];
  projectId = await createProject(1000, 100);
  gate = createQuotaGate({
    rows: rows(),
    settings: () => ({ enforced: isEnforced }),
    publish: (event) => void told.push(event),
  });
});

async function createProject(hard: number, used: number): Promise<number> {
  names += 1;
  const { id } = await db
    .insertInto('project')
    .values({ name: `p${names}`, owner_id: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('quota')
    .values({ project_id: id, hard_storage: hard, used_storage: used })
    .execute();
  return id;
}

async function addDelta(bytes: number, project = projectId): Promise<void> {
  await db.insertInto('quota_delta').values({ project_id: project, bytes }).execute();
}

async function setLimit(bytes: number): Promise<void> {
  await db
    .updateTable('quota')
    .set({ hard_storage: bytes })
    .where('project_id', '=', projectId)
    .execute();
}

function reservations() {
  return db
    .selectFrom('quota_reservation')
    .select(['id', 'bytes', 'expires_at'])
    .where('project_id', '=', projectId)
    .execute();
}

async function reservedBytes(): Promise<number> {
  return (await reservations()).reduce((sum, { bytes }) => sum + bytes, 0);
}

async function countWaiting(): Promise<number> {
  const { rows: found } = await sql`
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`.execute(db);
  return found.length;
}

async function expire(id: string): Promise<void> {
  await db
    .updateTable('quota_reservation')
    .set({ expires_at: new Date(Date.now() - 1) })
    .where('id', '=', id)
    .execute();
}

describe('usage', () => {
  it('is what was recorded and what changed since', async () => {
    await addDelta(30);
    await addDelta(-10);
    expect(await rows().usage(projectId)).toEqual({ hard: 1000, used: 120 });
  });

  it('of a project that is gone is nothing, without limit', async () => {
    expect(await rows().usage(999_999)).toEqual({ hard: -1, used: 0 });
  });

  it('is summed up without changing', async () => {
    await foldUsage(rows());
    const other = await createProject(-1, 5);
    for (const bytes of [30, -10, 7]) await addDelta(bytes);
    await addDelta(1, other);
    await addDelta(50, 999_999);
    expect(await rows().listUnfolded(10)).toEqual([projectId, other]);
    expect(await rows().listUnfolded(1)).toEqual([projectId]);
    await foldUsage(rows());
    expect(await rows().usage(projectId)).toEqual({ hard: 1000, used: 127 });
    expect(await rows().usage(other)).toEqual({ hard: -1, used: 6 });
    expect(await rows().listUnfolded(10)).toEqual([]);
    const left = await db.selectFrom('quota_delta').selectAll().execute();
    expect(left).toEqual([]);
  });

  it('is the same in every snapshot while it is summed up and added to', async () => {
    let expected = 100;
    const work = Array.from({ length: 40 }, async (_, index) => {
      await addDelta(index);
      expected += index;
      if (index % 4 === 0) await rows().fold(projectId);
    });
    const seen = await Promise.all(
      Array.from({ length: 40 }, async () => (await rows().usage(projectId)).used),
    );
    await Promise.all(work);
    for (const used of seen) expect(used).toBeLessThanOrEqual(expected);
    expect((await rows().usage(projectId)).used).toBe(expected);
    await rows().fold(projectId);
    expect((await rows().usage(projectId)).used).toBe(expected);
  });

  it('that another replica sums up is left to it', async () => {
    await addDelta(30);
    await db.transaction().execute(async (tx) => {
      await tx
        .selectFrom('quota')
        .select('id')
        .where('project_id', '=', projectId)
        .forUpdate()
        .execute();
      await rows().fold(projectId);
      expect(await rows().listUnfolded(10)).toContain(projectId);
    });
  });
});

describe('a project', () => {
  const one = { digest: digestOf(Buffer.from('one')), size: 11 };
  const two = { digest: digestOf(Buffer.from('two')), size: 13 };

  it('misses the bytes of what it does not have, each digest once', async () => {
    await db
      .insertInto('project_blob')
      .values({ project_id: projectId, ...one })
      .execute();
    expect(await gate.missingBytes(projectId, [one, two, two])).toBe(13);
    expect(await gate.missingBytes(projectId, [])).toBe(0);
    expect(await gate.findSize(projectId, one.digest)).toBe(11);
    expect(await gate.findSize(projectId, two.digest)).toBeUndefined();
  });

  it('counted wrongly is told and repaired, while nothing refers to a blob too', async () => {
    const check = createQuotaCheckRepository(db);
    await db
      .insertInto('project_blob')
      .values({ project_id: projectId, ...one })
      .execute();
    const [mismatch] = await check.listMismatches(projectId);
    expect(mismatch).toMatchObject({ projectId, recorded: 100, actual: 0, unused: 11 });
    await Promise.all([check.repair(projectId), check.repair(projectId)]);
    expect(await check.listMismatches(projectId)).toEqual([]);
    expect((await rows().usage(projectId)).used).toBe(0);
  });
});

describe('a reservation', () => {
  it('is granted up to the last byte, and refused beyond it in words', async () => {
    const id = randomUUID();
    await gate.reserve(projectId, id, 900);
    expect(await reservedBytes()).toBe(900);
    await expect(gate.reserve(projectId, randomUUID(), 1, push)).rejects.toMatchObject({
      kind: 'refused',
      message:
        'Quota exceeded when processing the request of adding 1 B of storage resource, which ' +
        'when updated to current usage of 1000 B will exceed the configured upper limit of 1000 B.',
    });
    await gate.release(id);
    await gate.reserve(projectId, randomUUID(), 1);
  });

  it('that grows counts once, and survives its refusal', async () => {
    const id = randomUUID();
    await gate.reserve(projectId, id, 500);
    await gate.reserve(projectId, id, 900);
    await expect(gate.reserve(projectId, id, 901)).rejects.toMatchObject({ kind: 'refused' });
    expect(await reservedBytes()).toBe(900);
    await gate.reserve(projectId, id, 10);
    expect(await reservedBytes()).toBe(10);
  });

  it('sees what was pushed a moment ago', async () => {
    await addDelta(899);
    await gate.reserve(projectId, randomUUID(), 1);
    await expect(gate.reserve(projectId, randomUUID(), 1)).rejects.toThrow(/1000 B/);
  });

  it('that is over counts no more, and is dropped by the next', async () => {
    const [old, next] = [randomUUID(), randomUUID()];
    await gate.reserve(projectId, old, 900);
    await expire(old);
    await gate.reserve(projectId, next, 900);
    expect((await reservations()).map(({ id }) => id)).toEqual([next]);
  });

  it('that is over does not keep others waiting while its push commits', async () => {
    const [old, next] = [randomUUID(), randomUUID()];
    await gate.reserve(projectId, old, 900);
    await expire(old);
    await db.transaction().execute(async (tx) => {
      await tx.deleteFrom('quota_reservation').where('id', '=', old).execute();
      await gate.reserve(projectId, next, 900);
    });
    expect((await reservations()).map(({ id }) => id)).toEqual([next]);
  });

  it('is renewed by every call', async () => {
    const id = randomUUID();
    await gate.reserve(projectId, id, 10);
    await expire(id);
    await gate.reserve(projectId, id, 10);
    const [row] = await reservations();
    expect((row?.expires_at.getTime() ?? 0) - Date.now()).toBeGreaterThan(100_000);
  });

  it('of unknown length gets a part of the room, and its last bytes exactly', async () => {
    const id = randomUUID();
    const far = { needed: 100, wanted: 10_000 };
    expect(await gate.extend(projectId, id, far)).toBe(100 + Math.floor(800 / 64));
    expect(await gate.extend(projectId, id, { needed: 900, wanted: 5000 })).toBe(900);
    expect(await gate.extend(projectId, id, { needed: 20, wanted: 21 })).toBe(21);
  });

  it('waits for another that is being decided, and counts it', async () => {
    const request = { projectId, id: randomUUID(), needed: 500, wanted: 500, lifetimeMs: 60_000 };
    const { second } = await db.transaction().execute(async (tx) => {
      await createQuotaUsageRepository(tx).reserve(request);
      const waiting = gate.reserve(projectId, randomUUID(), 500);
      waiting.catch(() => undefined);
      await vi.waitFor(async () => expect(await countWaiting()).toBe(1));
      return { second: waiting };
    });
    await expect(second).rejects.toThrow(/current usage of 600 B/);
  });

  it('is never granted together with others beyond the limit', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, () => gate.reserve(projectId, randomUUID(), 100)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    expect(await reservedBytes()).toBe(900);
  });
});

describe('a project without limit', () => {
  it.each([
    ['by its quota', () => setLimit(-1)],
    [
      'by the configuration',
      async () => {
        isEnforced = false;
      },
    ],
  ])('%s takes everything and keeps no reservations', async (_how, lift) => {
    await lift();
    expect(await gate.isLimited(projectId)).toBe(false);
    await gate.reserve(projectId, randomUUID(), 2 ** 50);
    await gate.checkRoom(projectId);
    await gate.warnIfNear(projectId, push);
    expect(await gate.within(projectId, [], push, async () => 'done')).toBe('done');
    expect(await reservations()).toEqual([]);
    expect(told).toEqual([]);
  });

  it('is asked about once, until it is forgotten', async () => {
    await setLimit(-1);
    expect(await gate.isLimited(projectId)).toBe(false);
    await setLimit(10);
    expect(await gate.isLimited(projectId)).toBe(false);
    gate.forget(projectId);
    expect(await gate.isLimited(projectId)).toBe(true);
    await setLimit(-1);
    gate.forget();
    expect(await gate.isLimited(projectId)).toBe(false);
  });

  it('whose limit was lifted meanwhile takes everything too', async () => {
    expect(await gate.isLimited(projectId)).toBe(true);
    await setLimit(-1);
    await gate.reserve(projectId, randomUUID(), 2 ** 50);
    expect(await reservations()).toEqual([]);
  });
});

describe('room for a push', () => {
  const part = { digest: digestOf(Buffer.from('part')), size: 900 };

  it('is held while it works, and not longer, whatever comes of it', async () => {
    await gate.within(projectId, [part], push, async () => {
      expect(await reservedBytes()).toBe(900);
    });
    const failing = gate.within(projectId, [part], push, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await reservations()).toEqual([]);
  });

  it('that is not there keeps it from beginning', async () => {
    let began = false;
    const large = { ...part, size: 901 };
    const pushing = gate.within(projectId, [large], { ...push, tags: ['v1'] }, async () => {
      began = true;
    });
    await expect(pushing).rejects.toMatchObject({ kind: 'refused' });
    expect(began).toBe(false);
    expect(told).toMatchObject([{ type: 'QUOTA_EXCEED', digest: part.digest, tags: ['v1'] }]);
  });

  it('is not needed for what the project has', async () => {
    await setLimit(10);
    await db
      .insertInto('project_blob')
      .values({ project_id: projectId, ...part })
      .execute();
    expect(await gate.within(projectId, [part], push, async () => 'done')).toBe('done');
  });

  it('is refused to new uploads when the project is full, and before that not', async () => {
    await addDelta(899);
    await gate.checkRoom(projectId, push);
    await addDelta(1);
    await expect(gate.checkRoom(projectId, push)).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('events', () => {
  it('tell of refusals, once for what is refused at once', async () => {
    for (const repository of ['team/app', 'team/app', 'team/other']) {
      const pushed = { ...push, repository, digest: digestOf(Buffer.from('x')), tags: ['v1'] };
      const reserving = gate.reserve(projectId, randomUUID(), 2000, pushed);
      await expect(reserving).rejects.toMatchObject({ kind: 'refused' });
    }
    expect(told).toEqual(
      ['team/app', 'team/other'].map((repository) => ({
        type: 'QUOTA_EXCEED',
        projectId,
        operator: 'ann',
        requestId: 'r1',
        repository,
        digest: digestOf(Buffer.from('x')),
        tags: ['v1'],
        details:
          'adding 2.0 KiB of storage resource, which when updated to current usage of 100 B ' +
          'will exceed the configured upper limit of 1000 B.',
      })),
    );
  });

  it.each([
    [749, 0],
    [750, 1],
    [900, 1],
  ])('warn when little is left: after %i more bytes, %i time', async (bytes, times) => {
    await addDelta(bytes);
    await gate.warnIfNear(projectId, push);
    expect(told).toHaveLength(times);
    for (const event of told) {
      expect(event).toMatchObject({
        type: 'QUOTA_WARNING',
        details: `quota usage reach 85%: resource storage used ${100 + bytes} B of 1000 B`,
      });
    }
  });
});
