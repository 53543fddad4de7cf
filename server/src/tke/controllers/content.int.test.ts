import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStand, type Stand } from '../../../test/tke-stand.ts';
import { AppError } from '../../lib/index.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Chart, ChartGroup, Namespace, Repository } from '../resources/types.ts';

let stand: Stand;

beforeAll(async () => {
  stand = await createStand();
  stand.controllers.start();
  await stand.reconcile();
});
afterEach(() => {
  stand.backend.failBefore = undefined;
});
afterAll(() => stand.close());

const create = (name: string, spec: object = {}) =>
  stand.create('Namespace', { spec: { name, ...spec } });
const createGroup = (name: string, spec: object = {}) =>
  stand.create('ChartGroup', { spec: { name, ...spec } });
const repositoriesOf = (parent: Namespace) =>
  stand.objects.list<Repository>('Repository', parent.metadata.name);
const chartsOf = (parent: ChartGroup) => stand.objects.list<Chart>('Chart', parent.metadata.name);

async function push(namespace: string, repository: string, tag: string, digest: string) {
  stand.backend.push(`default-image-${namespace}`, repository, tag, digest);
  stand.controllers.markDirty({ kind: 'image', tenant: 'default', namespace, repository });
  await stand.controllers.settle();
}

describe('Repository objects', () => {
  it('scenarios 8, 25: follow pushes, pulls and deletions, nested names included', async () => {
    const parent = await create('apps', { visibility: 'Private' });
    await push('apps', 'a/b', 'v1', 'sha256:1');
    expect(await repositoriesOf(parent)).toMatchObject([
      {
        metadata: { namespace: parent.metadata.name, name: expect.stringMatching(/^repo-/) },
        spec: { name: 'a/b', namespaceName: 'apps', tenantID: 'default', visibility: 'Private' },
        status: {
          pullCount: 0,
          tags: [{ name: 'v1', digest: 'sha256:1', timeCreated: '2026-01-02T03:04:05Z' }],
        },
      },
    ]);
    expect((await stand.find(parent))?.status.repoCount).toBe(1);
    await push('apps', 'a/b', 'v1', 'sha256:2');
    const [repository] = await repositoriesOf(parent);
    expect(repository?.status.tags).toMatchObject([{ name: 'v1', digest: 'sha256:2' }]);
    stand.backend.projects.get('default-image-apps')?.repositories.delete('a/b');
    const mark = { tenant: 'default', namespace: 'apps', repository: 'a/b' };
    stand.controllers.markDirty({ kind: 'image', ...mark });
    await stand.controllers.settle();
    expect(await repositoriesOf(parent)).toEqual([]);
    expect((await stand.find(parent))?.status.repoCount).toBe(0);
  });

  it('B52: have the tags and pulls that the back end has, whatever was asked of it', async () => {
    const parent = await create('counted');
    stand.backend.push('default-image-counted', 'app', 'v1', 'sha256:1');
    const kept = stand.backend.at('default-image-counted').repositories.get('app');
    if (kept !== undefined) kept.pulls = 7;
    const mark = { tenant: 'default', namespace: 'counted', repository: 'app' };
    for (let index = 0; index < 50; index += 1) {
      stand.controllers.markDirty({ kind: 'image', ...mark, isPull: true });
    }
    await stand.controllers.settle();
    expect(await repositoriesOf(parent)).toEqual([]);
    stand.timers.fire(12_000);
    await stand.controllers.settle();
    const [repository] = await repositoriesOf(parent);
    expect(repository?.status).toMatchObject({ pullCount: 7, tags: [{ name: 'v1' }] });
  });

  it('with very many tags are listed the more seldom because of pulls', async () => {
    const parent = await create('large');
    for (let index = 0; index < 1_001; index += 1) {
      stand.backend.push('default-image-large', 'app', `v${index}`, 'sha256:1');
    }
    const mark = {
      kind: 'image',
      tenant: 'default',
      namespace: 'large',
      repository: 'app',
    } as const;
    stand.controllers.markDirty(mark);
    await stand.controllers.settle();
    const kept = stand.backend.at('default-image-large').repositories.get('app');
    if (kept !== undefined) kept.pulls = 7;
    stand.controllers.markDirty({ ...mark, isPull: true });
    const pullsAfter = async (ms: number) => {
      stand.timers.fire(ms);
      await stand.controllers.settle();
      return (await repositoriesOf(parent))[0]?.status.pullCount;
    };
    expect([await pullsAfter(12_000), await pullsAfter(24_000)]).toEqual([0, 7]);
  });

  it('B53: lose the tags that were deleted, and nothing else', async () => {
    const parent = await create('untagged');
    await push('untagged', 'app', 'v1', 'sha256:1');
    await push('untagged', 'app', 'v2', 'sha256:2');
    stand.backend.at('default-image-untagged').repositories.get('app')?.tags.delete('v1');
    const mark = { tenant: 'default', namespace: 'untagged', repository: 'app' };
    stand.controllers.markDirty({ kind: 'image', ...mark });
    await stand.controllers.settle();
    const [repository] = await repositoriesOf(parent);
    expect(repository?.status.tags.map(({ name }) => name)).toEqual(['v2']);
  });

  it('scenario 18: count exactly what 100 pushes at once left', async () => {
    const parent = await create('busy');
    for (let index = 0; index < 100; index += 1) {
      const repository = `app-${index % 10}`;
      stand.backend.push('default-image-busy', repository, `v${index}`, `sha256:${index}`);
      const mark = { tenant: 'default', namespace: 'busy', repository };
      stand.controllers.markDirty({ kind: 'image', ...mark });
      if (index % 7 === 0) await Promise.resolve();
    }
    await stand.controllers.settle();
    const repositories = await repositoriesOf(parent);
    expect(repositories.map(({ status }) => status.tags.length)).toEqual(Array(10).fill(10));
    expect((await stand.find(parent))?.status.repoCount).toBe(10);
  });

  it('B24: that the API created stay without content and count like others', async () => {
    const parent = await create('made');
    const made = await stand.create(
      'Repository',
      { spec: { name: 'empty', namespaceName: 'made' } },
      undefined,
      parent.metadata.name,
    );
    await stand.reconcile();
    expect((await stand.find(parent))?.status.repoCount).toBe(1);
    await push('made', 'empty', 'v1', 'sha256:1');
    const [found] = await repositoriesOf(parent);
    expect(found?.metadata.uid).toBe(made.metadata.uid);
    expect(found?.status.tags).toHaveLength(1);
    await stand.delete(made);
    await stand.controllers.settle();
    expect((await stand.find(parent))?.status.repoCount).toBe(0);
  });

  it('follow the visibility of their namespace', async () => {
    const parent = await create('shown');
    await push('shown', 'app', 'v1', 'sha256:1');
    await stand.patch(parent, { spec: { visibility: 'Private' } });
    await stand.controllers.settle();
    expect((await repositoriesOf(parent))[0]?.spec.visibility).toBe('Private');
  });

  it('come right after an outage, by themselves', async () => {
    const parent = await create('outage');
    stand.backend.failBefore = () => new ProviderError('unavailable', 'down');
    await push('outage', 'app', 'v1', 'sha256:1');
    expect(await repositoriesOf(parent)).toEqual([]);
    stand.backend.failBefore = undefined;
    stand.timers.fire(1_000);
    await stand.controllers.settle();
    expect(await repositoriesOf(parent)).toHaveLength(1);
  });

  it('are repaired by the look at everything, and library needs none', async () => {
    const parent = await create('repair');
    stand.backend.push('default-image-repair', 'pushed-past-us', 'v1', 'sha256:1');
    stand.controllers.markDirty({
      kind: 'image',
      tenant: 'default',
      namespace: 'library',
      repository: 'nginx',
    });
    await stand.reconcile();
    expect((await repositoriesOf(parent)).map(({ spec }) => spec.name)).toEqual(['pushed-past-us']);
  });
});

