import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Portal, type PortalOptions } from './portal.ts';
import type { PortalFile } from './portal-files.ts';

const script = Buffer.from('export const answer = 42;\n'.repeat(99));
const file = (type: string, bytes: Buffer): PortalFile => ({
  type,
  hash: 'h4sh',
  bytes,
  encoded: new Map([
    ['br', brotliCompressSync(bytes)],
    ['gzip', gzipSync(bytes)],
  ]),
});
const files = new Map([
  ['/assets/main-a1.js', file('text/javascript; charset=utf-8', script)],
  [
    '/berth.svg',
    { type: 'image/svg+xml', hash: 'icon', bytes: Buffer.from('<svg/>'), encoded: new Map() },
  ],
]);
const page = '<base href="__BERTH_BASE__"><meta name="nonce" content="__BERTH_NONCE__">';
const html = 'text/html,application/xhtml+xml,*/*;q=0.8';

function portal(options: Partial<PortalOptions> = {}): Portal {
  return new Portal({
    built: { page, files },
    basePath: '',
    isApi: (path) => path.startsWith('/api'),
    ...options,
  });
}

const get = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  portal().find({ method, url, headers });

const isPage = (url: string, headers: Record<string, string> = { accept: html }, method = 'GET') =>
  get(url, headers, method)?.headers['content-type'] === 'text/html; charset=utf-8';

describe('the page', () => {
  it.each([
    '/',
    '/projects?q=a',
    '/p/library/nginx',
    '/admin/users',
    '/account/sign-in',
    '/oidc-onboard?username=a',
    '/harbor/projects/1/repositories/nginx',
    '/index.html',
    '/assetsof',
  ])('is at %s', (url) => {
    expect(isPage(url)).toBe(true);
    expect(isPage(url, { accept: html }, 'HEAD')).toBe(true);
  });

  it.each([
    ['an unknown path of the API', '/api/v3', { accept: html }, 'GET'],
    ['a file that is not there', '/assets/main-00.js', { accept: html }, 'GET'],
    ['programs that take anything', '/projects', { accept: '*/*' }, 'GET'],
    ['programs that say nothing', '/projects', {}, 'GET'],
    ['programs that want JSON', '/', { accept: 'application/json' }, 'GET'],
    ['other methods', '/projects', { accept: html }, 'POST'],
  ])('is not for %s', (_what, url, headers: Record<string, string>, method) => {
    expect(get(url, headers, method)).toBeUndefined();
  });

  it('has a nonce of its own in each answer, in the policy and in itself', () => {
    const nonces = [1, 2].map(() => {
      const answer = get('/', { accept: html });
      const policy = answer?.headers['content-security-policy'] ?? '';
      const nonce = /style-src 'self' 'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? 'none';
      expect(answer?.body).toContain(`content="${nonce}"`);
      expect(policy.match(/nonce-/g)).toHaveLength(1);
      return nonce;
    });
    expect(new Set(nonces).size).toBe(2);
  });

  it('runs no script but its own files, and is in no frame', () => {
    const headers = get('/', { accept: html })?.headers;
    expect(headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = headers?.['content-security-policy'] ?? '';
    for (const part of ["default-src 'none';", "script-src 'self';", "frame-ancestors 'none'"]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toContain('unsafe');
  });

  it.each([
    ['', '<base href="/">'],
    ['/berth', '<base href="/berth/">'],
  ])('below "%s" has %s', (basePath, base) => {
    const answer = portal({ basePath }).find({
      method: 'GET',
      url: '/',
      headers: { accept: html },
    });
    expect(answer?.body).toContain(base);
  });

  it('says with 503 that it is not built', () => {
    const answer = portal({ built: undefined }).find({
      method: 'GET',
      url: '/',
      headers: { accept: html },
    });
    expect(answer).toMatchObject({ status: 503, body: expect.stringContaining('portal:build') });
    expect(answer?.headers['content-security-policy']).toContain("default-src 'none'");
  });
});

describe('a file', () => {
  const asset = '/assets/main-a1.js';

  it.each([
    ['br, gzip', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['deflate', undefined],
    ['br;q=x', undefined],
    [undefined, undefined],
  ])('asked for with Accept-Encoding %s is sent as %s', (accepted, encoding) => {
    const answer = get(asset, accepted === undefined ? {} : { 'accept-encoding': accepted });
    expect(answer?.headers['content-encoding']).toBe(encoding);
    expect(answer?.headers['vary']).toBe('accept-encoding');
    const encoded = { br: brotliCompressSync(script), gzip: gzipSync(script) };
    expect(answer?.body).toEqual(
      encoding === 'br' || encoding === 'gzip' ? encoded[encoding] : script,
    );
  });

  it('with a hash in its name is kept for ever, another one is asked about', () => {
    expect(get(asset)?.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(get('/berth.svg')?.headers['cache-control']).toBe('no-cache');
  });

  it.each([
    ['"icon"', 304],
    ['W/"icon"', 304],
    ['"a", "icon"', 304],
    ['*', 304],
    ['"icon-br"', 200],
    ['icon', 200],
  ])('that a browser has as %s is %i', (tag, status) => {
    const answer = get('/berth.svg', { 'if-none-match': tag });
    expect(answer).toMatchObject({ status, headers: { etag: '"icon"' } });
    expect(answer?.body === undefined).toBe(status === 304);
  });

  it('has another tag in each encoding', () => {
    const tags = ['br', 'gzip', ''].map(
      (encoding) => get(asset, { 'accept-encoding': encoding })?.headers['etag'],
    );
    expect(tags).toEqual(['"h4sh-br"', '"h4sh-gzip"', '"h4sh"']);
  });

  it.each(['/assets/../berth.svg', '//berth.svg', '/berth.svg/', '/%62erth.svg', '/package.json'])(
    'has one path only, not %s',
    (url) => {
      expect(get(url)).toBeUndefined();
    },
  );
});
