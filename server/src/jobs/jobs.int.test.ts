import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, type LogEntry, quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { createMetrics, type Log } from '../telemetry/index.ts';
import { createClaimRepository, readyTasks } from './claim.repository.ts';
import { presentExecution, presentTask } from './executions.presenter.ts';
import { createExecutions, type Executions } from './executions.repository.ts';
import { executionModel, taskModel } from './executions.schema.ts';
import { type Job, type JobContext, JobFailed, JobRetry, type NewTask } from './job.ts';
import type { JobChange } from './job-change.ts';
import { createJobMonitor } from './job-monitor.repository.ts';
import { createJobQueue } from './job-queue.repository.ts';
import { createJobQueues } from './job-queues.repository.ts';
import { createJobWorker, type JobWorker, type WorkerTiming } from './job-worker.ts';
import { createSettlementRepository } from './settlement.repository.ts';

let database: TestDatabase;
let db: Database;
let executions: Executions;
const queue = createJobQueue();
const workers: JobWorker[] = [];
let entries: LogEntry[];
let log: Log;
const timing: WorkerTiming = {
  leaseMs: 30_000,
  heartbeatMs: 20,
  writeMs: 20,
  pollMs: 10,
  graceMs: 100,
};

beforeEach(async () => {
  ({ log, entries } = createRecordingLog());
  database = await createTestDatabase();
  const pool = openPool({ connection: database.connection, poolSize: 8, log: quietLog });
  db = createDatabase(pool);
  executions = createExecutions(db, (ids) => workers.forEach((worker) => worker.abort(ids)));
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await db.destroy();
  await database.drop();
  // Workers try again whatever fails: only the log tells.
  const warning = entries.find(({ level }) => level === 'warn');
  if (warning !== undefined) throw new Error(warning.message, { cause: warning.fields });
});

type Run = (name: string, context: JobContext) => Promise<void>;

function defineJob(run: Run, options: Partial<Job> = {}): Job {
  return {
    vendorType: 'WEBHOOK',
    concurrency: 8,
    retryDelay: (attempt) => (attempt <= 5 ? 10 : undefined),
    timeoutMs: 20_000,
    run: (payload, context) => run(String(payload['name']), context),
    ...options,
  };
}

function startWorker(run: Run, options: Partial<Job> = {}): JobWorker {
  const jobs = [defineJob(run, options)];
  const worker = createJobWorker({ db, jobs, log, metrics: createMetrics(), timing });
  workers.push(worker);
  worker.start();
  return worker;
}

interface Wanted extends Omit<NewTask, 'payload'> {
  readonly name: string;
}

function execution(tasks: readonly Wanted[], vendorId = 1) {
  return {
    vendorType: 'WEBHOOK',
    vendorId,
    trigger: 'EVENT',
    extraAttrs: { event_type: 'PUSH_ARTIFACT' },
    tasks: tasks.map(({ name, ...task }) => ({ ...task, payload: { name } })),
  } as const;
}

/** One execution with these tasks. */
async function enqueue(...tasks: readonly Wanted[]): Promise<number> {
  const [id = 0] = await transact(db, (tx) => queue.enqueue(tx, [execution(tasks)]));
  return id;
}

const scope = { vendorTypes: ['WEBHOOK', 'SLACK'], vendorId: 1 } as const;
const all = { offset: 0, limit: 100 };
const waitFor = <T>(check: () => T | Promise<T>) =>
  expect.poll(check, { timeout: 20_000, interval: 10 });

const statusOf = async (id: number) => (await executions.getExecution(scope, id)).status;

async function tasksOf(id: number) {
  const sorts = [{ column: 'id', type: 'integer', descending: false }] as const;
  return (await executions.listTasks(scope, id, { ...all, sorts })).tasks;
}

/** Ends when told. */
function createHold() {
  const started: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    started,
    release: resolve,
    run: async (name: string) => {
      started.push(name);
      await promise;
    },
  };
}

