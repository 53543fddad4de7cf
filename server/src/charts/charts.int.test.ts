import { type Digest, digestOf } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent, pushBlob } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createMemoryBlobStore } from '../blobstore/index.ts';
import { type ChartReader, chartManifest, createChartReader } from '../helm/index.ts';
import { chartOf, describeChartStore } from '../tke/providers/charts.contract.ts';
import { type ArtifactChartStore, createChartStore } from './chart-store.ts';
import { createChartRecords } from './charts.repository.ts';

let database: TestDatabase;
let content: Content;
let reader: ChartReader;
const blobStore = createMemoryBlobStore();
const pulls: { repository: string; digest: Digest; tag: string | undefined }[] = [];

function storeOf(services: Content): ArtifactChartStore {
  return createChartStore({
    ...services,
    reader,
    records: createChartRecords(services.db),
    recordPull: (pull) => pulls.push(pull),
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database, blobStore, { immutableTags: new Set(['9.9.9']) });
  reader = createChartReader();
});
afterAll(async () => {
  await reader.close();
  await content.close();
  await database.drop();
});

describeChartStore('our own artifacts', async () => {
  const own = await createTestDatabase();
  const services = openContent(own);
  return {
    store: storeOf(services),
    createProject: async (name) => void (await createTestProject(services, name)),
    cleanup: async () => {
      await services.close();
      await own.drop();
    },
  };
});

const actor = { username: 'ann' };
const once = { overwrite: false, actor };
const again = { overwrite: true, actor };

let count = 0;
async function freshProject(): Promise<{ project: string; projectId: number }> {
  count += 1;
  const project = `charts${count}`;
  return { project, projectId: await createTestProject(content, project) };
}

/** As `helm push oci://` does it. */
async function helmPush(repository: string, projectId: number, tag: string, archive: Buffer) {
  const { metadata } = await reader.readFiles(archive);
  const target = { repository, projectId };
  const config = await pushBlob(content, target, Buffer.from(JSON.stringify(metadata)));
  const layer = await pushBlob(content, target, archive);
  return content.manifests.put({
    ...target,
    reference: { tag },
    tags: [],
    contentType: undefined,
    content: chartManifest(metadata, { config, archive: layer, provenance: undefined }),
    actor: { name: 'bob', requestId: 'r' },
  });
}

async function versionsOf(store: ArtifactChartStore, project: string, name = 'app') {
  const { charts } = await store.list(project);
  return charts.get(name)?.map(({ metadata }) => metadata.version) ?? [];
}

