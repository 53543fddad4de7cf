import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withOwnPool } from './database.ts';
import { type Caller, createCaller, waitFor } from './http.ts';
import { holdBarriers } from './jobs-barrier.ts';
import { expectStatus, fillRegistry, TOLD_PROJECT } from './jobs-data.ts';
import { type JobKind, type JobScene, jobKinds, KEPT_WAITING } from './jobs-kinds.ts';
import { compare, type JobsRound, type Outcome, subtract } from './jobs-report.ts';
import { createReceiver, createWebhook, type Receiver } from './receiver.ts';
import { type CrashServer, createCrashServer } from './server.ts';

export interface JobsOptions {
  /** What is killed at once, one registry after the other; all at once unless told. */
  readonly rounds?: readonly (readonly string[])[];
  /** Says that the dead process gave no sign of life for long: saves the 30 s of waiting. */
  readonly isLapsed?: boolean;
  readonly onRound?: (round: JobsRound) => void;
}

const DONE_LIMIT_MS = 90_000;
const AGAIN_LIMIT_MS = 60_000;
/** It would wait for rows that a sweep holds. */
const FIRST = 'DATA_SCRUB';
const run = promisify(execFile);

/**
 * Kills a registry in the middle of its jobs and starts it again. What the jobs did then is held
 * against a copy of the registry in which nobody disturbed them.
 */
export async function runKilledJobs(options: JobsOptions = {}): Promise<JobsRound[]> {
  const rounds = options.rounds ?? [jobKinds.map(({ vendorType }) => vendorType)];
  const receiver = await createReceiver();
  const base = await mkdtemp(join(tmpdir(), 'berth-crash-'));
  const done: JobsRound[] = [];
  try {
    const policy = await prepare(base, receiver);
    for (const [at, names] of rounds.entries()) {
      const chosen = jobKinds.filter(({ vendorType }) => names.includes(vendorType));
      const kinds = chosen.toSorted((one, other) => rank(one) - rank(other));
      const plan = { base, policy, receiver, kinds, database: at % 2 === 1 };
      const round = await runRound(plan, options.isLapsed === true);
      done.push(round);
      options.onRound?.(round);
    }
    return done;
  } finally {
    await receiver.close();
    await rm(base, { recursive: true, force: true });
  }
}

const env = {
  BERTH_EGRESS_NETWORKS: '127.0.0.0/8',
  BERTH_GC_INTERVAL_SECONDS: '0',
  BERTH_GC_LEASE_SECONDS: '1',
  BERTH_GC_UPLOAD_SECONDS: '1',
  BERTH_GC_TRASH_SECONDS: '0',
  BERTH_SCRUB_BYTES_PER_SECOND: '0',
};

function rank({ vendorType }: JobKind): number {
  return vendorType === FIRST ? 0 : 1;
}

async function prepare(dataDir: string, receiver: Receiver): Promise<number> {
  await using server = await createCrashServer({ dataDir, env });
  await server.start();
  const caller = createCaller(server.url);
  const policy = await fillRegistry(server, caller);
  await createWebhook(caller, TOLD_PROJECT, receiver, ['PUSH_ARTIFACT']);
  caller.close();
  return policy;
}

interface Plan {
  readonly base: string;
  readonly policy: number;
  readonly receiver: Receiver;
  readonly kinds: readonly JobKind[];
  readonly database: boolean;
}

async function runRound(plan: Plan, isLapsed: boolean): Promise<JobsRound> {
  const { kinds, database, base } = plan;
  const undisturbed = await withCopy(base, (server) => runUndisturbed(plan, server));
  return withCopy(base, async (server) => {
    const { killed, atKill, readyMs, times } = await runKilled(plan, server, isLapsed);
    const violations = [...compare(kinds, undisturbed, killed)];
    const jobs = kinds.map(({ vendorType }) => {
      const { againMs = Number.NaN, doneMs = Number.NaN } = times.get(vendorType) ?? {};
      if (!(againMs < AGAIN_LIMIT_MS)) violations.push(`${vendorType}: again after ${againMs} ms`);
      const facts = undisturbed.effects.get(vendorType) ?? [];
      const before = atKill.get(vendorType) ?? [];
      return {
        vendorType,
        againMs,
        doneMs,
        facts: facts.length,
        undone: subtract(facts, before).length + subtract(before, facts).length,
        attributes: [
          undisturbed.attributes.get(vendorType) ?? '',
          killed.attributes.get(vendorType) ?? '',
        ] as const,
      };
    });
    return { database, readyMs, jobs, violations };
  });
}

