import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import {
  createJobMonitor,
  createJobQueue,
  createJobQueues,
  createJobWorker,
  type Job,
  type JobWorker,
  type NewExecution,
} from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import { createScheduler, createSchedules, type ScheduleDirectory } from '../schedules/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import {
  presentPool,
  presentQueue,
  presentSchedule,
  presentWorker,
} from './jobservice.presenter.ts';
import { jobQueueModel, scheduleModel, workerModel, workerPoolModel } from './jobservice.schema.ts';
import { createJobService, type JobService } from './jobservice.service.ts';
import { presentJob, presentPools } from './launch.presenter.ts';
import { createLaunches } from './launch.repository.ts';
import { launchErrors, poolStatsModel, statsModel } from './launch.schema.ts';
import { createLaunchService, type LaunchRequest, type LaunchService } from './launch.service.ts';

let database: TestDatabase;
let db: Database;
let schedules: ScheduleDirectory;
let jobService: JobService;
let launcher: LaunchService;
let resumed: number;
let worker: JobWorker | undefined;
const jobs = createJobQueue();

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 8, log: quietLog }));
  schedules = createSchedules(db);
  resumed = 0;
  const monitor = createJobMonitor(db, (ids) => worker?.abort(ids));
  jobService = createJobService({
    monitor,
    schedules,
    queues: createJobQueues(db),
    resumed: () => {
      resumed += 1;
    },
  });
  launcher = createLaunchService({
    monitor,
    schedules,
    launches: createLaunches(db, jobs),
    submittable: new Map([['GARBAGE_COLLECTION', planCollection]]),
    enqueued: () => undefined,
  });
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await db.destroy();
  await database.drop();
});

function planCollection(parameters: Readonly<Record<string, unknown>>): NewExecution {
  if (parameters['workers'] === 0) throw new AppError('invalid', 'workers must be 1 or more');
  return {
    vendorType: 'GARBAGE_COLLECTION',
    vendorId: -1,
    trigger: 'MANUAL',
    extraAttrs: { dry_run: true },
    tasks: parameters['nothing'] === true ? [] : [{ payload: { ...parameters } }],
  };
}

function startWorker(run: Job['run']): void {
  worker = createJobWorker({
    db,
    log: quietLog,
    metrics: createMetrics(),
    timing: { heartbeatMs: 20, pollMs: 10, graceMs: 100 },
    jobs: [
      {
        run,
        vendorType: 'GARBAGE_COLLECTION',
        concurrency: 2,
        retryDelay: () => undefined,
        timeoutMs: 20_000,
      },
    ],
  });
  worker.start();
}

