import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { packChart, uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import {
  bodyOf,
  create,
  expectStatus,
  findByName,
  get,
  nameOf,
  names,
  patch,
  refusalOf,
  type TkeObject,
  unique,
} from './objects.ts';

const SOON = { timeout: 20_000, interval: 100 };
const ADMIN = { as: 'admin' };
const PASSWORD = 'remote-secret-9';

/** A chart repository of somebody else, with a login. */
interface Remote {
  readonly url: string;
  readonly charts: Map<string, Map<string, Buffer>>;
  close(): Promise<void>;
}

onEachProvider(
  (world) => {
    let remote: Remote;
    beforeAll(async () => {
      remote = await openRemote();
    });
    afterAll(() => remote.close());

    const importedInfo = () => ({
      addr: remote.url,
      username: 'puller',
      password: Buffer.from(PASSWORD).toString('base64'),
    });
    const chartsOf = ({ metadata }: TkeObject) => `/namespaces/${metadata.name}/charts`;
    const sync = (group: TkeObject, who = ADMIN) =>
      world().api(`/chartgroups/${group.metadata.name}/repoupdating`, { ...who, method: 'POST' });
    const versionsOf = async (group: TkeObject, name: string) => {
      const found = await findByName(world(), chartsOf(group), name);
      const versions = z.array(z.looseObject({ version: z.string() }));
      return versions.parse(found?.status['versions'] ?? []).map(({ version }) => version);
    };

    describe('scenario 16: imported groups', () => {
      it('B12: follow what they are imported from: new, changed and gone charts', async () => {
        const group = await create(world(), 'chartgroups', {
          name: unique('imported'),
          type: 'Imported',
          importedInfo: importedInfo(),
        });
        remote.charts.clear();
        await stock(remote, 'alpha', ['1.0.0']);
        await stock(remote, 'beta', ['0.1.0', '0.2.0']);
        const answer = await sync(group);
        expect([answer.status, answer.json]).toEqual([200, 'Success']);
        expect(await names(world(), chartsOf(group))).toEqual(['alpha', 'beta']);
        expect(await versionsOf(group, 'beta')).toEqual(['0.2.0', '0.1.0']);
        const path = `/chartgroups/${group.metadata.name}`;
        expect((await get(world(), path)).status['chartCount']).toBe(2);
        remote.charts.delete('alpha');
        await stock(remote, 'beta', ['0.3.0']);
        await stock(remote, 'gamma', ['1.0.0-rc.1']);
        expect((await sync(group)).json).toBe('Success');
        expect(await names(world(), chartsOf(group))).toEqual(['beta', 'gamma']);
        expect(await versionsOf(group, 'beta')).toEqual(['0.3.0', '0.2.0', '0.1.0']);
        expect((await get(world(), path)).status['chartCount']).toBe(2);
      });

      it('show nobody their password', async () => {
        const group = await create(world(), 'chartgroups', {
          name: unique('secret'),
          type: 'Imported',
          importedInfo: importedInfo(),
        });
        const path = `/chartgroups/${group.metadata.name}`;
        await patch(world(), path, { spec: { displayName: 'changed' } });
        const shown = await world().api(path, ADMIN);
        const wrong = await world().api('/chartgroups', {
          ...ADMIN,
          method: 'POST',
          json: bodyOf('chartgroups', {
            name: unique('x'),
            type: 'Imported',
            importedInfo: { ...importedInfo(), password: `§${PASSWORD}` },
          }),
        });
        expect(refusalOf(wrong)).toMatchObject({ code: 422, reason: 'Invalid' });
        for (const { text } of [shown, wrong]) {
          expect(text).not.toContain(PASSWORD);
          expect(text).not.toContain(Buffer.from(PASSWORD).toString('base64'));
        }
        // What was not shown is not lost by writing back what was shown.
        remote.charts.clear();
        await stock(remote, 'alpha', ['1.0.0']);
        expect((await sync(group)).json).toBe('Success');
      });

      it('refuse uploads', async () => {
        const group = await create(world(), 'chartgroups', {
          name: unique('mirror'),
          type: 'Imported',
          importedInfo: importedInfo(),
        });
        const name = nameOf(group);
        const answer = await uploadChart(world(), name, { name: 'app', version: '1.0.0' });
        expect(answer.status).toBe(403);
      });

      it('are the only ones to be synchronised', async () => {
        const group = await create(world(), 'chartgroups', { name: unique('own') });
        expect(refusalOf(await sync(group))).toMatchObject({
          code: 400,
          reason: 'BadRequest',
          message: expect.stringContaining('type is not Imported'),
        });
        const absent = await world().api('/chartgroups/rcg-absent00/repoupdating', {
          ...ADMIN,
          method: 'POST',
        });
        expect(refusalOf(absent).code).toBe(404);
      });

      it('say so when the remote repository is not to be read', async () => {
        const group = await create(world(), 'chartgroups', {
          name: unique('lost'),
          type: 'Imported',
          importedInfo: { ...importedInfo(), password: Buffer.from('wrong').toString('base64') },
        });
        const refusal = refusalOf(await sync(group));
        expect(refusal.code).toBeGreaterThanOrEqual(400);
        expect(refusal.message).toContain('remote repository');
        const without = await world().api('/chartgroups', {
          ...ADMIN,
          method: 'POST',
          json: bodyOf('chartgroups', { name: unique('x'), type: 'Imported' }),
        });
        expect(refusalOf(without).code).toBe(422);
      });

      it('B13: charts/version shows readme, values and files, of imported and own charts', async () => {
        const imported = await create(world(), 'chartgroups', {
          name: unique('far'),
          type: 'Imported',
          importedInfo: importedInfo(),
        });
        const own = await create(world(), 'chartgroups', { name: unique('near') });
        remote.charts.clear();
        await stock(remote, 'app', ['1.0.0', '2.0.0', '2.1.0-rc.1']);
        expect((await sync(imported)).json).toBe('Success');
        for (const version of ['1.0.0', '2.0.0', '2.1.0-rc.1']) {
          await uploadChart(world(), nameOf(own), { name: 'app', version });
        }
        await expect
          .poll(() => versionsOf(own, 'app'), SOON)
          .toEqual(['2.1.0-rc.1', '2.0.0', '1.0.0']);
        for (const group of [imported, own]) {
          const chart = await findByName(world(), chartsOf(group), 'app');
          const path = `${chartsOf(group)}/${chart?.metadata.name}/version`;
          const info = {
            kind: 'ChartInfo',
            apiVersion: 'registry.tkestack.io/v1',
            metadata: { name: chart?.metadata.name, namespace: group.metadata.name },
            spec: {
              name: 'app',
              tenantID: 'default',
              chartGroupName: group.spec['name'],
              version: '1.0.0',
              readme: { 'README.md': '# app\n' },
              values: { 'values.yaml': 'replicas: 1\n' },
              rawFiles: {
                'Chart.yaml': expect.stringContaining('app'),
                'templates/service.yaml': expect.stringContaining('kind: Service'),
              },
            },
          };
          for (const query of ['/1.0.0', '/1.0.0/', '?version=1.0.0&cluster=global&namespace=x']) {
            const answer = await world().api(`${path}${query}`, ADMIN);
            expectStatus(answer, 200);
            expect(answer.json).toMatchObject(info);
          }
          const newest = await world().api(path, ADMIN);
          expect(newest.json).toMatchObject({ spec: { version: '2.1.0-rc.1' } });
          const absent = await world().api(`${path}/9.9.9`, ADMIN);
          expect(refusalOf(absent)).toMatchObject({ code: 404, reason: 'NotFound' });
          const unnamed = await world().api(path, { ...ADMIN, method: 'DELETE' });
          expect(refusalOf(unnamed).code).toBe(400);
        }
      });

      it('a chart without versions has none to show: 400', async () => {
        const group = await create(world(), 'chartgroups', { name: unique('bare') });
        const chart = await create(world(), `namespaces/${group.metadata.name}/charts`, {
          name: 'empty',
          chartGroupName: group.spec['name'],
        });
        const path = `${chartsOf(group)}/${chart.metadata.name}/version`;
        expect(refusalOf(await world().api(path, ADMIN))).toMatchObject({
          code: 400,
          reason: 'BadRequest',
          message: 'version is required',
        });
      });
    });
  },
  // The remote repository of this test is on loopback, where imports do not go by themselves.
  { settings: { egressNetworks: ['127.0.0.0/8'] } },
);

async function stock(remote: Remote, name: string, versions: readonly string[]): Promise<void> {
  const known = remote.charts.get(name) ?? new Map<string, Buffer>();
  remote.charts.set(name, known);
  for (const version of versions) known.set(version, await packChart(name, version));
}

async function openRemote(): Promise<Remote> {
  const charts: Remote['charts'] = new Map();
  const wanted = `Basic ${Buffer.from(`puller:${PASSWORD}`).toString('base64')}`;
  const server = http.createServer((request, response) => {
    if (request.headers.authorization !== wanted) return void response.writeHead(401).end();
    const path = request.url ?? '';
    if (path === '/stable/index.yaml') return void response.end(presentIndex(charts));
    const [, name = '', version = ''] = /^\/stable\/files\/(\w+)-(.+)\.tgz$/.exec(path) ?? [];
    const archive = charts.get(name)?.get(version);
    if (archive === undefined) response.writeHead(404).end();
    else response.end(archive);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return {
    url: `http://127.0.0.1:${address.port}/stable`,
    charts,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function presentIndex(charts: Remote['charts']): string {
  const entries = [...charts].map(([name, versions]) => [
    name,
    [...versions.keys()].map((version) => ({
      apiVersion: 'v2',
      name,
      version,
      created: '2026-01-01T00:00:00Z',
      urls: [`files/${name}-${version}.tgz`],
    })),
  ]);
  return stringify({ apiVersion: 'v1', entries: Object.fromEntries(entries) });
}
