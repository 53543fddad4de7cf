import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, type Principal } from '../access/index.ts';
import { type AuditEntry, findOpenApiFaults, presentOpenApi, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { gcParameters } from '../gc/index.ts';
import { createHttpServer } from '../http/index.ts';
import {
  createExecutions,
  createJobQueue,
  createJobWorker,
  type Executions,
  type Job,
  type JobContext,
  type JobWorker,
  type NewExecution,
} from '../jobs/index.ts';
import { createScheduler, createSchedules, type ScheduleDirectory } from '../schedules/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { type Cleanup, newCleanup } from './cleanup.job.ts';
import { createSystemJobs, type SystemJobs } from './create-system-jobs.ts';
import { newExecutionSweep } from './execution-sweep.job.ts';
import { SYSTEM } from './system-job.ts';
import { historyModel, scheduleModel } from './system-jobs.schema.ts';

let database: TestDatabase;
let db: Database;
let executions: Executions;
let schedules: ScheduleDirectory;
let system: SystemJobs;
let cleanups: Cleanup[];
let kept: number;
let recorded: AuditEntry[];
const workers: JobWorker[] = [];
const queue = createJobQueue();

const admin = user('admin', true);
const ann = user('ann', false);

function user(username: string, isAdmin: boolean): Principal {
  return { kind: 'user', id: 1, username, isAdmin, groupIds: [] };
}

const plan =
  (vendorType: 'GARBAGE_COLLECTION' | 'PURGE_AUDIT_LOG') =>
  (
    parameters: Readonly<Record<string, unknown>>,
    trigger: NewExecution['trigger'],
  ): NewExecution => ({
    vendorType,
    trigger,
    vendorId: -1,
    extraAttrs: parameters,
    tasks: [{ payload: parameters, lane: vendorType }],
  });

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log: quietLog }));
  executions = createExecutions(db, (ids) => workers.forEach((worker) => worker.abort(ids)));
  schedules = createSchedules(db);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(() => {
  cleanups = [];
  kept = 2;
  recorded = [];
  system = build();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await sql`TRUNCATE execution, schedule CASCADE`.execute(db);
});

function build(): SystemJobs {
  return createSystemJobs({
    db,
    executions,
    schedules,
    log: quietLog,
    jobs: queue,
    wake: () => undefined,
    gc: {
      parameters: gcParameters,
      plan: plan('GARBAGE_COLLECTION'),
      estimate: async () => ({
        deletableBlobs: 1,
        deletableBytes: 2,
        heldBlobs: 3,
        heldBytes: 4,
        trashBytes: 5,
      }),
    },
    auditPurge: {
      parameters: z.strictObject({ audit_retention_hour: z.int() }),
      plan: plan('PURGE_AUDIT_LOG'),
    },
    keep: () => kept,
    cleanups,
  });
}

async function call(method: 'GET' | 'POST' | 'PUT', path: string, body?: object, who = admin) {
  const app = createHttpServer({ log: quietLog, idleMs: 1_000 });
  registerApi(app, system.routes, {
    access: { can: () => Promise.resolve(false), listRoles: () => Promise.resolve([]) },
    findProject: () => Promise.resolve(undefined),
    authenticate: () => Promise.resolve({ principal: who }),
    csrfToken: () => '',
    addressOf: () => '127.0.0.1',
    recordAudit: async (entry) => void recorded.push(entry),
    isReadOnly: () => false,
    externalUrl: undefined,
  });
  const url = `/api/v2.0/system${path}`;
  return app.inject({ method, url, ...(body !== undefined && { payload: body }) });
}

const order = (type: string, parameters?: object, cron = '') => ({
  schedule: { type, cron },
  ...(parameters !== undefined && { parameters }),
});

