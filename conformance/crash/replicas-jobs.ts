import { withOwnPool } from './database.ts';
import { type Caller, waitFor, withJson } from './http.ts';
import { holdBarriers } from './jobs-barrier.ts';
import { expectStatus } from './jobs-data.ts';
import type { Replica, Replicas } from './replicas-world.ts';

const ROUND_LIMIT_MS = 20_000;
const DONE_LIMIT_MS = 60_000;
const SCHEDULED = ['GARBAGE_COLLECTION', 'PURGE_AUDIT_LOG', 'SYSTEM_ARTIFACT_CLEANUP'];
const PURGE = '/api/v2.0/system/purgeaudit/schedule';
const GC = '/api/v2.0/system/gc/schedule';
const KEEP_ALL = {
  audit_retention_hour: 240_000,
  include_event_types: 'create_artifact',
  dry_run: true,
};
const DAILY = { type: 'Custom', cron: '0 0 3 * * *' };

/** How often each replica fired. */
export interface Firings {
  readonly rounds: number;
  readonly byReplica: readonly number[];
  readonly violations: readonly string[];
}

/** Makes three schedules due again and again; each must fire once, here or there. */
export async function fireSchedules(replicas: Replicas, rounds: number): Promise<Firings> {
  const { first, second } = replicas;
  const orders = [
    [GC, { schedule: DAILY, parameters: { dry_run: true } }],
    [PURGE, { schedule: DAILY, parameters: KEEP_ALL }],
  ] as const;
  for (const [path, order] of orders) {
    await expectStatus(first.caller, ['POST', path], 201, withJson(order));
  }
  const before = await Promise.all([countFired(first), countFired(second)]);
  const violations = await withOwnPool(first.server, async (pool) => {
    const since = await findNewest(pool);
    const faults: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      await fireOnce(pool);
      const counted = await describeFired(pool, since);
      const wanted = SCHEDULED.map((kind) => `${kind} ${round}`).join();
      if (counted !== wanted) faults.push(`after round ${round}: ${counted}`);
    }
    return [...faults, ...(await findFailed(pool, since))];
  });
  const after = await Promise.all([countFired(first), countFired(second)]);
  const byReplica = after.map((fired, at) => fired - (before[at] ?? 0));
  const fired = byReplica.reduce((sum, one) => sum + one, 0);
  if (fired !== rounds * SCHEDULED.length) violations.push(`both together fired ${fired} times`);
  return { rounds, byReplica, violations };
}

type OwnPool = Parameters<Parameters<typeof withOwnPool>[1]>[0];

async function findNewest(pool: OwnPool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    'SELECT coalesce(max(id), 0)::float8 AS id FROM execution',
  );
  return rows[0]?.id ?? 0;
}

/** Both replicas look at the same instant: they wait for the table until it is let go. */
async function fireOnce(pool: OwnPool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN; LOCK TABLE schedule IN ACCESS EXCLUSIVE MODE');
    const due = 'UPDATE schedule SET next_at = now() WHERE vendor_type = ANY($1)';
    await client.query(due, [SCHEDULED]);
    await waitFor('both replicas look', ROUND_LIMIT_MS, async () => {
      const { rows } = await client.query(
        "SELECT DISTINCT pid FROM pg_locks WHERE relation = 'schedule'::regclass AND NOT granted",
      );
      return rows.length >= 2;
    });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  await waitFor('all schedules have fired', ROUND_LIMIT_MS, async () => {
    const { rows } = await pool.query(
      'SELECT FROM schedule WHERE vendor_type = ANY($1) AND next_at <= now()',
      [SCHEDULED],
    );
    return rows.length === 0;
  });
}

async function describeFired(pool: OwnPool, since: number): Promise<string> {
  const { rows } = await pool.query<{ text: string }>(
    `SELECT vendor_type || ' ' || count(*) AS text FROM execution
     WHERE id > $1 AND trigger = 'SCHEDULE' GROUP BY vendor_type ORDER BY vendor_type`,
    [since],
  );
  return rows.map(({ text }) => text).join();
}

