import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { basicHeader, startTestRegistry, type TestRegistry } from '../../test/registry.ts';
import { chartOf, provenanceOf } from '../tke/providers/charts.contract.ts';

let registry: TestRegistry;
const PASSWORD = 'Test-password-12345';

beforeAll(async () => {
  registry = await startTestRegistry();
  for (const username of ['dora', 'gus', 'otto']) {
    const body = { username, password: PASSWORD, email: `${username}@example.com`, realname: 'x' };
    await api('POST', '/api/v2.0/users', { json: body });
  }
  await api('POST', '/api/v2.0/projects', { json: { project_name: 'shut', public: false } });
  await api('POST', '/api/v2.0/projects', { json: { project_name: 'open', public: true } });
  const members = [
    ['dora', 2],
    ['gus', 3],
  ] as const;
  for (const [username, role] of members) {
    const body = { role_id: role, member_user: { username } };
    await api('POST', '/api/v2.0/projects/shut/members', { json: body });
  }
});
afterAll(() => registry.stop());

interface Options {
  /** Undefined is nobody. */
  readonly as?: string | undefined;
  readonly json?: object;
  readonly body?: Buffer | FormData;
  readonly headers?: Record<string, string>;
}

function api(method: string, path: string, options: Options = {}): Promise<Response> {
  const { json, body = json && JSON.stringify(json), headers = {} } = options;
  const as = 'as' in options ? options.as : 'admin';
  const login = as === undefined ? {} : { authorization: basicHeader(as, PASSWORD) };
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  return fetch(`${registry.url}${path}`, {
    method,
    headers: { ...login, ...type, ...headers },
    ...(body !== undefined && {
      body: body instanceof Buffer ? new Uint8Array(body) : body,
    }),
  });
}

function formOf(parts: Readonly<Record<string, Buffer>>): FormData {
  const form = new FormData();
  for (const [name, bytes] of Object.entries(parts)) {
    form.append(name, new Blob([new Uint8Array(bytes)]), `${name}.tgz`);
  }
  return form;
}