describe('Chart objects', () => {
  const mark = (group: string) => {
    stand.controllers.markDirty({ kind: 'chart', tenant: 'default', group });
    return stand.controllers.settle();
  };

  it('scenario 13: follow what is uploaded, with versions, size, labels and counters', async () => {
    const parent = await createGroup('up', { visibility: 'User' });
    stand.backend.upload('default-chart-up', 'redis', '1.0.0');
    stand.backend.upload('default-chart-up', 'redis', '1.1.0', {
      description: 'd',
      appVersion: '7',
      icon: 'i',
      keywords: ['kv', 'key value!'],
    });
    stand.backend.pulls.set('redis', 5);
    await mark('up');
    const [chart] = await chartsOf(parent);
    expect(chart).toMatchObject({
      metadata: { labels: { kv: '', 'key-value': '' } },
      spec: { name: 'redis', chartGroupName: 'up', visibility: 'User', tenantID: 'default' },
      status: {
        phase: 'Available',
        pullCount: 5,
        versions: [
          {
            version: '1.1.0',
            chartSize: 1_234,
            timeCreated: '2026-01-02T03:04:05Z',
            description: 'd',
            appVersion: '7',
            icon: 'i',
          },
          { version: '1.0.0', chartSize: 1_234 },
        ],
      },
    });
    expect((await stand.find(parent))?.status.chartCount).toBe(1);
  });

  it('are not written again when nothing changed', async () => {
    const parent = await createGroup('calm');
    stand.backend.upload('default-chart-calm', 'redis', '1.0.0', { keywords: ['kv'] });
    await mark('calm');
    const [before] = await chartsOf(parent);
    await stand.reconcile();
    expect((await chartsOf(parent))[0]?.metadata.resourceVersion).toBe(
      before?.metadata.resourceVersion,
    );
  });

  it('B46: lose the one version that is deleted', async () => {
    const parent = await createGroup('b46');
    for (const version of ['1.0.0', '1.1.0']) {
      stand.backend.upload('default-chart-b46', 'redis', version);
    }
    await mark('b46');
    const [chart] = await chartsOf(parent);
    if (chart === undefined) throw new Error('no chart');
    const remove = (path: string) => stand.connect(chart, 'version', { method: 'DELETE', path });
    expect(await remove('/1.0.0/')).toMatchObject({ kind: 'Status', status: 'Success' });
    const left = (await stand.find(chart))?.status.versions ?? [];
    expect(left.map(({ version }) => version)).toEqual(['1.1.0']);
    await expect(remove('1.0.0')).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
    await expect(remove('')).rejects.toMatchObject({ code: 400, message: 'version is required' });
    expect((await stand.find(chart))?.status.versions).toHaveLength(1);
    await remove('1.1.0');
    expect(await stand.find(chart)).toBeUndefined();
    expect((await stand.find(parent))?.status.chartCount).toBe(0);
  });

  it('B54: of a locked group keep their versions', async () => {
    const parent = await createGroup('b54');
    stand.backend.upload('default-chart-b54', 'redis', '1.0.0');
    await mark('b54');
    const current = await stand.find(parent);
    const [chart] = await chartsOf(parent);
    if (chart === undefined || current === undefined) throw new Error('no chart');
    const locked = { ...current, status: { ...current.status, locked: true } };
    await stand.update(locked, undefined, 'status');
    const remove = stand.connect(chart, 'version', { method: 'DELETE', path: '1.0.0' });
    await expect(remove).rejects.toMatchObject({ code: 409 });
    expect(stand.backend.at('default-chart-b54').charts.size).toBe(1);
  });

  it('B13, scenario 16: tell what is in a version, the highest unless told', async () => {
    const parent = await createGroup('b13');
    for (const version of ['1.10.0', '1.9.0']) {
      stand.backend.upload('default-chart-b13', 'redis', version);
    }
    await mark('b13');
    const [chart] = await chartsOf(parent);
    if (chart === undefined) throw new Error('no chart');
    expect(await stand.connect(chart, 'version')).toMatchObject({
      kind: 'ChartInfo',
      metadata: { name: chart.metadata.name, namespace: parent.metadata.name },
      spec: {
        readme: { 'README.md': '# redis-1.10.0' },
        values: { 'values.yaml': 'a: 1' },
        rawFiles: { 'Chart.yaml': 'name: x' },
        name: 'redis',
        version: '1.10.0',
        chartSize: 1_234,
      },
    });
    expect(await stand.connect(chart, 'version', { query: { version: '1.9.0' } })).toMatchObject({
      spec: { version: '1.9.0' },
    });
    const missing = stand.connect(chart, 'version', { path: '/3.0.0' });
    await expect(missing).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
    const empty = await stand.create(
      'Chart',
      { spec: { name: 'empty', chartGroupName: 'b13' } },
      undefined,
      parent.metadata.name,
    );
    await expect(stand.connect(empty, 'version')).rejects.toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'version is required',
    });
  });
});

