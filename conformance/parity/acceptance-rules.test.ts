import { afterAll, describe, expect, it } from 'vitest';
import { addImage, createDataSet } from '../data.ts';
import { pushSet, pushTagged, repositoryPaths } from './content.ts';
import { contentModels } from './content-models.ts';
import { immutableRule } from './immutable-scenario.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectModel,
  expectPage,
  expectRefusal,
  fieldOf,
  models,
} from './model.ts';
import { openWorld } from './world.ts';

// Acceptance items of Harbor's own tests (harbor.md §10.1) about rules over artifacts.

const world = await openWorld();
afterAll(() => world.registry.close());
const { admin, registry } = world;

async function usedBy(project: { name: string }): Promise<number> {
  const { json } = await admin('GET', `/projects/${project.name}/summary`);
  return Number(fieldOf(json, 'quota', 'used', 'storage'));
}

describe('A-26 the quota of a project', () => {
  it('starts at nothing, grows with what is new, and is given back', async () => {
    const project = await world.createProject();
    const app = repositoryPaths(project.name, 'app');
    expect(await usedBy(project)).toBe(0);
    const set = createDataSet();
    const image = addImage(set, { tags: ['one'] });
    await pushSet(registry, app.name, set);
    const blobs = [...set.blobs.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(await usedBy(project)).toBe(blobs + image.size);
    const [first] = set.manifests;
    if (first === undefined) throw new Error('no manifest');
    for (const [digest, bytes] of set.blobs) {
      await registry.client.blobPush(app.name, digest, bytes);
    }
    await registry.client.manifestPut(app.name, 'two', first.bytes, image.mediaType);
    expect(await usedBy(project)).toBe(blobs + image.size);
    const other = repositoryPaths(project.name, 'other');
    const query = { from: `${app.name}:one` };
    expect((await admin('POST', other.artifacts, { query })).status).toBe(201);
    expect(await usedBy(project)).toBe(blobs + image.size);
    expectDone(await admin('DELETE', app.path));
    expect(await usedBy(project)).toBe(blobs + image.size);
    expectDone(await admin('DELETE', other.path));
    expect(await usedBy(project)).toBe(0);
  });

  it('refuses what does not fit, by push and by copy', async () => {
    const source = await world.createProject();
    const project = await world.createProject();
    await pushTagged(registry, `${source.name}/app`, 'latest');
    const [quota] = expectPage(
      await admin('GET', '/quotas', { query: { reference: 'project', reference_id: project.id } }),
      models.quota,
    );
    const path = `/quotas/${Number(quota?.['id'])}`;
    expectDone(await admin('PUT', path, { body: { hard: { storage: 100 } } }));
    await expect(pushTagged(registry, `${project.name}/app`, 'latest')).rejects.toThrow(/quota/i);
    const app = repositoryPaths(project.name, 'app');
    const query = { from: `${source.name}/app:latest` };
    const refused = await admin('POST', app.artifacts, { query });
    expectRefusal(refused, 403, 'DENIED');
    expect((await admin('GET', app.artifacts)).json).toEqual([]);
    expect(await usedBy(project)).toBe(0);
    for (const storage of [0, -2, 1024 ** 5 + 1]) {
      const answer = await admin('PUT', path, { body: { hard: { storage } } });
      expectRefusal(answer, 400, 'BAD_REQUEST');
    }
  });
});

describe('A-27 quotas', () => {
  it('are sorted by what is used, both ways', async () => {
    const projects = [await world.createProject(), await world.createProject()];
    for (const [index, { name }] of projects.entries()) {
      for (let count = 0; count <= index; count += 1) {
        await pushTagged(registry, `${name}/app`, `v${count}`);
      }
    }
    const used = async (sort: string) => {
      const query = { sort, page_size: 100 };
      const quotas = expectPage(await admin('GET', '/quotas', { query }), models.quota);
      return quotas.map((quota) => Number(fieldOf(quota, 'used', 'storage')));
    };
    const up = await used('used.storage');
    expect(up).toEqual(up.toSorted((one, other) => one - other));
    expect(new Set(up).size).toBeGreaterThan(2);
    expect(await used('-used.storage')).toEqual(up.toReversed());
  });
});

describe('A-46 tags of an artifact', () => {
  it('are added once, and taken off without the artifact', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'app');
    const { digest } = await pushTagged(registry, app.name, 'v1');
    const tags = `${app.artifact(digest)}/tags`;
    const add = () => admin('POST', tags, { body: { name: 'v2' } });
    expect((await add()).status).toBe(201);
    expectRefusal(await add(), 409, 'CONFLICT');
    expect((await registry.client.manifestGet(app.name, 'v2')).digest).toBe(digest);
    for (const tag of ['v1', 'v2']) expectDone(await admin('DELETE', `${tags}/${tag}`));
    expect((await admin('GET', app.artifact(digest))).json).toMatchObject({ digest, tags: null });
    expect((await admin('GET', tags)).json).toEqual([]);
    const untagged = await admin('GET', app.artifacts, { query: { q: 'tags=nil' } });
    expect(expectPage(untagged, contentModels.artifact)).toMatchObject([{ digest }]);
    expectRefusal(await admin('GET', app.artifact('v1')), 404, 'NOT_FOUND');
  });
});

