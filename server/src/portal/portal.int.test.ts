import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicHeader, startTestRegistry, type TestRegistry } from '../../test/registry.ts';

const SCRIPT = 'console.log("portal");\n'.repeat(200);
const html = { accept: 'text/html' };

async function makeBuild(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-portal-'));
  await mkdir(join(directory, 'assets'));
  await mkdir(join(directory, '.vite'));
  const put = (path: string, content: string | Buffer) => writeFile(join(directory, path), content);
  await put(
    'index.html',
    '<!doctype html><base href="__BERTH_BASE__"><meta content="__BERTH_NONCE__">',
  );
  await put('assets/main-1.js', SCRIPT);
  await put('assets/main-1.js.br', brotliCompressSync(SCRIPT));
  await put('assets/main-1.js.gz', gzipSync(SCRIPT));
  await put('berth.svg', '<svg/>');
  await put('.stamp', 'secret');
  await put('.vite/manifest.json', '{}');
  return directory;
}

let directory: string;

beforeAll(async () => {
  directory = await makeBuild();
});

afterAll(() => rm(directory, { recursive: true }));

/** Without what fetch does by itself: encodings, redirects. */
async function ask(url: string, headers: Record<string, string>, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { method, headers, agent: false }, resolve).on('error', reject).end();
  const answer = await promise;
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

describe('a registry with its portal', () => {
  let registry: TestRegistry;

  beforeAll(async () => {
    registry = await startTestRegistry({ portalDirectory: directory });
  });

  afterAll(() => registry.stop());

  it.each(['/', '/projects', '/p/library/nginx?tab=tags', '/harbor/sign-in', '/no/such/page'])(
    'answers browsers with the page at %s',
    async (path) => {
      const answer = await ask(registry.url + path, html);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['x-request-id']).toBeDefined();
      expect(answer.body).toContain('<base href="/">');
      expect(answer.body).not.toContain('__BERTH');
    },
  );

  it.each([
    '/api/v2.0/nothing',
    '/api/nothing',
    '/v2/nothing',
    '/service/nothing',
    '/c/nothing',
    '/chartrepo',
    '/devcenter-api-2.0/nothing',
    '/healthz/nothing',
    '/metrics/nothing',
    '/assets/nothing.js',
  ])('answers %s as before, whoever asks', async (path) => {
    const answer = await ask(registry.url + path, html);
    expect([401, 404]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('answers programs with JSON where browsers find the page', async () => {
    const answer = await ask(`${registry.url}/projects`, { accept: '*/*' });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body).errors[0].code).toBe('NOT_FOUND');
  });

  it('answers HEAD with the length and no body', async () => {
    const page = await ask(`${registry.url}/`, html, 'HEAD');
    expect(page).toMatchObject({ status: 200, body: '' });
    expect(Number(page.headers['content-length'])).toBeGreaterThan(50);
    const file = await ask(`${registry.url}/assets/main-1.js`, {}, 'HEAD');
    expect(file).toMatchObject({ status: 200, body: '' });
    expect(file.headers['content-length']).toBe(String(SCRIPT.length));
  });

  it('sends files as small as the browser takes them, and once', async () => {
    const url = `${registry.url}/assets/main-1.js`;
    const answer = await ask(url, { 'accept-encoding': 'gzip, br' });
    expect(answer.headers).toMatchObject({
      'content-encoding': 'br',
      'content-length': String(brotliCompressSync(SCRIPT).length),
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'accept-encoding',
    });
    const again = await ask(url, {
      'accept-encoding': 'br',
      'if-none-match': answer.headers.etag ?? '',
    });
    expect(again).toMatchObject({ status: 304, body: '' });
    expect((await fetch(url).then((fetched) => fetched.text())) === SCRIPT).toBe(true);
  });

  it.each(['/.stamp', '/.vite/manifest.json', '/assets/main-1.js.br', '/assets/..%2f.stamp'])(
    'keeps what a build keeps for itself: %s',
    async (path) => {
      expect((await ask(registry.url + path, {})).status).toBe(404);
    },
  );
});

it('without a build says so to browsers, and serves', async () => {
  const portalDirectory = join(directory, 'nothing');
  const registry = await startTestRegistry({ portalDirectory });
  try {
    expect((await ask(`${registry.url}/`, html)).status).toBe(503);
    expect((await ask(`${registry.url}/api/v2.0/ping`, html)).status).toBe(200);
  } finally {
    await registry.stop();
  }
});