/** Waits for the signal, and heeds it. */
function untilAborted(name: string, { signal }: JobContext): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${name} was aborted`)));
  });
}

describe('a task', () => {
  it('is run, logged, and makes its execution a success', async () => {
    const seen: unknown[] = [];
    const id = await enqueue({ name: 'a', extraAttrs: { note: 'x' } }, { name: 'b' });
    startWorker(async (name, { log, attempt, executionId, vendorId }) => {
      log(`hello ${name}`);
      seen.push({ attempt, executionId, vendorId });
    });
    await waitFor(() => statusOf(id)).toBe('Success');
    const [first, second] = await tasksOf(id);
    expect(first).toMatchObject({ status: 'Success', runCount: 1, extraAttrs: { note: 'x' } });
    expect(await executions.getTaskLog(scope, second?.id ?? 0)).toMatch(/^\d{4}-\S+Z hello b\n$/);
    const told = { attempt: 0, executionId: id, vendorId: 1 };
    expect(seen).toEqual([told, told]);
  });

  it('of a transaction that is rolled back is never run', async () => {
    const failing = transact(db, async (tx) => {
      await queue.enqueue(tx, [execution([{ name: 'a' }])]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const ran: string[] = [];
    startWorker(async (name) => void ran.push(name));
    const id = await enqueue({ name: 'b' });
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(ran).toEqual(['b']);
  });

  it('that fails is tried again, and told how often it was', async () => {
    const attempts: number[] = [];
    const id = await enqueue({ name: 'a' });
    startWorker(async (_name, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 2) throw new JobRetry('not yet');
    });
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(attempts).toEqual([0, 1, 2]);
    const [task] = await tasksOf(id);
    expect(task).toMatchObject({ runCount: 3, statusMessage: '' });
    expect(await executions.getTaskLog(scope, task?.id ?? 0)).toMatch(/not yet\n.*not yet\n$/);
  });

  it.each([
    ['at once when it says so', new JobFailed('gone'), 1, 'gone'],
    ['after its last attempt', new JobRetry('still down'), 6, 'still down'],
    ['with words for users only', new AppError('invalid', 'nonsense'), 6, 'nonsense'],
    ['without showing what was not meant for users', new Error('secret'), 6, 'it failed for a'],
  ])('gives up %s', async (_what, error, runCount, message) => {
    const id = await enqueue({ name: 'a' });
    startWorker(() => Promise.reject(error));
    await waitFor(() => statusOf(id)).toBe('Error');
    const [task] = await tasksOf(id);
    expect(task).toMatchObject({ status: 'Error', runCount });
    expect(task?.statusMessage).toContain(message);
    expect(task?.statusMessage).not.toContain('secret');
    expect(await executions.getTaskLog(scope, task?.id ?? 0)).not.toContain('secret');
  });

  it('that fails unexpectedly is told of in the log of the program', async () => {
    const id = await enqueue({ name: 'a' });
    startWorker(() => Promise.reject(new Error('oops')), { retryDelay: () => undefined });
    await waitFor(() => statusOf(id)).toBe('Error');
    expect(entries.map(({ level }) => level)).toEqual(['error']);
  });

  it('waits as long as it asks for', async () => {
    const id = await enqueue({ name: 'a' });
    startWorker(() => Promise.reject(new JobRetry('busy', { delayMs: 3_600_000 })));
    await waitFor(async () => (await tasksOf(id))[0]?.statusMessage).toBe('busy');
    const { rows } = await sql<{ waits: boolean }>`
      SELECT run_at > now() + interval '59 min' AS waits FROM task`.execute(db);
    expect(rows).toEqual([{ waits: true }]);
  });

  it('that takes too long fails, even if it does not heed its signal', async () => {
    const id = await enqueue({ name: 'heeds' }, { name: 'ignores' });
    const run: Run = (name, context) =>
      name === 'heeds' ? untilAborted(name, context) : new Promise(() => undefined);
    startWorker(run, { timeoutMs: 50, retryDelay: () => undefined });
    await waitFor(() => statusOf(id)).toBe('Error');
    const messages = (await tasksOf(id)).map(({ statusMessage }) => statusMessage);
    expect(messages).toEqual(Array(2).fill('it took longer than 0.05 s'));
  });

  it('runs beside as many others as its kind allows', async () => {
    const hold = createHold();
    const id = await enqueue(...Array.from({ length: 5 }, (_, at) => ({ name: String(at) })));
    startWorker(hold.run, { concurrency: 3 });
    await waitFor(() => hold.started.length).toBe(3);
    const { executions: found } = await executions.listExecutions(scope, all);
    expect(found[0]?.taskCounts).toMatchObject({ Running: 3, Pending: 2 });
    hold.release();
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(hold.started).toHaveLength(5);
  });

  it('of a kind that nobody runs here is left alone', async () => {
    const id = await enqueue({ name: 'a' });
    startWorker(() => Promise.reject(new Error('wrong')), { vendorType: 'REPLICATION' });
    const [own = 0] = await transact(db, (tx) =>
      queue.enqueue(tx, [{ ...execution([{ name: 'b' }]), vendorType: 'SLACK' }]),
    );
    startWorker(async () => undefined, { vendorType: 'SLACK' });
    await waitFor(() => statusOf(own)).toBe('Success');
    expect((await tasksOf(id))[0]?.status).toBe('Pending');
  });
});

describe('a lane', () => {
  it('runs in order while its tasks fail and are tried again', async () => {
    const ran: string[] = [];
    const lanes = ['x', 'y'];
    const wanted = Array.from({ length: 20 }, (_, at) =>
      lanes.map((lane) => ({ name: `${lane}${at}`, lane })),
    ).flat();
    const id = await enqueue(...wanted);
    startWorker(async (name, { attempt }) => {
      if (/[37]$/.test(name) && attempt < 2) throw new JobRetry('again');
      if (name.endsWith('5')) throw new JobFailed('never');
      ran.push(name);
    });
    await waitFor(() => statusOf(id)).toBe('Error');
    for (const lane of lanes) {
      const expected = wanted.flatMap((task) =>
        task.lane === lane && !task.name.endsWith('5') ? [task.name] : [],
      );
      expect(ran.filter((name) => name.startsWith(lane))).toEqual(expected);
    }
  });

  it('keeps its order when tasks are added by several at once while it runs', async () => {
    const ran: number[] = [];
    startWorker(async (_name, { taskId }) => void ran.push(taskId));
    const adding = Array.from({ length: 40 }, async (_, at) => {
      await enqueue({ name: String(at), lane: 'x' });
    });
    await Promise.all(adding);
    await waitFor(() => ran.length).toBe(40);
    expect(ran).toEqual(ran.toSorted((left, right) => left - right));
  });

  it('goes on behind a task that was stopped', async () => {
    const hold = createHold();
    const first = await enqueue({ name: 'a', lane: 'x' });
    const second = await enqueue({ name: 'b', lane: 'x' });
    const third = await enqueue({ name: 'c', lane: 'x' });
    await executions.stopExecution(scope, first);
    await executions.stopExecution(scope, second);
    startWorker(hold.run);
    hold.release();
    await waitFor(() => statusOf(third)).toBe('Success');
    expect(hold.started).toEqual(['c']);
  });

  it('runs 10,000 tasks in 50 lanes, each in order, a few at a time', async () => {
    const names = new Map<string, string[]>();
    let atWork = 0;
    let most = 0;
    const tasks = Array.from({ length: 10_000 }, (_, at) => ({
      lane: `lane ${at % 50}`,
      group: 'g',
      name: String(at),
    }));
    await transact(db, (tx) =>
      queue.enqueue(
        tx,
        tasks.map((task) => execution([task])),
      ),
    );
    const begin = performance.now();
    startWorker(
      async (name) => {
        most = Math.max(most, (atWork += 1));
        const lane = String(Number(name) % 50);
        names.set(lane, [...(names.get(lane) ?? []), name]);
        await Promise.resolve();
        atWork -= 1;
      },
      { concurrency: 16 },
    );
    const left = () =>
      db
        .selectFrom('execution')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('status', '=', 'Running')
        .executeTakeFirst();
    await expect.poll(left, { timeout: 60_000, interval: 100 }).toEqual({ count: 0 });
    const seconds = (performance.now() - begin) / 1_000;
    process.stdout.write(`10,000 tasks in ${seconds.toFixed(1)} s\n`);
    expect(most).toBeLessThanOrEqual(16);
    expect(names.size).toBe(50);
    for (const [lane, ran] of names) {
      expect(ran).toEqual(Array.from({ length: 200 }, (_, at) => String(at * 50 + Number(lane))));
    }
  }, 120_000);
});

describe('a group', () => {
  const gates = () =>
    db.selectFrom('task_gate').select(['group_key', 'failures', 'probe_task_id']).execute();
  const parked = async () => {
    const rows = await db.selectFrom('task').select('id').where('is_parked', '=', true).execute();
    return rows.length;
  };
  const reopen = () => sql`UPDATE task_gate SET closed_until = now()`.execute(db);
  const makeDue = () => sql`UPDATE task SET run_at = now()`.execute(db);

  it('pauses after a failure, then tries with one task, and goes on when that succeeds', async () => {
    let isDown = true;
    let atWork = 0;
    const starts: string[] = [];
    const probes = Promise.withResolvers<void>();
    const wanted = Array.from({ length: 30 }, (_, at) => ({ name: `g${at}`, group: 'g' }));
    startWorker(
      async (name) => {
        starts.push(name);
        atWork += 1;
        if (!isDown && starts.length === 5) await probes.promise;
        atWork -= 1;
        if (isDown) throw new JobRetry('down');
      },
      { concurrency: 4, retryDelay: () => 3_600_000 },
    );
    const id = await enqueue(...wanted);
    await waitFor(parked).toBe(30);
    expect(starts).toHaveLength(4);
    expect(await gates()).toEqual([{ group_key: 'g', failures: 1, probe_task_id: null }]);

    isDown = false;
    await reopen();
    await waitFor(() => starts.length).toBe(5);
    // Others look for work again and again meanwhile.
    const other = await enqueue({ name: 'other', group: 'h' });
    await waitFor(() => statusOf(other)).toBe('Success');
    expect(starts).toHaveLength(6);
    expect(atWork).toBe(1);
    expect(await parked()).toBe(29);

    probes.resolve();
    await waitFor(() => starts.length).toBe(31);
    expect(await gates()).toEqual([]);
    await makeDue();
    await waitFor(() => statusOf(id)).toBe('Success');
  });

  it('is tried by another task each time, and waits for longer each time', async () => {
    const starts: string[] = [];
    const delays: number[] = [];
    await enqueue(...['a', 'b', 'c'].map((name) => ({ name, lane: name, group: 'g' })));
    startWorker(
      async (name) => {
        starts.push(name);
        throw new JobRetry('down');
      },
      {
        concurrency: 1,
        retryDelay: (attempt) => {
          delays.push(attempt);
          return 3_600_000;
        },
      },
    );
    for (const failures of [1, 2, 3]) {
      await waitFor(gates).toEqual([{ group_key: 'g', failures, probe_task_id: null }]);
      await waitFor(parked).toBe(3);
      await reopen();
    }
    expect(starts).toEqual(['a', 'b', 'c']);
    expect(delays).toContain(3);
  });

  it('does not hold back others, nor read its tasks again and again', async () => {
    await enqueue(
      ...Array.from({ length: 100 }, (_, at) => ({ name: 'down', group: `g${at % 2}` })),
    );
    let downs = 0;
    startWorker(
      async (name) => {
        if (name !== 'down') return;
        downs += 1;
        throw new JobRetry('down');
      },
      { retryDelay: () => 3_600_000, concurrency: 2 },
    );
    const id = await enqueue({ name: 'up', group: 'up' });
    await waitFor(() => statusOf(id)).toBe('Success');
    await waitFor(parked).toBe(100);
    expect(downs).toBeLessThanOrEqual(4);
  });

  it('is tried by the next one when its probe was put back by a process that ended', async () => {
    startWorker(() => Promise.reject(new JobRetry('down')), { retryDelay: () => 3_600_000 });
    const id = await enqueue({ name: 'a', group: 'g' });
    await waitFor(parked).toBe(1);
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    expect(await gates()).toHaveLength(1);
    await makeDue();
    await reopen();
    const started = Promise.withResolvers<void>();
    const worker = startWorker((name, context) => {
      started.resolve();
      return untilAborted(name, context);
    });
    await started.promise;
    await worker.stop();
    startWorker(async () => undefined);
    await waitFor(() => statusOf(id)).toBe('Success');
    await waitFor(gates).toEqual([]);
  });

  it('opens when no task of it is left', async () => {
    startWorker(() => Promise.reject(new JobRetry('down')), { retryDelay: () => 3_600_000 });
    const id = await enqueue({ name: 'a', group: 'g' });
    await waitFor(parked).toBe(1);
    await executions.stopExecution(scope, id);
    expect(await gates()).toHaveLength(1);
    await reopen();
    await waitFor(gates).toEqual([]);
  });
});

describe('a worker', () => {
  const lapse = () =>
    sql`UPDATE task SET locked_until = now() - interval '1 s'
    WHERE status = 'Running'`.execute(db);

  /** Takes what waits, as a process does that is killed right after. */
  async function claimAndDie(): Promise<number> {
    const claims = createClaimRepository(db);
    const dead = '00000000-0000-4000-8000-000000000000';
    const { tasks } = await claims.claim(dead, new Map([['WEBHOOK', 10]]), 30_000);
    return tasks.length;
  }

  it('runs again what a killed process had begun, in order', async () => {
    const ran: string[] = [];
    const id = await enqueue({ name: 'a', lane: 'x' }, { name: 'b', lane: 'x' });
    expect(await claimAndDie()).toBe(1);
    startWorker(async (name, { attempt }) => void ran.push(`${name}${attempt}`));
    const other = await enqueue({ name: 'c' });
    await waitFor(() => statusOf(other)).toBe('Success');
    expect(ran).toEqual(['c0']);
    await lapse();
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(ran).toEqual(['c0', 'a1', 'b0']);
  });

  it('gives up a task that was running at the death of three processes', async () => {
    const id = await enqueue({ name: 'a' });
    const idle = () => startWorker(async () => undefined, { vendorType: 'SLACK' });
    idle();
    for (const expected of ['Pending', 'Pending', 'Error']) {
      expect(await claimAndDie()).toBe(1);
      await lapse();
      await waitFor(async () => (await tasksOf(id))[0]?.status).toBe(expected);
    }
    expect(await statusOf(id)).toBe('Error');
    expect((await tasksOf(id))[0]?.statusMessage).toContain('ended, again and again');
  });

  it('aborts a task that somebody else has taken', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const id = await enqueue({ name: 'a' });
    const run: Run = (name, context) => {
      started.resolve();
      context.signal.addEventListener('abort', () => aborted.resolve());
      return untilAborted(name, context);
    };
    startWorker(run, { timeoutMs: 3_600_000 });
    await started.promise;
    await sql`UPDATE task SET locked_by = gen_random_uuid()`.execute(db);
    await aborted.promise;
    const next = await enqueue({ name: 'b' });
    await executions.stopExecution(scope, next);
    expect((await tasksOf(id))[0]).toMatchObject({ status: 'Running', runCount: 1 });
  });

  it('cannot write down the end of a task that somebody else has', async () => {
    const id = await enqueue({ name: 'a' });
    const [taken, other] = [randomUUID(), randomUUID()];
    const { tasks } = await createClaimRepository(db).claim(
      taken,
      new Map([['WEBHOOK', 1]]),
      1_000,
    );
    const outcome = { kind: 'succeeded' } as const;
    const ended = tasks.map((task) => ({
      task,
      outcome,
      log: 'x\n',
      progress: { task: { lost: true } },
      pauseMs: () => 0,
    }));
    const { settle } = createSettlementRepository(db);
    await settle(other, ended);
    expect(await statusOf(id)).toBe('Running');
    expect(await executions.getTaskLog(scope, tasks[0]?.id ?? 0)).toBe('');
    await settle(taken, ended);
    expect(await statusOf(id)).toBe('Success');
  });

  it('puts back what it runs when it stops, as if it had not begun', async () => {
    const id = await enqueue({ name: 'a', lane: 'x' }, { name: 'b', lane: 'x' });
    const started = Promise.withResolvers<void>();
    const first = startWorker((name, context) => {
      started.resolve();
      return untilAborted(name, context);
    });
    await started.promise;
    await first.stop();
    expect((await tasksOf(id)).map(({ status }) => status)).toEqual(['Pending', 'Pending']);
    const attempts: number[] = [];
    startWorker(async (_name, { attempt }) => void attempts.push(attempt));
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(attempts).toEqual([0, 0]);
  });

  it('stops although a job ignores its signal, and can be started again', async () => {
    const id = await enqueue({ name: 'a' });
    let starts = 0;
    const worker = startWorker(() =>
      starts++ === 0 ? new Promise(() => undefined) : Promise.resolve(),
    );
    await waitFor(() => starts).toBe(1);
    await worker.stop();
    expect((await tasksOf(id))[0]?.status).toBe('Pending');
    worker.start();
    await waitFor(() => statusOf(id)).toBe('Success');
  });

  it('writes the log of a task while it runs', async () => {
    const hold = createHold();
    const id = await enqueue({ name: 'a' });
    startWorker(async (name, { log }) => {
      log('begun');
      await hold.run(name);
      log('done');
    });
    const [task] = await tasksOf(id);
    const text = () => executions.getTaskLog(scope, task?.id ?? 0);
    await waitFor(text).toMatch(/begun\n$/);
    expect(await statusOf(id)).toBe('Running');
    hold.release();
    await waitFor(text).toMatch(/begun\n.*done\n$/);
  });

  it('writes what a task tells between heartbeats, and tells of it', async () => {
    const hold = createHold();
    const told: number[] = [];
    const id = await enqueue({ name: 'a' });
    const worker = createJobWorker({
      db,
      log,
      jobs: [
        defineJob(async (name, { log, checkIn }) => {
          await hold.run(name);
          told.length = 0;
          log('begun');
          checkIn({ execution: { done: 1 } });
          await createHold().run(name);
        }),
      ],
      metrics: createMetrics(),
      timing: { ...timing, heartbeatMs: 60_000, graceMs: 1 },
      onChange: (changes) => told.push(...changes.map(({ executionId = 0 }) => executionId)),
    });
    workers.push(worker);
    worker.start();
    await waitFor(() => told).toEqual([id]);
    hold.release();
    await waitFor(() => told).toEqual([id]);
    const [task] = await tasksOf(id);
    expect(await executions.getTaskLog(scope, task?.id ?? 0)).toMatch(/begun\n$/);
    const { extraAttrs, status } = await executions.getExecution(scope, id);
    expect([extraAttrs, status]).toEqual([{ event_type: 'PUSH_ARTIFACT', done: 1 }, 'Running']);
  });

  it('tells of what is enqueued once it is committed, and of nothing that is not', async () => {
    const told: unknown[] = [];
    const telling = createJobQueue((changes) => told.push(...changes));
    const failing = transact(db, async (tx) => {
      await telling.enqueue(tx, [execution([{ name: 'a' }])]);
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(told).toEqual([]);
    const ids = await transact(db, async (tx) => {
      const ids = await telling.enqueue(tx, [execution([{ name: 'a' }], 7)]);
      expect(told).toEqual([]);
      return ids;
    });
    expect(told).toEqual([{ vendorType: 'WEBHOOK', vendorId: 7, executionId: ids[0] }]);
  });

  it('tells of what is stopped, wherever it waits', async () => {
    const told: (number | undefined)[] = [];
    const note = (changes: readonly JobChange[]) =>
      void told.push(...changes.map(({ executionId }) => executionId));
    const first = await enqueue({ name: 'a' });
    await createExecutions(db, () => undefined, note).stopExecution(scope, first);
    const second = await enqueue({ name: 'a' });
    await createJobQueues(db, note).stopQueues(['WEBHOOK']);
    const third = await enqueue({ name: 'a' });
    const row = await db
      .selectFrom('task')
      .select('job_id')
      .where('execution_id', '=', third)
      .executeTakeFirstOrThrow();
    await createJobMonitor(db, () => undefined, note).stopJob(row.job_id);
    expect(told).toEqual([first, second, third]);
  });

  it('shares the work with others; no task is run twice', async () => {
    const ran: string[] = [];
    const tasks = Array.from({ length: 500 }, (_, at) => ({ name: String(at), lane: `${at % 7}` }));
    const id = await enqueue(...tasks);
    for (let count = 0; count < 3; count += 1) startWorker(async (name) => void ran.push(name));
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(ran).toHaveLength(500);
    expect(new Set(ran).size).toBe(500);
  });
});

describe('an execution', () => {
  it('that is stopped ends its tasks, those that run too', async () => {
    const hold = createHold();
    const id = await enqueue({ name: 'a' }, { name: 'b', lane: 'x' }, { name: 'c', lane: 'x' });
    startWorker((name, context) => {
      void hold.run(name);
      return untilAborted(name, context);
    });
    await waitFor(() => hold.started.length).toBe(2);
    await executions.stopExecution(scope, id);
    await waitFor(() => statusOf(id)).toBe('Stopped');
    expect((await tasksOf(id)).map(({ status }) => status)).toEqual(Array(3).fill('Stopped'));
    expect(hold.started).toEqual(['a', 'b']);
    await executions.stopExecution(scope, id);
    expect(await statusOf(id)).toBe('Stopped');
  });

  it('is stopped wherever its tasks run', async () => {
    const started = Promise.withResolvers<void>();
    const id = await enqueue({ name: 'a' });
    startWorker((name, context) => {
      started.resolve();
      return untilAborted(name, context);
    });
    await started.promise;
    await createExecutions(db).stopExecution(scope, id);
    expect(await executions.getExecution(scope, id)).toBeDefined();
    await waitFor(() => statusOf(id)).toBe('Stopped');
  });

  it('is of its own scope only', async () => {
    const id = await enqueue({ name: 'a' });
    const [task] = await tasksOf(id);
    const foreign = [
      { vendorTypes: ['WEBHOOK'], vendorId: 2 },
      { vendorTypes: ['REPLICATION'], vendorId: 1 },
    ] as const;
    for (const other of foreign) {
      const taskId = task?.id ?? 0;
      const lookups = [
        () => executions.getExecution(other, id),
        () => executions.listTasks(other, id, all),
        () => executions.getTask(other, taskId),
        () => executions.getTaskLog(other, taskId),
        () => executions.stopExecution(other, id),
      ];
      for (const lookup of lookups)
        await expect(lookup()).rejects.toMatchObject({ kind: 'not-found' });
      expect(await executions.listExecutions(other, all)).toEqual({ executions: [], total: 0 });
    }
    expect((await tasksOf(id))[0]?.status).toBe('Pending');
  });

  it('is presented as Harbor does, running or not', async () => {
    const id = await enqueue({ name: 'a' });
    for (const status of ['Running', 'Success']) {
      const presented = presentExecution(await executions.getExecution(scope, id));
      expect(presented).toMatchObject({ id, vendor_type: 'WEBHOOK', vendor_id: 1, status });
      expect(presented).toMatchObject({ trigger: 'EVENT', metrics: { task_count: 1 } });
      expect('end_time' in presented).toBe(status === 'Success');
      expect(executionModel.strict().safeParse(presented).success).toBe(true);
      const tasks = (await tasksOf(id)).map(presentTask);
      expect(taskModel.strict().array().safeParse(tasks).success).toBe(true);
      if (status === 'Running') startWorker(async () => undefined);
      await waitFor(() => statusOf(id)).toBe('Success');
    }
  });

  it('lists can be narrowed, ordered and paged', async () => {
    const first = await enqueue({ name: 'a' });
    const second = await enqueue();
    await executions.markDone(second, 'Error', 'nothing to do');
    const idsOf = async (listing = {}) => {
      const { executions: found, total } = await executions.listExecutions(scope, {
        ...all,
        ...listing,
      });
      return [...found.map(({ id }) => id), total];
    };
    expect(await idsOf()).toEqual([second, first, 2]);
    expect(await idsOf({ offset: 1, limit: 1 })).toEqual([first, 2]);
    expect(await idsOf({ offset: 2 })).toEqual([2]);
    const failed = [{ column: 'status', type: 'text', op: 'equals', value: 'Error' }];
    expect(await idsOf({ predicates: failed })).toEqual([second, 1]);
    const sorts = [{ column: 'id', type: 'integer', descending: false }];
    expect(await idsOf({ sorts })).toEqual([first, second, 2]);
    expect(await executions.getExecution(scope, second)).toMatchObject({
      status: 'Error',
      statusMessage: 'nothing to do',
    });
  });

  it('without tasks can be stopped, and is closed only once', async () => {
    const id = await enqueue();
    await executions.stopExecution(scope, id);
    await executions.markDone(id, 'Success', '');
    expect(await statusOf(id)).toBe('Stopped');
    const other = await enqueue({ name: 'a' });
    await executions.markDone(other, 'Success', '');
    expect(await statusOf(other)).toBe('Running');
  });

  it('beyond the newest of its vendor is swept, once it has ended', async () => {
    const waiting = await enqueue({ name: 'a' });
    const ids: number[] = [waiting];
    for (let count = 0; count < 5; count += 1) {
      const id = await enqueue();
      await executions.markDone(id, 'Success', '');
      ids.push(id);
    }
    const many = Array.from({ length: 1_100 }, () => execution([], 2));
    await transact(db, (tx) => queue.enqueue(tx, many));
    await sql`UPDATE execution SET status = 'Success' WHERE vendor_id = 2`.execute(db);
    expect(await executions.sweepExecutions(() => 3)).toBe(2 + 1_097);
    const { executions: left } = await executions.listExecutions(scope, all);
    expect(left.map(({ id }) => id)).toEqual([...ids.slice(-3).toReversed(), waiting]);
  });
});

describe('claiming', () => {
  it.each([1, 1_000])(
    'reads no more than it takes from 100,000 tasks that wait in %i lanes',
    async (lanes) => {
      const tasks = Array.from({ length: 100_000 }, (_, at) => ({
        lane: `lane ${at % lanes}`,
        name: 'x',
      }));
      await enqueue(...tasks);
      const free = new Map([['WEBHOOK', 16]] as const);
      const plan = await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ 'QUERY PLAN': string }>`
          EXPLAIN (ANALYZE, BUFFERS) ${readyTasks(free)}`.execute(tx);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
      expect(plan).toContain('Index Scan using task_ready');
      expect(plan).not.toMatch(/Sort|Seq Scan/);
      const buffers = Number(plan.match(/Buffers: shared hit=(\d+)/)?.[1]);
      expect(buffers).toBeLessThan(200);
      const { tasks: claimed } = await createClaimRepository(db).claim(
        '00000000-0000-4000-8000-000000000000',
        free,
        1_000,
      );
      expect(claimed).toHaveLength(Math.min(lanes, 16));
    },
    60_000,
  );
});