describe('A-47 immutable tags', async () => {
  const project = await world.createProject();
  const rules = `/projects/${project.name}/immutabletagrules`;
  const app = repositoryPaths(project.name, 'team/app');
  const free = repositoryPaths(project.name, 'free');
  const { digest } = await pushTagged(registry, app.name, 'v1', 'free');
  await pushTagged(registry, free.name, 'v1');
  const body = immutableRule('v*', 'team/**');
  const rule = expectCreated(
    await admin('POST', rules, { body: { ...Object(body), disabled: true } }),
  );
  const statusOf = async () => {
    const query = { with_immutable_status: true };
    const { json } = await admin('GET', app.artifact(digest), { query });
    const tags = expectItems(fieldOf(json, 'tags'), contentModels.tag);
    return Object.fromEntries(tags.map(({ name, immutable }) => [name, immutable]));
  };

  it('are not held by a rule that is switched off', async () => {
    expect(await statusOf()).toEqual({ v1: false, free: false });
    await pushTagged(registry, app.name, 'v0');
    await pushTagged(registry, app.name, 'v0');
    expectDone(await admin('DELETE', app.artifact('v0')));
  });

  it('can neither be deleted, nor pushed over, nor copied over', async () => {
    const body = { id: rule, disabled: false };
    expectDone(await admin('PUT', `${rules}/${rule}`, { body }));
    expect(await statusOf()).toEqual({ v1: true, free: false });
    const tags = `${app.artifact(digest)}/tags`;
    for (const path of [`${tags}/v1`, app.artifact('v1'), app.artifact(digest), app.path]) {
      expectRefusal(await admin('DELETE', path), 412, 'PRECONDITION');
    }
    await expect(pushTagged(registry, app.name, 'v1')).rejects.toThrow(/immutable/i);
    const deleted = await registry.call('DELETE', `/v2/${app.name}/manifests/${digest}`);
    expect(deleted.status).toBe(412);
    const copied = await admin('POST', app.artifacts, { query: { from: `${free.name}:v1` } });
    expect(copied.status).toBe(412);
    expect((await admin('GET', app.artifact('v1'))).json).toMatchObject({ digest });
    // Another tag of the artifact goes, new ones come, and elsewhere all is as before.
    expectDone(await admin('DELETE', `${tags}/free`));
    expect((await admin('POST', tags, { body: { name: 'v9' } })).status).toBe(201);
    expectDone(await admin('DELETE', free.artifact('v1')));
  });

  it('are held while one of several rules holds them, and a rule is made once', async () => {
    expectRefusal(await admin('POST', rules, { body }), 409, 'CONFLICT');
    const wide = expectCreated(await admin('POST', rules, { body: immutableRule('**') }));
    expectDone(await admin('DELETE', `${rules}/${rule}`));
    expect(await statusOf()).toEqual({ v1: true, v9: true });
    expectDone(await admin('DELETE', `${rules}/${wide}`));
    expect(await statusOf()).toEqual({ v1: false, v9: false });
    expectDone(await admin('DELETE', app.path));
  });
});

