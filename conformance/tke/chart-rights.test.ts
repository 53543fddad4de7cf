import { beforeAll, describe, expect, it } from 'vitest';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { create, expectStatus, patch, type TkeObject } from './objects.ts';
import type { TkeCall } from './world.ts';

const callers = [
  'anonymous',
  'member',
  'projectMember',
  'listed',
  'creator',
  'outsider',
  'admin',
] as const;
const actions = ['index', 'download', 'upload', 'delete'] as const;
const groups = ['public', 'user', 'project', 'system'] as const;

type Caller = (typeof callers)[number];
type Group = (typeof groups)[number];

const logins: Readonly<Record<Caller, string | undefined>> = {
  anonymous: undefined,
  member: 'max',
  projectMember: 'pia',
  listed: 'lea',
  creator: 'cleo',
  outsider: 'ozzy',
  admin: 'admin',
};

/** By index, download, upload, delete: `+` may, `-` may not. */
const rights: Readonly<Record<Group, Readonly<Record<Caller, string>>>> = {
  public: {
    anonymous: '++--',
    member: '++--',
    projectMember: '++--',
    listed: '++--',
    creator: '++++',
    outsider: '++--',
    admin: '++++',
  },
  user: {
    anonymous: '----',
    member: '----',
    projectMember: '----',
    listed: '++++',
    creator: '++++',
    outsider: '----',
    admin: '++++',
  },
  project: {
    anonymous: '----',
    member: '----',
    projectMember: '+++-',
    listed: '----',
    creator: '++++',
    outsider: '----',
    admin: '++++',
  },
  system: {
    anonymous: '++--',
    member: '++--',
    projectMember: '++--',
    listed: '++--',
    creator: '++--',
    outsider: '++--',
    admin: '++++',
  },
};

const successes = { index: 200, download: 200, upload: 201, delete: 200 } as const;
const TENANT = { tenant: 'delta' };

onEachProvider((world) => {
  const made = new Map<Group, TkeObject>();
  const loginOf = (caller: Caller): TkeCall => {
    const as = logins[caller];
    return as === undefined ? TENANT : { ...TENANT, as };
  };

  beforeAll(async () => {
    const projects = (role: 'owner' | 'member') => [{ name: 'prj-d', role }];
    await world().createUser('max', { tenant: 'delta' });
    await world().createUser('lea', { tenant: 'delta' });
    await world().createUser('pia', { tenant: 'delta', projects: projects('member') });
    await world().createUser('cleo', { tenant: 'delta', projects: projects('owner') });
    await world().createUser('ozzy', { tenant: 'omega' });
    const creator = { as: 'cleo', ...TENANT };
    const specs: [Group, object, TkeCall][] = [
      ['public', { visibility: 'Public' }, creator],
      ['user', { visibility: 'User', users: ['lea'] }, creator],
      ['project', { visibility: 'Project', projects: ['prj-a', 'prj-d'] }, { as: 'admin' }],
      ['system', { type: 'System', visibility: 'Public' }, { as: 'admin' }],
    ];
    for (const [name, spec, who] of specs) {
      const tenantID = TENANT.tenant;
      made.set(name, await create(world(), 'chartgroups', { name, tenantID, ...spec }, who));
      const own = callers.map((caller) => `delete-${caller.toLowerCase()}`);
      for (const chart of ['base', ...own]) {
        const call = { as: 'admin', ...TENANT };
        const answer = await uploadChart(world(), name, { name: chart, version: '1.0.0' }, call);
        expectStatus(answer, 201);
      }
    }
  }, 180_000);

  describe('scenario 14: who may do what with the charts of a group', () => {
    describe.each(groups)('of visibility %s', (group) => {
      it.each(callers)('%s', async (caller) => {
        const call = loginOf(caller);
        const own = caller.toLowerCase();
        const answers = {
          index: await world().call(`/chart/${group}/index.yaml`, call),
          download: await world().call(`/chart/${group}/charts/base-1.0.0.tgz`, call),
          upload: await uploadChart(world(), group, { name: `by-${own}`, version: '1.0.0' }, call),
          delete: await world().call(`/chart/api/${group}/charts/delete-${own}/1.0.0`, {
            ...call,
            method: 'DELETE',
          }),
        };
        const refusal = caller === 'anonymous' ? 401 : 403;
        const expected = actions.map((action, index) =>
          rights[group][caller][index] === '+' ? successes[action] : refusal,
        );
        expect(actions.map((action) => answers[action].status)).toEqual(expected);
        for (const { status, headers } of Object.values(answers)) {
          if (status !== 401) continue;
          expect(headers['www-authenticate']).toMatch(/^Basic realm="/);
        }
      });
    });

    it('B27: a wrong password is 401 everywhere, also of what is public', async () => {
      const headers = { authorization: `Basic ${Buffer.from('max:wrong').toString('base64')}` };
      for (const group of groups) {
        const answer = await world().call(`/chart/${group}/index.yaml`, { ...TENANT, headers });
        expect([answer.status, answer.json]).toEqual([401, { error: expect.any(String) }]);
      }
    });

    it('B58: who is taken from the list has lost its rights at once', async () => {
      const path = `/chartgroups/${made.get('user')?.metadata.name}`;
      const change = (users: string[]) =>
        patch(world(), path, { spec: { users } }, { as: 'cleo', ...TENANT });
      const read = () => world().call('/chart/user/index.yaml', { as: 'lea', ...TENANT });
      expect((await read()).status).toBe(200);
      expect((await change(['cleo'])).status).toBe(200);
      expect((await read()).status).toBe(403);
      expect((await change(['cleo', 'lea'])).status).toBe(200);
      expect((await read()).status).toBe(200);
    });

    it('B59: nobody but a system administrator deletes or narrows a System group', async () => {
      const path = `/chartgroups/${made.get('system')?.metadata.name}`;
      for (const as of ['max', 'cleo']) {
        const who = { as, ...TENANT };
        expect((await world().api(path, { ...who, method: 'DELETE' })).status).toBe(403);
        const narrowed = await patch(world(), path, { spec: { visibility: 'User' } }, who);
        expect(narrowed.status).toBe(403);
      }
      const narrowed = await patch(world(), path, { spec: { visibility: 'User' } });
      expect(narrowed.status).toBe(422);
    });
  });
});
