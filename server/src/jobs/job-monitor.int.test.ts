import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, type LogEntry, quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { createMetrics, type Log } from '../telemetry/index.ts';
import { createClaimRepository, readyTasks } from './claim.repository.ts';
import { createExecutions } from './executions.repository.ts';
import { type Job, type JobContext, JobRetry, type NewTask } from './job.ts';
import { createJobMonitor, type JobMonitor } from './job-monitor.repository.ts';
import { createJobQueue } from './job-queue.repository.ts';
import { createJobQueues, type JobQueues } from './job-queues.repository.ts';
import { createJobWorker, type JobWorker, type WorkerTiming } from './job-worker.ts';
import { createLeaseRepository } from './lease.repository.ts';
import { createWorkerPoolRepository } from './worker-pool.repository.ts';

let database: TestDatabase;
let db: Database;
let monitor: JobMonitor;
let queues: JobQueues;
const queue = createJobQueue();
const workers: JobWorker[] = [];
let entries: LogEntry[];
let log: Log;
const timing: WorkerTiming = {
  leaseMs: 30_000,
  heartbeatMs: 20,
  writeMs: 1_000,
  pollMs: 10,
  graceMs: 100,
};

beforeEach(async () => {
  ({ log, entries } = createRecordingLog());
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 8, log: quietLog }));
  monitor = createJobMonitor(db, (ids) => workers.forEach((worker) => worker.abort(ids)));
  queues = createJobQueues(db);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await db.destroy();
  await database.drop();
  const warning = entries.find(({ level }) => level === 'warn');
  if (warning !== undefined) throw new Error(warning.message, { cause: warning.fields });
});

type Run = (name: string, context: JobContext) => Promise<void>;

function startWorker(run: Run, options: Partial<Job> = {}): JobWorker {
  const job: Job = {
    vendorType: 'RETENTION',
    concurrency: 4,
    retryDelay: () => 3_600_000,
    timeoutMs: 20_000,
    run: (payload, context) => run(String(payload['name']), context),
    ...options,
  };
  const worker = createJobWorker({ db, jobs: [job], log, metrics: createMetrics(), timing });
  workers.push(worker);
  worker.start();
  return worker;
}

interface Wanted extends Omit<NewTask, 'payload'> {
  readonly name: string;
}

async function enqueue(...tasks: readonly Wanted[]): Promise<number> {
  const execution = {
    vendorType: 'RETENTION',
    vendorId: 1,
    trigger: 'MANUAL',
    extraAttrs: { dry_run: false },
    tasks: tasks.map(({ name, ...task }) => ({ ...task, payload: { name } })),
  } as const;
  const [id = 0] = await transact(db, (tx) => queue.enqueue(tx, [execution]));
  return id;
}

const scope = { vendorTypes: ['RETENTION'], vendorId: 1 } as const;
const executions = () => createExecutions(db);
const statusOf = async (id: number) => (await executions().getExecution(scope, id)).status;

async function tasksOf(id: number) {
  const sorts = [{ column: 'id', type: 'integer', descending: false }] as const;
  return (await executions().listTasks(scope, id, { offset: 0, limit: 100, sorts })).tasks;
}

const jobIds = async () =>
  (await db.selectFrom('task').select('job_id').orderBy('id').execute()).map((row) => row.job_id);

const waitFor = <T>(check: () => T | Promise<T>) =>
  expect.poll(check, { timeout: 20_000, interval: 10 });

