import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, createStand, type Stand } from '../../../test/tke-stand.ts';
import { type ProviderError as Failure, ProviderError } from '../providers/provider.ts';
import {
  API_VERSION,
  type Chart,
  type ChartGroup,
  type ConfigMap,
  type Namespace,
  type Repository,
} from '../resources/types.ts';

let stand: Stand;

beforeAll(async () => {
  stand = await createStand();
  stand.controllers.start();
});
beforeEach(() => stand.controllers.settle());
afterEach(() => {
  stand.backend.failBefore = undefined;
  stand.backend.failAfter = undefined;
});
afterAll(() => stand.close());

const admin = callerOf({ username: 'boss', role: 'admin' });
const create = (name: string) => stand.create('Namespace', { spec: { name } });
const createGroup = (name: string, spec: object = {}) =>
  stand.create('ChartGroup', { spec: { name, ...spec } });
const down = (operation: string): Failure | undefined =>
  operation === 'hasProject' ? undefined : new ProviderError('unavailable', 'down');
const isThere = (project: string) => stand.backend.projects.has(project);

/** As a process that was killed between the reservation and the answer leaves it. */
function abandon(name: string, createdAt?: string) {
  return stand.objects.insert({
    apiVersion: API_VERSION,
    kind: 'Namespace',
    metadata: {
      name: `rns-${name}`,
      uid: crypto.randomUUID(),
      resourceVersion: '',
      creationTimestamp: createdAt ?? '2026-11-21T11:00:00Z',
    },
    ...pendingContent(name),
  });
}

const pendingContent = (name: string) => ({
  spec: {
    name,
    tenantID: 'default',
    visibility: 'Public',
    type: 'Project',
    finalizers: ['namespace'],
  },
  status: { phase: 'Pending', repoCount: 0 },
});

/** The request that would be at work has had its time. */
async function elapse(): Promise<void> {
  stand.timers.fire();
  await stand.controllers.settle();
}

const findByName = async (name: string) =>
  (await stand.objects.list<Namespace>('Namespace')).find(({ spec }) => spec.name === name);

describe('a project that the back end may have made', () => {
  it('scenario 21: goes when its answer was lost, and is in nobody’s way', async () => {
    stand.backend.failAfter = (operation) =>
      operation === 'createProject' ? down(operation) : undefined;
    await expect(create('lost')).rejects.toMatchObject({ code: 503 });
    await stand.controllers.settle();
    expect(await findByName('lost')).toBeUndefined();
    expect(isThere('default-image-lost')).toBe(false);
    stand.backend.failAfter = undefined;
    expect((await create('lost')).status.phase).toBe('Available');
  });

  it('is used by the next attempt while it could not be removed yet', async () => {
    stand.backend.failAfter = down;
    stand.backend.failBefore = (operation) =>
      operation === 'listRepositories' ? down(operation) : undefined;
    await expect(create('stays')).rejects.toMatchObject({ code: 503 });
    await stand.controllers.settle();
    expect(isThere('default-image-stays')).toBe(true);
    stand.backend.failAfter = undefined;
    stand.backend.failBefore = undefined;
    expect((await create('stays')).status.phase).toBe('Available');
    await stand.reconcile();
    await elapse();
    expect(isThere('default-image-stays')).toBe(true);
  });

  it('B41: goes when its object could not be stored', async () => {
    const made = await create('unstored');
    const key = { namespace: '', name: made.metadata.name };
    // As when the process lost the database after the back end's answer.
    await stand.controllers.settle();
    await stand.objects.remove('Namespace', key, made.metadata.uid);
    const [note] = (await stand.objects.list<ConfigMap>('ConfigMap')).filter(
      ({ data }) => data['name'] === 'unstored',
    );
    if (note === undefined) throw new Error('no note');
    await stand.objects.change<ConfigMap>(
      'ConfigMap',
      { namespace: '', name: note.metadata.name },
      (current) => ({ ...current, data: { ...current.data, state: 'creating' } }),
    );
    await stand.reconcile();
    expect(isThere('default-image-unstored')).toBe(false);
    expect(await stand.find(note)).toBeUndefined();
  });

  it('B45: is not made twice, nor left, for a chart group either', async () => {
    stand.backend.failAfter = (operation) =>
      operation === 'createProject' ? down(operation) : undefined;
    await expect(createGroup('lost')).rejects.toMatchObject({ code: 503 });
    await stand.controllers.settle();
    expect(isThere('default-chart-lost')).toBe(false);
  });

  it('has one owner when many ask for the name at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => create('race')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await stand.controllers.settle();
    expect(isThere('default-image-race')).toBe(true);
    expect((await findByName('race'))?.status.phase).toBe('Available');
  });
});

