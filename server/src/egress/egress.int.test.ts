import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createRemoteJWKSet, customFetch as joseFetch } from 'jose';
import { allowInsecureRequests, discovery, customFetch as oidcFetch } from 'openid-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificate } from '../identity/certificate.ts';
import { EgressError } from './egress.errors.ts';
import { createEgress, type EgressOptions } from './egress.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    if (server instanceof http.Server || server instanceof https.Server) {
      server.closeAllConnections();
    }
    server.close();
  }
});

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}

interface Site {
  readonly url: string;
  readonly port: number;
  readonly hits: http.IncomingMessage[];
}

/** A site on loopback that remembers who asked. */
async function openSite(answer: http.RequestListener): Promise<Site> {
  const hits: http.IncomingMessage[] = [];
  const port = await listen(
    http.createServer((request, response) => {
      hits.push(request);
      answer(request, response);
    }),
  );
  return { url: `http://127.0.0.1:${port}`, port, hits };
}

/** A peer that answers any connection with these bytes. */
async function openPeer(bytes: string): Promise<string> {
  const peer = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(bytes);
  });
  return `http://127.0.0.1:${await listen(peer)}/`;
}

const hello: http.RequestListener = (_request, response) => response.end('hello');

/** A client for which every name is at these addresses. */
const egressAt = (addresses: string[], options: EgressOptions = {}) =>
  createEgress({ resolve: async () => addresses, ...options });
const get = { method: 'GET', policy: 'private-allowed' } as const;

describe('the client', () => {
  it('sends what it is given and nothing that belongs to the connection', async () => {
    const bodies: string[] = [];
    const site = await openSite((request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => {
        response.setHeader('Set-Cookie', ['a=1', 'b=2']);
        response.writeHead(418, { 'X-Kind': 'teapot' }).end('short');
      });
    });
    const response = await createEgress().request({
      ...get,
      method: 'POST',
      url: `${site.url}/a%20b?c=d#e`,
      headers: { Authorization: 'Bearer x', Host: 'evil', 'Transfer-Encoding': 'chunked' },
      body: 'text',
    });
    expect(response.status).toBe(418);
    expect(response.body.toString()).toBe('short');
    expect(response.headers.get('x-kind')).toBe('teapot');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(bodies).toEqual(['text']);
    expect(site.hits[0]).toMatchObject({ method: 'POST', url: '/a%20b?c=d' });
    expect(site.hits[0]?.headers).toMatchObject({
      authorization: 'Bearer x',
      host: `127.0.0.1:${site.port}`,
      'content-length': '4',
      'accept-encoding': 'identity',
      connection: 'close',
    });
    expect(site.hits[0]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it.each([{ 'a b': 'x' }, { a: 'x\r\nHost: evil' }, { a: '\u0000' }])(
    'sends no headers such as %j',
    async (headers) => {
      const site = await openSite(hello);
      const request = createEgress().request({ ...get, url: site.url, headers });
      await expect(request).rejects.toMatchObject({ kind: 'invalid' });
      expect(site.hits).toHaveLength(0);
    },
  );

  it('keeps the name in Host while it connects to the checked address', async () => {
    const site = await openSite(hello);
    await egressAt(['127.0.0.1']).request({ ...get, url: `http://name.test:${site.port}/` });
    expect(site.hits[0]?.headers.host).toBe(`name.test:${site.port}`);
  });

  it('tries the next address when one does not listen', async () => {
    const site = await openSite(hello);
    const egress = egressAt(['::1', '127.0.0.2', '127.0.0.1']);
    const response = await egress.request({ ...get, url: `http://name.test:${site.port}/` });
    expect(response.status).toBe(200);
  });
});

/** Every way we know to write an address that the public may not reach; PORT is the canary's. */
const CORPUS = [
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://0x7f.1:PORT/',
  'http://0x7f.0x0.0x0.0x1:PORT/',
  'http://0x7f000001:PORT/',
  'http://2130706433:PORT/',
  'http://017700000001:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://①②⑦.0.0.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://127.255.255.254:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0.1.2.3:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST.:PORT/',
  'http://ⓛocalhost:PORT/',
  'http://a.localhost:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:FFFF:7F00:0001]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b:1::127.0.0.1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2002:a9fe:a9fe::]:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fec0::1]:PORT/',
  'http://[fc00::1]:PORT/',
  'http://[fd00:ec2::254]:PORT/',
  'http://[ff02::1]:PORT/',
  'http://[2001:db8::1]:PORT/',
  'http://10.0.0.1:PORT/',
  'http://172.16.0.1:PORT/',
  'http://192.168.1.1:PORT/',
  'http://100.64.0.1:PORT/',
  'http://169.254.169.254/latest/meta-data/',
  'http://0xa9fea9fe/latest/meta-data/',
  'http://2852039166/',
  'http://[::ffff:169.254.169.254]/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://loopback.example:PORT/',
  'https://loopback.example:PORT/',
  'http://user:pass@loopback.example:PORT/',
  'http://example.com@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http:127.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  'ht\ntp://127.0.\t0.1:PORT/',
  'http://unix:/var/run/docker.sock:/v1/info',
  'unix:///var/run/docker.sock',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_GET',
  'ftp://127.0.0.1:PORT/',
];

describe('under the public policy', () => {
  it.each(CORPUS)('%j is never called', async (template) => {
    const canary = await openSite(hello);
    const url = template.replace('PORT', String(canary.port));
    const request = egressAt(['127.0.0.1']).request({ ...get, policy: 'public', url });
    await expect(request).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:invalid-url|refused-address)$/),
    });
    expect(canary.hits).toHaveLength(0);
  });

  it('the canary would be seen: a listed network is called', async () => {
    const canary = await openSite(hello);
    const egress = createEgress({ allowedNetworks: ['127.0.0.0/8'] });
    await egress.request({ ...get, policy: 'public', url: canary.url });
    expect(canary.hits).toHaveLength(1);
  });

  it('a name with one bad address among good ones is not called', async () => {
    const canary = await openSite(hello);
    const url = `http://rebind.example:${canary.port}/`;
    for (const addresses of [
      ['127.0.0.1', '8.8.8.8'],
      ['8.8.8.8', '127.0.0.1'],
    ]) {
      const request = egressAt(addresses).request({ ...get, policy: 'public', url });
      await expect(request).rejects.toMatchObject({ code: 'refused-address' });
    }
    expect(canary.hits).toHaveLength(0);
  });

  it('a name that changes its address after the check is asked only once', async () => {
    const good = await openSite(hello);
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const egress = createEgress({
      allowedNetworks: ['127.0.0.1/32'],
      resolve: async () => answers[asked++] ?? [],
    });
    const request = {
      ...get,
      policy: 'public',
      url: `http://rebind.example:${good.port}/`,
    } as const;
    expect((await egress.request(request)).status).toBe(200);
    expect(asked).toBe(1);
    await expect(egress.request(request)).rejects.toMatchObject({ code: 'refused-address' });
  });
});

