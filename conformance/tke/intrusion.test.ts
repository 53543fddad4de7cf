import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { basicHeader } from '../../server/test/registry.ts';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { smallImage } from './harbor-view.ts';
import { ImageClient, parseChallenge } from './image-client.ts';
import { create, unique } from './objects.ts';
import { SUFFIX, USER_PASSWORD } from './world.ts';

const issued = z.looseObject({ token: z.string() });

onEachProvider(
  (world) => {
    const name = unique('shop');
    const image = smallImage('v1');

    beforeAll(async () => {
      for (const tenant of ['t1', 't2']) {
        await world().createUser(`${tenant}-boss`, { tenant, role: 'admin' });
        await world().createUser(`${tenant}-dev`, { tenant });
        for (const spec of [{ name }, { name: `${name}2` }]) {
          await create(world(), 'namespaces', { ...spec, tenantID: tenant, visibility: 'Private' });
        }
        await create(world(), 'chartgroups', { name, tenantID: tenant, visibility: 'Project' });
      }
      await new ImageClient(world(), { as: 't1-boss', tenant: 't1' }).push(`${name}/app`, image);
      const chart = { name: 'app', version: '1.0.0' };
      await uploadChart(world(), name, chart, { as: 't1-boss', tenant: 't1' });
    }, 120_000);

    async function tokenOf(as: string, tenant: string, scope: string): Promise<string> {
      const answer = await new ImageClient(world(), { as, tenant }).fetchToken([scope]);
      return issued.parse(answer.json).token;
    }

    const pull = (path: string, tenant: string, token: string) =>
      world().call(`/v2/${path}/manifests/v1`, {
        tenant,
        headers: { authorization: `Bearer ${token}` },
      });

    describe('scenario 36: tokens', () => {
      it('of one tenant are none for another', async () => {
        const scope = `repository:${name}/app:pull`;
        for (const [as, tenant] of [
          ['t1-boss', 't1'],
          ['admin', 't1'],
          ['t2-boss', 't2'],
        ] as const) {
          const token = await tokenOf(as, tenant, scope);
          const other = tenant === 't1' ? 't2' : 't1';
          const answer = await pull(`${name}/app`, other, token);
          expect(answer.status).toBe(401);
          expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
        }
        expect(
          (await pull(`${name}/app`, 't1', await tokenOf('t1-boss', 't1', scope))).status,
        ).toBe(200);
      });

      it('of one namespace are none for another', async () => {
        const token = await tokenOf('t1-boss', 't1', `repository:${name}2/app:pull,push`);
        const answer = await pull(`${name}/app`, 't1', token);
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([
          401,
          expect.stringContaining('insufficient_scope'),
        ]);
      });

      it('that are forged, changed or of somewhere else are none', async () => {
        const token = await tokenOf('t1-dev', 't1', `repository:${name}/app:pull`);
        const [head = '', body = '', tail = ''] = token.split('.');
        const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
        const more = Buffer.from(
          JSON.stringify({ ...z.looseObject({}).parse(claims), tenant: 't2' }),
        );
        const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
        for (const forged of [
          `${head}.${more.toString('base64url')}.${tail}`,
          `${none}.${body}.`,
          `${head}.${body}.${tail.slice(0, -4)}AAAA`,
          'x',
        ]) {
          for (const tenant of ['t1', 't2']) {
            expect((await pull(`${name}/app`, tenant, forged)).status).toBe(401);
          }
        }
      });

      it('grant nothing of another tenant, however its names are written', async () => {
        for (const written of [
          `t1-image-${name}/app`,
          `t1-${name}/app`,
          `../t1-image-${name}/app`,
          `t2-image-../t1-image-${name}/app`,
          `t1.${SUFFIX}/${name}/app`,
        ]) {
          const token = await tokenOf('t2-boss', 't2', `repository:${written}:pull,push,delete`);
          const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
          const { access } = z
            .looseObject({ access: z.array(z.looseObject({ name: z.string() })) })
            .parse(JSON.parse(claims));
          expect(access.filter((entry) => entry.name !== `${name}/app`)).toEqual([]);
          expect((await pull(`${name}/app`, 't2', token)).status).not.toBe(200);
        }
      });
    });

    describe('scenario 36: hosts', () => {
      it.each([
        [`evil${SUFFIX}`, 'B16: no tenant by a mere suffix'],
        [`t1.${SUFFIX}.evil.test`, 'no tenant by a mere prefix'],
        ['127.0.0.1', 'an address'],
        ['[::1]:8080', 'an IPv6 address'],
      ])('%s is of the default tenant (%s)', async (host) => {
        const answer = await world().call(`/v2/${name}/app/manifests/v1`, {
          host,
          headers: { authorization: basicHeader('t1-boss', USER_PASSWORD) },
        });
        expect([401, 403]).toContain(answer.status);
        expect(
          (await world().call(`/chart/${name}/index.yaml`, { host, as: 't1-boss' })).status,
        ).toBe(404);
      });

      it.each([
        `a.t1.${SUFFIX}`,
        `x-image-y.${SUFFIX}`,
        `t1-image.${SUFFIX}`,
        `-t1.${SUFFIX}`,
        `t1_.${SUFFIX}`,
        't1 .example',
        'user@t1.test',
        't1/../t2',
      ])('%s is refused', async (host) => {
        for (const path of ['/v2/', `/chart/${name}/index.yaml`, '/service/token?service=tke']) {
          const answer = await world().call(path, { host, as: 't1-boss' });
          expect(answer.status).toBe(400);
        }
      });

      it('in headers that anybody could send do not count, not even in a realm', async () => {
        const answer = await world().call(`/v2/${name}/app/manifests/v1`, {
          tenant: 't2',
          headers: {
            'x-forwarded-host': `t1.${SUFFIX}`,
            'x-forwarded-proto': 'https',
            forwarded: `host=t1.${SUFFIX};proto=https`,
            'x-original-host': 'evil.test',
          },
        });
        expect(answer.status).toBe(401);
        const { realm } = parseChallenge(answer.headers['www-authenticate'] ?? '');
        expect(URL.parse(realm ?? '')?.origin).toBe(`http://t2.${SUFFIX}`);
      });
    });

    describe('scenario 36: internal names', () => {
      it.each(['default', 't1', 't2'])('lead nowhere at the host of %s', async (tenant) => {
        const as = tenant === 'default' ? 'admin' : `${tenant}-boss`;
        const client = new ImageClient(world(), { as, tenant });
        for (const internal of [`t1-image-${name}`, `t1-${name}`, `t1-chart-${name}`]) {
          const repository = `${internal}/app`;
          const answers = [
            await client.getManifest(repository, 'v1'),
            await client.request(`${repository}/tags/list`),
            await client.request(`${repository}/blobs/uploads/`, { method: 'POST' }),
            await client.request(`${repository}/manifests/v1`, { method: 'DELETE' }),
          ];
          for (const { status } of answers) expect([403, 404]).toContain(status);
          for (const path of [
            `/chart/${internal}/index.yaml`,
            `/chartrepo/${internal}/index.yaml`,
          ]) {
            expect((await world().call(path, { as, tenant })).status).toBe(404);
          }
          const api = await world().call(`/api/chartrepo/${internal}/charts`, { as, tenant });
          expect(api.status).toBe(404);
        }
      });

      it('are no place to mount from', async () => {
        const [digest = ''] = image.blobs.keys();
        const client = new ImageClient(world(), { as: 't2-boss', tenant: 't2' });
        for (const from of [`t1-image-${name}/app`, `${name}/app`]) {
          const path = `${name}/copy/blobs/uploads/?mount=${digest}&from=${from}`;
          expect((await client.request(path, { method: 'POST' })).status).toBe(202);
        }
      });

      it.each([
        `/v2/${name}/../t1-image-${name}/app/manifests/v1`,
        `/v2/${name}/%2e%2e/t1-image-${name}/app/manifests/v1`,
        `/v2/${name}%2F..%2Ft1-image-${name}/app/manifests/v1`,
        `/v2//t1-image-${name}/app/manifests/v1`,
        `/v2/./${name}/app/manifests/v1`,
        `/chart/${name}/charts/..%2F..%2Fsecret.tgz`,
        `/chart/..%2Ft1-chart-${name}/index.yaml`,
        `/chartrepo/%2e%2e/api/v2.0/users`,
      ])('%s leaves its place nowhere', async (path) => {
        const answer = await world().call(path, { as: 't2-boss', tenant: 't2' });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      });
    });

    describe('scenario 36: B37, what is internal of a Harbor', () => {
      it.each([
        ['POST', '/service/notifications'],
        ['POST', '/service/notifications/tasks/1'],
        ['POST', '/service/notifications/jobs/adminjob/1'],
        ['GET', '/service/'],
        ['GET', '/service/token/../notifications'],
        ['GET', '/c/login/../../service/notifications'],
        ['POST', '/registry/notification'],
        ['GET', '/api/internal/configurations'],
      ])('%s %s is not there', async (method, path) => {
        const json = method === 'POST' ? {} : undefined;
        const answer = await world().call(path, { method, as: 'admin', json });
        expect([404, 405]).toContain(answer.status);
      });

      it('is never asked of it', () => {
        const asked = world().harbor?.seen.map(({ path }) => path.split('?')[0] ?? '') ?? [];
        const beside = asked.filter(
          (path) => /^\/(?:service|c|api\/internal)\//.test(path) && path !== '/service/token',
        );
        expect(beside).toEqual([]);
        expect(asked.some((path) => path.includes('..'))).toBe(false);
      });

      it.each([
        '/api/v2.0/projects',
        `/api/v2.0/projects/t1-image-${name}`,
        `/api/v2.0/projects/t1-image-${name}/repositories`,
        '/api/v2.0/repositories',
        '/api/v2.0/search?q=image',
        '/api/v2.0/statistics',
        '/api/v2.0/audit-logs',
        '/api/v2.0/quotas',
        '/api/v2.0/usergroups',
      ])('%s is for system administrators alone', async (path) => {
        for (const as of ['t1-boss', 't2-dev', undefined]) {
          const answer = await world().call(path, { tenant: 't1', as });
          expect([401, 403]).toContain(answer.status);
        }
      });

      it("lets nobody take another tenant's name in advance", async () => {
        const later = unique('later');
        const squatted = await world().call('/api/v2.0/projects', {
          method: 'POST',
          as: 't2-boss',
          json: { project_name: `t1-image-${later}`, metadata: { public: 'false' } },
        });
        expect(squatted.status).toBe(403);
        const made = await create(world(), 'namespaces', { name: later, tenantID: 't1' });
        expect(made.status['phase']).toBe('Available');
      });

      it('leaves people what is their own', async () => {
        const answer = await world().call('/api/v2.0/users/current', {
          as: 't1-dev',
          tenant: 't1',
        });
        expect([answer.status, answer.json]).toEqual([
          200,
          expect.objectContaining({ username: 't1-dev' }),
        ]);
      });
    });

    it('scenario 36: nothing of all this changed anything', async () => {
      const client = new ImageClient(world(), { as: 't1-dev', tenant: 't1' });
      await client.pullAll(`${name}/app`, image);
      const tags = await client.request(`${name}/app/tags/list`);
      expect(tags.json).toEqual({ name: `${name}/app`, tags: ['v1'] });
    });
  },
  {},
  ['builtin', 'harbor'],
);