describe('A-50 a limited guest', () => {
  it('reads a repository with its project and its full name', async () => {
    const project = await world.createProject();
    const person = await world.createPerson();
    const app = repositoryPaths(project.name, 'team/app');
    await pushTagged(registry, app.name, 'latest');
    expectRefusal(await person.call('GET', app.path), 403, 'FORBIDDEN');
    const body = { role_id: 5, member_user: { username: person.username } };
    expectCreated(await admin('POST', `/projects/${project.name}/members`, { body }));
    const { json } = await person.call('GET', app.path);
    expectModel(json, contentModels.repository);
    expect(json).toMatchObject({ project_id: project.id, name: app.name, artifact_count: 1 });
    expectRefusal(await person.call('DELETE', app.path), 403, 'FORBIDDEN');
  });
});

describe('A-51 the log of a project', () => {
  it('has exactly one line for each thing done', async () => {
    const project = await world.createProject();
    const app = repositoryPaths(project.name, 'app');
    const { digest } = await pushTagged(registry, app.name, 'v1');
    await registry.client.manifestGet(app.name, 'v1');
    const tags = `${app.artifact(digest)}/tags`;
    expect((await admin('POST', tags, { body: { name: 'v2' } })).status).toBe(201);
    expectDone(await admin('DELETE', `${tags}/v2`));
    expectDone(await admin('DELETE', app.artifact(digest)));
    expectDone(await admin('DELETE', app.path));
    const query = { page_size: 100 };
    const lines = expectPage(
      await admin('GET', `/projects/${project.name}/auditlog-exts`, { query }),
      models.auditLogExt,
    );
    const told = lines
      .map(
        ({ operation, resource_type: type, resource }) =>
          `${String(operation)} ${String(type)} ${String(resource)}`,
      )
      // Pulls are counted together and written later.
      .filter((line) => !line.startsWith('pull'));
    expect(told.toSorted()).toEqual(
      [
        `create artifact ${app.name}:v1`,
        `create project ${project.name}`,
        `create tag ${app.name}:v2`,
        `delete artifact ${app.name}@${digest}`,
        `delete repository ${app.name}`,
        `delete tag ${app.name}:v2`,
      ].toSorted(),
    );
    expect(lines.every(({ operation_result: result }) => result === true)).toBe(true);
  });
});

describe('A-53 a webhook policy', () => {
  it('is made, read, changed and deleted', async () => {
    const project = await world.createProject();
    const path = `/projects/${project.name}/webhook/policies`;
    const body = {
      name: 'a-53',
      enabled: true,
      targets: [{ type: 'http', address: 'http://127.0.0.1:9', skip_cert_verify: true }],
      event_types: ['PUSH_ARTIFACT'],
    };
    const item = `${path}/${expectCreated(await admin('POST', path, { body }))}`;
    const { json } = await admin('GET', item);
    expectModel(json, contentModels.webhookPolicy);
    const change = { ...Object(json), event_types: ['PULL_ARTIFACT'], enabled: false };
    expectDone(await admin('PUT', item, { body: change }));
    expect((await admin('GET', item)).json).toMatchObject({
      name: 'a-53',
      enabled: false,
      event_types: ['PULL_ARTIFACT'],
      targets: body.targets,
    });
    expect(expectPage(await admin('GET', path), contentModels.webhookPolicy)).toHaveLength(1);
    expectDone(await admin('DELETE', item));
    expectRefusal(await admin('GET', item), 404, 'NOT_FOUND');
  });
});
