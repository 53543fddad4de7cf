import { digestOf } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, startTestRegistry, type TestRegistry } from '../../test/registry.ts';

const blob = Buffer.from('kept');
const digest = digestOf(blob);
const uploads = '/v2/library/app/blobs/uploads/';

let registry: TestRegistry;
let location = '';

beforeAll(async () => {
  registry = await startTestRegistry();
  await call('POST', `${uploads}?digest=${digest}`, blob);
  location = (await call('POST', uploads)).headers.get('location') ?? '';
  await setReadOnly(true);
});
afterAll(() => registry.stop());

describe('in read-only mode', () => {
  it.each([
    ['POST', () => uploads],
    ['PATCH', () => location],
    ['PUT', () => `${location}?digest=${digest}`],
    ['DELETE', () => location],
    ['PUT', () => '/v2/library/app/manifests/latest'],
    ['DELETE', () => `/v2/library/app/blobs/${digest}`],
    ['DELETE', () => '/v2/library/app/manifests/latest'],
  ])('%s is refused with a sentence', async (method, path) => {
    const answer = await call(method, path());
    expect([answer.status, await answer.json()]).toMatchObject([
      403,
      {
        errors: [
          {
            code: 'DENIED',
            message: 'The system is in read only mode. Any modification is prohibited.',
          },
        ],
      },
    ]);
  });

  it('pulls work', async () => {
    const answer = await call('GET', `/v2/library/app/blobs/${digest}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'kept']);
    expect((await call('GET', location)).status).toBe(204);
  });

  it('a collection can be asked for through the registry controller', async () => {
    expect((await call('POST', '/api/registry/gc')).status).toBe(200);
  });

  it('strangers are asked for credentials first', async () => {
    const answer = await fetch(new URL(uploads, registry.url), { method: 'POST' });
    expect(answer.status).toBe(401);
  });

  it('ends, and an upload goes on', async () => {
    await setReadOnly(false);
    expect((await call('PUT', `${location}?digest=${digest}`, blob)).status).toBe(201);
  });
});

function call(method: string, path: string, body?: Buffer | string): Promise<Response> {
  const basic = Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64');
  const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
  return fetch(new URL(path, registry.url), {
    method,
    headers: {
      authorization: `Basic ${basic}`,
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
}

async function setReadOnly(isOn: boolean): Promise<void> {
  const body = JSON.stringify({ read_only: isOn });
  const answer = await call('PUT', '/api/v2.0/configurations', body);
  expect(answer.status).toBe(200);
}
