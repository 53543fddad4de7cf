import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { uploadChart } from './chart-files.ts';
import { HarborView, smallImage } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { createLasting, insertObjects, type OldObject } from './lasting.ts';
import { API_VERSION, findByName, get, parseObject, refusalOf } from './objects.ts';
import {
  openHarbor,
  openTkeWorld,
  type ProviderKind,
  type TkeWorld,
  type WorldOptions,
} from './world.ts';

const SOON = { timeout: 30_000, interval: 100 };

const group = (name: string, spec: object): OldObject => ({
  kind: 'ChartGroup',
  name: `rcg-${name}`,
  uniqueKey: `default/${name}`,
  spec: { name, tenantID: 'default', ...spec },
  status: { chartCount: 0 },
});

/** As the first generation stored them (reference §1.3, §1.4). */
const oldObjects: readonly OldObject[] = [
  {
    kind: 'Namespace',
    name: 'rns-old',
    uniqueKey: 'default/old',
    spec: { name: 'old', tenantID: 'default', displayName: 'Old', visibility: 'Private' },
    status: { repoCount: 0 },
  },
  {
    kind: 'Namespace',
    name: 'rns-open',
    uniqueKey: 'default/open',
    spec: { name: 'open', tenantID: 'default', visibility: 'Public' },
    status: { repoCount: 0 },
  },
  group('anna', { type: 'personal', visibility: 'Private' }),
  group('team', { type: 'project', visibility: 'Private', projects: ['p1'] }),
  group('base', { type: 'system', visibility: 'Public' }),
  group('shared', { type: 'project', visibility: 'Public', projects: [] }),
  {
    kind: 'Chart',
    name: 'chart-own',
    namespace: 'rcg-anna',
    uniqueKey: 'default/anna/own',
    spec: { name: 'own', tenantID: 'default', chartGroupName: 'anna', visibility: 'Private' },
    status: { pullCount: 7, versions: [] },
  },
];

async function withObjects(
  kind: ProviderKind,
  prepare: (options: WorldOptions) => Promise<void>,
  work: (world: TkeWorld) => Promise<void>,
): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const lasting = await createLasting(cleanup);
  const harbor = kind === 'builtin' ? undefined : await openHarbor(cleanup);
  const options = { lasting, ...(harbor !== undefined && { harbor }) };
  await prepare(options);
  const world = await openTkeWorld(kind, options);
  cleanup.defer(() => world.close());
  await work(world);
  expect(world.leaks()).toEqual([]);
}

const insert = async ({ lasting }: WorldOptions, objects: readonly OldObject[]) => {
  await insertObjects(lasting?.databaseUrl ?? '', objects);
};

const upgraded = (world: TkeWorld, path: string) =>
  expect.poll(async () => (await get(world, path)).status['phase'], SOON).toBe('Available');

async function indexStatus(world: TkeWorld, group: string, as: string | undefined) {
  return (await world.call(`/chart/${group}/index.yaml`, { as })).status;
}

