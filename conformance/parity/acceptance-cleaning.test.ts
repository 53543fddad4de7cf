import type { Digest } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addImage, createDataSet } from '../data.ts';
import { addCosignBundle, pushSet, pushTagged, repositoryPaths } from './content.ts';
import { expectCreated, expectDone, expectPage, expectRefusal, fieldOf } from './model.ts';
import {
  awaitAnswer,
  parametersOf,
  retentionPolicy,
  retentionRule,
  runRetention,
  systemJob,
} from './work.ts';
import { workModels } from './work-models.ts';
import { openWorld } from './world.ts';

// Acceptance items of Harbor's own tests (harbor.md §10.1) about what cleans up by itself.

// What is deleted is garbage at once, or nearly, and nothing but these tests collects it.
const world = await openWorld({
  gc: { intervalSeconds: 0, leaseSeconds: 1, uploadSeconds: 1, trashSeconds: 0 },
});
afterAll(() => world.registry.close());
const { admin, registry } = world;
const gc = systemJob(admin, '/system/gc');

/** Until what was pushed a moment ago is not kept for its lease any more. */
async function collectUntil(parameters: object, isDone: (log: string) => boolean) {
  const logs: string[] = [];
  const runs: unknown[] = [];
  const ask = async () => {
    const { run, log } = await gc.run(parameters);
    logs.push(log);
    runs.push(run);
    return admin('GET', '/system/gc');
  };
  await awaitAnswer(ask, () => isDone(logs.join('\n')));
  return { log: logs.join('\n'), runs };
}

describe('A-16 the collection of garbage', async () => {
  const project = await world.createProject();
  const paths = (name: string) => repositoryPaths(project.name, name);
  const push = async (name: string, tags: readonly string[], isSigned = false) => {
    const set = createDataSet();
    const image = addImage(set, { layerCount: 2, tags });
    if (isSigned) addCosignBundle(set, image);
    await pushSet(registry, `${project.name}/${name}`, set);
    return { set, image, blobs: [...set.blobs.keys()] };
  };
  const kept = await push('kept', ['latest']);
  const deleted = await push('deleted', ['latest']);
  const signed = await push('signed', ['latest'], true);
  const untagged = await push('untagged', []);
  const isGone = (blobs: readonly Digest[]) => (log: string) =>
    blobs.every((digest) => log.includes(`blob deleted: ${digest}`));
  const named = (log: string, blobs: readonly Digest[]) =>
    blobs.filter((digest) => log.includes(`blob deleted: ${digest}`)).length;

  it('by a dry run deletes nothing, and tells what it would', async () => {
    expectDone(await admin('DELETE', paths('deleted').path));
    const { log, run } = await gc.run({ dry_run: true, delete_untagged: true, workers: 2 });
    expect(log).toMatch(/\d+ blobs and \d+ manifests eligible for deletion/);
    expect(run).toMatchObject({ job_status: 'Success' });
    const [blob = ''] = kept.set.blobs.keys();
    expect((await registry.call('GET', `/v2/${project.name}/kept/blobs/${blob}`)).status).toBe(200);
    const left = await admin('GET', paths('untagged').artifacts, { query: { q: 'tags=nil' } });
    expect(fieldOf(left.json, '0', 'digest')).toBe(untagged.image.digest);
  });

  it('takes a deleted repository, and leaves what has no tag unless told', async () => {
    const parameters = { purge_deleted: true, workers: 3 };
    const { log, runs } = await collectUntil(parameters, isGone(deleted.blobs));
    expect(named(log, deleted.blobs)).toBe(deleted.blobs.length);
    for (const alive of [kept, signed, untagged]) expect(named(log, alive.blobs)).toBe(0);
    expect(log).toMatch(/\d+ blobs and \d+ manifests are actually deleted/);
    expect(parametersOf(runs[0])).toMatchObject({ workers: 3, delete_untagged: false });
    const sum = (name: string) =>
      runs.reduce<number>((total, run) => total + Number(fieldOf(parametersOf(run), name)), 0);
    expect(sum('purged_blobs')).toBe(deleted.blobs.length);
    expect(sum('purged_manifests')).toBe(1);
    const bytes = [...deleted.set.blobs.values()].reduce((size, { length }) => size + length, 0);
    expect(sum('freed_space')).toBe(bytes);
  });

  it('takes what has no tag when told', async () => {
    const parameters = { purge_deleted: true, delete_untagged: true };
    const { log, runs } = await collectUntil(parameters, isGone(untagged.blobs));
    expect(named(log, untagged.blobs)).toBe(untagged.blobs.length);
    for (const alive of [kept, signed]) expect(named(log, alive.blobs)).toBe(0);
    expect(parametersOf(runs[0])).toMatchObject({ workers: 1, delete_untagged: true });
    const left = await admin('GET', paths('untagged').artifacts);
    expect(left.json).toEqual([]);
  });

  it('takes the accessories of what was deleted', async () => {
    expectDone(await admin('DELETE', paths('signed').artifact(signed.image.digest)));
    const { log } = await collectUntil({ purge_deleted: true }, isGone(signed.blobs));
    expect(named(log, signed.blobs)).toBe(signed.blobs.length);
    expect(named(log, kept.blobs)).toBe(0);
    for (const digest of kept.set.blobs.keys()) {
      const { status } = await registry.call('GET', `/v2/${project.name}/kept/blobs/${digest}`);
      expect(status).toBe(200);
    }
  });
});

