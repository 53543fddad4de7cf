import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkAccounts } from './accounts.ts';
import { type Garbage, listUploads, waitForCollection } from './gc-garbage.ts';
import { removeImages, removeRepository, runGcLoad } from './gc-load.ts';
import { each, type Verified, verifyImages } from './gc-oracle.ts';
import { createScene, GC_PROJECTS, type Scene, type Tally } from './gc-scene.ts';
import { createCaller, createProject, waitFor, withJson } from './http.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createRandom, type Random } from './random.ts';
import { type CrashServer, createCrashServer } from './server.ts';
import { openSession, type Session } from './session.ts';

export interface GcOptions {
  readonly seconds: number;
  readonly pushers: number;
  readonly deleters: number;
  /** Seconds of each life of server and PostgreSQL; they are never killed without. */
  readonly killEvery?: number | undefined;
  readonly leaseSeconds: number;
  readonly uploadSeconds: number;
  /** The longest to wait for the collector in the end. */
  readonly collectSeconds: number;
  /** The part of the garbage, from 0 to 1, that need not be waited beyond; all unless told. */
  readonly enough?: number;
  readonly seed: string;
  readonly onLine?: (line: string) => void;
}

export interface GcReport {
  readonly tally: Tally;
  readonly acknowledged: number;
  readonly doubts: number;
  readonly kills: number;
  /** Images that were there at the end of the load, and those of them that were kept. */
  readonly live: number;
  readonly kept: number;
  readonly garbage: Garbage;
  readonly fsck: { readonly code: number | null; readonly summary: string };
  readonly violations: readonly string[];
  /** The last of the server's log, for those who look for the cause. */
  readonly log: string;
}

interface Run {
  readonly options: GcOptions;
  readonly server: CrashServer;
  readonly ledger: Ledger;
  readonly scene: Scene;
  readonly random: Random;
  readonly violations: string[];
  doubts: number;
}

/** Of the images that are there in the end, each of this many is kept where not all go. */
const KEEP_EVERY = 3;
/** Of fsck's lines these are shown. */
const FAULTS = 20;

/**
 * Loads a registry whose collector runs every second, in one life or many. Everything that it
 * acknowledged must be there at any time; what nobody needs must be gone in the end.
 */
export async function runGc(options: GcOptions): Promise<GcReport> {
  const facts = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
  await using server = await createCrashServer({ env: settingsOf(options) });
  const ledger = await createLedger(join(facts, 'facts.jsonl'));
  const random = createRandom(options.seed);
  const times = { leaseMs: options.leaseSeconds * 1000, uploadMs: options.uploadSeconds * 1000 };
  const scene = createScene(options.seed, random.fork('scene'), ledger, times);
  const run: Run = { options, server, ledger, scene, random, violations: [], doubts: 0 };
  try {
    await server.start();
    await prepare(server);
    const kills = await loadInLives(run);
    const { before, after, garbage } = await settleAll(run);
    if (kills === 0) run.violations.push(...(await findFailedRuns(server)));
    await server.stop();
    return {
      tally: scene.tally,
      acknowledged: ledger.acknowledged,
      doubts: run.doubts,
      kills,
      live: before.images,
      kept: after.images,
      garbage,
      fsck: await check(run),
      violations: run.violations,
      log: server.log(),
    };
  } finally {
    await ledger.close();
    await rm(facts, { recursive: true, force: true });
  }
}

function settingsOf({ leaseSeconds, uploadSeconds }: GcOptions): Record<string, string> {
  return {
    BERTH_GC_INTERVAL_SECONDS: '1',
    BERTH_GC_LEASE_SECONDS: String(leaseSeconds),
    BERTH_GC_UPLOAD_SECONDS: String(uploadSeconds),
    BERTH_GC_TRASH_SECONDS: '1',
  };
}

async function prepare({ url }: CrashServer): Promise<void> {
  const caller = createCaller(url);
  for (const project of GC_PROJECTS) await createProject(caller, project);
  const answer = await caller.call(
    'PUT',
    '/api/v2.0/configurations',
    withJson({ undelete_days: 0 }),
  );
  if (answer.status !== 200) throw new Error(`not configured: ${answer.body.toString()}`);
  caller.close();
}