async function findFailed(pool: OwnPool, since: number): Promise<string[]> {
  await waitFor('all runs have ended', DONE_LIMIT_MS, async () => {
    const { rows } = await pool.query(
      "SELECT FROM task WHERE execution_id > $1 AND status IN ('Pending', 'Running')",
      [since],
    );
    return rows.length === 0;
  });
  const { rows } = await pool.query<{ text: string }>(
    `SELECT vendor_type || ' ' || status || ', run ' || run_count AS text FROM task
     WHERE execution_id > $1 AND (status <> 'Success' OR run_count <> 1)`,
    [since],
  );
  return rows.map(({ text }) => `a task ended as ${text}`);
}

async function countFired({ caller }: Replica): Promise<number> {
  const answer = await expectStatus(caller, ['GET', '/metrics'], 200);
  const line = /^berth_schedule_firings_total\{outcome="fired"\} (\d+)/m.exec(
    answer.body.toString(),
  );
  return Number(line?.[1] ?? 0);
}

interface Pool {
  readonly worker_pool_id: string;
  readonly pid: number;
}

async function readList<T>(caller: Caller, path: string): Promise<T[]> {
  const answer = await expectStatus(caller, ['GET', `/api/v2.0${path}`], 200);
  return JSON.parse(answer.body.toString());
}

/** Both replicas must show both. @returns what is wrong */
export async function checkPools({ first, second }: Replicas): Promise<string[]> {
  const wanted = [first, second].map(({ server }) => server.pid()).toSorted(ascending);
  const shown = await Promise.all(
    [first, second].map(async ({ caller }) => {
      const pools = await readList<Pool>(caller, '/jobservice/pools');
      return pools.map(({ pid }) => pid).toSorted(ascending);
    }),
  );
  return shown
    .filter((pids) => pids.join() !== wanted.join())
    .map((pids) => `pools of ${pids.join()} are shown, and ${wanted.join()} run`);
}

function ascending(one: number, other: number): number {
  return one - other;
}

/** Runs of a kind that is not paused show that both looked for work meanwhile. */
const FENCES = 12;

