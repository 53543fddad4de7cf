import { beforeAll, describe, expect, it } from 'vitest';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { HarborView, smallImage } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { bodyOf, create, findByName, get, names, shortRefusal, unique } from './objects.ts';

const SOON = { timeout: 30_000, interval: 100 };

onEachProvider(
  (world, kind) => {
    const tenants = ['t1', 't2'] as const;

    beforeAll(async () => {
      for (const tenant of tenants) {
        await world().createUser(`${tenant}-boss`, { tenant, role: 'admin' });
      }
    });

    describe('scenario 28: names', () => {
      it('that are equal in two tenants name two things', async () => {
        const name = unique('same');
        const sets = { t1: smallImage('v1'), t2: smallImage('v1') };
        for (const tenant of tenants) {
          const own = { as: `${tenant}-boss`, tenant };
          await create(world(), 'namespaces', { name, visibility: 'Private' }, own);
          await create(world(), 'chartgroups', { name }, own);
          await new ImageClient(world(), own).push(`${name}/app`, sets[tenant]);
          const chart = { name: 'app', version: '1.0.0', description: tenant };
          expect((await uploadChart(world(), name, chart, own)).status).toBe(201);
        }
        for (const tenant of tenants) {
          const own = { as: `${tenant}-boss`, tenant };
          await new ImageClient(world(), own).pullAll(`${name}/app`, sets[tenant]);
          const index = await world().call(`/chart/${name}/index.yaml`, own);
          expect(index.text).toContain(`"description":"${tenant}"`);
        }
        const own = { as: 't1-boss', tenant: 't1' };
        const group = await findByName(world(), '/chartgroups', name, own);
        const path = `/chartgroups/${group?.metadata.name}`;
        expect((await world().api(path, { ...own, method: 'DELETE' })).status).toBe(200);
        await expect.poll(async () => (await world().api(path, own)).status, SOON).toBe(404);
        const other = { as: 't2-boss', tenant: 't2' };
        expect((await world().call(`/chart/${name}/charts/app-1.0.0.tgz`, other)).status).toBe(200);
      });

      it.each([
        ['namespaces', 'x-image-y'],
        ['namespaces', 'x-chart-y'],
        ['chartgroups', 'x-image-y'],
        ['namespaces', 'Upper'],
        ['namespaces', 'under__score'],
        ['namespaces', '-edge'],
        ['namespaces', 'edge-'],
        ['namespaces', 'a/b'],
        ['namespaces', 'a..b'],
        ['namespaces', 'ü'],
        ['namespaces', 'x'.repeat(256)],
        ['namespaces', 'library'],
        ['chartgroups', 'Upper_Case'],
        ['chartgroups', '../other'],
      ])(
        'B6, B33: of %s such as %s are refused before anything is asked',
        async (resource, name) => {
          const seen = world().harbor?.seen;
          const before = seen?.length ?? 0;
          const refused = await world().api(`/${resource}`, {
            as: 'admin',
            method: 'POST',
            json: bodyOf(resource, { name }),
          });
          expect(shortRefusal(refused)).toMatchObject({
            code: 422,
            reason: 'Invalid',
            causes: [{ reason: 'FieldValueInvalid', field: 'spec.name' }],
          });
          const asked = seen?.slice(before).filter(({ path }) => path.includes('project')) ?? [];
          expect(asked.filter(({ path }) => decodeURIComponent(path).includes(name))).toEqual([]);
          expect(asked.filter(({ method }) => method === 'POST')).toEqual([]);
        },
      );

      it.each(['x-image-y', 'x-image', 'UPPER', 'a.b', '-a'])(
        'of tenants such as %s are refused',
        async (tenantID) => {
          const refused = await world().api('/namespaces', {
            as: 'admin',
            method: 'POST',
            json: bodyOf('namespaces', { name: unique('n'), tenantID }),
          });
          expect(shortRefusal(refused)).toMatchObject({
            code: 422,
            causes: [{ field: 'spec.tenantID' }],
          });
        },
      );

      it('B17, B32: with hyphens, and with the words of others in them, come back whole', async () => {
        const admin = { as: 'admin', tenant: 'a-b' };
        for (const name of ['c-d', 'image', 'a-b', 'default-image', 'chart-default']) {
          await create(world(), 'namespaces', { name, tenantID: 'a-b' });
          const client = new ImageClient(world(), admin);
          await client.push(`${name}/image-x`, smallImage('v1'));
          const tags = await client.request(`${name}/image-x/tags/list`);
          expect(tags.json).toEqual({ name: `${name}/image-x`, tags: ['v1'] });
          if (kind === 'builtin') continue;
          const project = `a-b-image-${name}`;
          expect(await new HarborView(world()).listRepositories(project)).toEqual([
            `${project}/image-x`,
          ]);
        }
      });
    });

    describe('scenario 31: types of namespaces', () => {
      it('are stored, shown and selected by, in both generations of words', async () => {
        const own = { as: 't1-boss', tenant: 't1' };
        const made = {
          't1-boss': { type: 'person', visibility: 'private' },
          [unique('work')]: { type: 'project', visibility: 'public', projects: ['p1'] },
          [unique('base')]: { type: 'system', visibility: 'Public' },
        };
        const stored = [
          { type: 'Personal', visibility: 'Private' },
          { type: 'Project', visibility: 'Public' },
          { type: 'System', visibility: 'Public' },
        ];
        for (const [index, [name, spec]] of Object.entries(made).entries()) {
          const object = await create(world(), 'namespaces', { name, ...spec }, own);
          const path = `/namespaces/${object.metadata.name}`;
          expect((await get(world(), path, own)).spec).toMatchObject({ name, ...stored[index] });
        }
        const [person = '', work = '', base = ''] = Object.keys(made);
        const selected = (repoType: string, tenant: (typeof tenants)[number] = 't1') =>
          names(world(), `/namespaces?fieldSelector=repoType=${repoType}`, {
            as: `${tenant}-boss`,
            tenant,
          });
        for (const word of ['person', 'personal', 'user'])
          expect(await selected(word)).toEqual([person]);
        expect(await selected('system')).toEqual([base]);
        expect(await selected('project')).toContain(work);
        expect(await selected('project')).not.toContain(person);
        const open = await selected('public');
        expect(open).toEqual(expect.arrayContaining([work, base]));
        expect(open).not.toContain(person);
        expect(await selected('system', 't2')).toEqual([]);
      });

      it('other words are refused', async () => {
        for (const spec of [{ type: 'shared' }, { visibility: 'secret' }, { visibility: 'User' }]) {
          const refused = await world().api('/namespaces', {
            as: 'admin',
            method: 'POST',
            json: bodyOf('namespaces', { name: unique('n'), ...spec }),
          });
          expect(shortRefusal(refused)).toMatchObject({
            code: 422,
            causes: [{ reason: 'FieldValueNotSupported', field: `spec.${Object.keys(spec)[0]}` }],
          });
        }
      });
    });
  },
  {},
  ['builtin', 'harbor'],
);