async function runManually(path = '/gc', parameters: object = {}): Promise<string> {
  const answer = await call('POST', `${path}/schedule`, order('Manual', parameters));
  expect(answer.statusCode).toBe(201);
  const location = String(answer.headers.location);
  expect(location).toMatch(new RegExp(`^/api/v2.0/system${path}/\\d+$`));
  return location.slice('/api/v2.0/system'.length);
}

function startWorker(...jobs: readonly Job[]): JobWorker {
  const timing = { heartbeatMs: 20, pollMs: 10, graceMs: 1_000 };
  const worker = createJobWorker({ db, jobs, log: quietLog, metrics: createMetrics(), timing });
  workers.push(worker);
  worker.start();
  return worker;
}

function collection(run: (context: JobContext) => Promise<void>): Job {
  return {
    vendorType: 'GARBAGE_COLLECTION',
    concurrency: 2,
    retryDelay: () => undefined,
    timeoutMs: 20_000,
    run: (_payload, context) => run(context),
  };
}

const statusAt = async (path: string): Promise<string> =>
  (await call('GET', path)).json().job_status;
const eventually = <T>(check: () => Promise<T>) =>
  expect.poll(check, { timeout: 20_000, interval: 10 });

const allOff = {
  delete_untagged: false,
  delete_tag: false,
  dry_run: false,
  workers: 1,
  purge_deleted: false,
};

