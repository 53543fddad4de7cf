import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { EgressError } from './egress.errors.ts';
import { createEgress, type Egress, type EgressOptions } from './egress.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function openEgress(options: EgressOptions = {}): Egress {
  const egress = createEgress(options);
  open.push(egress);
  return egress;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return error instanceof EgressError ? error.code : String(error);
}

const get = { method: 'GET', policy: 'private-allowed' } as const;

describe('streaming requests', () => {
  it('send a body as it comes and give the answer as it comes, over kept connections', async () => {
    let connections = 0;
    const server = http.createServer((request, response) => {
      response.writeHead(200, { 'X-Length': String(request.headers['content-length']) });
      request.pipe(response);
    });
    server.on('connection', () => (connections += 1));
    const url = `http://127.0.0.1:${await listen(server)}/x?y=1`;
    const egress = openEgress();
    for (const length of [undefined, 6, 6, undefined, 6, 6]) {
      const answer = await egress.stream({
        method: 'PUT',
        policy: 'private-allowed',
        url,
        body: Readable.from([Buffer.from('abc'), Buffer.from('def')]),
        ...(length !== undefined && { length }),
      });
      expect([answer.status, answer.headers['x-length'], await text(answer.body)]).toEqual([
        200,
        String(length),
        'abcdef',
      ]);
    }
    // The next request may come just before the connection of the last one is free.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('follow no redirect and set no header of the connection', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const server = http.createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const headers = { host: 'evil', 'Transfer-Encoding': 'x', 'X-Own': '1' };
    const answer = await openEgress().stream({ ...get, url, headers });
    await text(answer.body);
    expect(answer.status).toBe(302);
    expect(seen[0]).toMatchObject({ 'x-own': '1', 'accept-encoding': 'identity' });
    expect(seen[0]?.host).not.toBe('evil');
  });

  it('check the address that a name leads to when they connect', async () => {
    const port = await listen(http.createServer((_request, response) => response.end()));
    const url = `http://registry.example:${port}/`;
    const resolve = async () => ['127.0.0.1'];
    const refused = openEgress({ resolve }).stream({ method: 'GET', policy: 'public', url });
    expect(await codeOf(refused)).toBe('refused-address');
    const allowed = await openEgress({ resolve }).stream({ ...get, url });
    await text(allowed.body);
    expect(allowed.status).toBe(200);
    const literal = openEgress().stream({
      method: 'GET',
      policy: 'public',
      url: `http://127.0.0.1:${port}/`,
    });
    expect(await codeOf(literal)).toBe('refused-address');
  });

  it('say why they failed', async () => {
    const port = await listen(net.createServer((socket) => socket.end('nonsense\r\n\r\n')));
    const silent = await listen(net.createServer(() => undefined));
    const egress = openEgress();
    const at = (url: string) => codeOf(egress.stream({ ...get, url, headersTimeoutMs: 200 }));
    expect(await at(`http://127.0.0.1:${port}/`)).toBe('protocol');
    expect(await at(`http://127.0.0.1:${silent}/`)).toBe('timeout');
    expect(await at(`https://127.0.0.1:${port}/`)).toBe('tls');
    expect(await at('http://127.0.0.1:1/')).toBe('unreachable');
    expect(await at('ftp://127.0.0.1/')).toBe('invalid-url');
  });

  it('end with the signal, also in the middle of an answer', async () => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('part');
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const gone = new AbortController();
    const answer = await openEgress().stream({ ...get, url, signal: gone.signal });
    const reading = text(answer.body);
    gone.abort(new Error('enough'));
    await expect(reading).rejects.toThrow(/enough|abort/i);
    server.closeAllConnections();
  });

  it('cut an answer whose bytes stop', async () => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('part');
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const answer = await openEgress().stream({ ...get, url, stallMs: 300 });
    await expect(text(answer.body)).rejects.toThrow(/timeout/i);
    server.closeAllConnections();
  });
});
