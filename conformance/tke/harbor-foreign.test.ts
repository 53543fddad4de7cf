import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packChart, postForm } from './chart-files.ts';
import { HarborView, harborOf, smallImage } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { bodyOf, create, findByName, names, patch, refusalOf, unique } from './objects.ts';
import { openTkeWorld, type TkeWorld } from './world.ts';

const soon = { timeout: 30_000, interval: 100 };

describe('scenario 29: projects that Harbor had before', () => {
  let world: TkeWorld;
  let view: HarborView;
  const foreign = ['production', 'default-image-theirs', 'default-chart-theirs', 't9-chart-public'];
  const image = smallImage('1');

  beforeAll(async () => {
    world = await openTkeWorld('harbor', { configuration: { systemChartGroups: ['public'] } });
    view = new HarborView(world);
    for (const project of foreign) {
      await view.createProject(project);
      await view.push(`${project}/app`, image);
    }
  });

  afterAll(() => world?.close());

  const post = (resource: string, spec: object) =>
    world.api(`/${resource}`, { as: 'admin', method: 'POST', json: bodyOf(resource, spec) });

  it('are listed nowhere', async () => {
    await create(world, 'namespaces', { name: unique('own') });
    expect(await names(world, '/namespaces')).not.toContain('theirs');
    expect(await names(world, '/repositories')).toEqual([]);
    const catalog = await new ImageClient(world, { as: 'admin' }).request('_catalog');
    expect(catalog.json).toEqual({ repositories: [] });
  });

  it('are reached by no name', async () => {
    const client = new ImageClient(world, { as: 'admin' });
    for (const name of ['theirs', 'production', 'default-image-theirs']) {
      expect((await client.getManifest(`${name}/app`, '1')).status).toBe(404);
      const upload = await client.request(`${name}/app/blobs/uploads/`, { method: 'POST' });
      expect(upload.status).toBe(404);
    }
    expect((await world.call('/chart/theirs/index.yaml', { as: 'admin' })).status).toBe(404);
  });

  it.each(['namespaces', 'chartgroups'])('are not taken over by new %s', async (resource) => {
    const refused = await post(resource, { name: 'theirs', visibility: 'Public' });
    expect(refusalOf(refused)).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(await findByName(world, `/${resource}`, 'theirs')).toBeUndefined();
  });

  it('are shut while an object that failed has their name', async () => {
    await world.createUser('nina', { tenant: 't9', role: 'admin' });
    const t9 = { tenant: 't9', as: 'nina' } as const;
    const group = await vi.waitFor(async () => {
      const found = await findByName(world, '/chartgroups', 'public', t9);
      expect(found?.status['phase']).toBe('Failed');
      return found;
    }, soon);
    expect(group?.status['message']).toContain('not managed here');
    expect((await world.call('/chart/public/index.yaml', t9)).status).toBe(404);
    const chart = await packChart('app', '1.0.0');
    const path = '/chart/api/public/charts';
    expect((await postForm(world, path, { chart }, t9)).status).toBe(404);
    // Nor does its tenant declare it made.
    const status = `/chartgroups/${group?.metadata.name}/status`;
    const forged = await patch(world, status, { status: { phase: 'Available' } }, t9);
    expect(refusalOf(forged)).toMatchObject({ code: 403, reason: 'Forbidden' });
    const object = `/chartgroups/${group?.metadata.name}`;
    expect((await world.api(object, { as: 'admin', method: 'DELETE' })).status).toBe(200);
  });

  it('are as they were after all this', async () => {
    for (const project of foreign) {
      expect(await view.listRepositories(project)).toEqual([`${project}/app`]);
      expect(await view.isPublic(project)).toBe(false);
    }
    expect(world.leaks()).toEqual([]);
  });
});

describe('scenario 29: with harborAdoptProjects', () => {
  let world: TkeWorld;
  beforeAll(async () => {
    world = await openTkeWorld('harbor', { configuration: { harborAdoptProjects: true } });
  });
  afterAll(() => world?.close());

  it('a project of the name is taken over, with its content', async () => {
    const view = new HarborView(world);
    await view.createProject('default-image-theirs');
    const image = smallImage('1');
    await view.push('default-image-theirs/app', image);
    await create(world, 'namespaces', { name: 'theirs', visibility: 'Public' });
    expect(await view.isPublic('default-image-theirs')).toBe(true);
    await new ImageClient(world).pullAll('theirs/app', image);
    await vi.waitFor(
      async () => expect(await findByName(world, '/repositories', 'app')).toBeDefined(),
      soon,
    );
    expect(harborOf(world).seen.length).toBeGreaterThan(0);
    expect(world.leaks()).toEqual([]);
  });
});