describe('A-38 tag retention', async () => {
  const project = await world.createProject();
  const app = repositoryPaths(project.name, 'app');
  const whole = repositoryPaths(project.name, 'test3-app');
  const tags = ['latest', 'latest-1', 'v1', 'v2'];
  // One image of several tags stays with all of them.
  const shared = createDataSet();
  const both = addImage(shared, { layerCount: 1, tags: ['latest-2', 'v3'] });
  // Not before the collections above, which take what has no tag.
  beforeAll(async () => {
    for (const repository of [app, whole]) {
      for (const tag of tags) await pushTagged(registry, repository.name, tag);
    }
    await pushTagged(registry, app.name);
    await pushSet(registry, app.name, shared);
  });

  const policy = `/retentions/${expectCreated(
    await admin('POST', '/retentions', {
      body: retentionPolicy(project.id, [
        retentionRule({ tags: 'latest*' }),
        retentionRule({ repositories: 'test3*' }),
      ]),
    }),
  )}`;
  const tagsOf = async ({ artifacts }: typeof app) => {
    const { json } = await admin('GET', artifacts, { query: { page_size: 100 } });
    const list = Array.isArray(json) ? json : [];
    return list
      .flatMap((artifact: unknown) => fieldOf(artifact, 'tags') ?? [{ name: '(none)' }])
      .map((tag) => String(fieldOf(tag, 'name')))
      .toSorted();
  };
  const countsOf = async (id: number) => {
    const tasks = await admin('GET', `${policy}/executions/${id}/tasks`);
    const rows = expectPage(tasks, workModels.retentionTask).map(
      ({ repository, ...task }) =>
        [String(repository), [task['total'], task['retained'], task['status']]] as const,
    );
    return Object.fromEntries(rows);
  };
  const counts = { app: [6, 3, 'Success'], 'test3-app': [4, 4, 'Success'] };
  const before = [...tags, 'latest-2', 'v3', '(none)'].toSorted();

  it('by a dry run tells what it would delete, and deletes nothing', async () => {
    expect(await tagsOf(app)).toEqual(before);
    const { id, execution } = await runRetention(admin, policy, { dry_run: true });
    expect(execution).toMatchObject({ status: 'Success', dry_run: true, trigger: 'MANUAL' });
    expect(await countsOf(id)).toEqual(counts);
    expect(await tagsOf(app)).toEqual(before);
  });

  it('keeps what one of the rules keeps, and nothing else', async () => {
    const { id, execution } = await runRetention(admin, policy, { dry_run: false });
    expect(execution).toMatchObject({ status: 'Success', dry_run: false });
    expect(await countsOf(id)).toEqual(counts);
    expect(await tagsOf(app)).toEqual(['latest', 'latest-1', 'latest-2', 'v3']);
    expect(await tagsOf(whole)).toEqual(tags);
    expect((await registry.client.manifestGet(app.name, 'v3')).digest).toBe(both.digest);
    expectRefusal(await admin('GET', app.artifact('v1')), 404, 'NOT_FOUND');
    const listed = await admin('GET', `${policy}/executions`);
    expect(expectPage(listed, workModels.retentionExecution)).toHaveLength(2);
  });
});