/** @returns how often it was killed */
async function loadInLives(run: Run): Promise<number> {
  const { options, server, ledger } = run;
  const end = performance.now() + options.seconds * 1000;
  for (let life = 0; ; life += 1) {
    const left = end - performance.now();
    const span = Math.min(left, (options.killEvery ?? Number.POSITIVE_INFINITY) * 1000);
    const isLast = span >= left;
    const over = new AbortController();
    const session = openSession(server.url, ledger, {
      signal: over.signal,
      trouble: () => (over.signal.aborted && !isLast ? 'server' : 'none'),
    });
    // So that not all ask at once whether the password is right, which is refused.
    await session.caller.call('GET', '/v2/');
    const random = run.random.fork(`life-${life}`);
    const { pushers, deleters } = options;
    const load = runGcLoad({ session, scene: run.scene, random, pushers, deleters });
    await Promise.race([delay(span), load]);
    over.abort();
    if (!isLast) await server.kill({ database: life % 2 === 0 });
    await load;
    leave(run, session);
    tell(run, `life ${life + 1}`);
    if (isLast) return life;
    await server.start();
    ledger.settle();
  }
}

function leave(run: Run, session: Session): void {
  session.caller.close();
  run.violations.push(...session.violations);
  run.doubts += session.doubts.count;
}

function tell({ options, scene: { tally }, violations }: Run, what: string): void {
  const { pushes, deletions, reads } = tally;
  const counts = `${pushes} pushed, ${deletions} deleted, ${reads} read`;
  options.onLine?.(`${what}: ${counts}, ${violations.length} violations`);
}

/** Deletes all but a part and waits for the collector; everything is read before and after. */
async function settleAll(
  run: Run,
): Promise<{ before: Verified; after: Verified; garbage: Garbage }> {
  const { server, ledger, scene, options } = run;
  ledger.settle();
  const session = openSession(server.url, ledger);
  const before = await verifyImages(session, scene);
  tell(run, 'verified');
  await removeMost(run, session, before);
  const needed = neededBy(before, run);
  const garbage = await waitForCollection(server, scene.tally.stored, needed, {
    limitMs: options.collectSeconds * 1000,
    enough: options.enough ?? 1,
    stillMs: (options.leaseSeconds + options.uploadSeconds) * 1000 + 15_000,
  });
  const after = await verifyImages(session, scene);
  run.violations.push(...(await checkAccounts(server, session.caller)));
  leave(run, session);
  return { before, after, garbage };
}

/** In one repository of each project a part of the images stays; the others go as a whole. */
function isKept(run: Run, repository: string): boolean {
  return run.scene.world.repositories.indexOf(repository) % 4 === 0;
}

const keptOf = <T>(images: readonly T[]) => images.filter((_, index) => index % KEEP_EVERY === 0);

async function removeMost(run: Run, session: Session, { live }: Verified): Promise<void> {
  const { server, scene } = run;
  for (const upload of await listUploads(server)) {
    const path = `/v2/${upload.repository}/blobs/uploads/${upload.id}`;
    const answer = await session.caller.call('DELETE', path);
    if (answer.status !== 204) run.violations.push(`DELETE ${path}: ${answer.status}`);
  }
  await each([...live], async ([repository, images]) => {
    const target = { session, scene, world: scene.world, random: run.random, repository };
    if (!isKept(run, repository)) return removeRepository(target);
    const kept = new Set(keptOf(images));
    return removeImages(
      target,
      images.filter((image) => !kept.has(image)),
    );
  });
}

function neededBy({ live }: Verified, run: Run): Map<string, number> {
  const kept = [...live].filter(([repository]) => isKept(run, repository));
  const blobs = kept.flatMap(([, images]) => keptOf(images)).flatMap((image) => image.blobs);
  return new Map(blobs.map(({ digest, size }) => [digest, size]));
}

/** Runs of the collector in the history that ended with an error, once all have ended. */
async function findFailedRuns({ url }: CrashServer): Promise<string[]> {
  const caller = createCaller(url);
  let history: unknown[] = [];
  await waitFor('all runs of the collector have ended', 30_000, async () => {
    const answer = await caller.call('GET', '/api/v2.0/system/gc?page_size=100');
    const document: unknown = answer.status === 200 ? JSON.parse(answer.body.toString()) : [];
    history = Array.isArray(document) ? document : [];
    return !/"(Pending|Running|Scheduled)"/.test(JSON.stringify(history));
  });
  caller.close();
  const failed = history.filter((one) => JSON.stringify(one).includes('"job_status":"Error"'));
  return failed.map((one) => `a run of the collector failed: ${JSON.stringify(one)}`);
}

async function check({ server, violations }: Run): Promise<GcReport['fsck']> {
  const { code, output } = await server.fsck();
  const lines = output.trim().split('\n');
  const summary = lines.find((line) => line.startsWith('checked ')) ?? output;
  const wanted = [' 0 missing, 0 damaged,', ' 0 damaged-manifest,', ' 0 miscounted;'];
  if (code !== 0 || !wanted.every((part) => summary.includes(part))) {
    const faults = lines.filter((line) => !/^(orphan|checked|…)/.test(line));
    violations.push(`fsck ended with ${code}: ${summary}`, ...faults.slice(0, FAULTS));
  }
  return { code, summary };
}