describe('a foreign project', () => {
  it('scenario 29: is neither taken, changed nor deleted', async () => {
    stand.backend.seed('default-image-theirs', false);
    stand.backend.push('default-image-theirs', 'app', 'v1', 'sha256:1');
    await expect(create('theirs')).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    await stand.reconcile();
    expect(stand.backend.at('default-image-theirs').isPublic).toBe(false);
    expect(stand.backend.at('default-image-theirs').repositories.size).toBe(1);
  });

  it('survives the deletion of an object that never got it', async () => {
    await abandon('grabbed');
    stand.backend.seed('default-image-grabbed');
    await elapse();
    const failed = await findByName('grabbed');
    expect(failed?.status).toMatchObject({ phase: 'Failed', reason: 'BackendFailed' });
    if (failed === undefined) throw new Error('no object');
    await stand.delete(failed, admin);
    expect(await stand.find(failed)).toBeUndefined();
    expect(isThere('default-image-grabbed')).toBe(true);
  });

  it('scenario 29: is taken over when the operator says so', async () => {
    const other = await createStand({ adopt: true });
    try {
      other.backend.seed('default-image-theirs', false);
      other.backend.push('default-image-theirs', 'app', 'v1', 'sha256:1');
      const made = await other.create('Namespace', { spec: { name: 'theirs' } });
      await other.reconcile();
      expect(other.backend.at('default-image-theirs').isPublic).toBe(true);
      const found = await other.objects.list<Repository>('Repository', made.metadata.name);
      expect(found.map(({ spec }) => spec.name)).toEqual(['app']);
    } finally {
      await other.close();
    }
  });
});

describe('an object that a kill left Pending', () => {
  it('is driven on', async () => {
    await abandon('killed');
    await elapse();
    expect((await findByName('killed'))?.status.phase).toBe('Available');
    expect(isThere('default-image-killed')).toBe(true);
  });

  it('is left alone while its request may be at work', async () => {
    await abandon('young', '2026-11-21T11:59:30Z');
    await stand.reconcile();
    expect((await findByName('young'))?.status.phase).toBe('Pending');
    stand.time.now = new Date('2026-11-21T12:02:00Z');
    await stand.reconcile();
    await elapse();
    expect((await findByName('young'))?.status.phase).toBe('Available');
  });

  it('B11: that Failed is tried again until it works', async () => {
    await abandon('later');
    stand.backend.failBefore = down;
    await elapse();
    expect((await findByName('later'))?.status).toMatchObject({
      phase: 'Failed',
      message: 'the back end is not available',
    });
    stand.backend.failBefore = undefined;
    await elapse();
    const { status } = (await findByName('later')) ?? {};
    expect(status?.phase).toBe('Available');
    expect(status?.message).toBeUndefined();
  });
});