describe('a redirect', () => {
  const allowedNetworks = ['127.0.0.1/32'];

  it('is an answer unless told otherwise', async () => {
    const site = await openSite((_request, response) => {
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    const response = await createEgress().request({ ...get, url: site.url });
    expect(response.status).toBe(302);
    expect(site.hits).toHaveLength(1);
  });

  it.each(['http://169.254.169.254/', 'http://[::ffff:a9fe:a9fe]/', 'http://meta.example/'])(
    'to %s is checked like the first URL',
    async (location) => {
      const site = await openSite((_request, response) => {
        response.writeHead(302, { Location: location }).end();
      });
      const egress = egressAt(['169.254.169.254'], { allowedNetworks });
      const request = { ...get, policy: 'public', url: site.url, redirects: 3 } as const;
      await expect(egress.request(request)).rejects.toMatchObject({ code: 'refused-address' });
    },
  );

  it.each(['ftp://127.0.0.1/', 'http://user:secret@127.0.0.1/', 'file:///etc/passwd'])(
    'to %s is no endpoint',
    async (location) => {
      const site = await openSite((_request, response) => {
        response.writeHead(302, { Location: location }).end();
      });
      const request = createEgress().request({ ...get, url: site.url, redirects: 3 });
      await expect(request).rejects.toMatchObject({ code: 'invalid-url' });
    },
  );

  it('is followed as often as allowed and takes no credentials to another origin', async () => {
    const end = await openSite(hello);
    const site = await openSite((_request, response) => {
      response.writeHead(302, { Location: `${end.url}/x` }).end();
    });
    const request = {
      ...get,
      url: site.url,
      headers: { authorization: 'Basic x' },
      redirects: 1,
    };
    expect((await createEgress().request(request)).body.toString()).toBe('hello');
    expect(site.hits[0]?.headers).toHaveProperty('authorization');
    expect(end.hits[0]?.headers).not.toHaveProperty('authorization');

    const loop = await openSite((_request, response) => {
      response.writeHead(302, { Location: '/' }).end();
    });
    const looping = createEgress().request({ ...get, url: loop.url, redirects: 2 });
    await expect(looping).rejects.toMatchObject({ code: 'protocol' });
    expect(loop.hits).toHaveLength(3);
  });
});

describe('an answer', () => {
  it.each([
    ['declared', { 'Content-Length': '2000' }],
    ['counted', {}],
  ])('that is too large, as %s, is refused', async (_how, headers) => {
    const site = await openSite((_request, response) => {
      response.writeHead(200, headers);
      response.write(Buffer.alloc(1000));
      response.write(Buffer.alloc(1000));
      response.end();
    });
    const request = { ...get, url: site.url };
    const egress = createEgress();
    await expect(egress.request({ ...request, maxBytes: 1999 })).rejects.toMatchObject({
      code: 'too-large',
    });
    expect((await egress.request({ ...request, maxBytes: 2000 })).body).toHaveLength(2000);
  });

  it('without end is cut at the limit, and so is its connection', async () => {
    const closed = Promise.withResolvers<void>();
    const site = await openSite((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more).on('close', closed.resolve);
      more();
    });
    await expect(createEgress().request({ ...get, url: site.url })).rejects.toMatchObject({
      code: 'too-large',
    });
    await closed.promise;
  });

  it('that declares too much is not waited for', async () => {
    const peer = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n');
    });
    const request = { ...get, url: `http://127.0.0.1:${await listen(peer)}/`, timeoutMs: 5_000 };
    await expect(createEgress().request(request)).rejects.toMatchObject({ code: 'too-large' });
    const head = await createEgress().request({ ...request, method: 'HEAD' });
    expect(head.body).toHaveLength(0);
  });

  it('that is compressed is not decoded', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const site = await openSite((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb);
    });
    const { body } = await createEgress().request({ ...get, url: site.url });
    expect(body.equals(bomb)).toBe(true);
    const response = await createEgress().fetch('private-allowed')(site.url);
    expect((await response.arrayBuffer()).byteLength).toBe(bomb.length);
  });

  it.each([
    ['never begins', () => undefined],
    ['never ends', (_request, response) => response.write('x')],
  ] satisfies [string, http.RequestListener][])('that %s is given up', async (_how, answer) => {
    const site = await openSite(answer);
    const request = createEgress().request({ ...get, url: site.url, timeoutMs: 50 });
    await expect(request).rejects.toMatchObject({ code: 'timeout' });
  });

  it.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc'],
    ['is empty', ''],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['has endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
    [
      'switches protocols',
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
  ])('that %s is refused in a constant sentence', async (_how, bytes) => {
    const request = createEgress().request({ ...get, url: await openPeer(bytes) });
    await expect(request).rejects.toMatchObject({
      code: 'protocol',
      message: new EgressError('protocol').message,
    });
  });
});

