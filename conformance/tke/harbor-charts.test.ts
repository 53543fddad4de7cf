import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packChart, postForm, uploadChart } from './chart-files.ts';
import { HarborView, harborOf } from './harbor-view.ts';
import { create, findByName, get, unique } from './objects.ts';
import { openTkeWorld, type TkeWorld } from './world.ts';

const ADMIN = { as: 'admin' };
const SOON = { timeout: 30_000, interval: 100 };
const CHARTREPO = /^(?:\/api)?\/chartrepo(?:\/|$)/;

const index = z.looseObject({
  apiVersion: z.literal('v1'),
  entries: z.record(
    z.string(),
    z.array(z.looseObject({ version: z.string(), urls: z.string().array() })),
  ),
  serverInfo: z.looseObject({ contextPath: z.string().optional() }),
});

/** The words of a document, without its values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map((item) => shapeOf(item));
  if (typeof value !== 'object' || value === null) return typeof value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, shapeOf(item)]));
}

describe.each(['harbor', 'harbor-chartmuseum'] as const)('scenario 26: charts in %s', (kind) => {
  let world: TkeWorld;
  let plain: TkeWorld;
  let view: HarborView;

  beforeAll(async () => {
    [world, plain] = await Promise.all([openTkeWorld(kind), openTkeWorld('builtin')]);
    view = new HarborView(world);
  }, 120_000);

  afterAll(() => Promise.all([world?.close(), plain?.close()]));

  it('are in the project of their group, and served by an index that helm and cm-push take', async () => {
    const name = unique('hm-bus');
    await create(world, 'chartgroups', { name });
    expect((await uploadChart(world, name, { name: 'bus', version: '1.0.0' })).status).toBe(201);
    const chart = await packChart('bus', '1.1.0');
    // As helm-push finds it: by the context path of the index.
    const listed = index.parse(parse((await world.call(`/chart/${name}/index.yaml`, ADMIN)).text));
    expect(listed.serverInfo.contextPath).toBe('/chart');
    const pushed = await postForm(world, `/chart/api/${name}/charts`, { chart }, ADMIN);
    expect([pushed.status, pushed.json]).toEqual([201, { saved: true }]);
    const held = await view.call(
      kind === 'harbor'
        ? `/api/v2.0/projects/default-chart-${name}/repositories/bus/artifacts/1.1.0`
        : `/api/chartrepo/default-chart-${name}/charts/bus/1.1.0`,
    );
    expect(held.status).toBe(200);
    const { entries } = index.parse(
      parse((await world.call(`/chart/${name}/index.yaml`, ADMIN)).text),
    );
    expect(entries['bus']?.map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
    const [url = ''] = entries['bus']?.[0]?.urls ?? [];
    const base = `http://localhost/chart/${name}/`;
    const pulled = await world.call(new URL(url, base).pathname, ADMIN);
    expect(pulled.status).toBe(200);
    expect(pulled.bytes.equals(chart)).toBe(true);
  });

  it('B46: lose the version that is asked for and no other, here and there', async () => {
    const name = unique('hm');
    const group = await create(world, 'chartgroups', { name });
    for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1']) {
      expect((await uploadChart(world, name, { name: 'bus', version })).status).toBe(201);
    }
    const first = await world.call(`/chart/api/${name}/charts/bus/1.1.0`, {
      ...ADMIN,
      method: 'DELETE',
    });
    expect([first.status, first.json]).toEqual([200, { deleted: true }]);
    const charts = `/namespaces/${group.metadata.name}/charts`;
    const versions = async () => {
      const found = await findByName(world, charts, 'bus');
      const list = z.array(z.looseObject({ version: z.string() })).parse(found?.status['versions']);
      return list.map(({ version }) => version).toSorted();
    };
    await expect.poll(versions, SOON).toEqual(['1.0.0', '2.0.0-rc.1']);
    const chart = await findByName(world, charts, 'bus');
    const second = await world.api(`${charts}/${chart?.metadata.name}/version/2.0.0-rc.1`, {
      ...ADMIN,
      method: 'DELETE',
    });
    expect(second.status).toBe(200);
    await expect.poll(versions, SOON).toEqual(['1.0.0']);
    const left = await view.call(`/api/chartrepo/default-chart-${name}/charts/bus`);
    expect(z.array(z.looseObject({ version: z.string() })).parse(left.json)).toHaveLength(1);
    const path = `/chartgroups/${group.metadata.name}`;
    expect((await get(world, path)).status['chartCount']).toBe(1);
  });

  it('have documents of the same shape as those of the built-in provider', async () => {
    const name = 'same';
    const documents = await Promise.all(
      [world, plain].map(async (each) => {
        await create(each, 'chartgroups', { name });
        const chart = { name: 'bus', version: '1.0.0', description: 'd', appVersion: '7' };
        expect((await uploadChart(each, name, chart)).status).toBe(201);
        const paths = [
          'charts',
          'charts/bus',
          'charts/bus/1.0.0',
          'charts/none',
          'charts/bus/9.9.9',
        ];
        const own = paths.map((path) => `/chart/api/${name}/${path}`);
        const old = paths.map((path) => `/api/chartrepo/${name}/${path}`);
        const found = [];
        for (const path of [...own, ...old]) {
          const { status, json, headers } = await each.call(path, ADMIN);
          found.push([path, status, headers['content-type'], shapeOf(json)]);
        }
        const { status, text } = await each.call(`/chart/${name}/index.yaml`, ADMIN);
        return [...found, [status, shapeOf(parse(text))]];
      }),
    );
    expect(documents[0]).toEqual(documents[1]);
  });

  it.each([503, 'cut', 401] as const)('tell of a Harbor that answers %s', async (mode) => {
    const name = unique('hm');
    await create(world, 'chartgroups', { name });
    harborOf(world).fail(mode);
    const answer = await uploadChart(world, name, { name: 'bus', version: '1.0.0' }).finally(() =>
      harborOf(world).fail(undefined),
    );
    expect([answer.status, answer.json]).toEqual([
      503,
      { error: expect.stringContaining('the back end') },
    ]);
    expect((await uploadChart(world, name, { name: 'bus', version: '1.0.0' })).status).toBe(201);
  });

  it('are not stored when the group is locked or not there (B54)', async () => {
    const name = unique('hm');
    const { metadata } = await create(world, 'chartgroups', { name });
    const locked = await world.api(`/chartgroups/${metadata.name}/status`, {
      ...ADMIN,
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status: { locked: true } }),
    });
    expect(locked.status).toBe(200);
    expect((await uploadChart(world, name, { name: 'bus', version: '1.0.0' })).status).toBe(423);
    expect((await uploadChart(world, 'none', { name: 'bus', version: '1.0.0' })).status).toBe(404);
    expect(await view.listRepositories(`default-chart-${name}`)).toEqual([]);
  });

  it('names nothing internal in any answer', () => {
    expect([...world.leaks(), ...plain.leaks()]).toEqual([]);
  });
});

describe('scenario 33: a Harbor without chartrepo', () => {
  it.each(['auto', 'oci'])('keeps charts as OCI artifacts (%s)', async (harborCharts) => {
    await using cleanup = new AsyncDisposableStack();
    const world = await openTkeWorld('harbor', { configuration: { harborCharts } });
    cleanup.defer(() => world.close());
    harborOf(world).fail(404, (_method, path) => CHARTREPO.test(path));
    const name = unique('hm');
    const group = await create(world, 'chartgroups', { name });
    for (const version of ['1.0.0', '1.1.0']) {
      expect((await uploadChart(world, name, { name: 'bus', version })).status).toBe(201);
    }
    const again = await uploadChart(world, name, { name: 'bus', version: '1.0.0' });
    expect(again.status).toBe(409);
    const pulled = await world.call(`/chart/${name}/charts/bus-1.0.0.tgz`, ADMIN);
    expect([pulled.status, pulled.bytes.equals(await packChart('bus', '1.0.0'))]).toEqual([
      200,
      true,
    ]);
    const charts = `/namespaces/${group.metadata.name}/charts`;
    await expect.poll(() => findByName(world, charts, 'bus'), SOON).toBeDefined();
    expect(
      (await world.call(`/chart/api/${name}/charts/bus/1.0.0`, { ...ADMIN, method: 'DELETE' }))
        .status,
    ).toBe(200);
    const { entries } = index.parse(
      parse((await world.call(`/chart/${name}/index.yaml`, ADMIN)).text),
    );
    expect(entries['bus']?.map(({ version }) => version)).toEqual(['1.1.0']);
    expect(harborOf(world).seen.some(({ path }) => CHARTREPO.test(path))).toBe(false);
    expect(world.leaks()).toEqual([]);
  });
});
