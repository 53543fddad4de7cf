import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addImage, createDataSet } from '../data.ts';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { smallImage } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { create, findByName, get, patch, put, type TkeObject, unique } from './objects.ts';
import type { TkeCall, TkeWorld } from './world.ts';

const TENANT = 'alpha';
const SOON = { timeout: 10_000, interval: 50 };
const ABSENT = `sha256:${'0'.repeat(64)}`;
const issued = z.looseObject({ token: z.string() });

/** Namespaces of the tenant; `anna` and `omar` are users too. */
const namespaces = {
  public: { name: 'open', visibility: 'Public' },
  private: { name: 'shut', visibility: 'Private' },
  'personal public': { name: 'anna', visibility: 'Public', type: 'Personal' },
  'personal private': { name: 'omar', visibility: 'Private', type: 'Personal' },
  'project public': { name: 'works', visibility: 'Public', type: 'Project', projects: ['p1'] },
  'project private': { name: 'lab', visibility: 'Private', type: 'Project', projects: ['p1'] },
  'system public': { name: 'base', visibility: 'Public', type: 'System' },
  'system private': { name: 'core', visibility: 'Private', type: 'System' },
} as const;

type Place = keyof typeof namespaces;
const places = Object.keys(namespaces).filter((key): key is Place => key in namespaces);

/**
 * By pull, push, delete for each of the namespaces in their order, written from the reference
 * (§5.3, §5.4): `p` may pull, `P` push, `D` delete.
 */
const rights: Readonly<Record<string, string>> = {
  //             pub  priv pers  persPriv proj projPriv sys sysPriv
  nobody: '      p    -    p    -    p    -    p    -',
  stranger: '    p    -    p    -    p    -    p    -',
  viewer: '      p    p    p    -    p    -    p    p',
  member: '      pP   pP   p    -    p    -    p    p',
  anna: '        pP   pP   pPD  -    p    -    p    p',
  omar: '        pP   pP   p    pPD  p    -    p    p',
  reader: '      pP   pP   p    -    p    p    p    p',
  worker: '      pP   pP   p    -    pP   pP   p    p',
  owner: '       pP   pP   p    -    pPD  pPD  p    p',
  boss: '        pPD  pPD  pPD  pPD  pPD  pPD  pPD  pPD',
  admin: '       pPD  pPD  pPD  pPD  pPD  pPD  pPD  pPD',
};

