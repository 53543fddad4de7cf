import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testActor } from '../../test/content.ts';
import { pushManifest } from '../../test/images.ts';
import { createRecordingLog } from '../../test/log.ts';
import { type ImportWorld, openImportWorld } from '../../test/storage-import.ts';
import { createRepositoryRepository } from '../artifacts/index.ts';
import { createProjectRepository } from '../projects/index.ts';
import { createRebuild, importStorage, OWN_STORAGE, rebuildFromStorage } from './index.ts';

let world: ImportWorld;
const never = new AbortController().signal;

beforeEach(async () => {
  world = await openImportWorld();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('an import that runs again', () => {
  it('adds nothing, and finds what came since', async () => {
    await world.layout.image('team/app', { tags: ['1'] });
    await world.run();
    const before = await world.snapshot();
    expect(await world.run()).toMatchObject({ artifacts: 0, known: 1, tags: 0, blobs: 0 });
    expect(await world.snapshot()).toEqual(before);
    await world.layout.image('team/app', { tags: ['2'] });
    expect(await world.run()).toMatchObject({ artifacts: 1, known: 1, tags: 1 });
  });

  it('leaves alone what was moved or deleted here', async () => {
    const first = await world.layout.image('team/app', { tags: ['moved', 'gone'] });
    const second = await world.layout.image('team/app', { tags: ['2'] });
    const third = await world.layout.image('team/app');
    await world.run();
    const { project_id: projectId } = await world.content.db
      .selectFrom('repository')
      .select('project_id')
      .executeTakeFirstOrThrow();
    const place = { repository: 'team/app', projectId };
    await pushManifest(world.content, place, second.content, { tags: ['moved'] });
    await world.content.removal.deleteTag('team/app', 'gone', testActor);
    await world.content.removal.deleteArtifact('team/app', third.digest, testActor);
    await world.layout.tag('team/app', 'late', first.digest);
    await world.layout.tag('team/app', 'late-too', third.digest);
    expect(await world.run()).toMatchObject({ artifacts: 0, known: 3, tags: 1 });
    expect(await world.pull('team/app', 'moved')).toEqual(second.content);
    expect(await world.pull('team/app', 'gone')).toBeUndefined();
    expect(await world.pull('team/app', third.digest)).toBeUndefined();
    expect(await world.pull('team/app', first.digest)).toEqual(first.content);
  });

  it('goes on after it was stopped at any place, with the same result', async () => {
    const images = [];
    for (const tag of ['a', 'b', 'c', 'd', 'e']) {
      images.push(await world.layout.image('team/app', { tags: [tag] }));
      await world.layout.image(`team/${tag}`, { tags: [tag] });
    }
    await world.layout.index('team/app', images, { tags: ['i'] });
    for (let after = 1; after < 8; after += 3) {
      const stop = new AbortController();
      let puts = 0;
      const { artifacts } = world.ports();
      const stopping = {
        ...artifacts,
        put: (...call: Parameters<typeof artifacts.put>) => {
          puts += 1;
          if (puts > after) stop.abort(new Error('stopped'));
          return artifacts.put(...call);
        },
      };
      const all = { ...world.ports(), artifacts: stopping };
      await importStorage(all, world.order(), stop.signal).catch(() => undefined);
    }
    await world.run();
    const resumed = await world.snapshot();
    await using other = await openImportWorld(world.base);
    await other.run();
    expect(await other.snapshot()).toEqual(resumed);
  });

  it('waits for another one that lives, and takes over from one that died', async () => {
    await world.layout.image('team/app');
    const { records } = world.ports();
    expect(await records.claim(OWN_STORAGE, crypto.randomUUID())).toBe(true);
    expect(await records.claim(OWN_STORAGE, crypto.randomUUID())).toBe(false);
    expect(await world.foreign()).toBe(true);
    await world.content.db
      .updateTable('storage_import')
      .set({ held_until: new Date(Date.now() - 1000) })
      .execute();
    expect(await world.run()).toMatchObject({ artifacts: 1 });
    expect(await records.findState(OWN_STORAGE)).toBe('done');
  });
});

describe('a rebuild at the start', () => {
  it('takes storage over when the database holds no repository, and only once', async () => {
    const image = await world.layout.image('team/app', { tags: ['1'] });
    expect(await world.foreign()).toBe(true);
    const { log, entries } = createRecordingLog();
    expect(await rebuildFromStorage(world.rebuildPorts(log), never)).toMatchObject({
      artifacts: 1,
    });
    expect(entries.map(({ message }) => message)).toContain('storage was taken over');
    expect(await world.pull('team/app', '1')).toEqual(image.content);
    expect(await world.foreign()).toBe(false);
    expect(await rebuildFromStorage(world.rebuildPorts(), never)).toBeUndefined();
  });

  it('does nothing in a registry that has repositories, or storage without links', async () => {
    expect(await rebuildFromStorage(world.rebuildPorts(), never)).toBeUndefined();
    expect(await world.foreign()).toBe(false);
    await world.layout.image('team/app');
    const owner = await world.content.db
      .selectFrom('app_user')
      .select('id')
      .executeTakeFirstOrThrow();
    const order = { name: 'p', ownerId: owner.id, isPublic: false, metadata: new Map() };
    const project = { ...order, allowlist: undefined, storageLimit: -1 };
    const id = await createProjectRepository(world.content.db).create(project, 1);
    await createRepositoryRepository(world.content.db).ensure('p/app', id ?? 0);
    expect(await rebuildFromStorage(world.rebuildPorts(), never)).toBeUndefined();
    expect(await world.foreign()).toBe(true);
  });

  it('goes on with one that was killed', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world.layout.image(`team/${name}`);
    const stop = new AbortController();
    const { artifacts, ...rest } = world.rebuildPorts();
    const failing = {
      ...artifacts,
      put: async (...call: Parameters<typeof artifacts.put>) => {
        const outcome = await artifacts.put(...call);
        stop.abort(new Error('killed'));
        return outcome;
      },
    };
    await rebuildFromStorage({ ...rest, artifacts: failing }, stop.signal).catch(() => undefined);
    expect(await rebuildFromStorage(world.rebuildPorts(), never)).toMatchObject({
      repositories: 5,
    });
    expect(await world.rows('artifact')).toHaveLength(5);
  });

  it('is not ready before it has ended', async () => {
    await world.layout.image('team/app');
    const rebuild = createRebuild(world.rebuildPorts());
    await expect(rebuild.check()).rejects.toThrow(/being taken over/);
    await rebuild.run(never);
    await rebuild.check();
  });
});
