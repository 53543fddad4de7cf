import { digestOf } from '@berth/oci';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { quietLog } from '../../../test/log.ts';
import { basicHeader, startTestRegistry, type TestRegistry } from '../../../test/registry.ts';
import { createEgress, type Egress } from '../../egress/index.ts';
import { createAddressOf, createHttpServer } from '../../http/index.ts';
import { tenantOf } from '../config/tenant.ts';
import {
  type Call,
  hosts,
  names,
  type OpenedFront,
  openFront,
  portOf,
  sealer,
  send,
} from './front.fixture.ts';
import { createHarborImages } from './harbor-images.ts';
import { createOpenGate } from './open-gate.ts';
import { PassThroughCredentials } from './pass-through-credentials.ts';
import { registerPassThroughTokenRoutes } from './pass-through-token.routes.ts';
import { createPassThroughTokens } from './pass-through-tokens.ts';
import { Upstream } from './upstream.ts';

const SECRET = /-image-/;

/** Plays the existing Harbor. */
let harbor: TestRegistry;
let front: OpenedFront;
let tokens: FastifyInstance;
let egress: Egress;
let tokenPort = 0;

beforeAll(async () => {
  harbor = await startTestRegistry();
  for (const name of ['default-image-test', 'default-image-locked', 't2-image-test']) {
    const body = JSON.stringify({ project_name: name, metadata: { public: 'false' } });
    const headers = { authorization: basicHeader(), 'content-type': 'application/json' };
    await fetch(`${harbor.url}/api/v2.0/projects`, {
      method: 'POST',
      body,
      headers,
    });
  }
  egress = createEgress();
  const tls = { verify: true };
  const upstream = new Upstream({ egress, url: harbor.url, tls, stallMs: 10_000 });
  const credentials = new PassThroughCredentials(sealer);
  const addressOf = createAddressOf([]);
  front = await openFront({
    backEnd: createHarborImages({
      upstream,
      credentials,
      sealer,
      names,
      addressOf,
      stallSeconds: 10,
    }),
    gate: createOpenGate({
      ready: () => Promise.resolve(),
      isOpen: (tenant, namespace) => tenant !== 'default' || namespace !== 'locked',
      login: { upstream, sealer },
    }),
    repositories: ['test/app'],
  });
  tokens = createHttpServer({ log: quietLog, idleMs: 10_000 });
  registerPassThroughTokenRoutes(tokens, {
    tokens: createPassThroughTokens({ upstream, sealer, names }),
    tenantOf: (host) => tenantOf(host, hosts),
  });
  await tokens.listen({ port: 0, host: '127.0.0.1' });
  tokenPort = portOf(tokens.server);
});

afterAll(async () => {
  await front?.close();
  await tokens?.close();
  await egress?.close();
  await harbor?.stop();
});

async function login(scope: string, call: Call = {}): Promise<string> {
  const path = `/service/token?service=harbor-registry&${scope}`;
  const headers = { authorization: basicHeader() };
  const answer = await send(tokenPort, 'GET', path, { headers, ...call });
  expect([answer.status, answer.text]).toEqual([200, expect.not.stringMatching(SECRET)]);
  const { token } = JSON.parse(answer.body.toString());
  return `Bearer ${token}`;
}

const blob = Buffer.from('layer');
const digest = digestOf(blob);
const uploads = (repository: string) => `/v2/${repository}/blobs/uploads/?digest=${digest}`;

describe('logging in to an existing Harbor through us', () => {
  it.each([
    ['un-escaped', 'scope=repository:test/app:pull,push'],
    ['escaped', 'scope=repository%3Atest%2Fapp%3Apull%2Cpush'],
    ['with library beside', 'scope=repository:library/x:pull+repository:test/app:pull,push'],
    ['repeated', 'scope=repository:library/x:pull&scope=repository:test/app:pull,push'],
  ])('B35, B36: scopes %s are mapped each by itself', async (_form, scope) => {
    const authorization = await login(scope);
    const pushed = await front.call('POST', uploads('test/app'), {
      body: blob,
      headers: { authorization },
    });
    expect([pushed.status, pushed.headers.location]).toEqual([201, `/v2/test/app/blobs/${digest}`]);
    const read = await front.call('GET', `/v2/test/app/blobs/${digest}`, {
      headers: { authorization },
    });
    expect([read.status, read.body]).toEqual([200, blob]);
    for (const { text } of [pushed, read]) expect(text).not.toMatch(SECRET);
  });

  it('B36: the form of OAuth2 works too', async () => {
    const form = new URLSearchParams({
      grant_type: 'password',
      service: 'harbor-registry',
      scope: 'repository:test/app:pull',
      username: 'admin',
      password: atob(basicHeader().slice(6)).slice('admin:'.length),
    });
    const answer = await send(tokenPort, 'POST', '/service/token', {
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      token: expect.stringMatching(/^[\w~.+/=-]+$/),
      expires_in: expect.any(Number),
    });
  });

  it('B39: the challenge leads to us, at the host of the caller, with the public scope', async () => {
    const answer = await front.call('GET', '/v2/test/app/manifests/v1', {
      host: 'default.example.com:8443',
    });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="http://default.example.com:8443/registry/auth",service="tke",scope="repository:test/app:pull"',
    ]);
    expect(answer.text).not.toMatch(SECRET);
  });

  it('wrong credentials are 401, and no credentials log nobody in', async () => {
    const path = '/service/token?service=harbor-registry';
    const wrong = await send(tokenPort, 'GET', path, {
      headers: { authorization: basicHeader('admin', 'wrong') },
    });
    const nobody = await send(tokenPort, 'GET', path, {});
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
  });

  it("a token of one tenant is none for another, and Harbor's own are none for us", async () => {
    const scope = 'scope=repository:test/app:pull';
    const authorization = await login(scope);
    const foreign = await front.call('GET', `/v2/test/app/blobs/${digest}`, {
      headers: { authorization },
      host: 't2.example.com',
    });
    const raw = await fetch(
      `${harbor.url}/service/token?scope=repository:default-image-test/app:pull`,
      {
        headers: { authorization: basicHeader() },
      },
    );
    const { token } = z.object({ token: z.string() }).parse(await raw.json());
    const direct = await front.call('GET', `/v2/test/app/blobs/${digest}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([foreign.status, direct.status]).toEqual([401, 401]);
  });

  it('B55: locked namespaces let nobody through', async () => {
    const authorization = await login('scope=repository:locked/app:pull,push');
    const answer = await front.call('POST', uploads('locked/app'), {
      body: blob,
      headers: { authorization },
    });
    expect(answer.status).toBe(403);
  });

  it('says whether the login is good', async () => {
    const authorization = await login('account=admin');
    const good = await front.call('GET', '/v2/', { headers: { authorization } });
    const none = await front.call('GET', '/v2/');
    expect([good.status, none.status]).toEqual([200, 401]);
  });

  it('B37: nothing else below /service/ is there', async () => {
    for (const path of ['/service/notifications/jobs/adminjob/1', '/service/token/x']) {
      expect((await send(tokenPort, 'POST', path, {})).status).toBe(404);
    }
  });
});
