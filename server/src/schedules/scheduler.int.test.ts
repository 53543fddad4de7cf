import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, type LogEntry, quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { createJobQueue, createJobQueues, type NewExecution } from '../jobs/index.ts';
import { createMetrics, type Log } from '../telemetry/index.ts';
import { createDueSchedules } from './due-schedules.repository.ts';
import type { NewSchedule, ScheduleDirectory, ScheduledWork } from './schedule.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { createSchedules } from './schedules.repository.ts';

let database: TestDatabase;
let db: Database;
let schedules: ScheduleDirectory;
let entries: LogEntry[];
let log: Log;
let enqueued: number;
const schedulers: Scheduler[] = [];

beforeEach(async () => {
  ({ log, entries } = createRecordingLog());
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 8, log: quietLog }));
  schedules = createSchedules(db);
  enqueued = 0;
});
afterEach(async () => {
  await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
  await db.destroy();
  await database.drop();
});

const hourly: NewSchedule = {
  vendorType: 'RETENTION',
  vendorId: 1,
  cronType: 'Hourly',
  cron: '0 0 * * * *',
  parameters: { dry_run: true },
};

const planned: NewExecution = {
  vendorType: 'RETENTION',
  vendorId: 1,
  trigger: 'MANUAL',
  extraAttrs: { note: 'x' },
  tasks: [{ payload: {} }],
};

const retention: ScheduledWork = { vendorType: 'RETENTION', plan: async () => planned };

function startScheduler(...work: readonly ScheduledWork[]): Scheduler {
  const scheduler = createScheduler({
    db,
    work,
    log,
    jobs: createJobQueue(),
    metrics: createMetrics(),
    enqueued: () => {
      enqueued += 1;
    },
    timing: { pollMs: 10 },
  });
  schedulers.push(scheduler);
  scheduler.start();
  return scheduler;
}

const makeDue = (vendorId = 1, ago = '0 s') =>
  sql`UPDATE schedule SET next_at = now() - ${ago}::interval WHERE vendor_id = ${vendorId}`.execute(
    db,
  );

const listFired = () =>
  db
    .selectFrom('execution')
    .select(['vendor_id', 'trigger', 'extra_attrs'])
    .orderBy('id')
    .execute();

const waitFor = <T>(check: () => T | Promise<T>) =>
  expect.poll(check, { timeout: 20_000, interval: 10 });

const isDue = async (vendorId = 1) => {
  const { rows } = await sql<{ due: boolean }>`
    SELECT next_at <= now() AS due FROM schedule WHERE vendor_id = ${vendorId}`.execute(db);
  return rows[0]?.due;
};

