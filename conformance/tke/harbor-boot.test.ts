import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificate } from '../../server/src/identity/certificate.ts';
import { harborOf } from './harbor-view.ts';
import { bodyOf, refusalOf } from './objects.ts';
import { openTkeWorld, type TkeWorld, type WorldOptions } from './world.ts';

async function inWorld(
  configuration: NonNullable<WorldOptions['configuration']>,
  work: (world: TkeWorld) => Promise<void>,
): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const world = await openTkeWorld('harbor', { configuration });
  cleanup.defer(() => world.close());
  await work(world);
  expect(world.leaks()).toEqual([]);
}

function otherAuthority(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return createCertificate(privateKey, 'localhost');
}

const broken = (reason: string) => ({
  status: 'unavailable',
  components: expect.arrayContaining([
    { name: 'harbor', status: 'unavailable', reason: expect.stringContaining(reason) },
  ]),
});

describe('scenario 19: what is wrong with an existing Harbor shows before it is used', () => {
  it.each([
    [
      'another authority',
      () => ({ harborCAFile: otherAuthority() }),
      'the certificate of the back end is not trusted: check its CA file',
    ],
    [
      'no authority at all',
      () => ({ harborCAFile: '' }),
      'the certificate of the back end is not trusted: check its CA file',
    ],
    [
      'a wrong password',
      () => ({ harborPassword: 'Wrong-password-1' }),
      'the back end refuses its service account',
    ],
    [
      'an address where nobody is',
      () => ({ harborUrl: 'https://localhost:1' }),
      'the back end cannot be reached; try again later',
    ],
  ])('%s', async (_what, configure, reason) => {
    await inWorld(configure(), async (world) => {
      const ready = await world.call('/readyz');
      expect([ready.status, ready.json]).toEqual([503, broken(reason)]);
      // What lives is not restarted for it, and says what is wrong to whoever creates something.
      expect((await world.call('/healthz')).status).toBe(200);
      const refused = await world.api('/namespaces', {
        as: 'admin',
        method: 'POST',
        json: bodyOf('namespaces', { name: 'test' }),
      });
      expect(refusalOf(refused)).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    });
  });

  it('a certificate is not looked at where the configuration says so', async () => {
    const configuration = { harborInsecureSkipVerify: true, harborCAFile: '' };
    await inWorld(configuration, async (world) => {
      expect((await world.call('/readyz')).status).toBe(200);
    });
  });

  it.each([
    [{ harborUrl: 'https://localhost/api' }, 'harborUrl'],
    [{ harborCAFile: '/nowhere/ca.crt' }, 'harborCAFile'],
    [{ harborLogin: 'both' }, 'harborLogin'],
  ])('%o does not start', async (configuration, field) => {
    await expect(openTkeWorld('harbor', { configuration })).rejects.toThrow(field);
  });
});

describe('scenario 19: a back end serves alone', () => {
  let world: TkeWorld;
  beforeAll(async () => {
    world = await openTkeWorld('harbor');
  });
  afterAll(() => world?.close());

  it('Harbor is ready, and asked for what there is', async () => {
    expect((await world.call('/readyz')).status).toBe(200);
    const project = { project_name: 'default-image-mine', metadata: { public: 'true' } };
    // A project of the registry itself, that the built-in back end would serve.
    const made = await world.call('/api/v2.0/projects', {
      method: 'POST',
      as: 'admin',
      json: project,
    });
    expect(made.status).toBe(201);
    for (const path of ['/v2/mine/app/tags/list', '/chart/mine/index.yaml']) {
      expect((await world.call(path, { as: 'admin' })).status).toBe(404);
    }
    const before = harborOf(world).seen.length;
    expect((await world.call('/v2/library/none/manifests/v1', { as: 'admin' })).status).toBe(404);
    expect(harborOf(world).seen.length).toBeGreaterThan(before);
  });

  it('recovers when Harbor does', async () => {
    harborOf(world).fail(503);
    await expect
      .poll(async () => (await world.call('/readyz')).status, { timeout: 30_000, interval: 500 })
      .toBe(503);
    harborOf(world).fail(undefined);
    await expect
      .poll(async () => (await world.call('/readyz')).status, { timeout: 30_000, interval: 500 })
      .toBe(200);
  });

  it('names nothing internal in any answer', () => {
    expect(world.leaks()).toEqual([]);
  });
});