/** Pauses a queue through one, fills it through both, resumes it through the other. */
export async function checkPause({ first, second }: Replicas): Promise<string[]> {
  const violations: string[] = [];
  const path = '/api/v2.0/jobservice/queues/PURGE_AUDIT_LOG';
  const order = { schedule: { type: 'Manual' }, parameters: KEEP_ALL };
  await expectStatus(first.caller, ['PUT', path], 200, withJson({ action: 'pause' }));
  await withOwnPool(first.server, async (pool) => {
    const since = await findNewest(pool);
    const count = async (kind: string, condition: string) => {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT count(*)::float8 AS count FROM task
         WHERE execution_id > $1 AND vendor_type = $2 AND ${condition}`,
        [since, kind],
      );
      return rows[0]?.count ?? 0;
    };
    for (const { caller } of [second, first, second]) {
      await expectStatus(caller, ['POST', PURGE], 201, withJson(order));
    }
    const fence = { schedule: { type: 'Manual' }, parameters: { dry_run: true } };
    for (let at = 0; at < FENCES; at += 1) {
      const { caller } = at % 2 === 0 ? first : second;
      await expectStatus(caller, ['POST', GC], 201, withJson(fence));
      const isOver = async () => (await count('GARBAGE_COLLECTION', "status = 'Success'")) > at;
      await waitFor('other queues go on', ROUND_LIMIT_MS, isOver);
    }
    const begun = await count('PURGE_AUDIT_LOG', 'run_count > 0');
    if (begun > 0) violations.push(`${begun} tasks of a paused queue were begun`);
    for (const { caller } of [first, second]) {
      const queues = await readList<{ job_type: string; paused: boolean; count: number }>(
        caller,
        '/jobservice/queues',
      );
      const purges = queues.find(({ job_type }) => job_type === 'PURGE_AUDIT_LOG');
      if (purges?.paused !== true || purges.count !== 3) {
        violations.push(`the paused queue is shown as ${JSON.stringify(purges)}`);
      }
    }
    await expectStatus(second.caller, ['PUT', path], 200, withJson({ action: 'resume' }));
    await waitFor('the queue goes on', ROUND_LIMIT_MS, async () => {
      return (await count('PURGE_AUDIT_LOG', "status = 'Success'")) === 3;
    });
  });
  return violations;
}

export interface HandOver {
  /** From the kill until another one ran it, and until it was done, in ms. */
  readonly againMs: number;
  readonly doneMs: number;
  readonly violations: readonly string[];
}

const OLD_ENTRIES = 12_000;
const AT = 7_000;

/** Kills whichever replica is in the middle of a purge; the other one must end it. */
export async function handOver(replicas: Replicas): Promise<HandOver> {
  const { first, second } = replicas;
  return withOwnPool(first.server, async (pool) => {
    await pool.query(
      `INSERT INTO audit_log (operation, resource_type, resource, username, occurred_at)
       SELECT 'create', 'artifact', 'old', 'admin', now() - interval '40 days'
       FROM generate_series(1, ${OLD_ENTRIES})`,
    );
    const barrier = { table: 'audit_log', operation: 'DELETE', nth: AT };
    const held = await holdBarriers(first.server, [barrier]);
    const parameters = { ...KEEP_ALL, audit_retention_hour: 24, dry_run: false };
    const order = withJson({ schedule: { type: 'Manual' }, parameters });
    const { headers } = await expectStatus(first.caller, ['POST', PURGE], 201, order);
    const execution = Number(headers.location?.split('/').at(-1));
    await held.reached();
    const victim = await findWorker(replicas);
    const other = victim === first ? second : first;
    await victim.server.kill();
    const start = performance.now();
    await held.release();
    const readTask = async () => {
      const { rows } = await pool.query<{ runs: number; status: string }>(
        'SELECT run_count::float8 AS runs, status FROM task WHERE execution_id = $1',
        [execution],
      );
      return rows[0] ?? { runs: 0, status: '' };
    };
    const again = async () => (await readTask()).runs > 1;
    await waitFor('the other one takes the job', DONE_LIMIT_MS, again);
    const againMs = performance.now() - start;
    const done = async () => (await readTask()).status === 'Success';
    await waitFor('the job is done', DONE_LIMIT_MS, done);
    const doneMs = performance.now() - start;
    const { rows } = await pool.query("SELECT FROM audit_log WHERE resource = 'old' LIMIT 1");
    const violations = rows.length > 0 ? ['old entries are left'] : [];
    const log = await expectStatus(
      other.caller,
      ['GET', PURGE.replace('schedule', `${execution}/log`)],
      200,
    );
    if (!log.body.toString().includes('Purged')) violations.push('the log does not tell of it');
    await victim.server.start();
    return { againMs, doneMs, violations };
  });
}

/** The replica that the API shows at work. */
async function findWorker({ first, second }: Replicas): Promise<Replica> {
  const pools = await readList<Pool>(first.caller, '/jobservice/pools');
  const workers = await readList<{ pool_id: string; job_name?: string }>(
    second.caller,
    '/jobservice/pools/all/workers',
  );
  const busy = workers.find(({ job_name }) => job_name === 'PURGE_AUDIT_LOG');
  const pid = pools.find(({ worker_pool_id }) => worker_pool_id === busy?.pool_id)?.pid;
  const found = [first, second].find(({ server }) => server.pid() === pid);
  if (found === undefined) throw new Error(`nobody is shown at work: ${JSON.stringify(workers)}`);
  return found;
}