const untilAborted = (name: string, { signal }: JobContext): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${name} was aborted`)));
  });

describe('what a job tells of its progress', () => {
  it('is shown with its task and its execution while it runs, and after that', async () => {
    const id = await enqueue({ name: 'a', extraAttrs: { note: 'x', done: 0 } });
    const goOn = Promise.withResolvers<void>();
    startWorker(async (_name, { checkIn }) => {
      checkIn({ task: { done: 1 }, execution: { retained: 4 } });
      await goOn.promise;
      checkIn({ task: { done: 2 }, execution: { dry_run: true } });
    });
    const attrs = async () => (await tasksOf(id))[0]?.extraAttrs;
    await waitFor(attrs).toEqual({ note: 'x', done: 1 });
    const during = await executions().getExecution(scope, id);
    expect(during).toMatchObject({ status: 'Running' });
    expect(during.extraAttrs).toEqual({ dry_run: false, retained: 4 });
    const [worker] = await monitor.listWorkers();
    expect(worker?.job?.checkedInAt).toBeInstanceOf(Date);
    goOn.resolve();
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(await attrs()).toEqual({ note: 'x', done: 2 });
    const after = await executions().getExecution(scope, id);
    expect(after.extraAttrs).toEqual({ dry_run: true, retained: 4 });
  });

  it('of several tasks at once makes one whole in their execution', async () => {
    const id = await enqueue(...Array.from({ length: 12 }, (_, at) => ({ name: `n${at}` })));
    const run: Run = async (name, { checkIn }) => checkIn({ execution: { [name]: true } });
    startWorker(run, { concurrency: 12 });
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(Object.keys((await executions().getExecution(scope, id)).extraAttrs)).toHaveLength(13);
  });

  it('is kept when the task is tried again', async () => {
    const id = await enqueue({ name: 'a' });
    startWorker(async (_name, { checkIn }) => {
      checkIn({ task: { done: 1 } });
      throw new JobRetry('later');
    });
    await waitFor(async () => (await tasksOf(id))[0]?.statusMessage).toBe('later');
    expect((await tasksOf(id))[0]?.extraAttrs).toEqual({ done: 1 });
  });

  it('is not written by a process that has lost the task', async () => {
    const id = await enqueue({ name: 'a' });
    const [holder, other] = [randomUUID(), randomUUID()];
    const { tasks } = await createClaimRepository(db).claim(
      holder,
      new Map([['RETENTION', 1]]),
      30_000,
    );
    const beats = tasks.map((task) => ({
      taskId: task.id,
      executionId: task.executionId,
      log: '',
      progress: { task: { lost: true }, execution: { lost: true } },
    }));
    await createLeaseRepository(db).renew(other, beats, 30_000);
    expect((await tasksOf(id))[0]?.extraAttrs).toEqual({});
    expect((await executions().getExecution(scope, id)).extraAttrs).toEqual({ dry_run: false });
  });
});

describe('a task that waits', () => {
  it('runs before others of its kind when its priority is higher', async () => {
    const wanted = [0, 2, 1, 3, 0].map((priority, at) => ({ name: `${priority}${at}`, priority }));
    const id = await enqueue(...wanted);
    const ran: string[] = [];
    startWorker(async (name) => void ran.push(name), { concurrency: 1 });
    await waitFor(() => statusOf(id)).toBe('Success');
    expect(ran).toEqual(['33', '21', '12', '00', '04']);
  });

  it('is left alone for as long as it was told to wait', async () => {
    const id = await enqueue({ name: 'later', delayMs: 3_600_000, priority: 3 });
    const other = await enqueue({ name: 'now' });
    startWorker(async () => undefined, { concurrency: 1 });
    await waitFor(() => statusOf(other)).toBe('Success');
    expect((await tasksOf(id))[0]?.status).toBe('Pending');
  });

  it('is found by its index among 100,000, also behind many with their time to come', async () => {
    const many = (priority: number, delayMs: number) =>
      Array.from({ length: 25_000 }, () => ({ name: 'x', priority, delayMs }));
    await enqueue(...many(3, 3_600_000), ...many(1, 0));
    await enqueue(...many(0, 3_600_000), ...many(0, 0));
    await sql`ANALYZE task`.execute(db);
    const plan = await db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ 'QUERY PLAN': string }>`
        EXPLAIN (ANALYZE, BUFFERS) ${readyTasks(new Map([['RETENTION', 16]]))}`.execute(tx);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toContain('Index Scan using task_ready');
    expect(plan).not.toMatch(/Sort|Seq Scan on task/);
    expect(Number(plan.match(/Buffers: shared hit=(\d+)/)?.[1])).toBeLessThan(200);
  }, 60_000);
});

describe('a queue', () => {
  it('tells how many tasks wait, for how long, and whether it is paused', async () => {
    await enqueue({ name: 'a' }, { name: 'b', lane: 'x' }, { name: 'c', lane: 'x' });
    await enqueue({ name: 'later', delayMs: 3_600_000 });
    await sql`UPDATE task SET run_at = run_at - interval '90 s'`.execute(db);
    await queues.pauseQueues(['RETENTION', 'SCHEDULER']);
    await queues.pauseQueues(['RETENTION']);
    const found = await queues.listQueues();
    const byType = new Map(found.map((state) => [state.vendorType, state]));
    expect(byType.get('RETENTION')).toMatchObject({ count: 3, isPaused: true });
    expect(byType.get('RETENTION')?.latencySeconds).toBeGreaterThanOrEqual(90);
    expect(byType.get('RETENTION')?.latencySeconds).toBeLessThan(150);
    expect(byType.get('SCHEDULER')).toMatchObject({ count: 0, latencySeconds: 0, isPaused: true });
    expect(byType.get('WEBHOOK')).toMatchObject({ count: 0, latencySeconds: 0, isPaused: false });
  });

  it('that is paused is claimed by nobody, until it is resumed', async () => {
    await queues.pauseQueues(['RETENTION']);
    const id = await enqueue({ name: 'a' }, { name: 'b', group: 'g' });
    await sql`
      INSERT INTO task_gate (vendor_type, group_key, closed_until, failures)
      VALUES ('RETENTION', 'g', now(), 1)`.execute(db);
    await sql`UPDATE task SET is_parked = true WHERE group_key = 'g'`.execute(db);
    const claims = createClaimRepository(db);
    const free = new Map([
      ['RETENTION', 8],
      ['WEBHOOK', 8],
    ] as const);
    expect((await claims.claim(randomUUID(), free, 1_000)).tasks).toEqual([]);
    startWorker(async () => undefined);
    await queues.resumeQueues(['RETENTION']);
    await waitFor(() => statusOf(id)).toBe('Success');
  });

  it('that is stopped ends all that waits of its kind, and nothing else', async () => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const running = await enqueue({ name: 'run' }, { name: 'own', delayMs: 3_600_000 });
    startWorker(async () => {
      started.resolve();
      await finish.promise;
    });
    await started.promise;
    await queues.pauseQueues(['RETENTION']);
    const waiting = await enqueue(
      ...Array.from({ length: 1_200 }, (_, at) => ({ name: 'w', lane: `l${at % 3}` })),
    );
    const [other = 0] = await transact(db, (tx) =>
      queue.enqueue(tx, [
        {
          vendorType: 'REPLICATION',
          vendorId: 1,
          trigger: 'MANUAL',
          extraAttrs: {},
          tasks: [{ payload: {} }],
        },
      ]),
    );
    await queues.stopQueues(['RETENTION']);
    expect(await statusOf(waiting)).toBe('Stopped');
    const { taskCounts } = await executions().getExecution(scope, waiting);
    expect(taskCounts).toMatchObject({ Stopped: 1_200, Pending: 0 });
    expect((await tasksOf(running)).map(({ status }) => status)).toEqual(['Running', 'Stopped']);
    const replication = { vendorTypes: ['REPLICATION'], vendorId: 1 } as const;
    expect((await executions().getExecution(replication, other)).taskCounts.Pending).toBe(1);
    finish.resolve();
    await waitFor(() => statusOf(running)).toBe('Stopped');
    await queues.resumeQueues(['RETENTION']);
    const next = await enqueue({ name: 'next', lane: 'l0' });
    await waitFor(() => statusOf(next)).toBe('Success');
  });
});

describe('a worker pool', () => {
  it('is there while its process gives signs of life, with a place for each task', async () => {
    const id = await enqueue({ name: 'a' });
    const worker = startWorker(untilAborted, { concurrency: 3 });
    await waitFor(() => statusOf(id)).toBe('Running');
    await waitFor(async () => (await monitor.listPools()).length).toBe(1);
    const [pool] = await monitor.listPools();
    expect(pool).toMatchObject({ pid: process.pid, concurrency: 3 });
    const [job = ''] = await jobIds();
    await waitFor(async () => (await monitor.listWorkers())[0]?.job?.id).toBe(job);
    const places = await monitor.listWorkers(pool?.id);
    expect(places.map(({ job: own }) => own?.vendorType)).toEqual([
      'RETENTION',
      undefined,
      undefined,
    ]);
    expect(new Set(places.map((place) => place.id)).size).toBe(3);
    await expect(monitor.listWorkers(randomUUID())).rejects.toMatchObject({ kind: 'not-found' });
    const before = pool?.heartbeatAt.getTime() ?? 0;
    await waitFor(async () =>
      (await monitor.listPools())[0]?.heartbeatAt.getTime(),
    ).toBeGreaterThan(before);
    await worker.stop();
    expect(await monitor.listPools()).toEqual([]);
  });

  it('vanishes a minute after its last sign of life', async () => {
    const pools = createWorkerPoolRepository(db);
    const [dead, alive] = [randomUUID(), randomUUID()];
    await pools.beat(dead, 1);
    await sql`UPDATE worker_pool SET heartbeat_at = now() - interval '61 s'`.execute(db);
    expect(await monitor.listPools()).toEqual([]);
    await pools.beat(alive, 1);
    const rows = await db.selectFrom('worker_pool').select('id').execute();
    expect(rows).toEqual([{ id: alive }]);
  });
});

describe('a job', () => {
  it('is found by its id, whatever it belongs to, with its log', async () => {
    const id = await enqueue({ name: 'a' });
    startWorker(async (_name, context) => context.log('hello'));
    await waitFor(() => statusOf(id)).toBe('Success');
    const [job = ''] = await jobIds();
    expect(await monitor.getJob(job.toUpperCase())).toMatchObject({
      id: job,
      executionId: id,
      vendorType: 'RETENTION',
      status: 'Success',
    });
    expect(await monitor.getLog(job)).toMatch(/hello\n$/);
  });

  it.each([randomUUID(), 'nonsense', "' OR 1=1 --", ''])(
    'is not there by the name of %j',
    async (id) => {
      const refusal = { kind: 'not-found' };
      await expect(monitor.getJob(id)).rejects.toMatchObject(refusal);
      await expect(monitor.getLog(id)).rejects.toMatchObject(refusal);
      await expect(monitor.stopJob(id)).rejects.toMatchObject(refusal);
    },
  );

  it('is stopped, whether it waits or runs', async () => {
    const running = await enqueue({ name: 'a' });
    const waiting = await enqueue({ name: 'b', delayMs: 3_600_000 });
    startWorker(untilAborted);
    await waitFor(async () => (await tasksOf(running))[0]?.status).toBe('Running');
    for (const job of await jobIds()) await monitor.stopJob(job);
    expect(await statusOf(waiting)).toBe('Stopped');
    await waitFor(() => statusOf(running)).toBe('Stopped');
    for (const job of await jobIds()) await monitor.stopJob(job);
    expect(await statusOf(running)).toBe('Stopped');
  });

  it('that is stopped lets the next one of its lane run', async () => {
    const first = await enqueue({ name: 'first', lane: 'x' });
    const next = await enqueue({ name: 'next', lane: 'x' });
    const [job = ''] = await jobIds();
    await monitor.stopJob(job);
    expect(await statusOf(first)).toBe('Stopped');
    startWorker(async () => undefined);
    await waitFor(() => statusOf(next)).toBe('Success');
  });

  it('that runs is stopped with all others that do', async () => {
    const running = await enqueue({ name: 'a' }, { name: 'b' });
    const waiting = await enqueue({ name: 'c', delayMs: 3_600_000 });
    startWorker(untilAborted);
    const statuses = async () => (await tasksOf(running)).map(({ status }) => status);
    await waitFor(statuses).toEqual(['Running', 'Running']);
    await monitor.stopRunning();
    await waitFor(statuses).toEqual(['Stopped', 'Stopped']);
    expect((await tasksOf(waiting))[0]?.status).toBe('Pending');
  });

  it('is listed by what its execution says, newest first', async () => {
    await enqueue({ name: 'a' }, { name: 'b' });
    const [, newest] = await jobIds();
    const { jobs, total } = await monitor.listJobs({ dry_run: false }, { offset: 0, limit: 1 });
    expect(total).toBe(2);
    expect(jobs.map(({ id }) => id)).toEqual([newest]);
    expect(await monitor.listJobs({ dry_run: 1 }, { offset: 0, limit: 9 })).toEqual({
      jobs: [],
      total: 0,
    });
  });
});

describe('an execution that dangles', () => {
  it('is closed when it is old, as its tasks say or as failed', async () => {
    const open = await enqueue({ name: 'a', delayMs: 3_600_000 });
    const ended = await enqueue({ name: 'b' });
    const empty = await enqueue();
    await sql`UPDATE execution SET start_time = now() - interval '8 days'`.execute(db);
    await sql`UPDATE task SET status = 'Success' WHERE execution_id = ${ended}`.execute(db);
    const recent = await enqueue();
    expect(await executions().failDangling(7 * 86_400_000)).toBe(2);
    const statuses = await Promise.all([open, ended, empty, recent].map(statusOf));
    expect(statuses).toEqual(['Running', 'Success', 'Error', 'Running']);
    expect((await executions().getExecution(scope, empty)).statusMessage).not.toBe('');
  });
});