describe('Harbor’s chart repository', () => {
  it('takes a chart, and gives it back through the index', async () => {
    const archive = chartOf({ name: 'web', version: '1.0.0-rc.1' });
    const provenance = provenanceOf('web', '1.0.0-rc.1');
    const put = await api('POST', '/api/chartrepo/open/charts', {
      body: formOf({ chart: archive, prov: provenance }),
    });
    expect(put.status).toBe(201);
    expect(await put.json()).toEqual({ saved: true });
    const index = await api('GET', '/chartrepo/open/index.yaml', { as: undefined });
    expect(index.headers.get('content-type')).toBe('application/x-yaml');
    const { entries, serverInfo } = parse(await index.text());
    expect(serverInfo).toEqual({});
    expect(entries.web[0]).toMatchObject({ urls: ['charts/web-1.0.0-rc.1.tgz'] });
    const path = '/chartrepo/open/charts/web-1.0.0-rc.1.tgz';
    const file = await api('GET', path, { as: undefined });
    expect(Buffer.from(await file.arrayBuffer())).toEqual(archive);
    const signed = await api('GET', `${path}.prov`, { as: undefined });
    expect(Buffer.from(await signed.arrayBuffer())).toEqual(provenance);
    const etag = index.headers.get('etag') ?? '';
    const again = await api('GET', '/chartrepo/open/index.yaml', {
      as: undefined,
      headers: { 'if-none-match': etag },
    });
    expect(again.status).toBe(304);
    const head = await api('HEAD', path, { as: undefined });
    expect([head.status, head.headers.get('content-length')]).toEqual([
      200,
      String(archive.length),
    ]);
  });

  it('shows charts in Harbor’s shapes', async () => {
    await api('POST', '/api/chartrepo/open/charts', {
      body: chartOf({ name: 'shape', version: '1.0.0', values: 'image:\n  tag: a\n' }),
    });
    await api('POST', '/api/chartrepo/open/charts', {
      body: chartOf({ name: 'shape', version: '1.1.0', values: 'image:\n  tag: b\n' }),
    });
    const charts = await (await api('GET', '/api/chartrepo/open/charts')).json();
    expect(charts).toContainEqual({
      name: 'shape',
      total_versions: 2,
      latest_version: '1.1.0',
      created: expect.any(String),
      updated: expect.any(String),
      icon: '',
      home: '',
      deprecated: false,
    });
    const versions = await (await api('GET', '/api/chartrepo/open/charts/shape')).json();
    expect(versions).toMatchObject([
      { version: '1.1.0', labels: [] },
      { version: '1.0.0', labels: [] },
    ]);
    const version = await (await api('GET', '/api/chartrepo/open/charts/shape/1.0.0')).json();
    expect(version).toMatchObject({
      metadata: { name: 'shape', version: '1.0.0' },
      dependencies: [],
      values: { 'image.tag': 'a' },
      files: { 'values.yaml': expect.stringContaining('tag: a') },
      security: { signature: { signed: false, prov_file: '' } },
      labels: [],
    });
  });

  it('replaces a version that is there, and deletes one, and then the chart', async () => {
    const path = '/api/chartrepo/shut/charts';
    for (const version of ['1.0.0', '1.0.0', '2.0.0', '3.0.0']) {
      const body = chartOf({ name: 'gone', version, values: String(Math.random()) });
      expect((await api('POST', path, { body })).status).toBe(201);
    }
    const deleted = await api('DELETE', `${path}/gone/1.0.0`);
    expect([deleted.status, await deleted.text()]).toEqual([200, '']);
    expect((await api('DELETE', `${path}/gone/1.0.0`)).status).toBe(404);
    expect(await (await api('GET', `${path}/gone`)).json()).toHaveLength(2);
    expect((await api('DELETE', `${path}/gone`)).status).toBe(200);
    expect((await api('GET', `${path}/gone`)).status).toBe(404);
  });

  it('B28: answers 400 to what is no chart, and never an empty 200', async () => {
    const bodies = [
      Buffer.from('junk'),
      Buffer.alloc(0),
      formOf({ file: chartOf() }),
      formOf({ chart: Buffer.from('junk') }),
    ];
    for (const body of bodies) {
      const reply = await api('POST', '/api/chartrepo/open/charts', { body });
      expect(reply.status).toBe(400);
      expect(await reply.json()).toEqual({ error: expect.any(String) });
    }
  });

  it('B29: takes a provenance file alone', async () => {
    await api('POST', '/api/chartrepo/open/charts', { body: chartOf({ name: 'late' }) });
    const path = '/api/chartrepo/open/prov';
    const put = await api('POST', path, { body: formOf({ prov: provenanceOf('late', '1.0.0') }) });
    expect(await put.json()).toEqual({ saved: true });
    const file = await api('GET', '/chartrepo/open/charts/late-1.0.0.tgz.prov');
    expect(await file.text()).toContain('name: late');
    const other = formOf({ prov: provenanceOf('late', '7.0.0') });
    expect((await api('POST', path, { body: other })).status).toBe(404);
  });

  it('puts charts without a project into library', async () => {
    const put = await api('POST', '/api/chartrepo/charts', { body: chartOf({ name: 'root' }) });
    expect(put.status).toBe(201);
    expect((await api('GET', '/chartrepo/library/charts/root-1.0.0.tgz')).status).toBe(200);
    const index = parse(await (await api('GET', '/chartrepo/index.yaml')).text());
    expect(index.entries['library/root'][0].urls).toEqual(['library/charts/root-1.0.0.tgz']);
  });
});

describe('rights on charts', () => {
  beforeAll(async () => {
    await api('POST', '/api/chartrepo/shut/charts', { body: chartOf({ name: 'kept' }) });
    await api('POST', '/api/chartrepo/open/charts', { body: chartOf({ name: 'kept' }) });
  });

  it.each<[string, string, string, string | undefined, number]>([
    ['GET', '/chartrepo/shut/index.yaml', 'nobody', undefined, 401],
    ['GET', '/chartrepo/shut/index.yaml', 'a stranger', 'otto', 403],
    ['GET', '/chartrepo/shut/index.yaml', 'a guest', 'gus', 200],
    ['GET', '/chartrepo/open/index.yaml', 'nobody', undefined, 200],
    ['GET', '/chartrepo/shut/charts/kept-1.0.0.tgz', 'nobody', undefined, 401],
    ['GET', '/chartrepo/shut/charts/kept-1.0.0.tgz', 'a stranger', 'otto', 403],
    ['GET', '/chartrepo/shut/charts/kept-1.0.0.tgz', 'a guest', 'gus', 200],
    ['GET', '/api/chartrepo/shut/charts', 'a guest', 'gus', 200],
    ['GET', '/api/chartrepo/shut/charts/kept/1.0.0', 'a stranger', 'otto', 403],
    ['POST', '/api/chartrepo/shut/charts', 'nobody', undefined, 401],
    ['POST', '/api/chartrepo/shut/charts', 'a guest', 'gus', 403],
    ['POST', '/api/chartrepo/open/charts', 'a stranger', 'otto', 403],
    ['POST', '/api/chartrepo/shut/charts', 'a developer', 'dora', 201],
    ['DELETE', '/api/chartrepo/shut/charts/kept/1.0.0', 'a developer', 'dora', 403],
    ['DELETE', '/api/chartrepo/shut/charts/kept', 'a guest', 'gus', 403],
    ['GET', '/chartrepo/absent/index.yaml', 'nobody', undefined, 401],
    ['GET', '/chartrepo/absent/index.yaml', 'a stranger', 'otto', 403],
    ['GET', '/chartrepo/absent/index.yaml', 'an administrator', 'admin', 404],
    ['GET', '/chartrepo/index.yaml', 'a developer', 'dora', 403],
    ['GET', '/api/chartrepo/health', 'a developer', 'dora', 403],
    ['GET', '/api/chartrepo/health', 'an administrator', 'admin', 200],
  ])('%s %s by %s', async (method, path, _who, as, status) => {
    const body = method === 'POST' ? { body: chartOf({ name: 'more' }) } : {};
    const reply = await api(method, path, { as, ...body });
    expect(reply.status).toBe(status);
    if (status < 400) return;
    expect(await reply.json()).toEqual({ error: expect.any(String) });
    const challenge = status === 401 ? 'Basic realm="harbor"' : null;
    expect(reply.headers.get('www-authenticate')).toBe(challenge);
  });

  it('refuses wrong passwords also where nobody needs one', async () => {
    const headers = { authorization: basicHeader('dora', 'wrong') };
    const reply = await api('GET', '/chartrepo/open/index.yaml', { as: undefined, headers });
    expect(reply.status).toBe(401);
  });
});

