import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '@berth/oci';
import { expect, it } from 'vitest';
import { createProject } from './http.ts';
import { createLedger } from './ledger.ts';
import { pushBlob, putManifest, type Target } from './push.ts';
import { createRandom } from './random.ts';
import { createCrashServer } from './server.ts';
import { ask, openSession, type Session } from './session.ts';
import { CRASH_PROJECT, createWorld, type Image } from './world.ts';

const EVERY_MS = 50;
const BEFORE = 60;

interface Push {
  readonly repository: string;
  readonly tag: string;
  readonly image: Image;
}

/** Pushes 20 images a second, each with a tag of its own, until the signal. */
async function pushSteadily(target: Omit<Target, 'repository'>, acknowledged: Push[]) {
  const { session, world, random } = target;
  const running: Promise<void>[] = [];
  for (let turn = 0; !session.signal.aborted; turn += 1) {
    const repository = random.pick(world.repositories) ?? '';
    const own = { ...target, repository, random: random.fork(`push-${turn}`) };
    running.push(pushOne(own, `b${turn}`).then((push) => void acknowledged.push(push)));
    await delay(EVERY_MS);
  }
  await Promise.all(running);
}

async function pushOne(target: Target, tag: string): Promise<Push> {
  const { world, random, repository } = target;
  const blobs = [world.createBlob(random, 64, 1024), world.createBlob(random, 1024, 512 * 1024)];
  const [config, layer] = blobs;
  if (config === undefined || layer === undefined) throw new Error('no blobs');
  const image = world.createImage(config, [layer]);
  for (const blob of image.blobs) await pushBlob(target, blob);
  await putManifest(target, image, [tag]);
  return { repository, tag, image };
}

/** What a client misses of an image; nothing when it can be pulled by its tag. */
async function findMissing(session: Session, { repository, tag, image }: Push): Promise<string[]> {
  const path = `/v2/${repository}`;
  const manifest = await ask(session, 'GET', `${path}/manifests/${tag}`);
  if (digestOf(manifest.body) !== image.digest) return [`${repository}:${tag} ${manifest.status}`];
  const missing: string[] = [];
  for (const { digest } of image.blobs) {
    const blob = await ask(session, 'GET', `${path}/blobs/${digest}`);
    if (digestOf(blob.body) !== digest) missing.push(`${repository} ${digest} ${blob.status}`);
  }
  return missing;
}

it('a backup beside 20 pushes a second has all that was acknowledged before it', {
  timeout: 240_000,
}, async () => {
  const root = await mkdtemp(join(tmpdir(), 'berth-backups-'));
  const seed = String(Date.now() % 1_000_000);
  const ledger = await createLedger(join(root, 'facts.jsonl'));
  const backups = join(root, 'backups');
  const acknowledged: Push[] = [];
  try {
    await using server = await createCrashServer();
    await server.start();
    const stop = new AbortController();
    const session = openSession(server.url, ledger, { signal: stop.signal });
    await createProject(session.caller, CRASH_PROJECT);
    const random = createRandom(seed);
    const loading = pushSteadily({ session, world: createWorld(seed), random }, acknowledged);
    while (acknowledged.length < BEFORE) await Promise.race([delay(EVERY_MS), loading]);
    const before = [...acknowledged];
    const made = await server.run('backup', backups);
    const during = acknowledged.length - before.length;
    // A second one, so that blobs come from two runs.
    const again = await server.run('backup', backups);
    stop.abort();
    await loading;
    session.caller.close();
    expect(session.violations).toEqual([]);
    expect(made).toMatchObject({ code: 0 });
    expect(again).toMatchObject({ code: 0 });
    // A load that stands still proves nothing.
    expect(during).toBeGreaterThan(0);
    expect(await server.run('backup', 'verify', backups)).toMatchObject({ code: 0 });

    const dataDir = await mkdtemp(join(root, 'restored-'));
    await copyFile(join(server.dataDir, 'secret-key'), join(dataDir, 'secret-key'));
    await using restored = await createCrashServer({ dataDir });
    const first = /^backup (\S+):/m.exec(made.output)?.[1] ?? '';
    const result = await restored.run('restore', backups, '--set', first);
    expect(result).toMatchObject({ code: 0 });
    await restored.start();
    const reader = openSession(restored.url, ledger);
    const missing: string[] = [];
    for (const push of before) missing.push(...(await findMissing(reader, push)));
    expect(missing).toEqual([]);
    reader.caller.close();
    await restored.stop();
    const { output } = await restored.fsck();
    expect(output).toContain(' 0 missing, 0 damaged,');
    expect(output).toContain(' 0 miscounted;');
  } finally {
    await ledger.close();
    await rm(root, { recursive: true, force: true });
  }
});