describe('a schedule', () => {
  it('is one for each kind and vendor id, and says when it fires next', async () => {
    expect(await schedules.find('RETENTION', 1)).toBeUndefined();
    const first = await schedules.put(hourly);
    expect(first).toMatchObject(hourly);
    const untilNext = first.nextAt.getTime() - Date.now();
    expect(untilNext).toBeGreaterThan(-5_000);
    expect(untilNext).toBeLessThanOrEqual(3_605_000);
    const second = await schedules.put({ ...hourly, cron: '0  0 0 1 1 *', cronType: 'Custom' });
    expect(second).toMatchObject({ id: first.id, cron: '0 0 0 1 1 *', cronType: 'Custom' });
    expect(second.nextAt.toISOString()).toMatch(/-01-01T00:00:00\.000Z$/);
    expect(await schedules.find('RETENTION', 1)).toEqual(second);
    await schedules.put({ ...hourly, vendorId: 2 });
    const listed = await schedules.listSchedules({ offset: 1, limit: 5 });
    expect(listed).toMatchObject({ schedules: [{ vendorId: 2 }], total: 2 });
    await schedules.remove('RETENTION', 1);
    await schedules.remove('RETENTION', 1);
    expect(await schedules.find('RETENTION', 1)).toBeUndefined();
  });

  it('is not taken when its expression makes no sense', async () => {
    const wrong = { ...hourly, cron: '0 0 0 30 2 *' };
    await expect(schedules.put(wrong)).rejects.toMatchObject({ kind: 'invalid' });
    expect(await schedules.find('RETENTION', 1)).toBeUndefined();
  });

  it('belongs to the transaction that it is put in', async () => {
    const failing = transact(db, async (tx) => {
      await schedules.put(hourly, tx);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await schedules.find('RETENTION', 1)).toBeUndefined();
  });

  it('that is due stays so when it is saved again with the same times', async () => {
    await schedules.put(hourly);
    await makeDue();
    await schedules.put({ ...hourly, parameters: {} });
    expect(await isDue()).toBe(true);
    await schedules.put({ ...hourly, cron: '0 5 * * * *' });
    expect(await isDue()).toBe(false);
  });
});

describe('a scheduler', () => {
  it('enqueues what is due, with the trigger of a schedule, and moves on', async () => {
    await schedules.put(hourly);
    const seen: unknown[] = [];
    startScheduler({
      vendorType: 'RETENTION',
      plan: async (_tx, { parameters, vendorId }) => {
        seen.push({ parameters, vendorId });
        return planned;
      },
    });
    expect(await listFired()).toEqual([]);
    await makeDue();
    await waitFor(() => enqueued).toBe(1);
    const expected = { vendor_id: 1, trigger: 'SCHEDULE', extra_attrs: { note: 'x' } };
    expect(await listFired()).toEqual([expected]);
    expect(seen).toEqual([{ parameters: { dry_run: true }, vendorId: 1 }]);
    expect(await isDue()).toBe(false);
  });

  it('fires one that was missed many times just once', async () => {
    await schedules.put(hourly);
    await makeDue(1, '30 days');
    startScheduler(retention);
    await waitFor(() => enqueued).toBe(1);
    await schedules.put({ ...hourly, vendorId: 2 });
    await makeDue(2);
    await waitFor(() => enqueued).toBe(2);
    expect(await listFired()).toHaveLength(2);
  });

  it('shares its schedules with another one: each time fires exactly once', async () => {
    await schedules.put(hourly);
    let plans = 0;
    const work = {
      vendorType: 'RETENTION',
      plan: async () => {
        plans += 1;
        return planned;
      },
    } as const;
    const both = [startScheduler(work), startScheduler(work)];
    for (let round = 1; round <= 200; round += 1) {
      await makeDue();
      for (const scheduler of both) scheduler.wake();
      await waitFor(() => enqueued).toBe(round);
    }
    expect(await listFired()).toHaveLength(200);
    expect(plans).toBe(200);
  }, 60_000);

  it('gives a due schedule to one of two that look at the same instant', async () => {
    await schedules.put(hourly);
    await makeDue();
    const due = createDueSchedules(db);
    const held = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const first = due.fireNext(['RETENTION'], async () => {
      entered.resolve();
      await held.promise;
    });
    await entered.promise;
    expect(await due.fireNext(['RETENTION'], async () => undefined)).toBe(false);
    held.resolve();
    expect(await first).toBe(true);
    expect(await due.fireNext(['RETENTION'], async () => undefined)).toBe(false);
  });

  it('tries one later that could not be planned, and goes on with the others', async () => {
    await schedules.put(hourly);
    await schedules.put({ ...hourly, vendorId: 2 });
    await makeDue(1, '1 day');
    await makeDue(2);
    let isBroken = true;
    startScheduler({
      vendorType: 'RETENTION',
      plan: async (_tx, { vendorId }) => {
        if (vendorId === 1 && isBroken) throw new Error('broken');
        return { ...planned, vendorId };
      },
    });
    await waitFor(() => enqueued).toBe(1);
    expect(await listFired()).toMatchObject([{ vendor_id: 2 }]);
    expect(entries.map(({ level }) => level)).toEqual(['error']);
    const { rows } = await sql<{ wait: number }>`
      SELECT extract(epoch FROM next_at - now())::float8 AS wait FROM schedule
      WHERE vendor_id = 1`.execute(db);
    expect(rows[0]?.wait).toBeGreaterThan(30);
    expect(rows[0]?.wait).toBeLessThanOrEqual(60);
    isBroken = false;
    await makeDue(1);
    await waitFor(() => enqueued).toBe(2);
  });

  it('takes back what a plan wrote before it failed', async () => {
    await schedules.put(hourly);
    await makeDue();
    startScheduler({
      vendorType: 'RETENTION',
      plan: async (tx) => {
        await createJobQueue().enqueue(tx, [planned]);
        throw new Error('broken');
      },
    });
    await waitFor(() => entries.length).toBe(1);
    expect(await listFired()).toEqual([]);
  });

  it('only moves on when there is nothing to do any more', async () => {
    await schedules.put(hourly);
    await makeDue();
    startScheduler({ vendorType: 'RETENTION', plan: async () => undefined });
    await waitFor(() => isDue()).toBe(false);
    expect(await listFired()).toEqual([]);
  });

  it('leaves kinds alone that it has no work for', async () => {
    await schedules.put({ ...hourly, vendorType: 'REPLICATION' });
    await schedules.put({ ...hourly, vendorId: 2 });
    await makeDue(1, '1 day');
    await makeDue(2);
    startScheduler(retention);
    await waitFor(() => enqueued).toBe(1);
    expect(await isDue(1)).toBe(true);
  });

  it('fires nothing while schedules are paused, and what was due after that', async () => {
    const queues = createJobQueues(db);
    await schedules.put(hourly);
    await queues.pauseQueues(['SCHEDULER']);
    expect(await schedules.isPaused()).toBe(true);
    await makeDue();
    const due = createDueSchedules(db);
    expect(await due.fireNext(['RETENTION'], async () => undefined)).toBe(false);
    startScheduler(retention);
    expect(await isDue()).toBe(true);
    await queues.resumeQueues(['SCHEDULER']);
    expect(await schedules.isPaused()).toBe(false);
    await waitFor(() => enqueued).toBe(1);
  });

  it('fires nothing once it has stopped', async () => {
    await schedules.put(hourly);
    const scheduler = startScheduler(retention);
    await scheduler.stop();
    await makeDue();
    scheduler.wake();
    expect(await isDue()).toBe(true);
    scheduler.start();
    await waitFor(() => enqueued).toBe(1);
  });
});
