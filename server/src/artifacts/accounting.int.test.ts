import { type Digest, digestOf, OciError } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Content,
  createTestProject,
  imageManifest,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  countDeadlocks,
  listArtifacts,
  type Place,
  pushAccessory,
  pushImage,
  pushIndex,
  pushManifest,
  tagsOf,
  usageOf,
} from '../../test/images.ts';
import { AppError } from '../lib/index.ts';

let database: TestDatabase;
let content: Content;

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database);
});
afterAll(async () => {
  await content.close();
  await database.drop();
});

/** A random walk that is the same each time. */
function createDice(seed: number) {
  let state = seed;
  /** A whole number from 0 up to, not including, `end`. */
  function roll(end: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }
  function pick<T>(items: readonly T[]): T | undefined {
    return items[roll(items.length)];
  }
  return { roll, pick };
}

/** Refusals that a walk may meet; anything else is a bug. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AppError) {
    return ['not-found', 'precondition', 'conflict', 'refused'].includes(error.kind);
  }
  const codes = ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'BLOB_UNKNOWN', 'DENIED'];
  return error instanceof OciError && codes.includes(error.code);
}

type Step = () => Promise<unknown>;

class Walker {
  readonly #content: Content;
  readonly #places: readonly Place[];
  readonly #dice: ReturnType<typeof createDice>;
  readonly #isDestructive: boolean;

  constructor(content: Content, places: readonly Place[], seed: number, isDestructive = true) {
    this.#content = content;
    this.#places = places;
    this.#dice = createDice(seed);
    this.#isDestructive = isDestructive;
  }

  /** Does something. @returns what it was, for the message of a failing expectation */
  async step(): Promise<string> {
    const [name, work] = this.#dice.pick(this.#steps()) ?? ['nothing', async () => undefined];
    try {
      await work();
    } catch (error) {
      const isDeletedBlob = error instanceof OciError && error.code === 'MANIFEST_BLOB_UNKNOWN';
      if (!isRefusal(error) && !(isDeletedBlob && this.#isDestructive)) {
        throw new Error(`${name} failed`, { cause: error });
      }
    }
    return name;
  }

  #steps(): [string, Step][] {
    const image: [string, Step] = ['push an image', () => this.#pushImage()];
    const steps: [string, Step][] = [
      image,
      image,
      image,
      image,
      ['push an index', () => this.#pushIndex()],
      ['push an accessory', () => this.#pushAccessory()],
      ['push a manifest again', () => this.#pushAgain()],
      ['push a blob', () => pushBlob(this.#content, this.#place(), this.#blob())],
      ['mount', () => this.#mount()],
      ['delete a tag', () => this.#deleteTag()],
      ['delete a manifest', () => this.#deleteManifest()],
      ['delete a manifest', () => this.#deleteManifest()],
      ['copy', () => this.#copy()],
      ['undelete', () => this.#undelete()],
      ['undelete', () => this.#undelete()],
      ['restore a tag', () => this.#restoreTag()],
    ];
    if (!this.#isDestructive) return steps;
    return [
      ...steps,
      [
        'delete a blob',
        () => this.#content.blobs.delete(this.#place().repository, digestOf(this.#blob())),
      ],
      [
        'delete a repository',
        () => this.#content.removal.deleteRepository(this.#place().repository, testActor),
      ],
    ];
  }

  #place(): Place {
    return this.#dice.pick(this.#places) ?? { repository: '', projectId: 0 };
  }

  #tags(): string[] {
    const tags = ['latest', 'v1', 'v2', 'v3'].filter(() => this.#dice.roll(3) === 0);
    return this.#dice.roll(2) === 0 ? tags : tags.toReversed();
  }

  /** Few different ones, of different sizes, so that all repositories share them. */
  #blob(): Buffer {
    const kind = this.#dice.roll(6);
    return Buffer.alloc(100 + 2 ** kind, `layer ${kind}`);
  }

  async #pushImage(): Promise<void> {
    const place = this.#place();
    const [config, layer] = [this.#blob(), this.#blob()];
    const blobs = [
      await pushBlob(this.#content, place, config),
      await pushBlob(this.#content, place, layer),
    ] as const;
    const note = String(this.#dice.roll(2));
    await pushImage(this.#content, place, { tags: this.#tags(), note, blobs });
  }

  async #pushIndex(): Promise<void> {
    const place = this.#place();
    const known = await listArtifacts(this.#content.db, place.repository);
    const children = known.filter((row) => row.accessory_of === null && this.#dice.roll(2) === 0);
    await pushIndex(this.#content, place, children.slice(0, 3), { tags: this.#tags(), note: '' });
  }

  async #pushAccessory(): Promise<void> {
    const place = this.#place();
    const subject = await this.#artifact(place);
    if (subject) await pushAccessory(this.#content, place, { digest: subject, size: 1 });
  }

  async #pushAgain(): Promise<void> {
    const place = this.#place();
    const digest = await this.#artifact(place);
    const found = digest && (await this.#content.manifests.find(place.repository, { digest }));
    if (!found) return;
    await pushManifest(this.#content, place, found.content, { tags: this.#tags() });
  }

  async #mount(): Promise<void> {
    const target = { ...this.#place(), actor: testActor };
    const digest = digestOf(this.#blob());
    await this.#content.blobs.mount(target, digest, { from: this.#place().repository });
  }

  async #deleteTag(): Promise<void> {
    const { repository } = this.#place();
    const tag = this.#dice.pick(Object.keys(await tagsOf(this.#content.db, repository)));
    if (tag) await this.#content.removal.deleteTag(repository, tag, testActor);
  }

  async #deleteManifest(): Promise<void> {
    const place = this.#place();
    const digest = await this.#artifact(place);
    if (digest) await this.#content.removal.deleteArtifact(place.repository, digest, testActor);
  }

  async #copy(): Promise<void> {
    const [from, to] = [this.#place(), this.#place()];
    const digest = await this.#artifact(from);
    if (!digest || from.repository === to.repository) return;
    const source = { repository: from.repository, digest };
    await this.#content.copies.copy({ ...to, from: source, actor: testActor });
  }

  async #undelete(): Promise<void> {
    const place = this.#place();
    const { artifacts } = await this.#content.trash.listDeleted(place, { offset: 0, limit: 10 });
    const deleted = this.#dice.pick(artifacts);
    if (deleted) await this.#content.trash.restore(place, deleted.digest, testActor);
  }

  async #restoreTag(): Promise<void> {
    const { repository } = this.#place();
    const page = { offset: 0, limit: 10 };
    const { moves } = await this.#content.tags.listHistory(repository, 'latest', page);
    const from = this.#dice.pick(moves)?.from;
    if (from) await this.#content.tags.restoreTag(repository, 'latest', from, testActor);
  }

  async #artifact({ repository }: Place): Promise<Digest | undefined> {
    return this.#dice.pick(await listArtifacts(this.#content.db, repository))?.digest;
  }
}

/** Two projects of two repositories each. */
async function createPlaces(name: string): Promise<Place[]> {
  const projects = [`${name}-one`, `${name}-two`];
  const places = await Promise.all(
    projects.map(async (project) => {
      const projectId = await createTestProject(content, project);
      await content.db.insertInto('quota').values({ project_id: projectId }).execute();
      return ['a', 'b'].map((path) => ({ projectId, repository: `${project}/${path}` }));
    }),
  );
  return places.flat();
}

async function expectCounted(places: readonly Place[], after: string): Promise<void> {
  for (const projectId of new Set(places.map((place) => place.projectId))) {
    const { counted, known, actual } = await usageOf(content.db, projectId);
    expect({ counted, known }, `after: ${after}`).toEqual({ counted: actual, known: actual });
  }
}

describe('what a project uses', () => {
  it('grows by what it did not have, and by nothing for a second tag or another repository', async () => {
    const [here, beside] = await createPlaces('grow');
    if (!here || !beside) throw new Error('no places');
    const image = await pushImage(content, here, { tags: ['v1'], note: '' });
    const [config, layer] = image.blobs;
    const size = config.size + layer.size + image.size;
    expect((await usageOf(content.db, here.projectId)).counted).toBe(size);
    await pushImage(content, here, { tags: ['v2'], note: '', blobs: image.blobs });
    for (const blob of image.blobs) {
      const target = { ...beside, actor: testActor };
      await content.blobs.mount(target, blob.digest, { from: here.repository });
    }
    await pushManifest(content, beside, imageManifest(config, layer));
    expect((await usageOf(content.db, here.projectId)).counted).toBe(size);
    await content.removal.deleteRepository(here.repository, testActor);
    expect((await usageOf(content.db, here.projectId)).counted).toBe(size);
    await content.removal.deleteRepository(beside.repository, testActor);
    expect((await usageOf(content.db, here.projectId)).counted).toBe(0);
  });

  it.each([1, 2, 3])('is right after every step of random walk %i', async (seed) => {
    const places = await createPlaces(`walk-${seed}`);
    const walker = new Walker(content, places, seed);
    const done = new Set<string>();
    for (let step = 0; step < 150; step += 1) {
      const name = await walker.step();
      done.add(name);
      await expectCounted(places, `${name} (step ${step})`);
    }
    expect(done.size).toBe(13);
  });

  it.each([
    ['deletes everything', 8, true],
    ['deletes no blobs', 8, false],
    ['deletes everything', 88, true],
    ['deletes no blobs', 88, false],
  ])('is right when a crowd that %s has gone (seed %i)', async (_what, seed, isDestructive) => {
    const places = await createPlaces(`crowd-${seed}-${isDestructive}`);
    const before = await countDeadlocks(content.db);
    const walks = Array.from({ length: 8 }, async (_, index) => {
      const own = openContent(database, content.store);
      const walker = new Walker(own, places, seed * 100 + index, isDestructive);
      for (let step = 0; step < 60; step += 1) await walker.step();
      await own.close();
    });
    for (const walk of await Promise.allSettled(walks)) {
      if (walk.status === 'rejected') throw walk.reason;
    }
    await expectCounted(places, 'the crowd');
    // Deleting all there is leaves nothing that is counted.
    for (const { repository } of places) {
      await content.removal.deleteRepository(repository, testActor);
    }
    for (const { projectId } of places) {
      expect(await usageOf(content.db, projectId)).toEqual({ counted: 0, known: 0, actual: 0 });
    }
    // They are retried, and cost a second each: no pattern of ordinary work may lead to them.
    expect((await countDeadlocks(content.db)) - before).toBeLessThanOrEqual(1);
  });
});