describe('waiting', () => {
  it('for a resolver ends with the time to connect', async () => {
    const egress = createEgress({ resolve: () => new Promise(() => {}), connectTimeoutMs: 20 });
    const request = egress.request({ ...get, url: 'http://slow.example/' });
    await expect(request).rejects.toMatchObject({ code: 'timeout' });
  });

  it('for a TLS handshake ends with the time to connect', async () => {
    const port = await listen(net.createServer((socket) => socket.on('error', () => undefined)));
    const egress = createEgress({ connectTimeoutMs: 50 });
    const request = egress.request({ ...get, url: `https://127.0.0.1:${port}/` });
    await expect(request).rejects.toMatchObject({ code: 'timeout' });
  });

  it('ends at once with the signal of the caller, whose reason is the error', async () => {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    const site = await openSite((_request, response) => {
      response.on('close', closed.resolve);
      controller.abort(new Error('enough'));
    });
    const request = { ...get, url: site.url, signal: controller.signal };
    await expect(createEgress().request(request)).rejects.toThrow('enough');
    await closed.promise;
    await expect(createEgress().request(request)).rejects.toThrow('enough');
    expect(site.hits).toHaveLength(1);
  });

  it('is not needed where nobody listens', async () => {
    const closed = net.createServer();
    const port = await listen(closed);
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    const request = createEgress().request({ ...get, url: `http://127.0.0.1:${port}/` });
    await expect(request).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('TLS', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = createCertificate(privateKey, 'idp.test');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });

  async function openTlsSite(): Promise<{ url: string; names: unknown[] }> {
    const names: unknown[] = [];
    const server = https.createServer({ key, cert }, (_request, response) => response.end('safe'));
    server.on('secureConnection', (socket) => names.push(socket.servername));
    return { url: `https://idp.test:${await listen(server)}/`, names };
  }

  it.each([
    ['is unknown', undefined],
    ['is verified against no certificate', { verify: true }],
    ['is verified against a text that is none', { verify: true, ca: 'junk' }],
    [
      'is verified against another authority',
      {
        verify: true,
        ca: createCertificate(
          generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
          'idp.test',
        ),
      },
    ],
  ])('with a peer that %s is refused', async (_how, tls) => {
    const { url } = await openTlsSite();
    const request = egressAt(['127.0.0.1']).request({ ...get, url, ...(tls && { tls }) });
    await expect(request).rejects.toMatchObject({ code: 'tls' });
  });

  it.each([
    ['without verification', { verify: false }],
    ['with its certificate as authority', { verify: true, ca: cert }],
  ])('%s is made, with the name in SNI', async (_how, tls) => {
    const { url, names } = await openTlsSite();
    const { body } = await egressAt(['127.0.0.1']).request({ ...get, url, tls });
    expect(body.toString()).toBe('safe');
    expect(names).toEqual(['idp.test']);
  });

  it('with an authority for one name does not vouch for another name', async () => {
    const { url } = await openTlsSite();
    const request = egressAt(['127.0.0.1']).request({
      ...get,
      url: url.replace('idp.test', 'other.test'),
      tls: { verify: true, ca: cert },
    });
    await expect(request).rejects.toMatchObject({ code: 'tls' });
  });

  it('with a peer that speaks none is refused', async () => {
    const peer = await openPeer('HTTP/1.1 400 Bad\r\n\r\n');
    const request = createEgress().request({
      ...get,
      url: peer.replace('http:', 'https:'),
      tls: { verify: false },
    });
    await expect(request).rejects.toMatchObject({ code: 'tls' });
  });
});

describe('fetch', () => {
  it('takes what fetch takes and gives a Response', async () => {
    const site = await openSite((request, response) => {
      const location = request.url === '/' ? '/next' : undefined;
      response.writeHead(location ? 302 : 200, location ? { Location: location } : {});
      request.pipe(response);
    });
    const fetch = createEgress().fetch('private-allowed');
    const request = new Request(`${site.url}/x`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b' }),
    });
    const response = await fetch(request);
    expect(await response.text()).toBe('a=b');
    expect(response.url).toBe(`${site.url}/x`);
    expect(site.hits[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect((await fetch(new URL(site.url), { redirect: 'manual' })).status).toBe(302);
    expect((await fetch(site.url)).status).toBe(200);
    await expect(fetch(site.url, { redirect: 'error' })).rejects.toMatchObject({
      code: 'protocol',
    });
  });

  it.each([204, 304])('gives a Response without body for %i', async (status) => {
    const site = await openSite((_request, response) => response.writeHead(status).end());
    expect((await createEgress().fetch('private-allowed')(site.url)).status).toBe(status);
  });

  it('keeps to its policy', async () => {
    const site = await openSite(hello);
    const fetch = createEgress().fetch('public');
    await expect(fetch(site.url)).rejects.toMatchObject({ code: 'refused-address' });
    await expect(fetch('nonsense')).rejects.toMatchObject({ code: 'invalid-url' });
    expect(site.hits).toHaveLength(0);
  });

  it('serves jose and openid-client', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };
    const site = await openSite((request, response) => {
      const issuer = `http://${request.headers.host}`;
      const metadata = { issuer, jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'] };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : metadata));
    });
    const fetch = createEgress().fetch('private-allowed');
    const keys = createRemoteJWKSet(new URL(`${site.url}/jwks`), { [joseFetch]: fetch });
    expect(await keys({ alg: 'ES256', kid: 'one' })).toMatchObject({ type: 'public' });
    const provider = await discovery(new URL(site.url), 'client', undefined, undefined, {
      [oidcFetch]: fetch,
      execute: [allowInsecureRequests],
    });
    expect(provider.serverMetadata().issuer).toBe(site.url);
    expect(site.hits).toHaveLength(2);
  });
});
