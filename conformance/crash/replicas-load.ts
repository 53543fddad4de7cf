import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkAccounts } from './accounts.ts';
import { runGcLoad } from './gc-load.ts';
import { verifyImages } from './gc-oracle.ts';
import { createScene, GC_PROJECTS, type Tally } from './gc-scene.ts';
import { createProject, waitFor, withJson } from './http.ts';
import { expectStatus } from './jobs-data.ts';
import { createLedger } from './ledger.ts';
import { createRandom } from './random.ts';
import type { Replica, Replicas } from './replicas-world.ts';
import { openSession } from './session.ts';

export interface SharedLoad {
  readonly tally: Tally;
  readonly acknowledged: number;
  /** Images that both serve in the end. */
  readonly live: number;
  /** Blobs that each of them collected until the end. */
  readonly collected: readonly [first: number, second: number];
  readonly violations: readonly string[];
}

/** Leases end, and uploads without a manifest. */
const COLLECTED_LIMIT_MS = 30_000;
const times = { leaseMs: 2_000, uploadMs: 5_000 };

/** Pushes to, deletes from and reads one replica while the other one collects every second. */
export async function loadBeside(
  { first, second }: Replicas,
  seconds: number,
  seed: string,
): Promise<SharedLoad> {
  const facts = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
  const ledger = await createLedger(join(facts, 'facts.jsonl'));
  try {
    for (const project of GC_PROJECTS) await createProject(first.caller, project);
    const settings = withJson({ undelete_days: 0 });
    await expectStatus(first.caller, ['PUT', '/api/v2.0/configurations'], 200, settings);
    const random = createRandom(seed);
    const scene = createScene(seed, random.fork('scene'), ledger, times);
    const over = new AbortController();
    const session = openSession(second.server.url, ledger, { signal: over.signal });
    await session.caller.call('GET', '/v2/');
    const load = runGcLoad({
      session,
      scene,
      random: random.fork('load'),
      pushers: 8,
      deleters: 3,
    });
    await Promise.race([delay(seconds * 1000), load]);
    over.abort();
    await load;
    session.caller.close();
    ledger.settle();
    const there = openSession(first.server.url, ledger);
    const here = openSession(second.server.url, ledger);
    const { images } = await verifyImages(there, scene);
    const same = (await verifyImages(here, scene)).images;
    const violations = [session, there, here].flatMap((one) => one.violations);
    if (same !== images) violations.push(`one serves ${images} images, the other one ${same}`);
    violations.push(...(await checkAccounts(first.server, there.caller)));
    there.caller.close();
    here.caller.close();
    const waiting = async () => (await countCollected(first)) > 0;
    await waitFor('something is collected', COLLECTED_LIMIT_MS, waiting).catch((error: unknown) =>
      violations.push(String(error)),
    );
    const collected = [await countCollected(first), await countCollected(second)] as const;
    const { tally } = scene;
    const { acknowledged } = ledger;
    return { tally, acknowledged, live: images, collected, violations };
  } finally {
    await ledger.close();
    await rm(facts, { recursive: true, force: true });
  }
}

async function countCollected({ caller }: Replica): Promise<number> {
  const answer = await expectStatus(caller, ['GET', '/metrics'], 200);
  return Number(/^berth_gc_blobs_total (\d+)/m.exec(answer.body.toString())?.[1] ?? 0);
}
