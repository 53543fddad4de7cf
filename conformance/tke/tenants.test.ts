import { beforeAll, describe, expect, it } from 'vitest';
import { onEachProvider } from './each-provider.ts';
import {
  create,
  expectStatus,
  get,
  list,
  names,
  patch,
  put,
  refusalOf,
  unique,
} from './objects.ts';
import { openWatch } from './watch-client.ts';

const ALPHA = { as: 'alice', tenant: 'alpha' };
const BETA = { as: 'bob', tenant: 'beta' };
const ADMIN = { as: 'admin' };

onEachProvider((world) => {
  beforeAll(async () => {
    const join = { role: 'member' as const };
    await world().createUser('alice', { tenant: 'alpha', role: 'admin' });
    await world().createUser('bob', { tenant: 'beta', role: 'admin' });
    await world().createUser('mia', {
      tenant: 'gamma',
      ...join,
      projects: [{ name: 'prj-a', role: 'member' }],
    });
    await world().createUser('otto', { tenant: 'gamma', ...join });
  }, 120_000);

  describe('scenario 4: objects of other tenants are not there', () => {
    it.each(['namespaces', 'chartgroups'])('%s', async (resource) => {
      const name = unique('same');
      const made = await create(world(), resource, { name }, ALPHA);
      expect(made.spec['tenantID']).toBe('alpha');
      const path = `/${resource}/${made.metadata.name}`;
      const { api } = world();
      const answers = [
        await api(path, BETA),
        await put(world(), path, { ...made, spec: { ...made.spec, displayName: 'x' } }, BETA),
        await patch(world(), path, { spec: { displayName: 'x' } }, BETA),
        await api(path, { ...BETA, method: 'DELETE' }),
      ];
      for (const answer of answers) {
        const refusal = refusalOf(answer);
        expect([refusal.code, refusal.reason]).toEqual([404, 'NotFound']);
        expect(refusal.message).toContain(`"${made.metadata.name}" not found`);
      }
      expect(await names(world(), `/${resource}`, BETA)).not.toContain(name);
      const aimed = `/${resource}?fieldSelector=spec.tenantID%3Dalpha`;
      expect(await names(world(), aimed, BETA)).toEqual([]);
      // The same name is free in the other tenant.
      const second = await create(world(), resource, { name, tenantID: 'alpha' }, BETA);
      expect(second.spec['tenantID']).toBe('beta');
      const all = `/${resource}?fieldSelector=spec.name%3D${name}`;
      const both = await list(world(), all, ADMIN);
      expect(both.items.map(({ spec }) => String(spec['tenantID'])).toSorted()).toEqual([
        'alpha',
        'beta',
      ]);
      expect(await names(world(), all, ALPHA)).toEqual([name]);
      expect(await get(world(), path, ALPHA)).toEqual(made);
    });

    it('a host of no tenant shows people their own', async () => {
      const name = unique('own');
      await create(world(), 'namespaces', { name }, ALPHA);
      const call = { host: '127.0.0.1' };
      expect(await names(world(), '/namespaces', { ...call, as: 'alice' })).toContain(name);
      expect(await names(world(), '/namespaces', { ...call, as: 'bob' })).not.toContain(name);
    });

    it("another tenant's host lets nobody in", async () => {
      const answer = await world().api('/namespaces', { as: 'bob', tenant: 'alpha' });
      expect(refusalOf(answer)).toMatchObject({ code: 403, reason: 'Forbidden' });
    });

    it('B9: neither watches nor deletions of collections reach beyond the tenant', async () => {
      const { metadata } = await list(world(), '/namespaces', BETA);
      await using watch = await openWatch(
        world(),
        `/namespaces?resourceVersion=${metadata.resourceVersion}`,
        BETA,
      );
      const foreign = await create(world(), 'namespaces', { name: unique('theirs') }, ALPHA);
      const own = await create(world(), 'namespaces', { name: unique('ours') }, BETA);
      const event = await watch.next();
      expect(event?.object.metadata.name).toBe(own.metadata.name);
      const gone = await world().api('/namespaces', { ...BETA, method: 'DELETE' });
      expectStatus(gone, 200);
      expect(await names(world(), '/namespaces', BETA)).toEqual([]);
      expect(await get(world(), `/namespaces/${foreign.metadata.name}`, ALPHA)).toMatchObject({
        spec: foreign.spec,
      });
    });
  });

  describe('scenario 6: repoType shows each what it may see', () => {
    const MIA = { as: 'mia', tenant: 'gamma' };
    const OTTO = { as: 'otto', tenant: 'gamma' };
    const BOSS = { as: 'admin', tenant: 'gamma' };

    beforeAll(async () => {
      const groups = [
        { name: 'open', displayName: 'Everybody reads' },
        { name: 'mias', visibility: 'User', users: ['mia'] },
        { name: 'of-a', visibility: 'Project', projects: ['prj-a'] },
        { name: 'of-b', visibility: 'Project', projects: ['prj-b'] },
        { name: 'base', type: 'System', visibility: 'Public' },
      ];
      for (const group of groups) {
        await create(world(), 'chartgroups', { ...group, tenantID: 'gamma' }, ADMIN);
      }
      const namespaces = [
        { name: 'mia', type: 'Personal', visibility: 'Private' },
        { name: 'team-a', type: 'Project', visibility: 'Private', projects: ['prj-a'] },
        { name: 'team-b', type: 'Project', visibility: 'Private', projects: ['prj-b'] },
        { name: 'all-of-us', visibility: 'Private' },
        { name: 'system', type: 'System', visibility: 'Public' },
      ];
      for (const namespace of namespaces) {
        await create(world(), 'namespaces', { ...namespace, tenantID: 'gamma' }, ADMIN);
      }
    }, 60_000);

    const groupCases: [string, string[], string[], string[]][] = [
      ['user', ['mias'], ['mias'], []],
      ['personal', ['mias'], ['mias'], []],
      ['project', ['of-a', 'of-b'], ['of-a'], []],
      ['project,projectID=prj-a', ['of-a'], ['of-a'], []],
      ['project,projectID=prj-b', ['of-b'], [], []],
      ['system', ['base'], ['base'], ['base']],
      ['public', ['base', 'open'], ['base', 'open'], ['base', 'open']],
      [
        'all',
        ['base', 'mias', 'of-a', 'of-b', 'open'],
        ['base', 'mias', 'of-a', 'open'],
        ['base', 'open'],
      ],
    ];

    it.each(groupCases)('chart groups of %s', async (repoType, boss, mia, otto) => {
      const selector = encodeURIComponent(`spec.tenantID=gamma,repoType=${repoType}`);
      const path = `/chartgroups?fieldSelector=${selector}`;
      expect(await names(world(), path, BOSS)).toEqual(boss);
      expect(await names(world(), path, MIA)).toEqual(mia);
      expect(await names(world(), path, OTTO)).toEqual(otto);
    });

    const namespaceCases: [string, string[], string[], string[]][] = [
      ['personal', ['mia'], ['mia'], []],
      ['project', ['all-of-us', 'team-a', 'team-b'], ['all-of-us', 'team-a'], ['all-of-us']],
      ['project,projectID=prj-a', ['team-a'], ['team-a'], []],
      ['system', ['system'], ['system'], ['system']],
      ['public', ['system'], ['system'], ['system']],
    ];

    it.each(namespaceCases)('namespaces of %s', async (repoType, boss, mia, otto) => {
      const selector = encodeURIComponent(`spec.tenantID=gamma,repoType=${repoType}`);
      const path = `/namespaces?fieldSelector=${selector}`;
      expect(await names(world(), path, BOSS)).toEqual(boss);
      expect(await names(world(), path, MIA)).toEqual(mia);
      expect(await names(world(), path, OTTO)).toEqual(otto);
    });

    it.each([
      ['OPE', ['open']],
      ['everybody', ['open']],
      ['of-', ['of-a', 'of-b']],
      ['nothing of this', []],
    ])('the header finds %s in names and display names', async (text, expected) => {
      const headers = { 'x-tke-fuzzyresourcename': text };
      const selector = encodeURIComponent('spec.tenantID=gamma');
      const path = `/chartgroups?fieldSelector=${selector}`;
      expect(await names(world(), path, { ...BOSS, headers })).toEqual(expected);
    });
  });
});
