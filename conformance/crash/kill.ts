import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkAccounts } from './accounts.ts';
import { checkDeliveries, findUntold } from './deliveries.ts';
import { createCaller, createProject, waitFor } from './http.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { runLoad } from './load.ts';
import { createRandom, type Random } from './random.ts';
import { createReceiver, createWebhook, type Receiver } from './receiver.ts';
import { type CrashServer, createCrashServer } from './server.ts';
import { openSession } from './session.ts';
import { verify } from './verification.ts';
import { CRASH_PROJECT, createWorld, LIMITED_PROJECT, type World } from './world.ts';

export interface Round {
  readonly number: number;
  /** Whether PostgreSQL was killed with the server. */
  readonly database: boolean;
  readonly killedAfterMs: number;
  readonly readyMs: number;
  /** Facts acknowledged before the kill, and requests that it cut. */
  readonly acknowledged: number;
  readonly doubts: number;
  /** Requests that the quota refused. */
  readonly denials: number;
  readonly verified: number;
  readonly staged: number;
  readonly violations: readonly string[];
}

/** What the receiver of webhooks was told, over all rounds. */
export interface Told {
  /** Acknowledged operations that it had to be told of. */
  readonly expected: number;
  readonly deliveries: number;
  /** Deliveries that came again, marked as such. */
  readonly retries: number;
  /** From the last kill until it had all, in ms. */
  readonly drainedMs: number;
  readonly violations: readonly string[];
}

export interface KillReport {
  readonly rounds: readonly Round[];
  readonly told: Told;
  readonly fsck: { readonly code: number | null; readonly output: string };
}

export interface KillOptions {
  readonly rounds: number;
  readonly seed: string;
  /** The longest life of the server, in ms; 1.5 s unless told. */
  readonly lifeMs?: number | undefined;
  readonly onRound?: (round: Round) => void;
}

const LIFE_MS = 1_500;
/** The longest a registry may need to come back, in ms, on a machine with a processor to spare. */
const READY_LIMIT_MS = 5_000;
/** Reading everything back costs more each time; in between only what was written to is read. */
const FULL_EVERY = 20;

/** Small enough to be full after some rounds. */
const LIMIT_BYTES = 8 * 1024 * 1024;
/** Deliveries under way at a kill are taken up by others after 30 s, and tried again after 1 s. */
const TOLD_LIMIT_MS = 120_000;

/**
 * Kills a loaded registry again and again, and each time reads back what it acknowledged, and
 * holds the quotas against it. In the end somebody must have been told of all of it.
 */
export async function runKills({
  rounds,
  seed,
  lifeMs = LIFE_MS,
  onRound,
}: KillOptions): Promise<KillReport> {
  const facts = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
  const receiver = await createReceiver();
  await using server = await createCrashServer({
    env: { BERTH_EGRESS_NETWORKS: '127.0.0.0/8' },
  });
  const ledger = await createLedger(join(facts, 'facts.jsonl'));
  const world = createWorld(seed, { withLimited: true });
  const random = createRandom(seed);
  const mood = random.fork('receiver');
  // Not always well, nor quick.
  receiver.answer = async () => {
    if (mood.chance(0.1)) await delay(mood.between(5, 100));
    return mood.chance(0.02) ? 503 : 200;
  };
  const done: Round[] = [];
  try {
    await server.start();
    await prepare(server, receiver);
    let cut = 0;
    for (let number = 1; number <= rounds; number += 1) {
      const isFull = number % FULL_EVERY === 0 || number === rounds;
      const parts = { server, ledger, world, random: random.fork(`round-${number}`) };
      const round = await runRound(parts, { number, isFull, cut, lifeMs });
      cut += round.doubts;
      done.push(round);
      onRound?.(round);
    }
    const told = await collectTold(ledger, receiver);
    await server.stop();
    return { rounds: done, told, fsck: await server.fsck() };
  } finally {
    await receiver.close();
    await ledger.close();
    await rm(facts, { recursive: true, force: true });
  }
}

async function prepare({ url }: CrashServer, receiver: Receiver): Promise<void> {
  const caller = createCaller(url);
  await createProject(caller, CRASH_PROJECT);
  await createProject(caller, LIMITED_PROJECT, LIMIT_BYTES);
  for (const project of [CRASH_PROJECT, LIMITED_PROJECT]) {
    await createWebhook(caller, project, receiver, ['PUSH_ARTIFACT', 'DELETE_ARTIFACT']);
  }
  caller.close();
}