describe('a registry of TKE', () => {
  let registry: TestRegistry;

  beforeAll(async () => {
    const tkeConfig = join(directory, 'tke-registry-config.yaml');
    const lines = [
      'apiVersion: registry.config.tkestack.io/v1',
      'kind: RegistryConfiguration',
      'defaultTenant: default',
      'domainSuffix: registry.example.test',
    ];
    await writeFile(tkeConfig, lines.join('\n'));
    registry = await startTestRegistry({ portalDirectory: directory, settings: { tkeConfig } });
  });

  afterAll(() => registry.stop());

  it.each(['default.registry.example.test', 't1.registry.example.test', '127.0.0.1'])(
    'has the page at the host %s, beside its own APIs',
    async (host) => {
      const page = await ask(`${registry.url}/tke/namespaces`, { ...html, host });
      expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<base') });
      for (const path of ['/apis/nothing', '/chart/nothing', '/registry/nothing', '/openapi/v9']) {
        const answer = await ask(registry.url + path, { ...html, host });
        expect(answer.headers['content-type']).toMatch(/^application\/json/);
      }
    },
  );
});

describe('a registry below a path', () => {
  let registry: TestRegistry;
  const admin = { authorization: basicHeader() };

  beforeAll(async () => {
    registry = await startTestRegistry({
      portalDirectory: directory,
      http: { externalUrl: 'https://example.com/berth' },
    });
  });

  afterAll(() => registry.stop());

  it.each(['/berth', '/berth/', '/berth/projects', '/', '/projects'])(
    'has its page at %s, whose addresses begin with the path',
    async (path) => {
      const answer = await ask(registry.url + path, html);
      expect(answer.body).toContain('<base href="/berth/">');
    },
  );

  it.each(['', '/berth'])('answers the API and files below "%s"', async (prefix) => {
    const url = registry.url + prefix;
    expect((await ask(`${url}/assets/main-1.js`, {})).status).toBe(200);
    expect((await ask(`${url}/api/v2.0/ping`, {})).body).toContain('Pong');
    expect((await ask(`${url}/service/token/certificates`, {})).status).toBe(200);
    expect((await ask(`${url}/api/v2.0/nothing`, html)).status).toBe(404);
    expect((await ask(`${url}/c/login`, {}, 'POST')).status).toBe(422);
  });

  it('leaves images at the root of the host', async () => {
    const answer = await ask(`${registry.url}/v2/`, {});
    expect(answer.headers['www-authenticate']).toContain(
      'realm="https://example.com/berth/service/token"',
    );
    expect((await ask(`${registry.url}/berth/v2/`, html)).status).toBe(404);
    const info = await ask(`${registry.url}/berth/api/v2.0/systeminfo`, admin);
    expect(JSON.parse(info.body)).toMatchObject({
      registry_url: 'example.com',
      external_url: 'https://example.com/berth',
    });
  });

  it('names places as browsers must ask for them', async () => {
    const answer = await fetch(`${registry.url}/berth/api/v2.0/projects`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify({ project_name: 'below' }),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toMatch(/^\/berth\/api\/v2\.0\/projects\/\d+$/);
    const list = await ask(`${registry.url}/berth/api/v2.0/projects?page_size=1`, admin);
    expect(list.headers['link']).toMatch(/^<\/berth\/api\/v2\.0\/projects\?/);
  });

  it('logs browsers in for the whole host', async () => {
    const answer = await fetch(`${registry.url}/berth/c/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ principal: 'admin', password: 'Test-password-12345' }),
    });
    expect(answer.status).toBe(200);
    // `__Host-` allows no other path.
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-sid=.*Path=\/;/);
  });

  it('shows the page of the API with its files', async () => {
    const page = await ask(`${registry.url}/berth/devcenter-api-2.0`, html);
    expect(page.body).toContain('src="/berth/devcenter-api-2.0/start.js"');
    const document = await ask(`${registry.url}/berth/api/v2.0/openapi.json`, {});
    expect(JSON.parse(document.body).servers).toEqual([{ url: '/berth/' }]);
  });
});
