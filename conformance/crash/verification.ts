import { ABSENT, PRESENT } from './ledger.ts';
import { blobName, manifestName, tagName } from './push.ts';
import { readBlob, readManifest } from './read.ts';
import { ask, type Session } from './session.ts';
import type { World } from './world.ts';

const PARALLEL = 8;

export interface Scope {
  readonly session: Session;
  readonly world: World;
  /** Everything, or only what was written to since the last verification. */
  readonly isFull: boolean;
}

/**
 * Holds the registry, at rest, against the ledger, and makes what it finds the truth to go on
 * from. Faults go to the session's violations.
 *
 * @returns how many names were read
 */
export async function verify({ session, world, isFull }: Scope): Promise<number> {
  const { ledger } = session;
  const wanted = new Set(isFull ? ledger.names() : ledger.open());
  let count = 0;

  async function look(name: string, read: () => Promise<string>): Promise<void> {
    count += 1;
    const value = await read();
    ledger.observe(name, value);
  }

  for (const repository of world.repositories) {
    const present = new Set<string>();
    await each([...world.blobs(repository).values()], async (blob) => {
      const name = blobName(repository, blob.digest);
      if (wanted.has(name)) {
        await look(name, async () =>
          (await readBlob(session, repository, blob)) ? PRESENT : ABSENT,
        );
      }
      if (ledger.possible(name).has(PRESENT)) present.add(blob.digest);
    });
    await each([...world.images(repository).values()], async (image) => {
      const name = manifestName(repository, image.digest);
      if (wanted.has(name)) {
        await look(name, async () => {
          return (await readManifest(session, repository, image.digest)) ? PRESENT : ABSENT;
        });
      }
      if (!ledger.possible(name).has(PRESENT)) return;
      const lost = image.blobs.filter((blob) => !present.has(blob.digest));
      for (const { digest } of lost) {
        session.violations.push(`${name} is there without its blob ${digest}`);
      }
    });
    await each(world.tags, async (tag) => {
      const name = tagName(repository, tag);
      if (wanted.has(name)) await look(name, () => readTagValue(session, repository, tag));
      for (const digest of ledger.possible(name)) {
        if (digest === ABSENT) continue;
        if (ledger.possible(manifestName(repository, digest)).has(PRESENT)) continue;
        session.violations.push(`${name} points to ${digest}, which is not there`);
      }
    });
    await compareList(session, world, repository);
  }
  return count;
}

/** As readers do, and gives what it was. */
async function readTagValue(session: Session, repository: string, tag: string): Promise<string> {
  const name = tagName(repository, tag);
  const from = session.ledger.now();
  const answer = await ask(session, 'HEAD', `/v2/${repository}/manifests/${tag}`);
  const value = answer.status === 404 ? ABSENT : String(answer.headers['docker-content-digest']);
  const fault = session.ledger.findFault(name, value, from);
  if (fault !== undefined) session.violations.push(`${fault} (${answer.status})`);
  return value;
}

/** The list of tags comes from the database, the tags themselves may come from memory. */
async function compareList(session: Session, world: World, repository: string): Promise<void> {
  const answer = await ask(session, 'GET', `/v2/${repository}/tags/list`);
  const document: unknown =
    answer.status === 200 ? JSON.parse(answer.body.toString()) : { tags: [] };
  const listed =
    typeof document === 'object' && document !== null && 'tags' in document ? document.tags : [];
  const names = new Set(Array.isArray(listed) ? listed.map(String) : []);
  for (const tag of world.tags) {
    const isThere = !session.ledger.possible(tagName(repository, tag)).has(ABSENT);
    if (names.has(tag) === isThere) continue;
    session.violations.push(
      `tag ${repository} ${tag} ${isThere ? 'can be read but is not listed' : 'is listed but cannot be read'}`,
    );
  }
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