onEachProvider(
  (world) => {
    const repositoryOf = (place: Place) => `${namespaces[place].name}/app`;

    beforeAll(async () => {
      const inProject = (role: 'viewer' | 'member' | 'owner') => ({
        tenant: TENANT,
        projects: [{ name: 'p1', role }],
      });
      await world().createUser('stranger', { tenant: 'beta', role: 'admin' });
      await world().createUser('viewer', { tenant: TENANT, role: 'viewer' });
      for (const name of ['member', 'anna', 'omar']) {
        await world().createUser(name, { tenant: TENANT });
      }
      await world().createUser('reader', inProject('viewer'));
      await world().createUser('worker', inProject('member'));
      await world().createUser('owner', inProject('owner'));
      await world().createUser('boss', { tenant: TENANT, role: 'admin' });
      const admin = new ImageClient(world(), { as: 'admin', tenant: TENANT });
      for (const place of places) {
        await create(world(), 'namespaces', { ...namespaces[place], tenantID: TENANT });
        await admin.push(repositoryOf(place), smallImage('v1'));
      }
    }, 120_000);

    async function tokenOf(as: string | undefined, scopes: readonly string[]): Promise<string> {
      const client = new ImageClient(world(), { tenant: TENANT, ...(as !== undefined && { as }) });
      return issued.parse((await client.fetchToken(scopes)).json).token;
    }

    const send = (token: string, path: string, method = 'GET') =>
      world().call(`/v2/${path}`, {
        tenant: TENANT,
        method,
        headers: { authorization: `Bearer ${token}` },
      });

    /** What of pull, push and delete is let through; a refusal is 401 for nobody, else 403. */
    async function tryAll(token: string, repository: string, refusals: readonly number[]) {
      const statuses = {
        p: (await send(token, `${repository}/manifests/v1`)).status,
        P: (await send(token, `${repository}/blobs/uploads/`, 'POST')).status,
        D: (await send(token, `${repository}/manifests/${ABSENT}`, 'DELETE')).status,
      };
      const successes = { p: 200, P: 202, D: 404 };
      let may = '';
      for (const action of ['p', 'P', 'D'] as const) {
        if (statuses[action] === successes[action]) may += action;
        else expect(refusals).toContain(statuses[action]);
      }
      return may === '' ? '-' : may;
    }

    describe('scenario 35: the rights to images', () => {
      it.each(Object.entries(rights))('of %s', async (who, row) => {
        const as = who === 'nobody' ? undefined : who;
        const scopes = places.map((place) => `repository:${repositoryOf(place)}:pull,push,delete`);
        const token = await tokenOf(as, scopes);
        const found: string[] = [];
        for (const place of places) {
          found.push(await tryAll(token, repositoryOf(place), [who === 'nobody' ? 401 : 403]));
        }
        expect(found).toEqual(row.trim().split(/ +/));
      });

      it('B19: are no more than the token was asked for', async () => {
        const repository = repositoryOf('private');
        const token = await tokenOf('boss', [`repository:${repository}:pull`]);
        expect(await tryAll(token, repository, [401])).toBe('p');
      });
    });

    describe('scenario 35: what is taken away is gone while the token lives', () => {
      const pullable = async (token: string, repository: string) =>
        (await send(token, `${repository}/manifests/v1`)).status;

      async function join(role: 'member' | 'viewer' | 'admin' = 'member') {
        const as = unique('user');
        await world().createUser(as, { tenant: TENANT, role });
        const members = await world().api('/members', { as: 'admin', tenant: TENANT });
        const { items } = z
          .looseObject({
            items: z.array(
              z.looseObject({
                metadata: z.looseObject({ name: z.string() }),
                spec: z.looseObject({ username: z.string() }),
              }),
            ),
          })
          .parse(members.json);
        const member = items.find(({ spec }) => spec.username === as);
        return { as, path: `/members/${member?.metadata.name}` };
      }

      it('with the membership', async () => {
        const { as, path } = await join();
        const repository = repositoryOf('private');
        const token = await tokenOf(as, [`repository:${repository}:pull,push`]);
        expect(await pullable(token, repository)).toBe(200);
        const left = await world().api(path, { as: 'admin', tenant: TENANT, method: 'DELETE' });
        expect(left.status).toBe(200);
        await expect.poll(() => pullable(token, repository), SOON).toBe(403);
      });

      it('with the role', async () => {
        const { as, path } = await join();
        const repository = repositoryOf('private');
        const token = await tokenOf(as, [`repository:${repository}:pull,push`]);
        const pushes = async () =>
          (await send(token, `${repository}/blobs/uploads/`, 'POST')).status;
        expect(await pushes()).toBe(202);
        const who = { as: 'admin', tenant: TENANT };
        expect((await patch(world(), path, { spec: { role: 'viewer' } }, who)).status).toBe(200);
        await expect.poll(pushes, SOON).toBe(403);
        expect(await pullable(token, repository)).toBe(200);
      });

      it('with the project of the namespace', async () => {
        const name = unique('lab');
        const who = { as: 'admin', tenant: TENANT };
        const spec = { name, tenantID: TENANT, visibility: 'Private', projects: ['p1'] };
        const { metadata } = await create(world(), 'namespaces', spec);
        const repository = `${name}/app`;
        await new ImageClient(world(), who).push(repository, smallImage('v1'));
        const token = await tokenOf('worker', [`repository:${repository}:pull,push`]);
        expect(await pullable(token, repository)).toBe(200);
        const path = `/namespaces/${metadata.name}`;
        const moved = await patch(world(), path, { spec: { projects: ['p2'] } }, who);
        expect(moved.status).toBe(200);
        await expect.poll(() => pullable(token, repository), SOON).toBe(403);
      });

      it('B42: with the visibility, for nobody and for strangers', async () => {
        const name = unique('open');
        const who = { as: 'admin', tenant: TENANT };
        const { metadata } = await create(world(), 'namespaces', { name, tenantID: TENANT });
        const repository = `${name}/app`;
        await new ImageClient(world(), who).push(repository, smallImage('v1'));
        const scope = `repository:${repository}:pull`;
        const tokens = [await tokenOf(undefined, [scope]), await tokenOf('stranger', [scope])];
        for (const token of tokens) expect(await pullable(token, repository)).toBe(200);
        const path = `/namespaces/${metadata.name}`;
        const hidden = await patch(world(), path, { spec: { visibility: 'Private' } }, who);
        expect(hidden.status).toBe(200);
        for (const token of tokens) {
          await expect.poll(() => pullable(token, repository), SOON).not.toBe(200);
        }
      });

      it('B55: with a lock, for all', async () => {
        const name = unique('locked');
        const who = { as: 'admin', tenant: TENANT };
        const { metadata } = await create(world(), 'namespaces', { name, tenantID: TENANT });
        const repository = `${name}/app`;
        await new ImageClient(world(), who).push(repository, smallImage('v1'));
        const tokens = await Promise.all(
          [undefined, 'boss', 'admin'].map((as) => tokenOf(as, [`repository:${repository}:pull`])),
        );
        for (const token of tokens) expect(await pullable(token, repository)).toBe(200);
        const path = `/namespaces/${metadata.name}/status`;
        expect((await patch(world(), path, { status: { locked: true } }, who)).status).toBe(200);
        for (const token of tokens) {
          await expect.poll(() => pullable(token, repository), SOON).not.toBe(200);
        }
      });

      it('with a namespace that is made again under its name', async () => {
        const name = unique('again');
        const who = { as: 'admin', tenant: TENANT };
        const spec = { name, tenantID: TENANT, visibility: 'Private' };
        const first = await create(world(), 'namespaces', spec);
        const token = await tokenOf('member', [`repository:${name}/app:pull,push`]);
        const pushes = async () => (await send(token, `${name}/app/blobs/uploads/`, 'POST')).status;
        expect(await pushes()).toBe(202);
        const path = `/namespaces/${first.metadata.name}`;
        await world().api(path, { ...who, method: 'DELETE' });
        await expect.poll(async () => (await world().api(path, who)).status, SOON).toBe(404);
        await create(world(), 'namespaces', spec);
        expect(await pushes()).toBe(401);
      });

      it.each(['disabled', 'deleted'])('with the API key that is %s', async (how) => {
        const { as } = await join();
        const repository = repositoryOf('private');
        const { text, path } = await createKey(world(), as);
        const client = new ImageClient(world(), { as, password: text, tenant: TENANT });
        const scope = `repository:${repository}:pull`;
        const { token } = issued.parse((await client.fetchToken([scope])).json);
        expect(await pullable(token, repository)).toBe(200);
        const own = { as, tenant: TENANT };
        const ended = await (how === 'deleted'
          ? world().call(path, { ...own, method: 'DELETE' })
          : world().call(path, {
              ...own,
              method: 'PATCH',
              headers: { 'content-type': 'application/merge-patch+json' },
              body: '{"status":{"disabled":true}}',
            }));
        expect(ended.status).toBe(200);
        await expect.poll(() => pullable(token, repository), SOON).toBe(401);
        expect((await client.fetchToken([])).status).toBe(401);
      });

      it('with the user', async () => {
        const { as } = await join();
        const repository = repositoryOf('private');
        const token = await tokenOf(as, [`repository:${repository}:pull`]);
        expect(await pullable(token, repository)).toBe(200);
        const found = await world().call(`/api/v2.0/users/search?username=${as}`, { as: 'admin' });
        const [user] = z.array(z.looseObject({ user_id: z.number() })).parse(found.json);
        const path = `/api/v2.0/users/${user?.user_id}`;
        expect((await world().call(path, { as: 'admin', method: 'DELETE' })).status).toBe(200);
        await expect.poll(() => pullable(token, repository), SOON).toBe(401);
      });

      it('B58: with the list of a chart group', async () => {
        const { as } = await join();
        const name = unique('ours');
        const who = { as: 'boss', tenant: TENANT };
        const spec = { name, tenantID: TENANT, visibility: 'User', users: [as] };
        const { metadata } = await create(world(), 'chartgroups', spec, who);
        const own = { as, tenant: TENANT };
        const upload = (version: string) =>
          uploadChart(world(), name, { name: 'app', version }, own).then(({ status }) => status);
        expect(await upload('1.0.0')).toBe(201);
        const path = `/chartgroups/${metadata.name}`;
        const object = await get(world(), path, who);
        const changed = await put(
          world(),
          path,
          { ...object, spec: { ...object.spec, users: ['boss'] } },
          who,
        );
        expect(changed.status).toBe(200);
        expect(await upload('1.0.1')).toBe(403);
        expect((await world().call(`/chart/${name}/index.yaml`, own)).status).toBe(403);
      });
    });

    describe('scenario 34: an API key is all that docker and helm need', () => {
      it('to push and pull images and charts', async () => {
        const as = unique('dev');
        await world().createUser(as, { tenant: TENANT });
        const { text } = await createKey(world(), as);
        const client = new ImageClient(world(), { as, password: text, tenant: TENANT });
        expect((await client.fetchToken([])).status).toBe(200);
        const set = createDataSet();
        addImage(set, { tags: ['v1'], layerCount: 1 });
        await client.push('shut/keyed', set);
        await client.pullAll('shut/keyed', set);
        const name = unique('own');
        const own = { as, tenant: TENANT };
        await create(world(), 'chartgroups', { name, visibility: 'User' }, own);
        const headers = {
          authorization: `Basic ${Buffer.from(`${as}:${text}`).toString('base64')}`,
        };
        const call: TkeCall = { tenant: TENANT, headers };
        const chart = { name: 'app', version: '1.0.0' };
        expect((await uploadChart(world(), name, chart, call)).status).toBe(201);
        for (const path of ['index.yaml', 'charts/app-1.0.0.tgz']) {
          expect((await world().call(`/chart/${name}/${path}`, call)).status).toBe(200);
        }
        const group: TkeObject | undefined = await findByName(world(), '/chartgroups', name, own);
        expect(group?.spec['creator']).toBe(as);
      });

      it('and a Harbor behind sees the service account alone', () => {
        const seen = world().harbor?.seen ?? [];
        const accounts = new Set(seen.map(({ authorization }) => accountOf(authorization)));
        expect([...accounts]).toEqual(seen.length === 0 ? [] : ['admin']);
      });
    });
  },
  {},
  ['builtin', 'harbor'],
);

async function createKey(world: TkeWorld, as: string): Promise<{ text: string; path: string }> {
  const base = '/apis/auth.tkestack.io/v1/apikeys';
  const made = await world.call(`${base}/default/token`, {
    method: 'POST',
    as,
    tenant: TENANT,
    json: { expire: '1h', description: 'ci' },
  });
  const { metadata, spec } = z
    .looseObject({
      metadata: z.looseObject({ name: z.string() }),
      spec: z.looseObject({ apiKey: z.string() }),
    })
    .parse(made.json);
  return { text: spec.apiKey, path: `${base}/${metadata.name}` };
}

/** Whom a request to Harbor was made for. */
function accountOf(authorization: string | undefined): string {
  const [scheme = '', value = ''] = authorization?.split(' ') ?? [];
  if (scheme.toLowerCase() === 'basic') {
    return Buffer.from(value, 'base64').toString().split(':')[0] ?? '';
  }
  if (scheme.toLowerCase() !== 'bearer') return 'nobody';
  const claims = Buffer.from(value.split('.')[1] ?? '', 'base64url').toString();
  return z.looseObject({ sub: z.string() }).parse(JSON.parse(claims)).sub;
}
