import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { digestOf, mediaType } from '@berth/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { imageManifest } from '../../test/content.ts';
import { basicHeader, startTestRegistry, type TestRegistry } from '../../test/registry.ts';

const KIB = 1024;
const headers = { authorization: basicHeader() };
const json = { ...headers, 'content-type': 'application/json' };
const denial = {
  errors: [{ code: 'DENIED', message: expect.stringContaining('Quota exceeded when processing') }],
};

let registry: TestRegistry;
let project = '';
let names = 0;

beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry.stop());

beforeEach(async () => {
  names += 1;
  project = `limited-${names}`;
  const answer = await fetch(`${registry.url}/api/v2.0/projects`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ project_name: project, storage_limit: 100 * KIB }),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
});

async function usedStorage(): Promise<number> {
  const found = await fetch(`${registry.url}/api/v2.0/projects/${project}`, { headers });
  const id: unknown = JSON.parse(await found.text()).project_id;
  const url = `${registry.url}/api/v2.0/quotas?reference=project&reference_id=${String(id)}`;
  const [quota] = JSON.parse(await (await fetch(url, { headers })).text());
  return quota.used.storage;
}

async function pushBlob(bytes: Buffer, repository = 'app') {
  const digest = digestOf(bytes);
  const url = `${registry.url}/v2/${project}/${repository}/blobs/uploads/?digest=${digest}`;
  const answer = await fetch(url, { method: 'POST', headers, body: bytes });
  return { status: answer.status, text: await answer.text(), digest, size: bytes.length };
}

async function pushImage(tag: string) {
  const blobs = [Buffer.alloc(30 * KIB, 'config'), Buffer.alloc(40 * KIB, 'layer')];
  const [config, layer] = await Promise.all(blobs.map((bytes) => pushBlob(bytes)));
  if (config === undefined || layer === undefined) throw new Error('nothing was pushed');
  const content = imageManifest(
    { digest: config.digest, size: config.size },
    { digest: layer.digest, size: layer.size },
  );
  const answer = await fetch(`${registry.url}/v2/${project}/app/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': mediaType.ociManifest },
    body: content,
  });
  await answer.bytes();
  return { status: answer.status, size: config.size + layer.size + content.length };
}

describe('the quota of a project', () => {
  it('counts an image once under all its tags, and nothing when its repository is gone', async () => {
    expect(await usedStorage()).toBe(0);
    const { size, status } = await pushImage('v1');
    expect(status).toBe(201);
    expect(await usedStorage()).toBe(size);
    await pushImage('v2');
    expect(await usedStorage()).toBe(size);
    const gone = await fetch(`${registry.url}/api/v2.0/projects/${project}/repositories/app`, {
      method: 'DELETE',
      headers,
    });
    expect(gone.status).toBe(200);
    expect(await usedStorage()).toBe(0);
  });

  it('refuses a blob that does not fit, and takes one that does', async () => {
    const refused = await pushBlob(randomBytes(100 * KIB + 1));
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.text)).toMatchObject(denial);
    expect((await pushBlob(randomBytes(100 * KIB))).status).toBe(201);
    const start = { method: 'POST', headers };
    const full = await fetch(`${registry.url}/v2/${project}/app/blobs/uploads/`, start);
    expect(full.status).toBe(403);
    expect(await full.json()).toMatchObject(denial);
  });

  it('counts what a push of a deleted image brings back', async () => {
    const headersOf = { ...headers, 'content-type': mediaType.ociManifest };
    const blob = await pushBlob(randomBytes(60 * KIB));
    const content = imageManifest(blob, blob);
    const url = `${registry.url}/v2/${project}/app/manifests`;
    const put = () => fetch(`${url}/v1`, { method: 'PUT', headers: headersOf, body: content });
    expect((await put()).status).toBe(201);
    const gone = await fetch(`${url}/${digestOf(content)}`, { method: 'DELETE', headers });
    expect(gone.status).toBe(202);
    expect((await pushBlob(randomBytes(60 * KIB))).status).toBe(201);
    const again = await put();
    expect(again.status).toBe(403);
    expect(await again.json()).toMatchObject(denial);
    expect(await usedStorage()).toBe(60 * KIB);
  });

  it('refuses what another request than the last one brought', async () => {
    const bytes = randomBytes(100 * KIB + 1);
    const base = `${registry.url}/v2/${project}/app/blobs/uploads/`;
    const started = await fetch(base, { method: 'POST', headers });
    const location = `${registry.url}${started.headers.get('location') ?? ''}`;
    const first = await fetch(location, {
      method: 'PATCH',
      headers,
      body: bytes.subarray(0, -1),
    });
    expect(first.status).toBe(202);
    const last = await fetch(`${location}?digest=${digestOf(bytes)}`, {
      method: 'PUT',
      headers,
      body: bytes.subarray(-1),
    });
    expect(last.status).toBe(403);
    expect(await last.json()).toMatchObject(denial);
    expect(await usedStorage()).toBe(0);
  });

  it('lets a client that asks first keep its bytes', async () => {
    const digest = digestOf(Buffer.from('never sent'));
    const url = `${registry.url}/v2/${project}/app/blobs/uploads/?digest=${digest}`;
    const expecting = { ...headers, expect: '100-continue', 'content-length': 200 * KIB };
    let isWelcome = false;
    const answer = await new Promise<{ status: number | undefined; body: string }>(
      (resolve, reject) => {
        const sending = request(url, { method: 'POST', headers: expecting });
        sending.on('continue', () => {
          isWelcome = true;
        });
        sending.on('error', reject);
        sending.on('response', (response) => {
          void text(response).then((body) => {
            sending.destroy();
            resolve({ status: response.statusCode, body });
          }, reject);
        });
        sending.flushHeaders();
      },
    );
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject(denial);
    expect(isWelcome).toBe(false);
  });

  it('refuses a body of unknown length as soon as it does not fit', async () => {
    const pieces = new ReadableStream({
      pull(controller) {
        controller.enqueue(randomBytes(16 * KIB));
      },
    });
    const digest = digestOf(Buffer.from('endless'));
    const url = `${registry.url}/v2/${project}/app/blobs/uploads/?digest=${digest}`;
    const answer = await fetch(url, { method: 'POST', headers, body: pieces, duplex: 'half' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject(denial);
    expect((await pushBlob(randomBytes(100 * KIB))).status).toBe(201);
  });
});