describe('the deletion of a Namespace', () => {
  it('scenario 12: is refused while it has images, also such that nobody told of', async () => {
    const made = await create('full');
    stand.backend.push('default-image-full', 'a/b', 'v1', 'sha256:1');
    await expect(stand.delete(made)).rejects.toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `full(${made.metadata.name}) cannot be delete, since repositories under this namespace is not empty`,
    });
    expect(await stand.find(made)).toMatchObject({ status: { phase: 'Available' } });
  });

  it('B43, scenario 22: takes the project of exactly that name', async () => {
    const made = await create('exact');
    await create('exact2');
    stand.backend.seed('default-image-exact-3');
    stand.backend.seed('xdefault-image-exact');
    await stand.delete(made);
    expect(await stand.find(made)).toBeUndefined();
    expect(isThere('default-image-exact')).toBe(false);
    for (const name of ['default-image-exact2', 'default-image-exact-3', 'xdefault-image-exact']) {
      expect(isThere(name)).toBe(true);
    }
  });

  it('scenario 22: waits for a back end that is down, and tolerates what is gone', async () => {
    const made = await create('waits');
    stand.backend.failBefore = (operation) =>
      operation === 'deleteProject' ? down(operation) : undefined;
    const going = await stand.delete(made);
    expect(going).toMatchObject({ status: { phase: 'Terminating' } });
    await expect(stand.delete(made)).rejects.toMatchObject({ code: 409 });
    expect(await stand.find(made)).toMatchObject({ status: { phase: 'Terminating' } });
    stand.backend.failBefore = undefined;
    stand.backend.projects.delete('default-image-waits');
    stand.timers.fire(1_000);
    await stand.controllers.settle();
    expect(await stand.find(made)).toBeUndefined();
    expect((await create('waits')).status.phase).toBe('Available');
  });
});

describe('the deletion of a Repository', () => {
  it('B44: removes nested content, once, and goes on after a failure', async () => {
    const parent = await create('nested');
    stand.backend.push('default-image-nested', 'a/b/c', 'v1', 'sha256:1');
    stand.backend.push('default-image-nested', 'a/b', 'v1', 'sha256:1');
    await stand.reconcile();
    const [other, made] = await stand.objects.list<Repository>('Repository', parent.metadata.name);
    const target = [other, made].find((each) => each?.spec.name === 'a/b/c');
    if (target === undefined) throw new Error('no repository');
    stand.backend.failBefore = (operation) =>
      operation === 'deleteRepository' ? down(operation) : undefined;
    await stand.delete(target);
    expect(await stand.find(target)).toMatchObject({ status: { phase: 'Terminating' } });
    stand.backend.failBefore = undefined;
    stand.timers.fire(1_000);
    await stand.controllers.settle();
    expect(await stand.find(target)).toBeUndefined();
    expect([...stand.backend.at('default-image-nested').repositories.keys()]).toEqual(['a/b']);
    expect((await stand.find(parent))?.status.repoCount).toBe(1);
  });
});

describe('the deletion of a ChartGroup', () => {
  it('B10, scenario 15: empties it, then removes the project, then the object', async () => {
    const made = await createGroup('going');
    stand.backend.upload('default-chart-going', 'redis', '1.0.0');
    stand.backend.upload('default-chart-going', 'mysql', '1.0.0');
    await stand.reconcile();
    expect(await stand.objects.list('Chart', made.metadata.name)).toHaveLength(2);
    stand.backend.failBefore = (operation) =>
      operation === 'deleteProject' ? down(operation) : undefined;
    const from = stand.backend.calls.length;
    const going = await stand.delete(made);
    expect(going).toMatchObject({ status: { phase: 'Terminating' } });
    const again = stand.delete(made);
    await expect(again).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining(
        'the system is ensuring all content is removed from ChartGroup. Upon completion, this ChartGroup will automatically be purged by the system',
      ),
    });
    stand.backend.failBefore = undefined;
    stand.timers.fire(1_000);
    await stand.controllers.settle();
    expect(await stand.find(made)).toBeUndefined();
    expect(await stand.objects.list('Chart', made.metadata.name)).toEqual([]);
    const calls = stand.backend.calls.slice(from).filter((call) => call.startsWith('delete'));
    expect(calls.slice(0, 3)).toEqual([
      'deleteChart default-chart-going',
      'deleteChart default-chart-going',
      'deleteProject default-chart-going',
    ]);
  });

  it('takes a single chart with all its versions', async () => {
    const made = await createGroup('single');
    stand.backend.upload('default-chart-single', 'redis', '1.0.0');
    stand.backend.upload('default-chart-single', 'mysql', '1.0.0');
    await stand.reconcile();
    const charts = await stand.objects.list<Chart>('Chart', made.metadata.name);
    const redis = charts.find(({ spec }) => spec.name === 'redis');
    if (redis === undefined) throw new Error('no chart');
    await stand.delete(redis);
    await stand.controllers.settle();
    expect(await stand.find(redis)).toBeUndefined();
    expect([...stand.backend.at('default-chart-single').charts.keys()]).toEqual(['mysql']);
    expect((await stand.find(made))?.status.chartCount).toBe(1);
  });
});

