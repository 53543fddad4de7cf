import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AppError } from '../lib/index.ts';
import { ShelfStore, versionOf } from './chart.fixture.ts';
import { presentChartError } from './chart-error.ts';
import type { ChartReply } from './chart-museum.ts';
import { createChartMuseum } from './create-chart-museum.ts';
import { parseProvenance } from './provenance.ts';

async function bodyOf({ body }: ChartReply): Promise<string> {
  return body instanceof Readable ? text(body) : (body?.toString() ?? '');
}

function setUp(...versions: ReturnType<typeof versionOf>[]) {
  const store = new ShelfStore(versions);
  return { store, museum: createChartMuseum(store) };
}

describe('index.yaml', () => {
  it('is Helm’s index, sorted, with relative URLs', async () => {
    const { museum } = setUp(
      versionOf('web', '1.0.0', { description: 'a: "quoted" #text' }),
      versionOf('app', '1.2.0'),
      versionOf('app', '1.10.0'),
    );
    const reply = await museum.serveIndex('p', { contextPath: '/chart' });
    const body = await bodyOf(reply);
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-yaml' } });
    expect(reply.headers['content-length']).toBe(String(Buffer.byteLength(body)));
    const index = parse(body);
    expect(index).toMatchObject({ apiVersion: 'v1', serverInfo: { contextPath: '/chart' } });
    expect(Object.keys(index.entries)).toEqual(['app', 'web']);
    expect(index.entries.app.map((entry: { version: string }) => entry.version)).toEqual([
      '1.10.0',
      '1.2.0',
    ]);
    expect(index.entries.web[0]).toEqual({
      name: 'web',
      version: '1.0.0',
      apiVersion: 'v2',
      description: 'a: "quoted" #text',
      urls: ['charts/web-1.0.0.tgz'],
      created: '2026-01-02T03:04:05.000Z',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('leaves out what older helms do not know, and what would break newer ones', async () => {
    const { museum } = setUp(versionOf('app', '1.0.0', { mine: 1, keywords: 'no list' }));
    const index = parse(await bodyOf(await museum.serveIndex('p', {})));
    expect(index.entries.app[0]).not.toHaveProperty('mine');
    expect(index.entries.app[0]).not.toHaveProperty('keywords');
  });

  it('has no entries where there are no charts', async () => {
    const { museum } = setUp();
    expect(parse(await bodyOf(await museum.serveIndex('p', {})))).toMatchObject({ entries: {} });
  });

  it('is not sent again while nothing changed, and is when something did', async () => {
    const { museum, store } = setUp(versionOf('app', '1.0.0'));
    const first = await museum.serveIndex('p', {});
    const etag = first.headers['etag'] ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const same = { headers: { 'if-none-match': `W/"x", ${etag}` } };
    expect(await museum.serveIndex('p', same)).toMatchObject({ status: 304 });
    expect(await museum.serveIndex('p', { ...same, contextPath: '/c' })).toMatchObject({
      status: 200,
    });
    store.revision = '2';
    store.versions = [...store.versions, versionOf('app', '2.0.0')];
    const changed = await museum.serveIndex('p', same);
    expect(changed.status).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
    expect(await bodyOf(changed)).toContain('"2.0.0"');
  });

  it('follows every change, as if it were made anew', async () => {
    const { museum, store } = setUp();
    const pool = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: 300 }, (_, n) =>
        versionOf(name, `1.${n}.0`, { description: 'd'.repeat(n) }),
      ),
    );
    for (let round = 0; round < 25; round += 1) {
      store.versions = pool.filter((_, index) => (index * 7 + round * 13) % 11 > round % 5);
      store.revision = `r${round}`;
      const kept = await bodyOf(await museum.serveIndex('p', {}));
      const fresh = await bodyOf(await createChartMuseum(store).serveIndex('p', {}));
      expect(kept).toBe(fresh);
    }
  });

  it('tells a version that was replaced by its digest', async () => {
    const { museum, store } = setUp(versionOf('app', '1.0.0'));
    await bodyOf(await museum.serveIndex('p', {}));
    store.versions = [
      { ...versionOf('app', '1.0.0', { description: 'new' }), digest: 'sha256:feed' },
    ];
    store.revision = '2';
    expect(await bodyOf(await museum.serveIndex('p', {}))).toContain('"digest":"feed"');
  });

  it('has no body for HEAD', async () => {
    const { museum } = setUp(versionOf('app', '1.0.0'));
    const reply = await museum.serveIndex('p', { isHead: true });
    expect(reply.body).toBeUndefined();
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(100);
  });
});

describe('B30: a file name', () => {
  const { museum } = setUp(
    versionOf('foo', '1.0.0-rc.1'),
    versionOf('foo-1', '2.0.0'),
    versionOf('foo', '1-2.0.0'),
    versionOf('my-app-2', '1.0.0-alpha-3+b.1'),
    { ...versionOf('signed', '1.0.0'), hasProvenance: true },
  );

  it.each([
    ['foo-1.0.0-rc.1.tgz', 'foo', '1.0.0-rc.1', 'archive'],
    ['my-app-2-1.0.0-alpha-3+b.1.tgz', 'my-app-2', '1.0.0-alpha-3+b.1', 'archive'],
    ['foo-1-2.0.0.tgz', 'foo-1', '2.0.0', 'archive'],
    ['signed-1.0.0.tgz.prov', 'signed', '1.0.0', 'provenance'],
  ])('%s is %s %s', async (file, name, version, part) => {
    expect(await museum.findFile('p', file)).toEqual({ name, version, part });
  });

  it.each([
    'foo-1.0.0.tgz',
    'foo.tgz',
    '-1.0.0.tgz',
    'foo-1.0.0-rc.1',
    'foo-1.0.0-rc.1.tgz.prov',
    '',
  ])('that is not there is not found: %j', async (file) => {
    expect(await museum.findFile('p', file)).toBeUndefined();
    await expect(museum.serveFile('p', file, {})).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('a file', () => {
  it('is sent with its type, size and ETag, and not when the client has it', async () => {
    const { museum, store } = setUp({ ...versionOf('app', '1.0.0'), hasProvenance: true });
    const etag = `"${versionOf('app', '1.0.0').digest}"`;
    const archive = await museum.serveFile('p', 'app-1.0.0.tgz', {});
    expect(archive).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/x-tar',
        'content-length': '10',
        etag,
      },
    });
    expect(archive.body).toBeInstanceOf(Readable);
    if (archive.body instanceof Readable) expect((await buffer(archive.body)).length).toBe(10);
    const signed = await museum.serveFile('p', 'app-1.0.0.tgz.prov', { isHead: true });
    expect(signed).toMatchObject({
      body: undefined,
      headers: { 'content-type': 'application/pgp-signature' },
    });
    // What is not sent is not opened: a store may count that as a pull.
    store.opened.length = 0;
    const known = await museum.serveFile('p', 'app-1.0.0.tgz', {
      headers: { 'if-none-match': etag },
    });
    expect(known).toMatchObject({ status: 304 });
    const head = await museum.serveFile('p', 'app-1.0.0.tgz', { isHead: true });
    expect(head).toMatchObject({ status: 200, body: undefined, headers: archive.headers });
    expect(store.opened).toEqual([]);
  });
});

describe('the API', () => {
  const { museum } = setUp(
    versionOf('app', '2.0.0-rc.1'),
    versionOf('app', '1.0.0'),
    versionOf('web', '1.0.0'),
    versionOf('db', '1.0.0'),
  );

  it('lists charts as a map, and pages of it', async () => {
    const all = JSON.parse(await bodyOf(await museum.listCharts('p')));
    expect(Object.keys(all)).toEqual(['app', 'db', 'web']);
    const page = JSON.parse(await bodyOf(await museum.listCharts('p', { offset: 1, limit: 1 })));
    expect(Object.keys(page)).toEqual(['db']);
  });

  it('gives versions of a chart, one of them, and the latest', async () => {
    const versions = JSON.parse(await bodyOf(await museum.serveChart('p', 'app')));
    expect(versions.map((entry: { version: string }) => entry.version)).toEqual([
      '2.0.0-rc.1',
      '1.0.0',
    ]);
    const one = JSON.parse(await bodyOf(await museum.serveVersion('p', 'app', '2.0.0-rc.1')));
    expect(one.urls).toEqual(['charts/app-2.0.0-rc.1.tgz']);
    const latest = JSON.parse(await bodyOf(await museum.serveVersion('p', 'app', 'latest')));
    expect(latest.version).toBe('1.0.0');
  });

  it('finds nothing that is not there', async () => {
    const absent = { kind: 'not-found' };
    await expect(museum.serveChart('p', 'none')).rejects.toMatchObject(absent);
    await expect(museum.serveVersion('p', 'app', '3.0.0')).rejects.toMatchObject(absent);
    await expect(museum.serveVersion('p', '__proto__', 'latest')).rejects.toMatchObject(absent);
  });

  it('B28: refuses an upload that brought nothing', async () => {
    const parts = { archive: undefined, provenance: undefined };
    const write = { overwrite: true, actor: { username: 'ann' } };
    await expect(museum.upload('p', parts, write)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('words refusals as ChartMuseum does', async () => {
    const reply = presentChartError(new AppError('conflict', 'app-1.0.0.tgz already exists'));
    expect(reply.status).toBe(409);
    expect(JSON.parse(await bodyOf(reply))).toEqual({ error: 'app-1.0.0.tgz already exists' });
  });
});

describe('B29: a provenance file', () => {
  const signed = (fields: string) => Buffer.from(`-----BEGIN PGP SIGNED MESSAGE-----\n\n${fields}`);

  it('tells its chart', () => {
    const fields =
      'apiVersion: v2\nmaintainers:\n- name: ann\nname: app\nversion: "1.0.0-rc.1"\n...\n';
    expect(parseProvenance(signed(fields))).toEqual({ name: 'app', version: '1.0.0-rc.1' });
  });

  it.each([
    ['is not signed', Buffer.from('name: app\nversion: 1.0.0\n')],
    ['has no name', signed('version: 1.0.0\n')],
    ['has no version', signed('name: app\n')],
    ['has a name with a path', signed('name: ../app\nversion: 1.0.0\n')],
    ['is too large', signed('x'.repeat(2 * 1024 * 1024))],
  ])('is refused when it %s', (_what, bytes) => {
    expect(() => parseProvenance(bytes)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});
