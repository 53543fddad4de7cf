import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { uploadChart } from './chart-files.ts';
import { HarborView, harborOf, smallImage } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { create, setStatus, unique } from './objects.ts';
import { openTkeWorld, type TkeWorld, USER_PASSWORD } from './world.ts';

const sysinfo = z.looseObject({
  registry: z.looseObject({
    guidance: z.looseObject({
      login: z.string(),
      images: z.record(z.string(), z.array(z.object({ title: z.string(), command: z.string() }))),
      charts: z.record(z.string(), z.array(z.object({ title: z.string(), command: z.string() }))),
    }),
  }),
});

/** The commands that the page of the registry shows. */
async function commandsOf(world: TkeWorld) {
  const answer = await world.call('/apis/gateway.tkestack.io/v1/sysinfo', { as: 'admin' });
  const { login, images, charts } = sysinfo.parse(answer.json).registry.guidance;
  const steps = [...Object.values(images), ...Object.values(charts)].flat();
  return { login, commands: steps.map(({ command }) => command) };
}

describe('scenario 30: harborLogin: harbor', () => {
  let world: TkeWorld;
  let view: HarborView;
  const name = unique('shop');
  const project = `default-image-${name}`;

  beforeAll(async () => {
    world = await openTkeWorld('harbor', { configuration: { harborLogin: 'harbor' } });
    view = new HarborView(world);
    await create(world, 'namespaces', { name, visibility: 'Private' });
    await create(world, 'chartgroups', { name, visibility: 'Project' });
    for (const user of ['dev', 'guest', 'other']) await view.createUser(user, USER_PASSWORD);
    for (const each of [project, `default-chart-${name}`]) {
      await view.addMember(each, 'dev', 2);
      await view.addMember(each, 'guest', 3);
    }
  });

  afterAll(() => world?.close());

  it('accounts of Harbor push and pull by their roles there', async () => {
    const image = smallImage('v1');
    await new ImageClient(world, { as: 'dev' }).push(`${name}/app`, image);
    expect(await view.listRepositories(project)).toEqual([`${project}/app`]);
    const guest = new ImageClient(world, { as: 'guest' });
    await guest.pullAll(`${name}/app`, image);
    const upload = { method: 'POST' };
    expect([401, 403]).toContain(
      (await guest.request(`${name}/app/blobs/uploads/`, upload)).status,
    );
    for (const client of [new ImageClient(world, { as: 'other' }), new ImageClient(world)]) {
      expect([401, 403]).toContain((await client.getManifest(`${name}/app`, 'v1')).status);
    }
  });

  it('a wrong password logs nobody in', async () => {
    const client = new ImageClient(world, { as: 'dev', password: 'Wrong-password-1' });
    expect((await client.fetchToken([])).status).toBe(401);
    expect((await new ImageClient(world, { as: 'dev' }).fetchToken([])).status).toBe(200);
  });

  it('their tokens are good for the tenant that they were asked for', async () => {
    const issued = await new ImageClient(world, { as: 'dev' }).fetchToken([
      `repository:${name}/app:pull`,
    ]);
    const { token } = z.looseObject({ token: z.string() }).parse(issued.json);
    const headers = { authorization: `Bearer ${token}` };
    const pull = (tenant: string) =>
      world.call(`/v2/${name}/app/manifests/v1`, { tenant, headers });
    expect((await pull('default')).status).toBe(200);
    await create(world, 'namespaces', { name, tenantID: 't2' });
    expect((await pull('t2')).status).toBe(401);
  });

  it('B55: what has no namespace of ours, or a locked one, is shut even to them', async () => {
    await view.createProject('default-image-theirs', true);
    await view.push('default-image-theirs/app', smallImage('v1'));
    const admin = new ImageClient(world, { as: 'admin' });
    expect((await admin.getManifest('theirs/app', 'v1')).status).toBe(403);
    const locked = unique('locked');
    const { metadata } = await create(world, 'namespaces', { name: locked });
    await admin.push(`${locked}/app`, smallImage('v1'));
    await setStatus(world, `/namespaces/${metadata.name}`, { locked: true });
    expect((await admin.getManifest(`${locked}/app`, 'v1')).status).toBe(403);
  });

  it('charts go by the same accounts', async () => {
    const chart = { name: 'app', version: '1.0.0' };
    expect((await uploadChart(world, name, chart, { as: 'guest' })).status).toBe(403);
    expect((await uploadChart(world, name, chart, { as: 'other' })).status).toBe(403);
    expect((await uploadChart(world, name, chart, {})).status).toBe(401);
    expect((await uploadChart(world, name, chart, { as: 'dev' })).status).toBe(201);
    const path = `/chart/${name}/charts/app-1.0.0.tgz`;
    expect((await world.call(path, { as: 'guest' })).status).toBe(200);
    expect((await world.call(path, { as: 'other' })).status).toBe(403);
  });

  it('the page tells to log in with an account of Harbor', async () => {
    const { login, commands } = await commandsOf(world);
    expect(login).toBe('harbor');
    expect(commands.some((command) => command.startsWith('docker login '))).toBe(true);
    expect(commands.join('\n')).not.toContain(new URL(harborOf(world).url).host);
  });

  it('names nothing internal in any answer', () => {
    expect(world.leaks()).toEqual([]);
  });
});

