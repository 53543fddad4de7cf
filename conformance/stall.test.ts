import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { digestOf } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { createBytes } from './data.ts';
import { basic, openRegistry } from './registry.ts';

const registry = await openRegistry({ stallSeconds: 1 });
afterAll(() => registry.close());

const { hostname, port, host } = new URL(registry.url);
const authorization = basic(registry.username, registry.password);

interface Cut {
  readonly text: string;
  /** Milliseconds from the last byte sent to the end. */
  readonly after: number;
}

/** Sends `text`, then no more, and waits until the server ends the connection. */
async function sendAndStall(text: string | Buffer): Promise<Cut> {
  const socket: Socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write(text);
  const started = performance.now();
  await closed;
  return {
    text: Buffer.concat(chunks).toString('latin1'),
    after: performance.now() - started,
  };
}

function request(
  method: string,
  target: string,
  length: number,
  body: Buffer,
  type = 'application/octet-stream',
): Buffer {
  const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

describe.skipIf(registry.own === undefined)('a body that stalls', async () => {
  const repository = `${await registry.createProject()}/stalls`;

  async function open(): Promise<URL> {
    const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`);
    return new URL(answer.headers.get('location') ?? '', registry.url);
  }

  it.concurrent.each(['PATCH', 'PUT'])('of %s is cut, and nothing is stored', async (method) => {
    const location = await open();
    const body = Buffer.from(createBytes(1000));
    const digest = digestOf(body);
    if (method === 'PUT') location.searchParams.set('digest', digest);
    const target = location.pathname + location.search;
    const cut = await sendAndStall(request(method, target, 100_000, body));
    expect(cut.text).not.toMatch(/^HTTP\/1\.1 [25]/);
    expect(cut.after).toBeLessThan(8000);
    expect(await registry.client.blobFind(repository, digest)).toBeUndefined();
  });

  it.concurrent('of a single POST is cut', async () => {
    const body = Buffer.from(createBytes(1000));
    const target = `/v2/${repository}/blobs/uploads/?digest=${digestOf(body)}`;
    const cut = await sendAndStall(request('POST', target, 100_000, body));
    expect(cut.text).not.toMatch(/^HTTP\/1\.1 [25]/);
    expect(cut.after).toBeLessThan(8000);
  });

  it.concurrent('of a manifest is cut', async () => {
    const target = `/v2/${repository}/manifests/latest`;
    const cut = await sendAndStall(request('PUT', target, 100_000, Buffer.from('{')));
    expect(cut.text).not.toMatch(/^HTTP\/1\.1 [25]/);
    expect(cut.after).toBeLessThan(8000);
  });

  it.concurrent('of the REST API is cut', async () => {
    const cut = await sendAndStall(
      request('POST', '/api/v2.0/projects', 1000, Buffer.from('{'), 'application/json'),
    );
    expect(cut.text).not.toMatch(/^HTTP\/1\.1 [25]/);
    expect(cut.after).toBeLessThan(8000);
  });

  it.concurrent('leaves an upload that can go on', async () => {
    const location = await open();
    const bytes = createBytes(2000);
    const first = Buffer.from(bytes.subarray(0, 1500));
    await sendAndStall(request('PATCH', location.pathname + location.search, 100_000, first));
    const status = await registry.call('GET', location);
    expect(status.status).toBe(204);
    const [, last = '0'] = /^0-(\d+)$/.exec(status.headers.get('range') ?? '') ?? [];
    const offset = last === '0' ? 0 : Number(last) + 1;
    expect([0, 1500]).toContain(offset);
    const appended = await registry.call('PATCH', location, {
      headers: { 'content-range': `${offset}-1999` },
      body: bytes.subarray(offset),
    });
    expect(appended.status).toBe(202);
    const digest = digestOf(bytes);
    const stored = await registry.call('PUT', location, { query: { digest } });
    expect(stored.status).toBe(201);
  });

  it.concurrent('does not hold up others', async () => {
    const stalled = sendAndStall(
      request(
        'POST',
        `/v2/${repository}/blobs/uploads/?digest=${digestOf(createBytes(1))}`,
        9999,
        Buffer.alloc(1),
      ),
    );
    const bytes = createBytes(5000);
    await registry.client.blobPush(repository, digestOf(bytes), bytes);
    expect(await registry.client.blobFind(repository, digestOf(bytes))).toBeDefined();
    await stalled;
  });
});