describe('a run by hand', () => {
  it('is in the history with all its parameters', async () => {
    const path = await runManually('/gc', { delete_untagged: true, workers: 3, time_window: 2 });
    const run = (await call('GET', path)).json();
    expect(historyModel.parse(run)).toEqual(run);
    expect(run).toMatchObject({
      job_name: 'GARBAGE_COLLECTION',
      job_kind: 'MANUAL',
      schedule: { type: 'Manual' },
      job_status: 'Running',
      deleted: false,
    });
    expect(JSON.parse(run.job_parameters)).toEqual({
      ...allOff,
      delete_untagged: true,
      workers: 3,
    });
    const list = await call('GET', '/gc?page_size=1');
    expect(list.json()).toEqual([run]);
    expect(list.headers['x-total-count']).toBe('1');
  });

  it('tells what it did', async () => {
    const path = await runManually();
    startWorker(
      collection(async ({ log, checkIn }) => {
        log('2 blobs and 1 manifests eligible for deletion');
        checkIn({ execution: { freed_space: 7 } });
      }),
    );
    await eventually(() => statusAt(path)).toBe('Success');
    const log = await call('GET', `${path}/log`);
    expect(log.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(log.body).toContain('2 blobs and 1 manifests eligible for deletion\n');
    const { job_parameters: parameters } = (await call('GET', path)).json();
    expect(JSON.parse(parameters)).toEqual({ ...allOff, freed_space: 7 });
  });

  it('waits for another one, and is stopped', async () => {
    const [first, second] = [await runManually(), await runManually()];
    let running = 0;
    startWorker(
      collection(async ({ signal }) => {
        running += 1;
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      }),
    );
    await eventually(async () => running).toBe(1);
    expect((await call('PUT', second)).statusCode).toBe(200);
    expect(await statusAt(second)).toBe('Stopped');
    expect(running).toBe(1);
    expect((await call('PUT', first)).statusCode).toBe(200);
    await eventually(() => statusAt(first)).toBe('Stopped');
    expect((await call('PUT', first)).statusCode).toBe(200);
    expect(running).toBe(1);
  });

  it('can be looked for by status and kind, and sorted', async () => {
    const [first, second] = [await runManually(), await runManually()];
    await call('PUT', second);
    const idsOf = async (query: string) =>
      (await call('GET', `/gc?${query}`)).json().map(({ id }: { id: number }) => `/gc/${id}`);
    expect(await idsOf('')).toEqual([second, first]);
    expect(await idsOf('sort=creation_time')).toEqual([first, second]);
    expect(await idsOf('q=job_status%3DStopped')).toEqual([second]);
    expect(await idsOf('q=job_kind%3DSCHEDULE')).toEqual([]);
  });
});

describe('a run of another kind', () => {
  it.each(['', '/log'])('is not there%s', async (suffix) => {
    const path = await runManually('/purgeaudit', { audit_retention_hour: 1 });
    expect((await call('GET', path)).statusCode).toBe(200);
    const other = path.replace('purgeaudit', 'gc');
    expect((await call('GET', other + suffix)).statusCode).toBe(404);
    expect((await call('PUT', other)).statusCode).toBe(404);
    expect(await statusAt(path)).toBe('Running');
    expect((await call('GET', '/gc')).json()).toEqual([]);
  });
});

describe('a schedule', () => {
  it('is an empty body until it is set, replaced by either method, and removed by None', async () => {
    const get = () => call('GET', '/gc/schedule');
    expect(await get()).toMatchObject({ statusCode: 200, body: '' });
    const daily = order('Daily', { delete_untagged: true }, '0 0 0 * * *');
    expect((await call('POST', '/gc/schedule', daily)).statusCode).toBe(201);
    const found = (await get()).json();
    expect(scheduleModel.parse(found)).toEqual(found);
    expect(found).toMatchObject({
      job_kind: '0 0 0 * * *',
      schedule: { type: 'Daily', cron: '0 0 0 * * *' },
    });
    expect(JSON.parse(found.job_parameters)).toEqual({ ...allOff, delete_untagged: true });
    expect(Date.parse(found.schedule.next_scheduled_time)).toBeGreaterThan(Date.now());
    // As clients send back what they got.
    const back = { ...found, job_kind: undefined, schedule: { ...found.schedule, type: 'Custom' } };
    const whole = {
      id: back.id,
      status: '',
      creation_time: back.creation_time,
      update_time: back.update_time,
      schedule: { ...back.schedule, cron: '0 15 3 * * 1' },
      parameters: JSON.parse(back.job_parameters),
    };
    expect((await call('PUT', '/gc/schedule', whole)).statusCode).toBe(200);
    expect((await get()).json().schedule).toMatchObject({ type: 'Custom', cron: '0 15 3 * * 1' });
    expect((await call('POST', '/gc/schedule', daily)).statusCode).toBe(201);
    expect((await get()).json().schedule).toMatchObject({ type: 'Daily' });
    expect((await call('PUT', '/gc/schedule', order('None'))).statusCode).toBe(200);
    expect(await get()).toMatchObject({ statusCode: 200, body: '' });
    expect((await call('PUT', '/gc/schedule', order('None'))).statusCode).toBe(200);
  });

  it('starts runs with its parameters', async () => {
    await call('PUT', '/gc/schedule', order('Hourly', { dry_run: true }, '0 0 * * * *'));
    await sql`UPDATE schedule SET next_at = now()`.execute(db);
    const scheduler = createScheduler({
      db,
      work: system.scheduledWork,
      jobs: queue,
      log: quietLog,
      metrics: createMetrics(),
      enqueued: () => undefined,
      timing: { pollMs: 10 },
    });
    scheduler.start();
    const history = async () => (await call('GET', '/gc')).json();
    await eventually(async () => (await history()).length).toBe(1);
    await scheduler.stop();
    const [run] = await history();
    expect(run).toMatchObject({ job_kind: 'SCHEDULE', schedule: { type: 'Schedule' } });
    expect(JSON.parse(run.job_parameters)).toEqual({ ...allOff, dry_run: true });
  });
});

describe('what is refused', () => {
  it.each([
    [400, {}],
    [400, { schedule: null }],
    [400, { schedule: {} }],
    [400, order('Schedule')],
    [422, order('Yearly')],
    [400, order('Hourly')],
    [400, order('Custom', {}, '5 0 0 * * *')],
    [400, order('Custom', {}, '0 0 * * *')],
    [400, order('Manual', { workers: 0 })],
    [400, order('Manual', { workers: 11 })],
    [400, order('Manual', { workers: '3' })],
    [400, order('Manual', { dry_run: 'true' })],
    [400, order('Manual', { dryRun: true })],
    [400, order('None', { workers: 11 })],
    [400, { ...order('Manual'), surprise: 1 }],
    [422, { ...order('Manual'), parameters: [1] }],
  ])('with %i: %j', async (status, body) => {
    for (const method of ['POST', 'PUT'] as const) {
      expect((await call(method, '/gc/schedule', body)).statusCode).toBe(status);
    }
    expect((await call('GET', '/gc')).json()).toEqual([]);
    expect((await call('GET', '/gc/schedule')).body).toBe('');
  });

  it('are purges without parameters, whatever is asked for', async () => {
    for (const type of ['Manual', 'None', 'Daily']) {
      const answer = await call('POST', '/purgeaudit/schedule', order(type, {}, '0 0 0 * * *'));
      expect(answer.statusCode).toBe(400);
    }
  });

  it.each([
    ['GET', '/gc'],
    ['GET', '/gc/1'],
    ['GET', '/gc/1/log'],
    ['PUT', '/gc/1'],
    ['GET', '/gc/estimate'],
    ['GET', '/gc/schedule'],
    ['POST', '/gc/schedule'],
    ['PUT', '/gc/schedule'],
    ['GET', '/purgeaudit'],
    ['POST', '/purgeaudit/schedule'],
  ] as const)('%s %s to others than administrators', async (method, path) => {
    const body = method === 'GET' ? undefined : order('Manual');
    expect((await call(method, path, body, ann)).statusCode).toBe(403);
    expect((await call(method, path, body, anonymous)).statusCode).toBe(401);
  });
});

describe('the routes', () => {
  it('tell what a collection would free', async () => {
    expect((await call('GET', '/gc/estimate')).json()).toEqual({
      deletable_blobs: 1,
      deletable_bytes: 2,
      held_blobs: 3,
      held_bytes: 4,
      trash_bytes: 5,
    });
  });

  it('record who started and stopped what', async () => {
    const path = await runManually();
    await call('PUT', path);
    const id = path.slice('/gc/'.length);
    expect(recorded).toMatchObject([
      { operation: 'create', resourceType: 'garbage-collection', resource: 'Manual' },
      { operation: 'stop', resourceType: 'garbage-collection', resource: id, username: 'admin' },
    ]);
  });

  it('are described without faults', () => {
    expect(findOpenApiFaults(presentOpenApi(system.routes, { version: '0.1.0' }))).toEqual([]);
  });
});

describe('the schedules of the system', () => {
  it('are made once, and left as an administrator has set them', async () => {
    await system.ensureSchedules();
    const { schedules: made } = await schedules.listSchedules({ offset: 0, limit: 10 });
    const daily = { cronType: 'Custom', cron: '0 0 0 * * *', vendorId: SYSTEM };
    expect(made).toMatchObject([
      { vendorType: 'EXECUTION_SWEEP', ...daily },
      { vendorType: 'SYSTEM_ARTIFACT_CLEANUP', ...daily },
    ]);
    const changed = { ...daily, cronType: 'Custom', cron: '0 30 2 * * *', parameters: {} } as const;
    await schedules.put({ ...changed, vendorType: 'EXECUTION_SWEEP' });
    await system.ensureSchedules();
    expect((await schedules.find('EXECUTION_SWEEP', SYSTEM))?.cron).toBe('0 30 2 * * *');
  });
});

/** @returns the status of the execution, and its log */
async function runSweep(execution: NewExecution) {
  const [id = 0] = await transact(db, (tx) => queue.enqueue(tx, [execution]));
  startWorker(...system.jobs);
  const scope = { vendorTypes: [execution.vendorType], vendorId: SYSTEM };
  const status = async () => (await executions.getExecution(scope, id)).status;
  await eventually(async () => (await status()) !== 'Running').toBe(true);
  const { tasks } = await executions.listTasks(scope, id, { offset: 0, limit: 1 });
  const log = await executions.getTaskLog(scope, tasks[0]?.id ?? 0);
  return { status: await status(), log, message: tasks[0]?.statusMessage };
}

describe('the sweep of executions', () => {
  it('leaves the newest of each kind, and those that go on', async () => {
    const paths: string[] = [];
    for (let count = 0; count < 5; count += 1) paths.push(await runManually());
    for (const path of paths.slice(1)) await call('PUT', path);
    await sql`
      INSERT INTO execution (vendor_type, vendor_id, trigger, start_time)
      VALUES ('IMAGE_SCAN', 3, 'MANUAL', now() - interval '169 h'),
        ('IMAGE_SCAN', 4, 'MANUAL', now() - interval '167 h')`.execute(db);
    const { status, log } = await runSweep(newExecutionSweep('SCHEDULE'));
    expect(status).toBe('Success');
    expect(log).toContain('1 executions without an end closed');
    expect(log).toContain('2 executions deleted');
    const left = (await call('GET', '/gc')).json().map(({ id }: { id: number }) => `/gc/${id}`);
    expect(left).toEqual([paths[4], paths[3], paths[0]]);
  });
});

describe('the cleanup', () => {
  const counted: Cleanup = { name: 'things', run: async () => 3 };

  it('removes everything, and tells how much', async () => {
    const project = await sql<{ id: number }>`
      WITH owner AS (
        INSERT INTO app_user (username, password_hash) VALUES ('owner', 'x') RETURNING id)
      INSERT INTO project (name, owner_id) SELECT 'team', id FROM owner RETURNING id`.execute(db);
    await sql`
      INSERT INTO failed_event (id, type, project_id, payload, occurred_at, failed_at)
      SELECT i, 'x', ${project.rows[0]?.id}::bigint, '{}', now(),
        now() - (i <= 2300)::integer * interval '31 days'
      FROM generate_series(1, 2303) i`.execute(db);
    cleanups.push(counted, { name: 'others', run: async () => undefined });
    system = build();
    const { status, log } = await runSweep(newCleanup('SCHEDULE'));
    expect(status).toBe('Success');
    expect(log).toMatch(/things: 3 removed\n.*others removed\n.*old failed events: 2300 removed/);
    const left = await db.selectFrom('failed_event').select('id').execute();
    expect(left).toHaveLength(3);
  });

  it('goes on after one that fails, and tells which', async () => {
    const broken = { name: 'broken', run: () => Promise.reject(new Error('secret')) };
    cleanups.push(broken, counted);
    system = build();
    const { status, log, message } = await runSweep(newCleanup('SCHEDULE'));
    expect(status).toBe('Error');
    expect(message).toBe('not removed: broken');
    expect(log).toContain('things: 3 removed');
    expect(log).not.toContain('secret');
  });

  it('that is put back by a process that ends is done by another one', async () => {
    const ran: string[] = [];
    const started = Promise.withResolvers<void>();
    let isHeld = true;
    cleanups.push(
      { name: 'a', run: async () => ran.push('a') },
      {
        name: 'b',
        run: (signal) =>
          new Promise((resolve, reject) => {
            if (!isHeld) resolve(ran.push('b'));
            signal.addEventListener('abort', () => reject(new Error('aborted')));
            started.resolve();
          }),
      },
    );
    system = build();
    const worker = startWorker(...system.jobs);
    const running = runSweep(newCleanup('SCHEDULE'));
    await started.promise;
    isHeld = false;
    await Promise.all(workers.splice(0).map((one) => one.stop()));
    await worker.stop();
    startWorker(...system.jobs);
    expect((await running).status).toBe('Success');
    expect(ran).toEqual(['a', 'a', 'b']);
  });
});