describe('robots', () => {
  async function createRobot(name: string, access: readonly object[]): Promise<string> {
    const permissions = [{ kind: 'project', namespace: 'shut', access }];
    const body = { name, level: 'project', duration: -1, permissions };
    const reply = await api('POST', '/api/v2.0/robots', { json: body });
    expect(reply.status).toBe(201);
    const created: unknown = await reply.json();
    const { name: username, secret } = Object(created);
    return basicHeader(String(username), String(secret));
  }
  const file = '/chartrepo/shut/charts/robotic-1.0.0.tgz';
  const charts = '/api/chartrepo/shut/charts';

  it.each([
    ['of old', 'helm-chart', 'read', 'helm-chart-version', 'create'],
    ['of today', 'repository', 'pull', 'repository', 'push'],
  ])('use the rights %s, and no others', async (name, reads, read, writes, write) => {
    const key = name.replaceAll(' ', '');
    const mayRead = await createRobot(`${key}-r`, [{ resource: reads, action: read }]);
    const mayWrite = await createRobot(`${key}-w`, [
      { resource: writes, action: write },
      { resource: 'repository', action: 'pull' },
    ]);
    const call = async (method: string, path: string, authorization: string) => {
      const body = method === 'POST' ? { body: chartOf({ name: 'robotic' }) } : {};
      const as = undefined;
      return (await api(method, path, { as, headers: { authorization }, ...body })).status;
    };
    expect(await call('POST', charts, mayRead)).toBe(403);
    expect(await call('POST', charts, mayWrite)).toBe(201);
    expect(await call('GET', file, mayRead)).toBe(200);
    expect(await call('GET', '/chartrepo/shut/index.yaml', mayRead)).toBe(200);
    expect(await call('DELETE', `${charts}/robotic/1.0.0`, mayWrite)).toBe(403);
    expect(await call('GET', '/chartrepo/library/index.yaml', mayWrite)).not.toBe(500);
  });
});

describe('labels of chart versions', () => {
  it('are those of the artifacts', async () => {
    await api('POST', '/api/chartrepo/open/charts', { body: chartOf({ name: 'marked' }) });
    const label = { name: 'stable', scope: 'g', color: '#ffffff' };
    const created = await api('POST', '/api/v2.0/labels', { json: label });
    const id = Number(created.headers.get('location')?.split('/').at(-1));
    const path = '/api/v2.0/chartrepo/open/charts/marked/1.0.0/labels';
    expect((await api('POST', path, { json: { id } })).status).toBe(200);
    expect(await (await api('GET', path)).json()).toMatchObject([{ id, name: 'stable' }]);
    const shown = await (await api('GET', '/api/chartrepo/open/charts/marked/1.0.0')).json();
    expect(shown).toMatchObject({ labels: [{ id }] });
    expect((await api('DELETE', `${path}/${id}`)).status).toBe(200);
    expect(await (await api('GET', path)).json()).toEqual([]);
    expect((await api('POST', path, { as: 'otto', json: { id } })).status).toBe(403);
  });
});