describe('scenario 30: harborLogin: anonymous', () => {
  let world: TkeWorld;
  let view: HarborView;

  beforeAll(async () => {
    world = await openTkeWorld('harbor', { configuration: { harborLogin: 'anonymous' } });
    view = new HarborView(world);
  });

  afterAll(() => world?.close());

  it('nobody needs to log in to push and pull', async () => {
    const name = unique('shop');
    await create(world, 'namespaces', { name, visibility: 'Private' });
    await create(world, 'chartgroups', { name });
    const image = smallImage('v1');
    const nobody = new ImageClient(world);
    await nobody.push(`${name}/app`, image);
    await nobody.pullAll(`${name}/app`, image);
    expect(await view.listRepositories(`default-image-${name}`)).toHaveLength(1);
    expect((await uploadChart(world, name, { name: 'app', version: '1.0.0' }, {})).status).toBe(
      201,
    );
    expect((await world.call(`/chart/${name}/charts/app-1.0.0.tgz`)).status).toBe(200);
  });

  it('but nobody deletes, or pushes to library', async () => {
    const name = unique('kept');
    await create(world, 'namespaces', { name, visibility: 'Public' });
    const nobody = new ImageClient(world);
    await nobody.push(`${name}/app`, smallImage('v1'));
    const gone = await nobody.request(`${name}/app/manifests/v1`, { method: 'DELETE' });
    expect(gone.status).toBe(403);
    expect((await nobody.getManifest(`${name}/app`, 'v1')).status).toBe(200);
    const upload = await nobody.request('library/app/blobs/uploads/', { method: 'POST' });
    expect(upload.status).toBe(403);
  });

  it('but only where a namespace of ours is', async () => {
    await view.createProject('default-image-theirs', true);
    await view.push('default-image-theirs/app', smallImage('v1'));
    const nobody = new ImageClient(world);
    for (const name of ['theirs', 'absent']) {
      expect((await nobody.getManifest(`${name}/app`, 'v1')).status).toBe(403);
      const upload = await nobody.request(`${name}/app/blobs/uploads/`, { method: 'POST' });
      expect(upload.status).toBe(403);
    }
    expect((await world.api('/namespaces')).status).toBe(401);
  });

  it('the page tells nobody to log in', async () => {
    const { login, commands } = await commandsOf(world);
    expect(login).toBe('none');
    expect(commands.filter((command) => command.includes('login'))).toEqual([]);
  });

  it('names nothing internal in any answer', () => {
    expect(world.leaks()).toEqual([]);
  });
});

describe('scenario 30: harborLogin: tke', () => {
  it('the page tells to log in with a credential of ours', async () => {
    await using cleanup = new AsyncDisposableStack();
    const world = await openTkeWorld('builtin');
    cleanup.defer(() => world.close());
    const { login, commands } = await commandsOf(world);
    expect(login).toBe('tke');
    expect(commands.some((command) => command.startsWith('docker login '))).toBe(true);
  });
});