describe('an Imported group', () => {
  const password = Buffer.from('geheim').toString('base64');
  const importedInfo = { addr: 'https://charts.example.com/stable', username: 'u', password };
  const answer = (document: string) => {
    stand.remote.answer = () => Promise.resolve(new TextEncoder().encode(document));
  };

  it('B12, scenario 16: creates, updates and prunes what its remote index has', async () => {
    const parent = await createGroup('remote', { type: 'Imported', importedInfo });
    answer(
      'entries:\n  redis:\n  - version: 1.0.0\n    urls: [redis-1.0.0.tgz]\n  mysql:\n  - version: 2.0.0\n',
    );
    const sync = () => stand.connect(parent, 'repoupdating', { method: 'POST' });
    expect(await sync()).toBe('Success');
    expect(stand.remote.asked.at(-1)).toMatchObject({
      url: 'https://charts.example.com/stable/index.yaml',
      credentials: { username: 'u', password: 'geheim' },
      timeoutMs: 60_000,
      maxBytes: 50 * 1024 * 1024,
    });
    expect((await chartsOf(parent)).map(({ spec }) => spec.name).toSorted()).toEqual([
      'mysql',
      'redis',
    ]);
    expect((await stand.find(parent))?.status.chartCount).toBe(2);
    answer('{"entries":{"redis":[{"version":"1.1.0","urls":["https://cdn.example.org/r.tgz"]}]}}');
    await sync();
    const left = await chartsOf(parent);
    expect(left.map(({ spec, status }) => [spec.name, status.versions[0]?.version])).toEqual([
      ['redis', '1.1.0'],
    ]);
    expect((await stand.find(parent))?.status.chartCount).toBe(1);
    // The back end has none of them, and that is right.
    await stand.reconcile();
    expect(await chartsOf(parent)).toHaveLength(1);
  });

  it('reads a version where it is, and sends no credentials elsewhere', async () => {
    const parent = await createGroup('reading', { type: 'Imported', importedInfo });
    answer('entries:\n  redis:\n  - version: 1.0.0\n    urls: [https://cdn.example.org/r.tgz]\n');
    await stand.connect(parent, 'repoupdating', { method: 'POST' });
    const [chart] = await chartsOf(parent);
    if (chart === undefined) throw new Error('no chart');
    expect(await stand.connect(chart, 'version')).toMatchObject({ spec: { version: '1.0.0' } });
    expect(stand.remote.asked.at(-1)).toMatchObject({
      url: 'https://cdn.example.org/r.tgz',
      credentials: undefined,
    });
    const remove = stand.connect(chart, 'version', { method: 'DELETE', path: '1.0.0' });
    await expect(remove).rejects.toMatchObject({ code: 400 });
  });

  it('is the only kind that can be updated so', async () => {
    const parent = await createGroup('selfbuilt');
    const sync = stand.connect(parent, 'repoupdating', { method: 'POST' });
    await expect(sync).rejects.toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: `chartGroup ${parent.metadata.name} type is not Imported`,
    });
  });

  it.each([
    ['no index', 'just text', 400],
    ['a bomb of aliases', `a: &a [x]\n${bomb()}`, 400],
    ['broken YAML', 'entries: [', 400],
  ])('refuses %s and keeps what it has', async (what, document, code) => {
    const name = `bad-${what.replaceAll(' ', '-').toLowerCase()}`;
    const parent = await createGroup(name, { type: 'Imported', importedInfo });
    answer('entries:\n  redis:\n  - version: 1.0.0\n');
    await stand.connect(parent, 'repoupdating', { method: 'POST' });
    answer(document);
    const sync = stand.connect(parent, 'repoupdating', { method: 'POST' });
    await expect(sync).rejects.toMatchObject({ code });
    expect(await chartsOf(parent)).toHaveLength(1);
  });

  it('says 503 while the remote repository is down', async () => {
    const parent = await createGroup('unreachable', { type: 'Imported', importedInfo });
    stand.remote.answer = () =>
      Promise.reject(new AppError('unavailable', 'the endpoint cannot be reached'));
    const sync = stand.connect(parent, 'repoupdating', { method: 'POST' });
    await expect(sync).rejects.toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
  });
});

function bomb(): string {
  const lines = ['b0: &b0 [*a, *a]'];
  for (let index = 1; index < 40; index += 1) {
    lines.push(`b${index}: &b${index} [*b${index - 1}, *b${index - 1}]`);
  }
  return `${lines.join('\n')}\nentries: {redis: [*b39]}\n`;
}