async function withCopy<T>(base: string, work: (server: CrashServer) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-crash-'));
  try {
    // With owners and modes, on which PostgreSQL insists.
    await run('cp', ['-a', `${base}/.`, dataDir]);
    await using server = await createCrashServer({ dataDir, env });
    return await work(server);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function withScene<T>(
  { policy, receiver }: Plan,
  server: CrashServer,
  work: (scene: JobScene) => Promise<T>,
): Promise<T> {
  const caller = createCaller(server.url);
  try {
    return await withOwnPool(server, (pool) => work({ server, caller, pool, policy, receiver }));
  } finally {
    caller.close();
  }
}

async function runUndisturbed(plan: Plan, server: CrashServer): Promise<Outcome> {
  plan.receiver.deliveries.length = 0;
  await server.start();
  const outcome = await withScene(plan, server, async (scene) => {
    for (const kind of plan.kinds) await kind.start(scene);
    await waitFor('all is done', DONE_LIMIT_MS, async () => {
      const states = await Promise.all(plan.kinds.map((kind) => readState(scene, kind)));
      return states.every(({ isDone }) => isDone);
    });
    return readOutcome(plan, scene);
  });
  return { ...outcome, fsck: await check(server) };
}

interface Times {
  readonly againMs?: number;
  readonly doneMs?: number;
}

async function runKilled(plan: Plan, server: CrashServer, isLapsed: boolean) {
  const { kinds, receiver } = plan;
  receiver.deliveries.length = 0;
  await server.start();
  const held = Promise.withResolvers<void>();
  const isTold = kinds.some(({ barrier }) => barrier === undefined);
  receiver.answer = async (index) => {
    if (isTold && index === KEPT_WAITING) await held.promise;
    return 200;
  };
  const atKill = await withScene(plan, server, async (scene) => {
    const barriers = await holdBarriers(
      server,
      kinds.flatMap(({ barrier }) => barrier ?? []),
    );
    for (const kind of kinds) {
      await kind.start(scene);
      if (kind.vendorType === FIRST) await barriers.reached(1);
    }
    await barriers.reached();
    await waitFor('the receiver keeps one waiting', 30_000, () =>
      Promise.resolve(!isTold || receiver.deliveries.length > KEPT_WAITING),
    );
    await waitFor('all jobs are shown as running', 5_000, async () => {
      const running = await listRunning(scene.caller);
      return kinds.every(({ vendorType }) => running.has(vendorType));
    });
    const effects = await listEffects(plan, scene);
    await server.kill({ database: plan.database });
    await barriers.release();
    return effects;
  });
  held.resolve();
  const start = performance.now();
  const readyMs = await server.start();
  return withScene(plan, server, async (scene) => {
    if (isLapsed)
      await scene.pool.query('UPDATE task SET locked_until = now() WHERE status = $1', ['Running']);
    const times = await watch(scene, kinds, start);
    const killed = { ...(await readOutcome(plan, scene)), fsck: '' };
    return { killed: { ...killed, fsck: await check(server) }, atKill, readyMs, times };
  });
}

/** Kinds of which the API shows jobs at work. */
async function listRunning(caller: Caller): Promise<Set<string>> {
  const path = '/api/v2.0/jobservice/pools/all/workers';
  const answer = await expectStatus(caller, ['GET', path], 200);
  const workers: unknown = JSON.parse(answer.body.toString());
  const names = Array.isArray(workers) ? workers.map(({ job_name }) => String(job_name)) : [];
  return new Set(names);
}

async function watch(
  scene: JobScene,
  kinds: readonly JobKind[],
  start: number,
): Promise<Map<string, Times>> {
  const times = new Map<string, Times>();
  await waitFor('all is done again', DONE_LIMIT_MS, async () => {
    for (const kind of kinds) {
      const { isAgain, isDone } = await readState(scene, kind);
      const known = times.get(kind.vendorType) ?? {};
      const now = performance.now() - start;
      times.set(kind.vendorType, {
        ...(isAgain && { againMs: now }),
        ...(isDone && { doneMs: now }),
        ...known,
      });
    }
    return [...times.values()].every(({ doneMs }) => doneMs !== undefined);
  }).catch(() => undefined);
  return times;
}

async function readState({ pool }: JobScene, { vendorType, tasks }: JobKind) {
  const { rows } = await pool.query<{ again: number; done: number }>(
    `SELECT count(*) FILTER (WHERE run_count > 1)::float8 AS again,
       count(*) FILTER (WHERE task.status IN ('Success', 'Error', 'Stopped'))::float8 AS done
     FROM task WHERE vendor_type = $1`,
    [vendorType],
  );
  const { again = 0, done = 0 } = rows[0] ?? {};
  return { isAgain: again > 0, isDone: done >= tasks };
}

async function readOutcome(plan: Plan, scene: JobScene): Promise<Omit<Outcome, 'fsck'>> {
  const attributes = new Map<string, string>();
  for (const { vendorType } of plan.kinds) {
    const { rows } = await scene.pool.query<{ text: string }>(
      `SELECT concat_ws(' ', status, (SELECT string_agg(key || ' ' || value, ', ' ORDER BY key)
         FROM jsonb_each(extra_attrs) WHERE jsonb_typeof(value) = 'number')) AS text
       FROM execution WHERE vendor_type = $1 ORDER BY id DESC LIMIT 1`,
      [vendorType],
    );
    attributes.set(vendorType, rows[0]?.text ?? '');
  }
  return { attributes, effects: await listEffects(plan, scene) };
}

async function listEffects({ kinds }: Plan, scene: JobScene) {
  const effects = new Map<string, readonly string[]>();
  for (const kind of kinds) effects.set(kind.vendorType, await kind.listEffect(scene));
  return effects;
}

async function check(server: CrashServer): Promise<string> {
  await server.stop();
  const { output } = await server.fsck();
  return output.split('\n').find((line) => line.startsWith('checked ')) ?? output;
}