describe.each(['builtin', 'harbor'] as const)('scenario 41: objects of old, %s', (kind) => {
  it('speak the new words and keep their rights', async () => {
    const prepare = (options: WorldOptions) => insert(options, oldObjects);
    await withObjects(kind, prepare, async (world) => {
      await world.createUser('anna', { tenant: 'default' });
      await world.createUser('bert', { tenant: 'default' });
      const projects = [{ name: 'p1', role: 'member' as const }];
      await world.createUser('paul', { tenant: 'default', projects });
      for (const { kind: of, name } of oldObjects) {
        if (of === 'Namespace') await upgraded(world, `/namespaces/${name}`);
        if (of === 'ChartGroup') await upgraded(world, `/chartgroups/${name}`);
      }

      expect((await get(world, '/chartgroups/rcg-anna')).spec).toMatchObject({
        type: 'SelfBuilt',
        visibility: 'User',
        users: ['anna'],
        creator: 'anna',
        finalizers: ['chartgroup'],
      });
      expect((await get(world, '/chartgroups/rcg-team')).spec).toMatchObject({
        type: 'SelfBuilt',
        visibility: 'Project',
        projects: ['p1'],
      });
      expect((await get(world, '/chartgroups/rcg-base')).spec).toMatchObject({
        type: 'System',
        visibility: 'Public',
      });
      expect((await get(world, '/chartgroups/rcg-shared')).spec).toMatchObject({
        type: 'SelfBuilt',
        visibility: 'Public',
      });
      const path = '/namespaces/rcg-anna/charts/chart-own';
      await expect.poll(async () => (await get(world, path)).spec['visibility'], SOON).toBe('User');
      expect((await get(world, path)).status['pullCount']).toBe(7);
      const old = await get(world, '/namespaces/rns-old');
      expect(old.spec).toMatchObject({
        displayName: 'Old',
        visibility: 'Private',
        type: 'Project',
        finalizers: ['namespace'],
      });
      expect(old.metadata).toMatchObject({ creationTimestamp: '2020-06-01T08:00:00Z' });

      const chart = { name: 'own', version: '1.0.0' };
      expect((await uploadChart(world, 'anna', chart, { as: 'anna' })).status).toBe(201);
      expect((await uploadChart(world, 'anna', chart, { as: 'bert' })).status).toBe(403);
      expect((await uploadChart(world, 'team', chart, { as: 'paul' })).status).toBe(201);
      expect((await uploadChart(world, 'base', chart, { as: 'anna' })).status).toBe(403);
      const readers: Readonly<Record<string, readonly (string | undefined)[]>> = {
        anna: ['anna'],
        team: ['paul'],
        base: ['anna', 'bert', 'paul', undefined],
      };
      for (const [name, may] of Object.entries(readers)) {
        for (const as of ['anna', 'bert', 'paul', undefined]) {
          const status = await indexStatus(world, name, as);
          expect([name, as, status === 200]).toEqual([name, as, may.includes(as)]);
        }
      }

      const image = smallImage('v1');
      await new ImageClient(world, { as: 'bert' }).push('old/app', image);
      await new ImageClient(world, { as: 'paul' }).pullAll('old/app', image);
      expect((await new ImageClient(world).getManifest('old/app', 'v1')).status).toBe(401);
      await new ImageClient(world, { as: 'bert' }).push('open/app', image);
      await new ImageClient(world).pullAll('open/app', image);
      await expect
        .poll(() => findByName(world, '/namespaces/rns-old/repositories', 'app'), SOON)
        .toBeDefined();
    });
  });

  it('are taken from YAML of that time, too', async () => {
    const nothing = () => Promise.resolve();
    await withObjects(kind, nothing, async (world) => {
      await world.createUser('anna', { tenant: 'default' });
      const post = (resource: string, object: object) =>
        world.api(`/${resource}`, {
          as: 'admin',
          method: 'POST',
          headers: { 'content-type': 'application/yaml' },
          body: stringify({ apiVersion: API_VERSION, ...object }),
        });
      const personal = await post('chartgroups', {
        kind: 'ChartGroup',
        metadata: { name: 'rcg-dropped' },
        spec: { name: 'anna', type: 'personal', visibility: 'Private' },
      });
      expect([personal.status, parseObject(personal.json).spec]).toEqual([
        201,
        expect.objectContaining({ type: 'SelfBuilt', visibility: 'User', creator: 'anna' }),
      ]);
      expect(parseObject(personal.json).spec['users']).toContain('anna');
      const project = await post('chartgroups', {
        kind: 'ChartGroup',
        metadata: {},
        spec: { name: 'team', type: 'PROJECT', projects: ['p1'] },
      });
      expect([project.status, parseObject(project.json).spec]).toEqual([
        201,
        expect.objectContaining({ type: 'SelfBuilt', visibility: 'Project', projects: ['p1'] }),
      ]);
      const namespace = await post('namespaces', {
        kind: 'Namespace',
        metadata: {},
        spec: { name: 'old', visibility: 'private' },
      });
      expect([namespace.status, parseObject(namespace.json).spec]).toEqual([
        201,
        expect.objectContaining({ visibility: 'Private' }),
      ]);
      const chart = { name: 'own', version: '1.0.0' };
      expect((await uploadChart(world, 'anna', chart, { as: 'anna' })).status).toBe(201);
    });
  });
});