describe('charts as artifacts', () => {
  it('shows what helm pushed, also to another process, and what it moved and deleted', async () => {
    const { project, projectId } = await freshProject();
    const stores = [storeOf(content), storeOf(openOther())];
    const shown = () => Promise.all(stores.map((store) => versionsOf(store, project)));
    expect(await shown()).toEqual([[], []]);
    await helmPush(`${project}/app`, projectId, '1.0.0_b.1', chartOf({ version: '1.0.0+b.1' }));
    await helmPush(`${project}/app`, projectId, '0.9.0', chartOf({ version: '0.9.0' }));
    expect(await shown()).toEqual([
      ['1.0.0+b.1', '0.9.0'],
      ['1.0.0+b.1', '0.9.0'],
    ]);
    await content.removal.deleteTag(`${project}/app`, '0.9.0', { name: 'bob', requestId: 'r' });
    expect(await shown()).toEqual([['1.0.0+b.1'], ['1.0.0+b.1']]);
  });

  it('shows a chart again that comes back from the trash', async () => {
    const { project, projectId } = await freshProject();
    const store = storeOf(content);
    const { digest } = await store.put(project, { archive: chartOf() }, once);
    await store.deleteVersion(project, 'app', '1.0.0', actor);
    const deleted = await content.db
      .selectFrom('deleted_artifact')
      .select(['digest'])
      .where('repository_name', '=', `${project}/app`)
      .executeTakeFirstOrThrow();
    const by = { name: 'ann', requestId: 'r' };
    await content.trash.restore({ repository: `${project}/app`, projectId }, deleted.digest, by);
    const { charts } = await store.list(project);
    expect(charts.get('app')?.[0]?.digest).toBe(digest);
  });

  it('lists no chart of a deeper repository, and no image', async () => {
    const { project, projectId } = await freshProject();
    await helmPush(`${project}/deep/app`, projectId, '1.0.0', chartOf());
    expect((await storeOf(content).list(project)).charts.size).toBe(0);
  });

  it('shows a version once where two repositories have it: that of its name', async () => {
    const { project, projectId } = await freshProject();
    const own = chartOf({ values: 'a: own' });
    await helmPush(`${project}/app`, projectId, '1.0.0', own);
    await helmPush(`${project}/zzz`, projectId, '1.0.0', chartOf({ values: 'a: other' }));
    await helmPush(`${project}/zzz`, projectId, '2.0.0', chartOf({ version: '2.0.0' }));
    const store = storeOf(content);
    expect(await versionsOf(store, project)).toEqual(['2.0.0', '1.0.0']);
    const { charts } = await store.list(project);
    expect(charts.get('app')?.[1]?.digest).toBe(digestOf(own));
    await store.deleteVersion(project, 'app', '1.0.0', actor);
    expect(await versionsOf(store, project)).toEqual(['2.0.0']);
  });

  it('leaves an immutable version alone, and says so', async () => {
    const { project } = await freshProject();
    const store = storeOf(content);
    const archive = chartOf({ version: '9.9.9' });
    await store.put(project, { archive }, once);
    const other = chartOf({ version: '9.9.9', values: 'a: 2' });
    const refused = { kind: 'precondition', message: expect.stringContaining('immutable') };
    await expect(store.put(project, { archive: other }, again)).rejects.toMatchObject(refused);
    await expect(store.deleteVersion(project, 'app', '9.9.9', actor)).rejects.toMatchObject(
      refused,
    );
    expect((await store.list(project)).charts.get('app')?.[0]?.digest).toBe(digestOf(archive));
  });

  it('never takes the tag of another artifact', async () => {
    const { project, projectId } = await freshProject();
    await helmPush(`${project}/app`, projectId, '1.0.0', chartOf({ version: '5.0.0' }));
    const put = storeOf(content).put(project, { archive: chartOf() }, again);
    await expect(put).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('leaves no old artifact behind when a version is replaced', async () => {
    const { project, projectId } = await freshProject();
    const store = storeOf(content);
    await store.put(project, { archive: chartOf({ values: 'a: 1' }) }, once);
    await store.put(project, { archive: chartOf({ values: 'a: 2' }) }, again);
    await store.put(project, { archive: chartOf({ values: 'a: 2' }) }, again);
    const rows = await content.db
      .selectFrom('artifact')
      .select('id')
      .where('project_id', '=', projectId)
      .execute();
    expect(rows).toHaveLength(1);
  });

  it('counts a download when its bytes are read, and not before', async () => {
    const { project } = await freshProject();
    const store = storeOf(content);
    await store.put(project, { archive: chartOf() }, once);
    pulls.length = 0;
    const unread = await store.open(project, 'app', '1.0.0', 'archive');
    unread?.content.destroy();
    expect(pulls).toEqual([]);
    const file = await store.open(project, 'app', '1.0.0', 'archive');
    expect(Buffer.concat((await file?.content.toArray()) ?? [])).toEqual(chartOf());
    expect(pulls).toMatchObject([{ repository: `${project}/app`, tag: '1.0.0' }]);
  });

  it('takes charts with capitals, and tells them apart', async () => {
    const { project } = await freshProject();
    const store = storeOf(content);
    await store.put(project, { archive: chartOf({ name: 'MyApp' }) }, once);
    expect(await versionsOf(store, project, 'MyApp')).toEqual(['1.0.0']);
    const clash = store.put(project, { archive: chartOf({ name: 'myapp' }) }, again);
    await expect(clash).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('reads again only the repository that changed', async () => {
    const { project } = await freshProject();
    const store = storeOf(content);
    await store.put(project, { archive: chartOf() }, once);
    await store.put(project, { archive: chartOf({ name: 'web' }) }, once);
    const before = await store.list(project);
    await store.put(project, { archive: chartOf({ version: '2.0.0' }) }, once);
    const after = await store.list(project);
    expect(after.charts.get('web')).toBe(before.charts.get('web'));
    expect(after.charts.get('app')).not.toBe(before.charts.get('app'));
    expect(await store.list(project)).toEqual(after);
  });

  it('does not confuse a project with one that had its name', async () => {
    const { project, projectId } = await freshProject();
    const store = storeOf(content);
    await store.put(project, { archive: chartOf() }, once);
    const old = await store.list(project);
    await store.deleteChart(project, 'app', actor);
    await content.removal.deleteRepository(`${project}/app`, { name: 'a', requestId: 'r' });
    await content.db.deleteFrom('project').where('id', '=', projectId).execute();
    expect((await store.list(project)).charts.size).toBe(0);
    await content.db.deleteFrom('app_user').where('username', '=', `owner-${project}`).execute();
    await createTestProject(content, project);
    const fresh = await store.list(project);
    expect(fresh.charts.size).toBe(0);
    expect(fresh.revision).not.toBe(old.revision);
  });

  it('raises the revision of a project once for every transaction, in their order', async () => {
    const { project, projectId } = await freshProject();
    const store = storeOf(content);
    const puts = Array.from({ length: 12 }, (_, index) =>
      store.put(project, { archive: chartOf({ name: `app${index}` }) }, once),
    );
    await Promise.all(puts);
    const state = await content.db
      .selectFrom('chart_revision')
      .select('revision')
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    expect(state.revision).toBe(12);
    expect((await store.list(project)).charts.size).toBe(12);
  });
});

const others: Content[] = [];
function openOther(): Content {
  const other = openContent(database, blobStore);
  others.push(other);
  return other;
}
afterAll(async () => {
  for (const other of others) await other.close();
});
