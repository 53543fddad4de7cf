import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, mediaType } from '@berth/oci';
import { checkDeliveries, findUntold } from './deliveries.ts';
import { createProject, waitFor } from './http.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createReceiver, createWebhook, type Receiver } from './receiver.ts';
import { createCrashServer } from './server.ts';
import { openSession, type Session, write } from './session.ts';

export interface BacklogOptions {
  readonly events: number;
  /** How long the receiver is down, and then slow, at least; in ms. */
  readonly downMs: number;
  readonly slowMs: number;
  /** How long the rest may take, in ms. */
  readonly drainLimitMs: number;
}

export interface BacklogReport {
  readonly pushes: number;
  /** Of pushes, in ms: while the receiver was there, down and slow. */
  readonly latencies: Readonly<Record<Phase, Latency>>;
  readonly deliveries: number;
  /** Deliveries that were taken although they had been before, marked as retries. */
  readonly takenAgain: number;
  /** From the moment that the receiver is well until it has everything, in ms. */
  readonly drainedMs: number;
  readonly seconds: number;
  /** Of the server's process, in MiB: before, at most, and in the end. */
  readonly rssMb: { readonly before: number; readonly peak: number; readonly after: number };
  readonly violations: readonly string[];
}

type Phase = 'well' | 'down' | 'slow';
interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

const PROJECT = 'hooks';
const REPOSITORIES = Array.from({ length: 20 }, (_, index) => `${PROJECT}/r${index}`);
const PUSHERS = 8;
const SLOW_MS = 100;
const config = Buffer.from('{}');

/** Pushes while the one who is told of it is down, then slow, and then well. */
export async function runBacklog(options: BacklogOptions): Promise<BacklogReport> {
  const facts = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
  const receiver = await createReceiver();
  await using server = await createCrashServer({ env: { BERTH_EGRESS_NETWORKS: '127.0.0.0/8' } });
  const ledger = await createLedger(join(facts, 'facts.jsonl'));
  await server.start();
  const session = openSession(server.url, ledger);
  try {
    await prepare(session, receiver);
    const load = createLoad(session);
    const start = performance.now();
    const well = await load(Math.ceil(options.events / 10), 0);
    const memory = watchMemory(server.pid());
    await receiver.close();
    const down = await load(Math.floor(options.events / 2), options.downMs);
    receiver.answer = () => delay(SLOW_MS, 200);
    await receiver.open();
    const slow = await load(options.events - well.count - down.count, options.slowMs);
    receiver.answer = () => 200;
    const drainedMs = await drain(ledger, receiver, options.drainLimitMs);
    const pushes = ledger.acknowledged;
    return {
      pushes,
      latencies: { well, down, slow },
      deliveries: receiver.deliveries.length,
      takenAgain: receiver.deliveries.filter(({ status }) => status === 200).length - pushes,
      drainedMs,
      seconds: (performance.now() - start) / 1000,
      rssMb: await memory(),
      violations: [
        ...session.violations,
        ...receiver.oddities.map((text) => `the receiver got ${text}`),
        ...checkDeliveries(ledger.told(), receiver.deliveries),
      ],
    };
  } finally {
    session.caller.close();
    await receiver.close();
    await ledger.close();
    await rm(facts, { recursive: true, force: true });
  }
}

async function prepare({ caller }: Session, receiver: Receiver): Promise<void> {
  await createProject(caller, PROJECT);
  await createWebhook(caller, PROJECT, receiver, ['PUSH_ARTIFACT']);
  for (const repository of REPOSITORIES) {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(config)}`;
    const answer = await caller.call('POST', path, { body: config });
    if (answer.status !== 201) throw new Error(`no blob: ${answer.status}`);
  }
}

/** Gives what pushes `count` manifests, spread over `atLeastMs`, and tells how long they took. */
function createLoad(session: Session): (count: number, atLeastMs: number) => Promise<Latency> {
  let number = 0;
  return async (count, atLeastMs) => {
    const latencies: number[] = [];
    const begun = performance.now();
    const end = number + count;

    async function work(): Promise<void> {
      while (number < end) {
        number += 1;
        const due = begun + (1 - (end - number) / count) * atLeastMs;
        await delay(Math.max(0, due - performance.now()));
        const start = performance.now();
        await pushManifest(session, number);
        latencies.push(performance.now() - start);
      }
    }

    await Promise.all(Array.from({ length: PUSHERS }, work));
    const sorted = latencies.toSorted((left, right) => left - right);
    const percentile = (part: number) => sorted[Math.floor(sorted.length * part)] ?? 0;
    return { count: sorted.length, p50: percentile(0.5), p99: percentile(0.99) };
  };
}

async function pushManifest(session: Session, number: number): Promise<void> {
  const repository = REPOSITORIES[number % REPOSITORIES.length] ?? '';
  const descriptor = {
    mediaType: mediaType.ociConfig,
    digest: digestOf(config),
    size: config.length,
  };
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: descriptor,
      layers: [],
      annotations: { number: String(number) },
    }),
  );
  await write(session, {
    fact: { op: 'put', repository, digest: digestOf(body), event: 'PUSH_ARTIFACT' },
    changes: [],
    method: 'PUT',
    path: `/v2/${repository}/manifests/t${number}`,
    call: { headers: { 'content-type': mediaType.ociManifest }, body },
    success: 201,
    refusals: [],
  });
}

/** Resolves after so many ms, or at the limit. */
function drain(ledger: Ledger, { deliveries }: Receiver, limitMs: number): Promise<number> {
  return waitFor('all events are told', limitMs, async () => {
    if (deliveries.length < ledger.acknowledged) return false;
    return findUntold(ledger.told(), deliveries).length === 0;
  }).catch(() => limitMs);
}

/** Looks at a process's memory now and then; gives what ends that. Linux only, zeros elsewhere. */
function watchMemory(pid: number): () => Promise<BacklogReport['rssMb']> {
  const seen: number[] = [];
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    seen.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
  };
  void look();
  const timer = setInterval(() => void look(), 200);
  return async () => {
    clearInterval(timer);
    await look();
    return { before: seen[0] ?? 0, peak: Math.max(...seen), after: seen.at(-1) ?? 0 };
  };
}

export function describeBacklog(report: BacklogReport): string {
  const { pushes, latencies, deliveries, takenAgain, drainedMs, seconds, rssMb } = report;
  const lines = Object.entries(latencies).map(
    ([phase, { count, p50, p99 }]) =>
      `  receiver ${phase}: ${count} pushes, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  );
  return [
    `${pushes} pushes in ${seconds.toFixed(0)} s, ${deliveries} deliveries, ${takenAgain} taken again`,
    ...lines,
    `  all told ${(drainedMs / 1000).toFixed(1)} s after the receiver was well`,
    `  RSS ${rssMb.before.toFixed(0)} MiB before, ${rssMb.peak.toFixed(0)} at most, ${rssMb.after.toFixed(0)} after`,
    ...report.violations.slice(0, 20).map((text) => `  ${text}`),
    `${report.violations.length} violations`,
  ].join('\n');
}