const untilAborted: Job['run'] = (_payload, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

const wanted: LaunchRequest = {
  name: 'GARBAGE_COLLECTION',
  parameters: { workers: 1 },
  kind: 'Generic',
  delaySeconds: 0,
  cron: '',
  isUnique: false,
};

const page = { offset: 0, limit: 10 };
const waitFor = <T>(check: () => T | Promise<T>) =>
  expect.poll(check, { timeout: 20_000, interval: 10 });

/** As it is sent; the model says all there is. */
function present(launched: Parameters<typeof presentJob>[0]) {
  const { job } = statsModel.strict().parse(presentJob(launched));
  expect(statsModel.shape.job.strict().safeParse(job).success).toBe(true);
  return job;
}

const launch = async (change: Partial<LaunchRequest> = {}) =>
  present(await launcher.launch({ ...wanted, ...change }));
const get = async (id: string) => present(await launcher.getJob(id));
const statusOf = async (id: string) => (await get(id)).status;

async function statusesOf(): Promise<string[]> {
  const rows = await db.selectFrom('task').select('status').orderBy('id').execute();
  return rows.map(({ status }) => status);
}

describe('the queues', () => {
  it('are paused, resumed and stopped by kind in any case, or all at once', async () => {
    await launch();
    const paused = async () =>
      (await jobService.listQueues()).filter((one) => one.isPaused).map((one) => one.vendorType);
    await jobService.changeQueue('garbage_collection', 'PAUSE');
    expect(await paused()).toEqual(['GARBAGE_COLLECTION']);
    await jobService.changeQueue('GARBAGE_COLLECTION', 'resume');
    expect(await paused()).toEqual([]);
    expect(resumed).toBe(1);
    await jobService.changeQueue('all', 'pause');
    expect(await paused()).toHaveLength((await jobService.listQueues()).length);
    expect(await jobService.isPaused('ALL')).toBe(true);
    await jobService.changeQueue('ALL', 'resume');
    expect(await jobService.isPaused('all')).toBe(false);
    await jobService.changeQueue('webhook', 'stop');
    expect(await statusesOf()).toEqual(['Pending']);
    await jobService.changeQueue('all', 'stop');
    expect(await statusesOf()).toEqual(['Stopped']);
    const presented = (await jobService.listQueues()).map(presentQueue);
    expect(jobQueueModel.strict().array().safeParse(presented).success).toBe(true);
  });

  it.each([
    ['WEBHOOK', 'delete', 'invalid'],
    ['WEBHOOK', '', 'invalid'],
    ['DEMO', 'pause', 'not-found'],
  ])('of %s cannot be told to %j', async (type, action, kind) => {
    await expect(jobService.changeQueue(type, action)).rejects.toMatchObject({ kind });
  });

  it('know only of all schedules whether they are paused', async () => {
    await expect(jobService.isPaused('RETENTION')).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('what runs', () => {
  it('is shown with its pool, and stopped one by one or all at once', async () => {
    startWorker(untilAborted);
    const [first, second] = [await launch(), await launch({ parameters: { workers: 2 } })];
    await waitFor(statusesOf).toEqual(['Running', 'Running']);
    await waitFor(async () => (await jobService.listPools()).length).toBe(1);
    const pools = (await jobService.listPools()).map(presentPool);
    expect(workerPoolModel.strict().array().safeParse(pools).success).toBe(true);
    const workers = (await jobService.listWorkers('all')).map(presentWorker);
    expect(workerModel.strict().array().safeParse(workers).success).toBe(true);
    expect(workers).toMatchObject([{ job_id: first.id }, { job_id: second.id }]);
    const stats = presentPools(await jobService.listPools());
    expect(poolStatsModel.strict().safeParse(stats).success).toBe(true);
    await jobService.stopJob(second.id);
    await waitFor(statusesOf).toEqual(['Running', 'Stopped']);
    await jobService.stopJob('all');
    await waitFor(statusesOf).toEqual(['Stopped', 'Stopped']);
    await expect(jobService.stopJob('nobody')).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('the schedules', () => {
  it('are listed with their times', async () => {
    await launch({ kind: 'Periodic', cron: '0 0 3 * * *' });
    const { schedules: found, total } = await jobService.listSchedules(page);
    expect(total).toBe(1);
    const presented = found.map(presentSchedule);
    expect(presented).toMatchObject([{ vendor_type: 'SCHEDULER', cron: '0 0 3 * * *' }]);
    expect(scheduleModel.strict().array().safeParse(presented).success).toBe(true);
  });
});

describe('a job that is launched', () => {
  it('runs at once, and tells what became of it', async () => {
    const launched = await launch();
    expect(launched).toMatchObject({
      status: 'Pending',
      name: 'GARBAGE_COLLECTION',
      kind: 'Generic',
      unique: false,
      parameters: { workers: 1 },
      ref_link: `/api/v1/jobs/${launched.id}`,
    });
    startWorker(async (payload, { log, checkIn }) => {
      log(`with ${JSON.stringify(payload)}`);
      checkIn({ task: { freed: 7 } });
    });
    await waitFor(() => statusOf(launched.id)).toBe('Success');
    expect(await get(launched.id)).toMatchObject({ check_in: '{"dry_run":true,"freed":7}' });
    expect(await launcher.getLog(launched.id)).toContain('with {"workers":1}');
    const { jobs: found, total } = await launcher.listJobs('Generic', page);
    expect([found.map(present).map(({ id }) => id), total]).toEqual([[launched.id], 1]);
    expect((await launcher.listJobs('Scheduled', page)).total).toBe(0);
  });

  it('waits as long as it is told, and can be stopped', async () => {
    await expect(launch({ kind: 'Scheduled' })).rejects.toMatchObject({ kind: 'invalid' });
    const launched = await launch({ kind: 'Scheduled', delaySeconds: 3_600 });
    expect(launched).toMatchObject({ status: 'Scheduled', kind: 'Scheduled' });
    expect(launched.run_at - launched.enqueue_time).toBe(3_600);
    startWorker(async () => undefined);
    const now = await launch({ parameters: { workers: 3 } });
    await waitFor(() => statusOf(now.id)).toBe('Success');
    expect(await statusOf(launched.id)).toBe('Scheduled');
    await launcher.stopJob(launched.id);
    expect(await statusOf(launched.id)).toBe('Stopped');
  });

  it('as the only one is refused while its like waits, also to many at once', async () => {
    const many = await Promise.allSettled(
      Array.from({ length: 8 }, () => launch({ isUnique: true })),
    );
    const refused = many.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toHaveLength(7);
    for (const reason of refused) expect(reason).toMatchObject({ kind: 'conflict' });
    await launch({ isUnique: true, parameters: { workers: 2 } });
    await launch();
    await jobService.changeQueue('all', 'stop');
    expect(await launch({ isUnique: true })).toMatchObject({ unique: true });
  });

  it.each([
    ['of a name that is not there', { name: 'DEMO' }],
    ['of a name that every object has', { name: 'constructor' }],
    ['with parameters that it cannot use', { parameters: { workers: 0 } }],
    ['that has nothing to do', { parameters: { nothing: true } }],
    ['again and again without a time', { kind: 'Periodic' }],
    ['again and again at no time', { kind: 'Periodic', cron: '0 0 0 30 2 *' }],
  ] as const)('%s is refused', async (_what, change) => {
    await expect(launch(change)).rejects.toMatchObject({ kind: 'invalid' });
    expect(await statusesOf()).toEqual([]);
    expect((await schedules.listSchedules(page)).total).toBe(0);
  });

  it('again and again runs when it is time, until it is stopped', async () => {
    const periodic = await launch({ kind: 'Periodic', cron: '0 30 2 * * *' });
    const other = await launch({ kind: 'Periodic', cron: '0 30 2 * * *' });
    expect(periodic).toMatchObject({ status: 'Scheduled', cron_spec: '0 30 2 * * *' });
    expect(await get(periodic.id)).toEqual(periodic);
    expect(await launcher.listRuns(periodic.id, page)).toEqual({ jobs: [], total: 0 });
    let fired = 0;
    const scheduler = createScheduler({
      db,
      jobs,
      log: quietLog,
      metrics: createMetrics(),
      work: [launcher.work],
      enqueued: () => {
        fired += 1;
      },
      timing: { pollMs: 10 },
    });
    scheduler.start();
    try {
      await sql`UPDATE schedule SET next_at = now()
        WHERE vendor_id = ${periodic.numeric_policy_id}`.execute(db);
      await waitFor(() => fired).toBe(1);
    } finally {
      await scheduler.stop();
    }
    const { jobs: runs, total } = await launcher.listRuns(periodic.id, page);
    expect(total).toBe(1);
    expect(runs.map(present)).toMatchObject([
      { kind: 'Generic', upstream_job_id: periodic.id, parameters: { workers: 1 } },
    ]);
    expect(await launcher.listRuns(other.id, page)).toEqual({ jobs: [], total: 0 });
    expect((await launcher.listJobs('Periodic', page)).total).toBe(2);
    await launcher.stopJob(periodic.id);
    expect((await launcher.listJobs('Periodic', page)).total).toBe(1);
    await expect(launcher.getJob(periodic.id)).rejects.toMatchObject({ kind: 'not-found' });
    // What it has run is still told.
    expect((await launcher.listRuns(periodic.id, page)).total).toBe(1);
  });

  it('by somebody else is shown without what it was given', async () => {
    const secret = { ...planCollection({}), tasks: [{ payload: { token: 'secret' } }] };
    await transact(db, (tx) => jobs.enqueue(tx, [secret]));
    const { job_id } = await db.selectFrom('task').select('job_id').executeTakeFirstOrThrow();
    const shown = await get(job_id);
    expect(shown).toMatchObject({ name: 'GARBAGE_COLLECTION', kind: 'Generic' });
    expect(JSON.stringify(shown)).not.toContain('secret');
  });

  it.each(['periodic-1', 'periodic-999999999999999', 'x', ''])(
    'is not there by the id %j',
    async (id) => {
      const refusal = { kind: 'not-found' };
      await expect(launcher.getJob(id)).rejects.toMatchObject(refusal);
      await expect(launcher.getLog(id)).rejects.toMatchObject(refusal);
      await expect(launcher.stopJob(id)).rejects.toMatchObject(refusal);
      await expect(launcher.listRuns(id, page)).rejects.toMatchObject(refusal);
    },
  );

  it('is refused in the words of the job service', () => {
    const presented = launchErrors.present(new AppError('conflict', 'one waits already'));
    expect(presented).toEqual({ code: 10_012, message: 'conflict', details: 'one waits already' });
  });
});
