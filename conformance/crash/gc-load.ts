import { setTimeout as delay } from 'node:timers/promises';
import { each, readImage } from './gc-oracle.ts';
import { abandonPush, pushImage } from './gc-push.ts';
import type { GcTarget, Scene } from './gc-scene.ts';
import { withJson } from './http.ts';
import { ABSENT, type Operation, PRESENT } from './ledger.ts';
import { deleteManifest, deleteTag, manifestName, tagName } from './push.ts';
import type { Random } from './random.ts';
import { copyImage, pathOf, restoreImage } from './rest.ts';
import { ask, complain, Doubt, type Session, write } from './session.ts';
import type { Image } from './world.ts';

export interface GcLoad {
  readonly session: Session;
  readonly scene: Scene;
  readonly random: Random;
  readonly pushers: number;
  readonly deleters: number;
}

type Step = (target: GcTarget) => Promise<void>;

const READERS = 4;
const UNIQUE_BYTES = [1024, 256 * 1024] as const;
/** Manual runs of the collector, which look at everything there is. */
const RUN_EVERY_MS = [3_000, 8_000] as const;
const GC_PATH = '/api/v2.0/system/gc';

/** Pushes, deletes, copies, undeletes, reads and collects until the session's signal. */
export async function runGcLoad(load: GcLoad): Promise<void> {
  const { session, scene } = load;
  const workers: Step[] = [
    ...Array.from({ length: load.pushers }, () => push),
    ...Array.from({ length: load.deleters }, () => remove),
    ...Array.from({ length: READERS }, () => read),
    collect,
  ];

  async function work(step: Step, random: Random): Promise<void> {
    while (!session.signal.aborted) {
      const repository = random.pick(scene.world.repositories) ?? '';
      try {
        await step({ session, scene, world: scene.world, random, repository });
      } catch (error) {
        if (!(error instanceof Doubt)) throw error;
        // Not in a rush against a registry that does not answer.
        await wait({ session }, 50);
      }
    }
  }

  await Promise.all(workers.map((step, index) => work(step, load.random.fork(String(index)))));
}

async function wait({ session: { signal } }: { session: Session }, ms: number): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

async function push(target: GcTarget): Promise<void> {
  const { scene, random, repository } = target;
  await wait(target, random.between(1, 60));
  const choice = random.between(1, 100);
  if (choice <= 8) return comeBackLate(target);
  const again = choice <= 35 ? random.pick(scene.recent(repository)) : undefined;
  const tags = pickTags(target);
  if (again === undefined || choice > 25) {
    return pushImage(target, again ?? createImage(target), { tags });
  }
  // It is deleted while it is pushed again, by somebody who was told of all its blobs.
  const meanwhile = () => deleteManifest(target, again);
  await pushImage(target, again, { tags, isSlow: true, meanwhile });
  scene.tally.duels += 1;
}

/** Pushes without a manifest, and goes on at the time when such uploads go, or never. */
async function comeBackLate(target: GcTarget): Promise<void> {
  const { scene, random, session } = target;
  const image = createImage(target);
  await abandonPush(target, image);
  if (random.chance(0.5)) return;
  await wait(target, scene.times.uploadMs + random.between(-1_500, 500));
  if (session.signal.aborted) return;
  await pushImage(target, image, { tags: pickTags(target), isSlow: true });
  scene.tally.latecomers += 1;
}

function createImage({ scene, world, random }: GcTarget): Image {
  const bases = Array.from({ length: random.between(1, 4) }, () => random.pick(scene.bases));
  const unique = world.createBlob(random, ...UNIQUE_BYTES);
  const layers = [...new Set([...bases.flatMap((base) => base ?? []), unique])];
  return world.createImage(world.createBlob(random, 64, 1024), layers);
}

function pickTags({ random, world }: GcTarget): string[] {
  const tag = random.chance(0.2) ? undefined : random.pick(world.tags);
  return tag === undefined ? [] : [tag];
}

