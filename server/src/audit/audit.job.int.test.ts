import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import {
  createExecutions,
  createJobQueue,
  createJobWorker,
  type Executions,
  type Job,
  type JobWorker,
} from '../jobs/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { createPurgeJob, newPurge, type PurgeParameters } from './audit.job.ts';
import { createAuditRepository } from './audit.repository.ts';
import { type AuditService, createAuditService } from './audit.service.ts';

let database: TestDatabase;
let pool: ReturnType<typeof openPool>;
let db: Database;
let audit: AuditService;
let executions: Executions;
const workers: JobWorker[] = [];
const queue = createJobQueue();
const scope = { vendorTypes: ['PURGE_AUDIT_LOG'], vendorId: -1 } as const;
const all = { offset: 0, limit: 10 };
/** The entries are older. */
const now = () => Date.UTC(2026, 0, 1);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connection: database.connection, poolSize: 4, log: quietLog });
  db = createDatabase(pool);
  const listProjectIds = () => Promise.resolve([]);
  audit = createAuditService({ rows: createAuditRepository(db), listProjectIds });
  executions = createExecutions(db, (ids) => workers.forEach((worker) => worker.abort(ids)));
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('TRUNCATE audit_log, execution CASCADE');
  // 12,000 pulls and 8,000 pushes in four days, a third of them within the last 33 hours.
  await pool.query(
    `INSERT INTO audit_log (operation, resource_type, resource, username, occurred_at)
     SELECT CASE WHEN i % 5 < 3 THEN 'pull' ELSE 'create' END, 'artifact', 'r' || i, 'u',
       timestamptz '2026-01-01' - interval '4 days' + i * interval '17.28 s'
     FROM generate_series(0, 19999) i`,
  );
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

const parameters: PurgeParameters = {
  audit_retention_hour: 48,
  include_event_types: 'pull_artifact',
  dry_run: false,
};

async function enqueue(changes: Partial<PurgeParameters> = {}): Promise<number> {
  const planned = newPurge({ ...parameters, ...changes }, 'MANUAL');
  const [id = 0] = await transact(db, (tx) => queue.enqueue(tx, [planned]));
  return id;
}

function startWorker(job: Job = createPurgeJob(audit, now)): JobWorker {
  const timing = { heartbeatMs: 20, pollMs: 10, graceMs: 1_000 };
  const worker = createJobWorker({
    db,
    jobs: [job],
    log: quietLog,
    metrics: createMetrics(),
    timing,
  });
  workers.push(worker);
  worker.start();
  return worker;
}

/** A purge that waits after its first transaction until it is aborted. */
function pausingJob() {
  const paused = Promise.withResolvers<void>();
  const job = createPurgeJob(
    {
      async purge(purge) {
        const { signal } = purge;
        const aborted = new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => resolve());
        });
        const first = new AbortController();
        await audit.purge({ ...purge, signal: first.signal, onProgress: () => first.abort() });
        paused.resolve();
        await aborted;
        return 0;
      },
    },
    now,
  );
  return { job, paused: paused.promise };
}

const statusOf = async (id: number) => (await executions.getExecution(scope, id)).status;
const waitFor = (id: number) => expect.poll(() => statusOf(id), { timeout: 20_000, interval: 10 });

async function logOf(id: number): Promise<string> {
  const { tasks } = await executions.listTasks(scope, id, all);
  return executions.getTaskLog(scope, tasks[0]?.id ?? 0);
}

async function counts() {
  const { rows } = await pool.query<{ operation: string; count: number }>(
    'SELECT operation, count(*)::int AS count FROM audit_log GROUP BY operation',
  );
  return Object.fromEntries(rows.map(({ operation, count }) => [operation, count]));
}

const untouched = { pull: 12_000, create: 8_000 };
const purged = { pull: 6_000, create: 8_000 };

describe('a purge of the audit log', () => {
  it('deletes what is old and of the types, and tells how much', async () => {
    const id = await enqueue();
    startWorker();
    await waitFor(id).toBe('Success');
    expect(await counts()).toEqual(purged);
    expect(await logOf(id)).toContain(
      'Purged 6000 audit logs from before 2025-12-30T00:00:00.000Z',
    );
    const { extraAttrs, trigger } = await executions.getExecution(scope, id);
    expect(extraAttrs).toEqual({ ...parameters, purged_entries: 6_000 });
    expect(trigger).toBe('MANUAL');
  });

  it.each([
    ['a dry run', { dry_run: true }, '[DRYRUN] Purged 6000 audit logs'],
    ['a retention of 0 hours', { audit_retention_hour: 0 }, 'keeps everything'],
    ['no event type', { include_event_types: '' }, 'no event type is chosen'],
  ])('with %s deletes nothing', async (_what, changes, line) => {
    const id = await enqueue(changes);
    startWorker();
    await waitFor(id).toBe('Success');
    expect(await counts()).toEqual(untouched);
    expect(await logOf(id)).toContain(line);
  });

  it('that is stopped in the middle is Stopped, and the next one does the rest', async () => {
    const { job, paused } = pausingJob();
    const first = await enqueue();
    const second = await enqueue();
    const worker = startWorker(job);
    await paused;
    expect((await counts())['pull']).toBe(9_000);
    await executions.stopExecution(scope, first);
    await waitFor(first).toBe('Stopped');
    await worker.stop();
    startWorker();
    await waitFor(second).toBe('Success');
    expect(await counts()).toEqual(purged);
  });

  it('whose process ends in the middle is done by another one', async () => {
    const { job, paused } = pausingJob();
    const id = await enqueue();
    const worker = startWorker(job);
    await paused;
    await worker.stop();
    expect(await statusOf(id)).toBe('Running');
    expect((await counts())['pull']).toBe(9_000);
    startWorker();
    await waitFor(id).toBe('Success');
    expect(await counts()).toEqual(purged);
  });

  it('runs one after the other', async () => {
    const { job, paused } = pausingJob();
    await enqueue();
    const second = await enqueue();
    startWorker(job);
    startWorker(job);
    await paused;
    const { tasks } = await executions.listTasks(scope, second, all);
    expect(tasks[0]?.status).toBe('Pending');
  });
});
