import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packChart, postForm, signChart, uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import {
  create,
  expectStatus,
  findByName,
  get,
  list,
  nameOf,
  refusalOf,
  setStatus,
  type TkeObject,
  unique,
} from './objects.ts';
import type { ProviderKind } from './world.ts';

const SOON = { timeout: 20_000, interval: 100 };
const ADMIN = { as: 'admin' };

const indexEntry = z.looseObject({
  name: z.string(),
  version: z.string(),
  urls: z.array(z.string()),
  digest: z.string(),
  created: z.string(),
});

const index = z.looseObject({
  apiVersion: z.literal('v1'),
  entries: z.record(z.string(), z.array(indexEntry)),
  generated: z.string(),
  serverInfo: z.looseObject({ contextPath: z.string().optional() }).optional(),
});

const chartVersion = z.looseObject({
  version: z.string(),
  chartSize: z.number(),
  timeCreated: z.string(),
});

onEachProvider((world, kind: ProviderKind) => {
  const createGroup = (spec: object = {}) =>
    create(world(), 'chartgroups', { name: unique('grp'), ...spec });

  async function fetchIndex(group: string, base = 'chart') {
    const answer = await world().call(`/${base}/${group}/index.yaml`, ADMIN);
    expectStatus(answer, 200);
    expect(answer.headers['content-type']).toMatch(/yaml/);
    return index.parse(parse(answer.text));
  }

  const versionsIn = async (group: string, chart: string) =>
    (await fetchIndex(group)).entries[chart]?.map(({ version }) => version) ?? [];

  const chartsOf = ({ metadata }: TkeObject) => `/namespaces/${metadata.name}/charts`;

  /** The Chart object, as soon as it has these versions. */
  async function awaitVersions(
    group: TkeObject,
    name: string,
    versions: readonly string[],
  ): Promise<TkeObject> {
    let found: TkeObject | undefined;
    const read = async () => {
      found = await findByName(world(), chartsOf(group), name);
      return found === undefined ? undefined : versionsOf(found).map(({ version }) => version);
    };
    await expect.poll(read, SOON).toEqual(versions);
    if (found === undefined) throw new Error('the chart is gone again');
    return found;
  }

  describe('scenario 13: helm and cm-push', () => {
    it('helm repo add and search: an empty group has an index that says where to push', async () => {
      const group = nameOf(await createGroup());
      const found = await fetchIndex(group);
      expect(found).toMatchObject({ entries: {}, serverInfo: { contextPath: '/chart' } });
      expect((await world().call('/chart/absent/index.yaml', ADMIN)).status).toBe(404);
      const answer = await world().call('/chart/index.yaml', ADMIN);
      expect([answer.status, answer.json]).toEqual([404, { error: 'not found' }]);
    });

    it('cm-push of a package, then update, pull and what is known of it', async () => {
      const group = await createGroup({ visibility: 'Public' });
      const chart = unique('app');
      const fields = {
        description: 'An application',
        appVersion: '7.1',
        icon: 'https://example.test/icon.png',
        keywords: ['web server', 'proxy'],
      };
      const archive = await packChart(chart, '1.2.3', fields);
      const sent = await postForm(
        world(),
        `/chart/api/${nameOf(group)}/charts`,
        { chart: archive },
        ADMIN,
      );
      expect([sent.status, sent.json]).toEqual([201, { saved: true }]);
      const { entries } = await fetchIndex(nameOf(group));
      const [entry] = entries[chart] ?? [];
      expect(entry).toMatchObject({
        name: chart,
        version: '1.2.3',
        description: 'An application',
        appVersion: '7.1',
        urls: [`charts/${chart}-1.2.3.tgz`],
        digest: createHash('sha256').update(archive).digest('hex'),
      });
      const pulled = await world().call(`/chart/${nameOf(group)}/charts/${chart}-1.2.3.tgz`);
      expect(pulled.status).toBe(200);
      expect(pulled.bytes.equals(archive)).toBe(true);
      const known = await world().call(`/chart/${nameOf(group)}/charts/${chart}-1.2.3.tgz`, {
        headers: { 'if-none-match': String(pulled.headers['etag']) },
      });
      expect(known.status).toBe(304);
      const object = await awaitVersions(group, chart, ['1.2.3']);
      expect(object).toMatchObject({
        metadata: {
          name: expect.stringMatching(/^chart-[a-z0-9]{8}$/),
          labels: { 'web-server': '', proxy: '' },
        },
        spec: { tenantID: 'default', chartGroupName: nameOf(group), visibility: 'Public' },
        status: { phase: 'Available' },
      });
      expect(versionsOf(object)).toMatchObject([
        {
          version: '1.2.3',
          chartSize: archive.length,
          description: 'An application',
          appVersion: '7.1',
          icon: 'https://example.test/icon.png',
        },
      ]);
      const path = `/chartgroups/${group.metadata.name}`;
      await expect.poll(async () => (await get(world(), path)).status['chartCount'], SOON).toBe(1);
    });

    it('a version that is there is 409, with force it is replaced in its place', async () => {
      const group = await createGroup();
      const chart = unique('app');
      const path = `/chart/api/${nameOf(group)}/charts`;
      const first = await packChart(chart, '1.0.0', { description: 'first' });
      const second = await packChart(chart, '1.0.0', { description: 'second' });
      expect((await postForm(world(), path, { chart: first }, ADMIN)).status).toBe(201);
      const refused = await postForm(world(), path, { chart: second }, ADMIN);
      expect([refused.status, refused.json]).toEqual([409, { error: expect.any(String) }]);
      const forced = await postForm(world(), `${path}?force`, { chart: second }, ADMIN);
      expect([forced.status, forced.json]).toEqual([201, { saved: true }]);
      const file = await world().call(`/chart/${nameOf(group)}/charts/${chart}-1.0.0.tgz`, ADMIN);
      expect(file.bytes.equals(second)).toBe(true);
      const described = async () => {
        const found = await findByName(world(), chartsOf(group), chart);
        return found === undefined
          ? undefined
          : versionsOf(found).map(({ description }) => description);
      };
      await expect.poll(described, SOON).toEqual(['second']);
    });

    it('B29: provenance comes with the chart or after it, and back', async () => {
      const group = nameOf(await createGroup());
      const chart = unique('app');
      const api = `/chart/api/${group}`;
      const archive = await packChart(chart, '1.0.0');
      const prov = signChart(chart, '1.0.0');
      const early = await postForm(world(), `${api}/prov`, { prov }, ADMIN);
      expect(early.status).toBeGreaterThanOrEqual(400);
      expect(early.status).toBeLessThan(500);
      const both = await postForm(world(), `${api}/charts`, { chart: archive, prov }, ADMIN);
      expect([both.status, both.json]).toEqual([201, { saved: true }]);
      const later = await packChart(chart, '1.1.0');
      expect((await postForm(world(), `${api}/charts`, { chart: later }, ADMIN)).status).toBe(201);
      const file = (version: string) =>
        world().call(`/chart/${group}/charts/${chart}-${version}.tgz.prov`, ADMIN);
      expect((await file('1.1.0')).status).toBe(404);
      const alone = await postForm(
        world(),
        `${api}/prov`,
        { prov: signChart(chart, '1.1.0') },
        ADMIN,
      );
      expect([alone.status, alone.json]).toEqual([201, { saved: true }]);
      for (const version of ['1.0.0', '1.1.0']) {
        const answer = await file(version);
        expect([answer.status, answer.text]).toEqual([200, signChart(chart, version).toString()]);
      }
    });

    it('B30: pre-release and build versions are versions like others', async () => {
      const group = await createGroup();
      const chart = unique('my-app');
      const versions = ['1.0.0-rc.1', '1.0.0-alpha-2', '1.0.0', '0.9.0'];
      for (const version of versions) {
        const answer = await uploadChart(world(), nameOf(group), { name: chart, version });
        expectStatus(answer, 201);
      }
      const sorted = ['1.0.0', '1.0.0-rc.1', '1.0.0-alpha-2', '0.9.0'];
      expect(await versionsIn(nameOf(group), chart)).toEqual(sorted);
      for (const version of versions) {
        const answer = await world().call(
          `/chart/${nameOf(group)}/charts/${chart}-${version}.tgz`,
          ADMIN,
        );
        expect(answer.status).toBe(200);
      }
      await awaitVersions(group, chart, sorted);
    });

    it('B28: curl sends the file as it is; what is no chart is refused', async () => {
      const group = nameOf(await createGroup());
      const chart = unique('app');
      const path = `/chart/api/${group}/charts`;
      const sent = await world().call(path, {
        ...ADMIN,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: await packChart(chart, '1.0.0'),
      });
      expect([sent.status, sent.json]).toEqual([201, { saved: true }]);
      expect(await versionsIn(group, chart)).toEqual(['1.0.0']);
      const wrong = [
        await world().call(path, { ...ADMIN, method: 'POST', body: 'no chart' }),
        await world().call(path, { ...ADMIN, method: 'POST' }),
        await postForm(world(), path, { chart: Buffer.from('no chart') }, ADMIN),
        await postForm(world(), path, { other: await packChart(chart, '2.0.0') }, ADMIN),
      ];
      for (const answer of wrong) {
        expect([answer.status, answer.json]).toEqual([400, { error: expect.any(String) }]);
      }
    });

    it('downloads are counted, once each', async () => {
      const group = await createGroup();
      const chart = unique('app');
      await uploadChart(world(), nameOf(group), { name: chart, version: '1.0.0' });
      const file = `/chart/${nameOf(group)}/charts/${chart}-1.0.0.tgz`;
      for (let pull = 0; pull < 2; pull += 1) {
        expect((await world().call(file, ADMIN)).status).toBe(200);
      }
      await world().call(file, { ...ADMIN, method: 'HEAD' });
      await world().call(`/chart/${nameOf(group)}/index.yaml`, ADMIN);
      const read = async () => {
        // An existing registry counts in batches, and is asked again after an upload.
        await uploadChart(world(), nameOf(group), { name: unique('other'), version: '1.0.0' });
        return (await findByName(world(), chartsOf(group), chart))?.status['pullCount'];
      };
      // Harbor's ChartMuseum tells of no downloads, and nothing is counted here.
      const expected = kind === 'harbor-chartmuseum' ? 0 : 2;
      await expect.poll(read, { timeout: 40_000, interval: 1500 }).toBe(expected);
    });

    it("the chart API's documents have ChartMuseum's shape, whatever keeps the charts", async () => {
      const group = nameOf(await createGroup());
      for (const version of ['1.0.0', '2.0.0']) {
        await uploadChart(world(), group, { name: 'app', version });
      }
      const api = `/chart/api/${group}/charts`;
      const all = await world().call(api, ADMIN);
      const shape = z.record(z.string(), z.array(indexEntry));
      expect(shape.parse(all.json)['app']?.map(({ version }) => version)).toEqual([
        '2.0.0',
        '1.0.0',
      ]);
      const one = await world().call(`${api}/app`, ADMIN);
      expect(z.array(indexEntry).parse(one.json)).toHaveLength(2);
      const version = await world().call(`${api}/app/1.0.0`, ADMIN);
      expect(indexEntry.parse(version.json)).toMatchObject({ name: 'app', version: '1.0.0' });
      const absent = await world().call(`${api}/app/3.0.0`, ADMIN);
      expect([absent.status, absent.json]).toEqual([404, { error: expect.any(String) }]);
      const harbors = await world().call(`/api/chartrepo/${group}/charts`, ADMIN);
      expect(harbors.json).toMatchObject([
        { name: 'app', total_versions: 2, latest_version: '2.0.0' },
      ]);
      expect((await fetchIndex(group, 'chartrepo')).entries['app']).toHaveLength(2);
    });

    it('a locked group is 423 in everything', async () => {
      const group = await createGroup();
      await uploadChart(world(), nameOf(group), { name: 'app', version: '1.0.0' });
      await setStatus(world(), `/chartgroups/${group.metadata.name}`, { locked: true });
      const answers = [
        await world().call(`/chart/${nameOf(group)}/index.yaml`, ADMIN),
        await world().call(`/chart/${nameOf(group)}/charts/app-1.0.0.tgz`, ADMIN),
        await uploadChart(world(), nameOf(group), { name: 'app', version: '1.0.1' }),
        await world().call(`/chart/api/${nameOf(group)}/charts/app/1.0.0`, {
          ...ADMIN,
          method: 'DELETE',
        }),
      ];
      for (const answer of answers) {
        expect([answer.status, answer.json]).toEqual([423, { error: 'locked chart repository' }]);
      }
      await setStatus(world(), `/chartgroups/${group.metadata.name}`, { locked: false });
      expect(await versionsIn(nameOf(group), 'app')).toEqual(['1.0.0']);
    });

    it('the same group in two tenants is two', async () => {
      const name = unique('twin');
      await createGroup({ name });
      await createGroup({ name, tenantID: 'other' });
      const call = { ...ADMIN, tenant: 'other' };
      expect(
        (await uploadChart(world(), name, { name: 'app', version: '1.0.0' }, call)).status,
      ).toBe(201);
      expect(await versionsIn(name, 'app')).toEqual([]);
      const theirs = await world().call(`/chart/${name}/charts/app-1.0.0.tgz`, call);
      expect(theirs.status).toBe(200);
      expect((await world().call(`/chart/${name}/charts/app-1.0.0.tgz`, ADMIN)).status).toBe(404);
    });
  });

  describe('scenario 15: the end of charts and groups', () => {
    it('B46: of a version, by helm and by charts/version, leaves the others', async () => {
      const group = await createGroup();
      const versions = ['3.0.0', '2.0.0', '1.0.0'];
      for (const version of versions) {
        await uploadChart(world(), nameOf(group), { name: 'app', version });
      }
      await uploadChart(world(), nameOf(group), { name: 'app-2', version: '2.0.0' });
      const object = await awaitVersions(group, 'app', versions);
      const api = `/chart/api/${nameOf(group)}/charts/app/2.0.0`;
      const gone = await world().call(api, { ...ADMIN, method: 'DELETE' });
      expect([gone.status, gone.json]).toEqual([200, { deleted: true }]);
      expect((await world().call(api, { ...ADMIN, method: 'DELETE' })).status).toBe(404);
      expect(await versionsIn(nameOf(group), 'app')).toEqual(['3.0.0', '1.0.0']);
      await awaitVersions(group, 'app', ['3.0.0', '1.0.0']);
      const path = `${chartsOf(group)}/${object.metadata.name}/version/1.0.0`;
      const second = await world().api(path, { ...ADMIN, method: 'DELETE' });
      expectStatus(second, 200);
      const absent = await world().api(path, { ...ADMIN, method: 'DELETE' });
      expect(refusalOf(absent)).toMatchObject({ code: 404, reason: 'NotFound' });
      expect(await versionsIn(nameOf(group), 'app')).toEqual(['3.0.0']);
      await awaitVersions(group, 'app', ['3.0.0']);
      expect(await versionsIn(nameOf(group), 'app-2')).toEqual(['2.0.0']);
      const file = await world().call(`/chart/${nameOf(group)}/charts/app-1.0.0.tgz`, ADMIN);
      expect(file.status).toBe(404);
    });

    it('of a Chart object takes all its versions', async () => {
      const group = await createGroup();
      for (const version of ['1.0.0', '2.0.0']) {
        await uploadChart(world(), nameOf(group), { name: 'app', version });
      }
      await uploadChart(world(), nameOf(group), { name: 'app-x', version: '1.0.0' });
      const object = await awaitVersions(group, 'app', ['2.0.0', '1.0.0']);
      await awaitVersions(group, 'app-x', ['1.0.0']);
      const path = `${chartsOf(group)}/${object.metadata.name}`;
      expect((await world().api(path, { ...ADMIN, method: 'DELETE' })).status).toBe(200);
      await expect.poll(async () => (await world().api(path, ADMIN)).status, SOON).toBe(404);
      expect(Object.keys((await fetchIndex(nameOf(group))).entries)).toEqual(['app-x']);
      const count = async () =>
        (await get(world(), `/chartgroups/${group.metadata.name}`)).status['chartCount'];
      await expect.poll(count, SOON).toBe(1);
    });

    it('of a group takes charts, files and the object; its name is free then', async () => {
      const group = await createGroup();
      const sibling = await createGroup({ name: `${nameOf(group)}2` });
      for (const name of [nameOf(group), nameOf(sibling)]) {
        await uploadChart(world(), name, { name: 'app', version: '1.0.0' });
      }
      await awaitVersions(group, 'app', ['1.0.0']);
      const path = `/chartgroups/${group.metadata.name}`;
      const [first, second] = await Promise.all([
        world().api(path, { ...ADMIN, method: 'DELETE' }),
        world().api(path, { ...ADMIN, method: 'DELETE' }),
      ]);
      const codes = [first.status, second.status].toSorted((a, b) => a - b);
      expect(codes[0]).toBe(200);
      expect([404, 409]).toContain(codes[1]);
      await expect.poll(async () => (await world().api(path, ADMIN)).status, SOON).toBe(404);
      expect((await list(world(), chartsOf(group))).items).toEqual([]);
      expect((await world().call(`/chart/${nameOf(group)}/index.yaml`, ADMIN)).status).toBe(404);
      await createGroup({ name: nameOf(group) });
      expect((await fetchIndex(nameOf(group))).entries).toEqual({});
      expect(await versionsIn(nameOf(sibling), 'app')).toEqual(['1.0.0']);
    });

    it.runIf(kind !== 'builtin')(
      'a group whose back end fails is Terminating, a second DELETE 409, until all is gone',
      async () => {
        const { harbor } = world();
        const group = await createGroup();
        await uploadChart(world(), nameOf(group), { name: 'app', version: '1.0.0' });
        await awaitVersions(group, 'app', ['1.0.0']);
        const path = `/chartgroups/${group.metadata.name}`;
        harbor?.fail(500, (method) => method === 'DELETE');
        try {
          const first = await world().api(path, { ...ADMIN, method: 'DELETE' });
          expect(first.status).toBe(200);
          expect(first.json).toMatchObject({
            kind: 'ChartGroup',
            metadata: { deletionTimestamp: expect.any(String) },
            status: { phase: 'Terminating' },
          });
          const second = await world().api(path, { ...ADMIN, method: 'DELETE' });
          expect(refusalOf(second)).toMatchObject({ code: 409, reason: 'Conflict' });
          expect(refusalOf(second).message).toContain(
            'the system is ensuring all content is removed from ChartGroup. Upon completion, this ChartGroup will automatically be purged by the system',
          );
          expect((await world().call(`/chart/${nameOf(group)}/index.yaml`, ADMIN)).status).toBe(
            404,
          );
        } finally {
          harbor?.fail(undefined);
        }
        await expect
          .poll(async () => (await world().api(path, ADMIN)).status, {
            timeout: 50_000,
            interval: 250,
          })
          .toBe(404);
        expect((await list(world(), chartsOf(group))).items).toEqual([]);
      },
    );

    it('wrong preconditions keep it', async () => {
      const group = await createGroup();
      const path = `/chartgroups/${group.metadata.name}`;
      const answer = await world().api(path, {
        ...ADMIN,
        method: 'DELETE',
        json: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
        },
      });
      expect(refusalOf(answer)).toMatchObject({ code: 409, reason: 'Conflict' });
      expect((await get(world(), path)).metadata.deletionTimestamp).toBeUndefined();
    });
  });
});

function versionsOf({ status }: TkeObject) {
  return z.array(chartVersion).parse(status['versions']);
}