async function remove(target: GcTarget): Promise<void> {
  const { scene, random, repository, world } = target;
  await wait(target, random.between(1, 60));
  const image = random.pick(scene.recent(repository));
  if (image === undefined) return;
  const choice = random.between(1, 1000);
  if (choice <= 650) return removeImage(target, image, choice <= 300);
  if (choice <= 850) return removeTag(target, image, choice <= 730);
  if (choice <= 855) return removeRepository(target);
  const name = manifestName(repository, image.digest);
  scene.deletions.arrive(repository, name);
  if (choice <= 930) {
    scene.tally.restores += 1;
    return restoreImage(target, image);
  }
  const from = random.pick(world.repositories) ?? repository;
  const source = random.pick(scene.recent(from));
  if (from === repository || source === undefined) return;
  scene.remember(repository, source);
  scene.deletions.arrive(repository, manifestName(repository, source.digest));
  await copyImage(target, from, source);
  scene.tally.copies += 1;
}

/** Often to be pushed again right away, as builds do that are made twice. */
async function removeImage(target: GcTarget, image: Image, byRest: boolean): Promise<void> {
  const { scene, random, repository } = target;
  const path = `${pathOf(repository)}/artifacts/${image.digest}`;
  await (byRest
    ? deleteManifest(target, image, { path, success: 200 })
    : deleteManifest(target, image));
  scene.tally.deletions += 1;
  if (random.chance(0.25)) await pushImage(target, image, { tags: pickTags(target) });
}

async function removeTag(target: GcTarget, image: Image, byRest: boolean): Promise<void> {
  const { session, random, repository, world } = target;
  const tag = random.pick(world.tags) ?? '';
  if (!byRest) return deleteTag(target, tag);
  const { digest } = image;
  await write(session, {
    fact: { op: 'delete-tag', repository, digest, tags: [tag] },
    changes: [{ name: tagName(repository, tag), value: ABSENT, onlyOver: digest }],
    method: 'DELETE',
    path: `${pathOf(repository)}/artifacts/${digest}/tags/${tag}`,
    success: 200,
    refusals: [404],
  });
}

/** Deletes a repository with all that is in it. @throws Doubt */
export async function removeRepository(target: GcTarget): Promise<void> {
  const { session, scene, repository } = target;
  let end: (() => void) | undefined;
  await write(session, {
    fact: { op: 'delete-repository', repository },
    changes: [],
    method: 'DELETE',
    path: pathOf(repository),
    success: 200,
    refusals: [404],
    onBegin(operation: Operation) {
      end = scene.deletions.begin(repository, operation);
    },
    onEnd: () => end?.(),
  });
  scene.tally.repositories += 1;
}

async function read({ session, scene, random, repository }: GcTarget): Promise<void> {
  await wait({ session }, random.between(1, 30));
  const image = random.pick(scene.recent(repository));
  if (image === undefined) return;
  if (!session.ledger.possible(manifestName(repository, image.digest)).has(PRESENT)) return;
  if (await readImage(session, repository, image)) scene.tally.reads += 1;
}

/** Manual runs; none where the registry has no such route. */
async function collect(target: GcTarget): Promise<void> {
  const { session, scene, random } = target;
  await wait(target, random.between(...RUN_EVERY_MS));
  if (session.signal.aborted) return;
  const order = {
    schedule: { type: 'Manual' },
    parameters: { delete_untagged: false, dry_run: random.chance(0.2), workers: 2 },
  };
  const answer = await ask(session, 'POST', `${GC_PATH}/schedule`, withJson(order));
  if (answer.status === 201) scene.tally.runs += 1;
  else if (![404, 409, 412].includes(answer.status)) {
    complain(session, { method: 'POST', path: `${GC_PATH}/schedule` }, answer);
  }
}

/** Deletes images of a registry at rest. */
export async function removeImages(target: GcTarget, images: readonly Image[]): Promise<void> {
  await each(images, (image) => deleteManifest(target, image));
}
