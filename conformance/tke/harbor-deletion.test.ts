import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HarborView, harborOf, smallImage } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { create, findByName, get, refusalOf, type TkeObject, unique } from './objects.ts';
import { openTkeWorld, type TkeWorld } from './world.ts';

let world: TkeWorld;
let view: HarborView;

beforeAll(async () => {
  world = await openTkeWorld('harbor');
  view = new HarborView(world);
});

afterAll(() => world?.close());

const soon = { timeout: 30_000, interval: 100 };
const pathOf = (resource: string, { metadata }: TkeObject) => `/${resource}/${metadata.name}`;
const remove = (path: string) => world.api(path, { as: 'admin', method: 'DELETE' });

async function expectGone(path: string): Promise<void> {
  await vi.waitFor(async () => {
    expect((await world.api(path, { as: 'admin' })).status).toBe(404);
  }, soon);
}

/** The Repository of an image that was pushed past the registry or through it. */
async function findRepository(namespace: TkeObject, name: string): Promise<TkeObject> {
  const path = `/namespaces/${namespace.metadata.name}/repositories`;
  return vi.waitFor(async () => {
    const found = await findByName(world, path, name);
    if (found === undefined) throw new Error(`no repository ${name}`);
    return found;
  }, soon);
}

/** Few at once: a Harbor takes many logins at the same time for an attack. */
async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += 8) {
    await Promise.all(items.slice(at, at + 8).map(work));
  }
}