describe('scenario 29, 41: objects of old whose projects are somebody else’s', () => {
  const theirs: readonly OldObject[] = [
    {
      kind: 'Namespace',
      name: 'rns-theirs',
      uniqueKey: 'default/theirs',
      spec: { name: 'theirs', tenantID: 'default', visibility: 'Public' },
      status: { repoCount: 0 },
    },
    {
      kind: 'Repository',
      name: 'repo-app',
      namespace: 'rns-theirs',
      uniqueKey: 'default/theirs/app',
      spec: {
        name: 'app',
        tenantID: 'default',
        namespaceName: 'theirs',
        visibility: 'Public',
        finalizers: ['repository'],
      },
      status: { pullCount: 1, tags: [] },
    },
    group('theirs', { type: 'SelfBuilt', visibility: 'Public' }),
  ];
  const projects = ['default-image-theirs', 'default-chart-theirs'];

  it('fail, are shut, and can be deleted without a trace there', async () => {
    const prepare = async (options: WorldOptions) => {
      await insert(options, theirs);
      if (options.harbor === undefined) throw new Error('there is no Harbor');
      const view = new HarborView(options.harbor);
      for (const project of projects) {
        await view.createProject(project, true);
        await view.push(`${project}/app`, smallImage('v1'));
      }
    };
    await withObjects('harbor', prepare, async (world) => {
      const admin = { as: 'admin' };
      for (const path of ['/namespaces/rns-theirs', '/chartgroups/rcg-theirs']) {
        await expect
          .poll(async () => (await get(world, path)).status['phase'], SOON)
          .toBe('Failed');
        expect((await get(world, path)).status['message']).toContain('not managed here');
      }
      const client = new ImageClient(world, admin);
      const anybody = new ImageClient(world);
      expect((await anybody.getManifest('theirs/app', 'v1')).status).toBe(401);
      for (const answer of [
        await client.getManifest('theirs/app', 'v1'),
        await client.request('theirs/app/tags/list'),
        await client.request('theirs/app/blobs/uploads/', { method: 'POST' }),
        await client.request('theirs/app/manifests/v1', { method: 'DELETE' }),
      ]) {
        expect(answer.status).toBe(403);
      }
      const upload = await uploadChart(world, 'theirs', { name: 'app', version: '9.0.0' }, admin);
      expect(upload.status).toBe(404);
      expect(await indexStatus(world, 'theirs', 'admin')).toBe(404);

      const { claims } = await tokenFor(world, 'repository:theirs/app:pull,push,delete');
      expect(claims.access).toEqual([]);

      const remove = (path: string) => world.api(path, { ...admin, method: 'DELETE' });
      const repository = '/namespaces/rns-theirs/repositories/repo-app';
      expect((await remove(repository)).status).toBe(200);
      await expect.poll(async () => (await world.api(repository, admin)).status, SOON).toBe(404);
      // The count of the namespace follows a moment later.
      await expect
        .poll(async () => {
          const answer = await remove('/namespaces/rns-theirs');
          if (answer.status === 409) refusalOf(answer);
          return answer.status;
        }, SOON)
        .toBe(200);
      expect((await remove('/chartgroups/rcg-theirs')).status).toBe(200);
      for (const path of ['/namespaces/rns-theirs', '/chartgroups/rcg-theirs']) {
        await expect.poll(async () => (await world.api(path, admin)).status, SOON).toBe(404);
      }
      const view = new HarborView(world);
      for (const project of projects) {
        expect(await view.isPublic(project)).toBe(true);
        expect(await view.listRepositories(project)).toEqual([`${project}/app`]);
      }
    });
  });
});

async function tokenFor(world: TkeWorld, scope: string) {
  const answer = await new ImageClient(world, { as: 'admin' }).fetchToken([scope]);
  const { token } = z.looseObject({ token: z.string() }).parse(answer.json);
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return { claims: z.looseObject({ access: z.array(z.unknown()) }).parse(JSON.parse(text)) };
}