describe('the periodic look at everything', () => {
  it('makes a project again that somebody removed, and tells its visibility again', async () => {
    const made = await create('drift');
    await stand.patch(made, { spec: { visibility: 'Private' } });
    await stand.controllers.settle();
    stand.backend.projects.delete('default-image-drift');
    await stand.reconcile();
    expect(stand.backend.at('default-image-drift').isPublic).toBe(false);
  });

  it('gives every tenant its System chart groups, once', async () => {
    const other = await createStand({ systemChartGroups: ['public'] });
    try {
      other.controllers.start();
      await other.reconcile();
      const body = { spec: { username: 'zoe', tenantID: 'fresh' } };
      await other.create('Member', body, callerOf({ tenantId: 'fresh', role: 'admin' }));
      await other.controllers.settle();
      await other.reconcile();
      const groups = await other.objects.list<ChartGroup>('ChartGroup');
      expect(
        groups
          .map(({ spec, status }) => [spec.tenantID, spec.name, spec.type, status.phase].join(' '))
          .toSorted(),
      ).toEqual(['default public System Available', 'fresh public System Available']);
      expect([...other.backend.projects.keys()].toSorted()).toEqual([
        'default-chart-public',
        'fresh-chart-public',
      ]);
    } finally {
      await other.close();
    }
  });

  it('scenario 41: rewrites objects of the first generation without anybody losing access', async () => {
    const other = await createStand();
    try {
      const store = (kind: string, name: string, content: object, namespace?: string) =>
        other.objects.insert({
          apiVersion: API_VERSION,
          kind,
          metadata: {
            name,
            uid: crypto.randomUUID(),
            resourceVersion: '',
            creationTimestamp: '2020-10-26T00:00:00Z',
            ...(namespace === undefined ? {} : { namespace }),
          },
          ...content,
        });
      const password = Buffer.from('geheim').toString('base64');
      const old = (name: string, type: string, more: object = {}) => ({
        spec: { name, tenantID: 'default', type, visibility: 'Private', projects: [], ...more },
        status: { phase: 'Available', chartCount: 0 },
      });
      await store('ChartGroup', 'rcg-1', old('carol', 'personal'));
      await store('ChartGroup', 'rcg-2', old('shop', 'project', { projects: ['prj-a'] }));
      await store('ChartGroup', 'rcg-3', old('base', 'system', { visibility: 'Public' }));
      const importedInfo = { addr: 'https://charts.example.com', username: 'u', password };
      const imported = old('remote', 'Imported', { visibility: 'Public', importedInfo });
      await store('ChartGroup', 'rcg-4', imported);
      const chart = {
        spec: { name: 'c', tenantID: 'default', chartGroupName: 'carol', visibility: 'Private' },
        status: { phase: 'Available', pullCount: 3, versions: [] },
      };
      await store('Chart', 'chart-1', chart, 'rcg-1');
      const place = {
        spec: { name: 'n', tenantID: 'default', visibility: 'private', type: 'personal' },
        status: { phase: 'Available', repoCount: 0 },
      };
      await store('Namespace', 'rns-1', place);
      await other.reconcile();
      const groups = await other.objects.list<ChartGroup>('ChartGroup');
      expect(groups.map(({ spec }) => spec)).toMatchObject([
        { type: 'SelfBuilt', visibility: 'User', users: ['carol'], creator: 'carol' },
        { type: 'SelfBuilt', visibility: 'Project', projects: ['prj-a'] },
        { type: 'System', visibility: 'Public' },
        { type: 'Imported', visibility: 'Public' },
      ]);
      expect(JSON.stringify(groups)).not.toContain(password);
      const [upgraded] = await other.objects.list<Chart>('Chart');
      expect(upgraded).toMatchObject({ spec: { visibility: 'User' }, status: { pullCount: 3 } });
      const [space] = await other.objects.list<Namespace>('Namespace');
      expect(space?.spec).toMatchObject({ visibility: 'Private', type: 'Personal' });
    } finally {
      await other.close();
    }
  });
});
