import { digestOf } from '@berth/oci';
import type { Scene } from './gc-scene.ts';
import { ABSENT, PRESENT } from './ledger.ts';
import { manifestName } from './push.ts';
import { readManifest, readTag } from './read.ts';
import { ask, complain, type Session } from './session.ts';
import type { BlobItem, Image } from './world.ts';

const PARALLEL = 8;
/** Of what was deleted this part is asked for too. */
const DEAD_EVERY = 20;

/**
 * Pulls an image. When the ledger says that it was there all the time, so must its blobs have been.
 *
 * @returns whether it was there to the end
 */
export async function readImage(
  session: Session,
  repository: string,
  image: Image,
): Promise<boolean> {
  const from = session.ledger.now();
  if (!(await readManifest(session, repository, image.digest))) return false;
  for (const blob of image.blobs) {
    const fault = await findBlobFault(session, repository, blob);
    if (fault === undefined) continue;
    const name = manifestName(repository, image.digest);
    const wasThere = session.ledger.findFault(name, ABSENT, from) !== undefined;
    if (wasThere) session.violations.push(`${name} is there, but ${fault}`);
    return false;
  }
  return true;
}

async function findBlobFault(
  session: Session,
  repository: string,
  { digest, size }: BlobItem,
): Promise<string | undefined> {
  const path = `/v2/${repository}/blobs/${digest}`;
  const answer = await ask(session, 'GET', path);
  if (answer.status === 404) return `its blob ${digest} of ${size} bytes is not`;
  if (answer.status !== 200) {
    complain(session, { method: 'GET', path }, answer);
    return `its blob ${digest} was answered ${answer.status}`;
  }
  const actual = digestOf(answer.body);
  return actual === digest ? undefined : `its blob ${digest} has the bytes of ${actual}`;
}

export interface Verified {
  /** Images that are there, by repository. */
  readonly live: ReadonlyMap<string, readonly Image[]>;
  readonly images: number;
  /** Distinct blobs that they need, with their sizes in bytes. */
  readonly needed: ReadonlyMap<string, number>;
}

/**
 * Pulls, of a registry at rest, every image that may be there with all its blobs, and some of those
 * that may not. What it finds is the truth to go on from; faults go to the session's violations.
 */
export async function verifyImages(session: Session, { world }: Scene): Promise<Verified> {
  const { ledger } = session;
  const live = new Map<string, Image[]>();
  const needed = new Map<string, number>();
  let count = 0;

  for (const repository of world.repositories) {
    const found: Image[] = [];
    await each([...world.images(repository).values()], async (image) => {
      const name = manifestName(repository, image.digest);
      count += 1;
      const isDead = !ledger.possible(name).has(PRESENT);
      if (isDead && count % DEAD_EVERY !== 0) return;
      const isThere = await readManifest(session, repository, image.digest);
      ledger.observe(name, isThere ? PRESENT : ABSENT);
      if (isThere) found.push(image);
    });
    const blobs = new Map(found.flatMap((image) => image.blobs).map((blob) => [blob.digest, blob]));
    await each([...blobs.values()], async (blob) => {
      needed.set(blob.digest, blob.size);
      const fault = await findBlobFault(session, repository, blob);
      if (fault === undefined) return;
      const users = found.filter(({ blobs }) => blobs.some(({ digest }) => digest === blob.digest));
      session.violations.push(`${users.length} images of ${repository} are there, but ${fault}`);
    });
    await each(world.tags, (tag) => readTag(session, repository, tag));
    live.set(repository, found);
  }
  const images = [...live.values()].reduce((sum, list) => sum + list.length, 0);
  return { live, images, needed };
}

/** Does the work for all, some at a time. */
export async function each<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
