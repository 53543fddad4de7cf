import { setTimeout as delay } from 'node:timers/promises';
import {
  deleteBlob,
  deleteManifest,
  deleteTag,
  pushBlob,
  putManifest,
  type Target,
} from './push.ts';
import type { Random } from './random.ts';
import { readBlob, readTag } from './read.ts';
import { copyImage, createTag, restoreImage, restoreTag } from './rest.ts';
import { Doubt, type Session } from './session.ts';
import type { World } from './world.ts';

export interface LoadOptions {
  readonly session: Session;
  readonly world: World;
  readonly random: Random;
  /** Whether workers go on after a request that came to nothing; else they end with it. */
  readonly isPersistent?: boolean;
}

const PUSHERS = 8;
const DELETERS = 4;
const EDITORS = 3;
const READERS = 3;
const MAX_LAYER_BYTES = 2 * 1024 * 1024;

/** Pushes, moves, mounts, copies, deletes, restores and reads until the signal. Resolves when all have ended. */
export async function runLoad({ session, world, random, isPersistent }: LoadOptions) {
  const workers = [
    ...Array.from({ length: PUSHERS }, () => push),
    ...Array.from({ length: DELETERS }, () => remove),
    ...Array.from({ length: EDITORS }, () => edit),
    ...Array.from({ length: READERS }, () => read),
  ];

  async function work(step: (target: Target) => Promise<void>, own: Random): Promise<void> {
    while (!session.signal.aborted) {
      const repository = own.pick(world.repositories) ?? '';
      try {
        await step({ session, world, random: own, repository });
      } catch (error) {
        if (!(error instanceof Doubt)) throw error;
        if (!isPersistent) return;
        await delay(own.between(20, 120));
      }
    }
  }

  await Promise.all(workers.map((step, index) => work(step, random.fork(String(index)))));
}

async function push(target: Target): Promise<void> {
  const { random } = target;
  const choice = random.between(1, 100);
  if (choice <= 60) await pushNew(target);
  else if (choice <= 80) await pushAgain(target, false);
  else if (choice <= 92) await pushAgain(target, true);
  else await pushLoose(target);
}

async function pushNew(target: Target): Promise<void> {
  const { world, random, repository } = target;
  const layers = Array.from({ length: random.between(1, 3) }, () => {
    const elsewhere = random.pick(world.repositories) ?? repository;
    const known = random.chance(0.3) && random.pick(recent(world.blobs(elsewhere)));
    return known || world.createBlob(random, 1024, MAX_LAYER_BYTES);
  });
  const config = world.createBlob(random, 64, 1024);
  const image = world.createImage(config, layers);
  await Promise.all(image.blobs.map((blob) => pushBlob(target, blob)));
  await putManifest(target, image, pickTags(target));
}

/** Moves tags to an image that was pushed before; with `whole`, after pushing what is missing. */
async function pushAgain(target: Target, whole: boolean): Promise<void> {
  const { world, random, repository } = target;
  const image = random.pick(recent(world.images(repository)));
  if (image === undefined) return pushNew(target);
  if (whole) await Promise.all(image.blobs.map((blob) => pushBlob(target, blob)));
  return putManifest(target, image, pickTags(target));
}

async function pushLoose(target: Target): Promise<void> {
  const blob = target.world.createBlob(target.random, 1024, MAX_LAYER_BYTES);
  await pushBlob(target, blob);
}

function pickTags({ random, world }: Target): string[] {
  const count = random.chance(0.15) ? 0 : random.chance(0.3) ? random.between(2, 4) : 1;
  const tags = Array.from({ length: count }, () => random.pick(world.tags) ?? '');
  return [...new Set(tags)];
}

async function remove(target: Target): Promise<void> {
  const { world, random, repository } = target;
  await delay(random.between(1, 20));
  const choice = random.between(1, 100);
  if (choice <= 40) return deleteTag(target, random.pick(world.tags) ?? '');
  if (choice <= 65) {
    const image = random.pick(recent(world.images(repository)));
    return image && deleteManifest(target, image);
  }
  const blob = random.pick(recent(world.blobs(repository)));
  return blob && deleteBlob(target, blob.digest);
}

/** Through the REST API. */
async function edit(target: Target): Promise<void> {
  const { world, random, repository } = target;
  await delay(random.between(1, 20));
  const from = random.pick(world.repositories) ?? repository;
  const choice = random.between(1, 100);
  if (choice <= 35 && from !== repository) {
    const image = random.pick(recent(world.images(from)));
    return image && copyImage(target, from, image);
  }
  const image = random.pick(recent(world.images(repository)));
  if (image === undefined) return undefined;
  if (choice <= 65) return restoreImage(target, image);
  const tag = random.pick(world.tags) ?? '';
  return choice <= 80 ? createTag(target, image, tag) : restoreTag(target, image, tag);
}

async function read({ session, world, random, repository }: Target): Promise<void> {
  await delay(random.between(1, 10));
  if (random.chance(0.6)) {
    await readTag(session, repository, random.pick(world.tags) ?? '');
    return;
  }
  const blob = random.pick(recent(world.blobs(repository)));
  if (blob !== undefined) await readBlob(session, repository, blob);
}

/** What is new is what races. */
function recent<T>(items: ReadonlyMap<string, T>): T[] {
  return [...items.values()].slice(-40);
}