describe('scenario 22: a deletion', () => {
  it('B43: removes the project of exactly this name among more than a hundred alike', async () => {
    const name = unique('test');
    const own = `default-image-${name}`;
    const numbers = Array.from({ length: 101 }, (_, index) => `${own}${100 + index}`);
    const others = [
      ...numbers,
      `${own}-x`,
      `a-${own}`,
      `default-chart-${name}`,
      `t2-image-${name}`,
    ];
    await inBatches(others, (project) => view.createProject(project));
    const sibling = await create(world, 'namespaces', { name: `${name}x` });
    const namespace = await create(world, 'namespaces', { name });
    const before = await view.listProjects();
    expect(before).toEqual(expect.arrayContaining([own, ...others]));
    const answer = await remove(pathOf('namespaces', namespace));
    expect(answer.status).toBe(200);
    await expectGone(pathOf('namespaces', namespace));
    const gone = before.filter((project) => project !== own);
    expect(await view.listProjects()).toEqual(gone);
    expect((await get(world, pathOf('namespaces', sibling))).status['phase']).toBe('Available');
  });

  it('takes more than a hundred repositories with it, nested ones too', async () => {
    const name = unique('many');
    const group = await create(world, 'chartgroups', { name });
    const sibling = await create(world, 'chartgroups', { name: `${name}2` });
    const own = `default-chart-${name}`;
    const image = smallImage('1');
    const paths = Array.from({ length: 101 }, (_, at) => (at % 10 === 0 ? `a/b/c${at}` : `c${at}`));
    await inBatches(paths, (path) => view.push(`${own}/${path}`, image));
    await view.push(`${own}2/kept`, image);
    expect((await view.listRepositories(own)).length).toBe(101);
    expect((await remove(pathOf('chartgroups', group))).status).toBe(200);
    await expectGone(pathOf('chartgroups', group));
    expect(await view.findProject(own)).toBeUndefined();
    expect(await view.listRepositories(`${own}2`)).toEqual([`${own}2/kept`]);
    expect((await get(world, pathOf('chartgroups', sibling))).status['phase']).toBe('Available');
  }, 120_000);

  it('of a namespace with images is refused, also with those nobody told us of', async () => {
    const name = unique('full');
    const namespace = await create(world, 'namespaces', { name });
    await view.push(`default-image-${name}/past/us`, smallImage('1'));
    const refused = await remove(pathOf('namespaces', namespace));
    expect(refusalOf(refused)).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(await view.listRepositories(`default-image-${name}`)).toHaveLength(1);
  });

  it('B44, B51: of a repository leaves those above, below and beside it', async () => {
    const name = unique('nested');
    const project = `default-image-${name}`;
    const namespace = await create(world, 'namespaces', { name, visibility: 'Private' });
    const client = new ImageClient(world, { as: 'admin' });
    for (const path of ['a', 'a/b', 'a/b/c', 'a/bc']) {
      await client.push(`${name}/${path}`, smallImage('1'));
    }
    const { metadata } = await findRepository(namespace, 'a/b');
    const path = `/namespaces/${namespace.metadata.name}/repositories/${metadata.name}`;
    expect((await remove(path)).status).toBe(200);
    await expectGone(path);
    const kept = ['a', 'a/b/c', 'a/bc'].map((each) => `${project}/${each}`);
    expect(await view.listRepositories(project)).toEqual(kept);
    expect((await client.getManifest(`${name}/a/b`, '1')).status).toBe(404);
  });

  it('tolerates that Harbor has it no more', async () => {
    const name = unique('absent');
    const namespace = await create(world, 'namespaces', { name });
    await new ImageClient(world, { as: 'admin' }).push(`${name}/app`, smallImage('1'));
    const { metadata } = await findRepository(namespace, 'app');
    const project = await view.findProject(`default-image-${name}`);
    const base = `/api/v2.0/projects/${project?.name}`;
    await view.call(`${base}/repositories/app`, { method: 'DELETE' });
    const path = `/namespaces/${namespace.metadata.name}/repositories/${metadata.name}`;
    // Meanwhile we may have seen that it is gone.
    expect([200, 404]).toContain((await remove(path)).status);
    await expectGone(path);
    const dropped = await view.call(`/api/v2.0/projects/${project?.project_id}`, {
      method: 'DELETE',
    });
    expect(dropped.status).toBe(200);
    await vi.waitFor(async () => {
      expect((await get(world, pathOf('namespaces', namespace))).status['repoCount']).toBe(0);
    }, soon);
    expect((await remove(pathOf('namespaces', namespace))).status).toBe(200);
    await expectGone(pathOf('namespaces', namespace));
  });

  it.each([500, 'cut', 'lost'] as const)(
    'that Harbor ends half-way (%s) is brought to its end',
    async (mode) => {
      const name = unique('half');
      const project = `default-chart-${name}`;
      const group = await create(world, 'chartgroups', { name });
      const path = pathOf('chartgroups', group);
      for (const chart of ['a', 'b', 'c']) await view.push(`${project}/${chart}`, smallImage('1'));
      const projectId = (await view.findProject(project))?.project_id;
      harborOf(world).fail(mode, (method, target) => {
        const isOne = target.includes(`${project}/repositories/b`);
        return method === 'DELETE' && (isOne || target === `/api/v2.0/projects/${projectId}`);
      });
      const first = await remove(path);
      expect(first.status).toBe(200);
      if (mode !== 'lost') {
        const halfway = await get(world, path);
        expect(halfway.status['phase']).toBe('Terminating');
        expect(halfway.metadata.deletionTimestamp).toBeDefined();
        expect(await view.listRepositories(project)).toEqual([`${project}/b`]);
        expect(refusalOf(await remove(path))).toMatchObject({ code: 409, reason: 'Conflict' });
      }
      harborOf(world).fail(undefined);
      await expectGone(path);
      expect(await view.findProject(project)).toBeUndefined();
    },
  );

  it('of a repository that Harbor ends half-way can be driven on', async () => {
    const name = unique('half');
    const namespace = await create(world, 'namespaces', { name });
    await new ImageClient(world, { as: 'admin' }).push(`${name}/app`, smallImage('1'));
    const { metadata } = await findRepository(namespace, 'app');
    const path = `/namespaces/${namespace.metadata.name}/repositories/${metadata.name}`;
    harborOf(world).fail(503, (method) => method === 'DELETE');
    expect((await remove(path)).status).toBe(200);
    expect((await get(world, path)).metadata.deletionTimestamp).toBeDefined();
    harborOf(world).fail(undefined);
    await expectGone(path);
    expect(await view.listRepositories(`default-image-${name}`)).toEqual([]);
  });
});

it('names nothing internal in any answer', () => {
  expect(world.leaks()).toEqual([]);
});