async function collectTold(ledger: Ledger, { deliveries, oddities }: Receiver): Promise<Told> {
  const operations = ledger.told();
  const isComplete = async () => findUntold(operations, deliveries).length === 0;
  const drainedMs = await waitFor('all events are told', TOLD_LIMIT_MS, isComplete).catch(
    () => TOLD_LIMIT_MS,
  );
  return {
    expected: operations.filter(({ isAcknowledged }) => isAcknowledged).length,
    deliveries: deliveries.length,
    retries: deliveries.filter(({ attempt }) => attempt > 1).length,
    drainedMs,
    violations: [
      ...oddities.map((text) => `the receiver got ${text}`),
      ...checkDeliveries(operations, deliveries),
    ],
  };
}

interface Parts {
  readonly server: CrashServer;
  readonly ledger: Ledger;
  readonly world: World;
  readonly random: Random;
}

interface Plan {
  readonly number: number;
  readonly isFull: boolean;
  /** Requests cut in the rounds before. */
  readonly cut: number;
  readonly lifeMs: number;
}

async function runRound(
  { server, ledger, world, random }: Parts,
  { number, isFull, cut, lifeMs }: Plan,
): Promise<Round> {
  const killedAfterMs = random.between(50, lifeMs);
  const database = number % 2 === 0;
  const before = ledger.acknowledged;
  const life = new AbortController();
  const session = openSession(server.url, ledger, {
    signal: life.signal,
    trouble: () => (life.signal.aborted ? 'server' : 'none'),
  });
  const load = runLoad({ session, world, random: random.fork('load') });
  await Promise.race([delay(killedAfterMs), load]);
  life.abort();
  await server.kill({ database });
  await load;
  session.caller.close();
  const acknowledged = ledger.acknowledged - before;

  const readyMs = await server.start();
  ledger.settle();
  const after = openSession(server.url, ledger);
  const verified = await verify({ session: after, world, isFull });
  const accounts = await checkAccounts(server, after.caller);
  after.caller.close();

  const violations = [...session.violations, ...after.violations, ...accounts];
  const staged = (await readdir(join(server.dataDir, 'registry', 'uploads'))).length;
  const doubts = session.doubts.count;
  if (readyMs > readyLimit()) violations.push(`ready only after ${Math.round(readyMs)} ms`);
  if (staged > cut + doubts) violations.push(`${staged} staged files, but ${cut + doubts} cuts`);
  return {
    number,
    database,
    killedAfterMs,
    readyMs,
    acknowledged,
    doubts,
    denials: session.denials.count,
    verified,
    staged,
    violations,
  };
}

/** Others may use the machine at the same time; then everything takes that much longer. */
function readyLimit(): number {
  const [load = 0] = loadavg();
  return READY_LIMIT_MS * Math.max(1, load / availableParallelism());
}

/** One line about the webhooks, and one for each violation. */
export function describeTold(told: Told): string {
  const { expected, deliveries, retries, drainedMs, violations } = told;
  const head = [
    `webhooks: ${violations.length === 0 ? 'ok' : 'FAILED'}`,
    `${expected} events to be told`,
    `${deliveries} deliveries`,
    `${retries} of them retries`,
    `complete ${Math.round(drainedMs / 1000)} s after the last kill`,
  ];
  return [head.join(', '), ...violations.map((text) => `  ${text}`)].join('\n');
}

/** One line about a round, and one for each violation. */
export function describeRound(round: Round): string {
  const { violations } = round;
  const head = [
    `round ${round.number}: ${violations.length === 0 ? 'ok' : 'FAILED'}`,
    `${round.database ? 'server and PostgreSQL' : 'server'} killed after ${round.killedAfterMs} ms`,
    `ready in ${Math.round(round.readyMs)} ms`,
    `${round.acknowledged} acknowledged`,
    `${round.doubts} cut`,
    `${round.denials} denied`,
    `${round.verified} verified`,
    `${round.staged} staged`,
  ];
  return [head.join(', '), ...violations.map((text) => `  ${text}`)].join('\n');
}
