import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { basicHeader } from '../../server/test/registry.ts';
import { addImage, createDataSet } from '../data.ts';
import { onEachProvider } from './each-provider.ts';
import type { Answer } from './http.ts';
import { ImageClient, parseChallenge } from './image-client.ts';
import { create, expectStatus, unique } from './objects.ts';
import { type TkeCall, USER_PASSWORD } from './world.ts';

const KEYS = '/apis/auth.tkestack.io/v1/apikeys';

const apiKey = z.looseObject({
  kind: z.literal('APIKey'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    apiKey: z.string(),
    tenantID: z.string(),
    username: z.string(),
    issue_at: z.string(),
    expire_at: z.string(),
  }),
  status: z.looseObject({ disabled: z.boolean(), expired: z.boolean() }),
});

const issued = z.looseObject({
  token: z.string(),
  access_token: z.string(),
  expires_in: z.number(),
  issued_at: z.string(),
});

const accessEntry = z.looseObject({
  type: z.string(),
  name: z.string(),
  actions: z.array(z.string()),
});

const claims = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  exp: z.number(),
  nbf: z.number(),
  iat: z.number(),
  jti: z.string(),
  access: z.array(accessEntry),
});

/** Of the registries that the tests had before. */
const seenCertificates: string[] = [];

const DAVE = { as: 'dave', tenant: 'default' };

