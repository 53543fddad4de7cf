import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCaller, createProject } from './http.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { runLoad } from './load.ts';
import { createRandom, type Random } from './random.ts';
import { type CrashServer, createCrashServer } from './server.ts';
import { openSession } from './session.ts';
import { verify } from './verification.ts';
import { CRASH_PROJECT, createWorld, type World } from './world.ts';

export interface Round {
  readonly number: number;
  /** Whether PostgreSQL was killed with the server. */
  readonly database: boolean;
  readonly killedAfterMs: number;
  readonly readyMs: number;
  /** Facts acknowledged before the kill, and requests that it cut. */
  readonly acknowledged: number;
  readonly doubts: number;
  readonly verified: number;
  readonly staged: number;
  readonly violations: readonly string[];
}

export interface KillReport {
  readonly rounds: readonly Round[];
  readonly fsck: { readonly code: number | null; readonly output: string };
}

export interface KillOptions {
  readonly rounds: number;
  readonly seed: string;
  readonly onRound?: (round: Round) => void;
}

/** The longest a registry may need to come back, in ms, on a machine with a processor to spare. */
const READY_LIMIT_MS = 5_000;
/** Reading everything back costs more each time; in between only what was written to is read. */
const FULL_EVERY = 20;

/** Kills a loaded registry again and again, and each time reads back what it acknowledged. */
export async function runKills({ rounds, seed, onRound }: KillOptions): Promise<KillReport> {
  const facts = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
  await using server = await createCrashServer();
  const ledger = await createLedger(join(facts, 'facts.jsonl'));
  const world = createWorld(seed);
  const random = createRandom(seed);
  const done: Round[] = [];
  try {
    await server.start();
    const caller = createCaller(server.url);
    await createProject(caller, CRASH_PROJECT);
    caller.close();
    let cut = 0;
    for (let number = 1; number <= rounds; number += 1) {
      const isFull = number % FULL_EVERY === 0 || number === rounds;
      const parts = { server, ledger, world, random: random.fork(`round-${number}`) };
      const round = await runRound(parts, { number, isFull, cut });
      cut += round.doubts;
      done.push(round);
      onRound?.(round);
    }
    await server.stop();
    return { rounds: done, fsck: await server.fsck() };
  } finally {
    await ledger.close();
    await rm(facts, { recursive: true, force: true });
  }
}

interface Parts {
  readonly server: CrashServer;
  readonly ledger: Ledger;
  readonly world: World;
  readonly random: Random;
}

async function runRound(
  { server, ledger, world, random }: Parts,
  { number, isFull, cut }: { number: number; isFull: boolean; cut: number },
): Promise<Round> {
  const killedAfterMs = random.between(50, 1500);
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
  after.caller.close();

  const violations = [...session.violations, ...after.violations];
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

/** One line about a round, and one for each violation. */
export function describeRound(round: Round): string {
  const { violations } = round;
  const head = [
    `round ${round.number}: ${violations.length === 0 ? 'ok' : 'FAILED'}`,
    `${round.database ? 'server and PostgreSQL' : 'server'} killed after ${round.killedAfterMs} ms`,
    `ready in ${Math.round(round.readyMs)} ms`,
    `${round.acknowledged} acknowledged`,
    `${round.doubts} cut`,
    `${round.verified} verified`,
    `${round.staged} staged`,
  ];
  return [head.join(', '), ...violations.map((text) => `  ${text}`)].join('\n');
}