onEachProvider((world) => {
  const login = (key: string, call: TkeCall = {}) =>
    world().call('/service/token?service=tke&account=dave', {
      ...call,
      headers: { authorization: basicHeader('dave', key) },
    });

  async function createKey(body: object, call: TkeCall = DAVE) {
    const answer = await world().call(`${KEYS}/default/token`, {
      ...call,
      method: 'POST',
      json: body,
    });
    expectStatus(answer, 201);
    return apiKey.parse(answer.json);
  }

  function tokenOf(answer: Answer) {
    expectStatus(answer, 200);
    return issued.parse(answer.json);
  }

  beforeAll(async () => {
    await world().createUser('dave', { tenant: 'default', role: 'member' });
    await world().createUser('erin', { tenant: 'elsewhere', role: 'member' });
    await create(world(), 'namespaces', { name: 'first', visibility: 'Private' });
    await create(world(), 'namespaces', { name: 'second', visibility: 'Private' });
    await create(world(), 'namespaces', { name: 'open', visibility: 'Public' });
  }, 120_000);

  describe('scenario 7: docker login takes API keys', () => {
    it('a good one is 200 by both paths, with any account, and pushes', async () => {
      const { spec } = await createKey({ expire: '1h', description: 'laptop' });
      expect(spec).toMatchObject({ tenantID: 'default', username: 'dave', description: 'laptop' });
      expect((await login(spec.apiKey)).status).toBe(200);
      const other = await world().call('/registry/auth?service=tke', {
        headers: { authorization: basicHeader('dave', spec.apiKey) },
      });
      expect(other.status).toBe(200);
      const client = new ImageClient(world(), { as: 'dave', password: spec.apiKey });
      expect((await client.request('')).status).toBe(200);
      const set = createDataSet();
      addImage(set, { tags: ['v1'], layerCount: 1 });
      await client.push('first/keyed', set);
      await client.pullAll('first/keyed', set);
    });

    it('a wrong, a shortened or an empty one is 401', async () => {
      const { spec } = await createKey({ expire: '1h' });
      for (const key of ['wrong', spec.apiKey.slice(0, -1), `${spec.apiKey}x`, '']) {
        const answer = await login(key);
        expect(answer.status).toBe(401);
        expect(answer.headers['www-authenticate']).toBeDefined();
      }
      const nobody = await world().call('/service/token?service=tke');
      expect(nobody.status).toBe(401);
    });

    it('one that ended is 401', async () => {
      const { spec } = await createKey({ expire: '1s' });
      await expect
        .poll(async () => (await login(spec.apiKey)).status, { timeout: 10_000, interval: 200 })
        .toBe(401);
    });

    it('one that is disabled is 401 until it is enabled', async () => {
      const made = await createKey({ expire: '1h' });
      const path = `${KEYS}/${made.metadata.name}`;
      for (const disabled of [true, false]) {
        const json = { ...made, status: { ...made.status, disabled } };
        const { metadata, ...rest } = json;
        const { resourceVersion: _, ...named } = metadata;
        const changed = await world().call(path, {
          ...DAVE,
          method: 'PUT',
          json: { ...rest, spec: {}, metadata: named },
        });
        expectStatus(changed, 200);
        expect((await login(made.spec.apiKey)).status).toBe(disabled ? 401 : 200);
      }
    });

    it('one that was deleted is 401, at once', async () => {
      const { spec, metadata } = await createKey({ expire: '1h' });
      expect((await login(spec.apiKey)).status).toBe(200);
      const gone = await world().call(`${KEYS}/${metadata.name}`, { ...DAVE, method: 'DELETE' });
      expect(gone.status).toBe(200);
      expect((await login(spec.apiKey)).status).toBe(401);
    });

    it("another tenant's key is 401, also of somebody who belongs to both", async () => {
      await create(world(), 'members', { tenantID: 'default', username: 'erin', role: 'member' });
      const { spec } = await createKey({ expire: '1h' }, { as: 'erin', tenant: 'elsewhere' });
      expect(spec.tenantID).toBe('elsewhere');
      const show = async (username: string, password: string, tenant: string) => {
        const { status } = await world().call('/service/token?service=tke', {
          tenant,
          headers: { authorization: basicHeader(username, password) },
        });
        return status;
      };
      expect(await show('erin', spec.apiKey, 'elsewhere')).toBe(200);
      expect(await show('erin', spec.apiKey, 'default')).toBe(401);
      expect(await show('erin', USER_PASSWORD, 'default')).toBe(200);
      // And who belongs to one tenant only does not log in to another.
      expect(await show('dave', USER_PASSWORD, 'default')).toBe(200);
      expect(await show('dave', USER_PASSWORD, 'elsewhere')).toBe(401);
    });
  });

  describe('scenario 10: the token service', () => {
    it('grants what of several scopes may be done, given apart or together', async () => {
      const wanted = ['repository:first/a:pull,push', 'repository:open/b:pull'];
      const expected = [
        { type: 'repository', name: 'first/a', actions: ['pull', 'push'] },
        { type: 'repository', name: 'open/b', actions: ['pull'] },
      ];
      for (const scopes of [wanted, [wanted.join(' ')]]) {
        const client = new ImageClient(world(), { as: 'dave' });
        for (const path of ['/service/token', '/registry/auth']) {
          const { token } = tokenOf(await client.fetchToken(scopes, path));
          expect(claimsOf(token).access).toMatchObject(expected);
        }
      }
      const nobody = tokenOf(await new ImageClient(world()).fetchToken(wanted));
      expect(claimsOf(nobody.token).access).toMatchObject([
        { type: 'repository', name: 'open/b', actions: ['pull'] },
      ]);
    });

    it.each([
      ['B21: a scope without a slash', 'repository:nginx:pull'],
      ['B20: the catalog', 'registry:catalog:*'],
      ['a name with a prefix already', 'repository:default-first/a:pull'],
      ['a name of nobody', 'repository:absent/a:pull,push'],
      ['a name that can be none', 'repository:UP/../a:pull'],
      ['a type of nobody', 'plugin:first/a:pull'],
      ['a host in the name', 'repository:example.test:5000/a/b:pull'],
      ['half a scope', 'repository'],
      ['colons alone', ':::'],
      ['an empty one', ''],
    ])('%s is never 500', async (_title, scope) => {
      for (const user of [{}, { as: 'dave' }]) {
        const answer = await new ImageClient(world(), user).fetchToken([scope]);
        expect(answer.status).toBeLessThan(500);
        if (answer.status !== 200) continue;
        const { access } = claimsOf(issued.parse(answer.json).token);
        expect(access.every(({ type, name }) => type === 'registry' || name === 'first/a')).toBe(
          true,
        );
      }
    });

    it('a name that carries the tenant already means the same repository', async () => {
      const client = new ImageClient(world(), { as: 'dave' });
      const { token } = tokenOf(await client.fetchToken(['repository:default-first/a:pull']));
      expect(claimsOf(token).access).toMatchObject([{ name: 'first/a', actions: ['pull'] }]);
    });

    it('B22: says who, for whom and how long, signed with a key that is told', async () => {
      const before = Math.floor(Date.now() / 1000);
      const client = new ImageClient(world(), { as: 'dave' });
      const answer = tokenOf(await client.fetchToken(['repository:first/a:pull']));
      const { header, payload, signed, signature } = takeApart(answer.token);
      expect(answer.access_token).toBe(answer.token);
      expect(header).toMatchObject({ typ: 'JWT', alg: expect.stringMatching(/^(RS|ES)256$/) });
      expect(payload).toMatchObject({ sub: 'dave', aud: 'tke' });
      expect(payload.exp - payload.iat).toBe(answer.expires_in);
      expect(answer.expires_in).toBeGreaterThanOrEqual(60);
      expect(answer.expires_in).toBeLessThanOrEqual(3600);
      expect(payload.iat).toBeGreaterThanOrEqual(before - 1);
      expect(payload.nbf).toBeLessThanOrEqual(payload.iat);
      expect(payload.jti.length).toBeGreaterThanOrEqual(16);
      expect(Date.parse(answer.issued_at)).toBe(payload.iat * 1000);
      const { text } = await world().call('/service/token/certificates');
      const certificates = text.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
      const keys = certificates.map((pem) => new X509Certificate(pem).publicKey);
      const isSigned = keys.some((key) =>
        verify(
          'sha256',
          Buffer.from(signed),
          {
            key: createPublicKey(key.export({ type: 'spki', format: 'pem' })),
            dsaEncoding: 'ieee-p1363',
          },
          signature,
        ),
      );
      expect(isSigned).toBe(true);
    });

    it('B60: is signed with keys of this registry alone', async () => {
      const { text } = await world().call('/service/token/certificates');
      expect(text).toContain('BEGIN CERTIFICATE');
      expect(seenCertificates).not.toContain(text);
      seenCertificates.push(text);
    });

    it('a token of one namespace is none for another, nor for another tenant', async () => {
      const client = new ImageClient(world(), { as: 'dave' });
      const { token } = tokenOf(await client.fetchToken(['repository:first/a:pull,push']));
      const headers = { authorization: `Bearer ${token}` };
      const start = (path: string, tenant = 'default') =>
        world().call(`/v2/${path}/blobs/uploads/`, { method: 'POST', headers, tenant });
      expect((await start('first/a')).status).toBe(202);
      for (const path of ['second/a', 'first/b', 'first/a/b']) {
        const answer = await start(path);
        expect([401, 403]).toContain(answer.status);
        expect(answer.text).toMatch(/UNAUTHORIZED|DENIED/);
      }
      await create(world(), 'namespaces', { name: 'first', tenantID: 'elsewhere' });
      expect((await start('first/a', 'elsewhere')).status).toBe(401);
    });

    it('B39: a challenge points to the host that was asked, with its scope', async () => {
      for (const tenant of ['default', 'elsewhere']) {
        const host = `${tenant}.registry.example.test`;
        const base = await world().call('/v2/', { tenant });
        expect(base.status).toBe(401);
        expect(parseChallenge(base.headers['www-authenticate'] ?? '')).toEqual({
          realm: expect.stringMatching(
            new RegExp(`^http://${host}/(registry/auth|service/token)$`),
          ),
          service: 'tke',
        });
        const asked = await world().call(`/v2/${unique('x')}/a/manifests/v1`, { tenant });
        expect(asked.status).toBe(401);
        expect(parseChallenge(asked.headers['www-authenticate'] ?? '')).toMatchObject({
          realm: expect.stringContaining(`://${host}/`),
          service: 'tke',
          scope: expect.stringMatching(/^repository:x\w+\/a:pull$/),
        });
      }
    });
  });
});

function claimsOf(token: string): z.infer<typeof claims> {
  return takeApart(token).payload;
}

function takeApart(token: string) {
  const [head = '', body = '', tail = ''] = token.split('.');
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    header: parse(head),
    payload: claims.parse(parse(body)),
    signed: `${head}.${body}`,
    signature: Buffer.from(tail, 'base64url'),
  };
}
