import { describe, expect, it } from 'vitest';
import { addImage, createDataSet } from '../data.ts';
import type { TestRegistry } from '../registry.ts';
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
import { uniqueName, type World } from './world.ts';

/** Pushes an image of one layer; gives its manifest's digest. */
export async function pushImage(registry: TestRegistry, repository: string): Promise<string> {
  const set = createDataSet();
  const { digest } = addImage(set, { layerCount: 1, tags: ['latest'] });
  for (const [blob, bytes] of set.blobs) await registry.client.blobPush(repository, blob, bytes);
  for (const { bytes, descriptor } of set.manifests) {
    await registry.client.manifestPut(repository, 'latest', bytes, descriptor.mediaType);
  }
  return digest;
}

/** Projects and their metadata (harbor.md §1.5; acceptance ). */
export function describeProjects(world: World): void {
  const { admin, anonymous, registry } = world;

  describe('a project', async () => {
    const name = uniqueName('project-');
    const outsider = await world.createPerson();
    const body = { project_name: name, metadata: { public: 'false' }, storage_limit: 10_000_000 };
    let id = 0;
    const path = `/projects/${name}`;

    it('is created once, under a name that Harbor takes', async () => {
      expect.hasAssertions();
      const created = await admin('POST', '/projects', { body });
      id = expectCreated(created);
      expectRefusal(await admin('POST', '/projects', { body }), 409, 'CONFLICT');
      for (const project_name of ['Upper', 'a..b', '-a', '', 'a'.repeat(256)]) {
        const bad = await admin('POST', '/projects', { body: { project_name } });
        expectRefusal(bad, 400, 'BAD_REQUEST');
      }
      const odd = { project_name: uniqueName('p-'), metadata: { public: 'maybe' } };
      expectRefusal(await admin('POST', '/projects', { body: odd }), 400, 'BAD_REQUEST');
    });

    it('is located by its name for who asks for that', async () => {
      const project_name = uniqueName('project-');
      const headers = { 'x-resource-name-in-location': 'true' };
      const created = await admin('POST', '/projects', { body: { project_name }, headers });
      expect(created.headers.get('location')).toBe(`/api/v2.0/projects/${project_name}`);
    });

    it('with digits for a name is found by the header that says so', async () => {
      const project_name = String(Math.floor(Math.random() * 1e9) + 1e9);
      expectCreated(await admin('POST', '/projects', { body: { project_name } }));
      expectRefusal(await admin('GET', `/projects/${project_name}`), 404, 'NOT_FOUND');
      const headers = { 'x-is-resource-name': 'true' };
      const found = await admin('GET', `/projects/${project_name}`, { headers });
      expect(found.json).toMatchObject({ name: project_name });
    });

    it('is read by name and by id, looked for, listed and summed up', async () => {
      const byName = await admin('GET', path);
      expectModel(byName.json, models.project);
      expect(byName.json).toMatchObject({
        project_id: id,
        name,
        owner_name: 'admin',
        repo_count: 0,
      });
      expect((await admin('GET', `/projects/${id}`)).json).toEqual(byName.json);
      expect((await admin('HEAD', '/projects', { query: { project_name: name } })).status).toBe(
        200,
      );
      const missing = await admin('HEAD', '/projects', { query: { project_name: `${name}-no` } });
      expect(missing.status).toBe(404);
      const listed = expectPage(
        await admin('GET', '/projects', { query: { name } }),
        models.project,
      );
      expect(listed).toMatchObject([{ project_id: id, metadata: { public: 'false' } }]);
      const plain = { name, with_detail: false };
      const short = await admin('GET', '/projects', { query: plain });
      expect(fieldOf(short.json, '0', 'metadata')).toBeUndefined();
      const summary = await admin('GET', `${path}/summary`);
      expectModel(summary.json, models.summary);
      expect(summary.json).toMatchObject({
        project_admin_count: 1,
        quota: { hard: { storage: 10_000_000 }, used: { storage: 0 } },
      });
    });

    it('changes its metadata and its allowlist, and nothing else', async () => {
      const change = {
        project_name: 'another',
        metadata: { auto_scan: 'true', severity: 'High' },
        cve_allowlist: { items: [{ cve_id: 'CVE-2024-1' }] },
      };
      expectDone(await admin('PUT', path, { body: change }));
      expect((await admin('GET', path)).json).toMatchObject({
        name,
        metadata: { auto_scan: 'true', severity: 'high', public: 'false' },
        cve_allowlist: { project_id: id, items: [{ cve_id: 'CVE-2024-1' }] },
      });
      const retention = { metadata: { retention_id: '7' } };
      expectRefusal(await admin('PUT', path, { body: retention }), 400, 'BAD_REQUEST');
      const foreign = { cve_allowlist: { project_id: id + 1, items: [] } };
      expectRefusal(await admin('PUT', path, { body: foreign }), 400, 'BAD_REQUEST');
    });

    it('looks to strangers as if it were not there', async () => {
      expect.hasAssertions();
      for (const target of [path, `${path}-no`, '/projects/999999']) {
        expectRefusal(await outsider.call('GET', target), 403, 'FORBIDDEN');
        expectRefusal(await anonymous('GET', target), 401, 'UNAUTHORIZED');
      }
      expectRefusal(await admin('GET', `${path}-no`), 404, 'NOT_FOUND');
    });

    it('cannot be deleted while it has repositories; then only by who may', async () => {
      const target = await world.createProject();
      await pushImage(registry, `${target.name}/app`);
      const full = await admin('GET', `/projects/${target.name}/_deletable`);
      expect(full.json).toMatchObject({ deletable: false, message: expect.any(String) });
      const refused = await admin('DELETE', `/projects/${target.name}`);
      expectRefusal(refused, 412, 'PRECONDITION');
      expect((await admin('GET', `${path}/_deletable`)).json).toEqual({ deletable: true });
      expectRefusal(await outsider.call('DELETE', path), 403, 'FORBIDDEN');
      expectDone(await admin('DELETE', path));
      expectRefusal(await admin('GET', path), 404, 'NOT_FOUND');
      // The name is free again.
      expectCreated(await admin('POST', '/projects', { body }));
    });

    it('has no scanner yet', async () => {
      expect((await admin('GET', `${path}/scanner`)).json).toEqual({});
      const candidates = await admin('GET', `${path}/scanner/candidates`);
      expect(expectItems(candidates.json, {})).toEqual([]);
      const unknown = await admin('PUT', `${path}/scanner`, { body: { uuid: 'nobody' } });
      expect([400, 404]).toContain(unknown.status);
    });
  });

  describe('private projects', async () => {
    const person = await world.createPerson();
    const { name, id } = await world.createProject();
    await world.createProject();

    it('are listed for their members alone (A-02)', async () => {
      const query = { public: false };
      expect((await person.call('GET', '/projects', { query })).json).toEqual([]);
      expect((await anonymous('GET', '/projects', { query })).json).toEqual([]);
      const body = { role_id: 3, member_user: { username: person.username } };
      expectCreated(await admin('POST', `/projects/${name}/members`, { body }));
      const mine = await person.call('GET', '/projects', { query });
      expect(expectPage(mine, models.project)).toMatchObject([
        { project_id: id, current_user_role_id: 3, current_user_role_ids: [3] },
      ]);
    });
  });

  describe('creating projects', async () => {
    const person = await world.createPerson();
    const create = () =>
      person.call('POST', '/projects', { body: { project_name: uniqueName('own-') } });

    it('is for administrators alone when so configured (A-15)', async () => {
      expect.hasAssertions();
      const restrict = (project_creation_restriction: string) =>
        admin('PUT', '/configurations', { body: { project_creation_restriction } });
      expectDone(await restrict('adminonly'));
      expectRefusal(await create(), 403, 'FORBIDDEN');
      expectDone(await restrict('everyone'));
      expectCreated(await create());
      expectRefusal(await restrict('nobody'), 400, 'BAD_REQUEST');
    });
  });

  describe('the metadata of a project', async () => {
    const { name } = await world.createProject();
    const path = `/projects/${name}/metadatas/`;

    it('are added one by one, read, changed and deleted', async () => {
      expectDone(await admin('POST', path, { body: { prevent_vul: 'TRUE' } }));
      expectRefusal(await admin('POST', path, { body: { prevent_vul: 'true' } }), 409, 'CONFLICT');
      expect((await admin('GET', path)).json).toMatchObject({
        prevent_vul: 'true',
        public: 'false',
      });
      expect((await admin('GET', `${path}prevent_vul`)).json).toEqual({ prevent_vul: 'true' });
      expectDone(await admin('PUT', `${path}prevent_vul`, { body: { prevent_vul: 'false' } }));
      expect((await admin('GET', `${path}prevent_vul`)).json).toEqual({ prevent_vul: 'false' });
      expectDone(await admin('DELETE', `${path}prevent_vul`));
      expect((await admin('GET', `${path}prevent_vul`)).json).toEqual({});
    });

    it.each([
      ['two at once', { auto_scan: 'true', severity: 'low' }],
      ['none', {}],
      ['an unknown key', { colour: 'red' }],
      ['an unknown severity', { severity: 'awful' }],
      ['the retention policy', { retention_id: '1' }],
    ])('are refused: %s', async (_, body) => {
      expect.hasAssertions();
      expectRefusal(await admin('POST', path, { body }), 400, 'BAD_REQUEST');
    });
  });

  describe('allowlists of CVEs', async () => {
    const { name } = await world.createProject();
    const person = await world.createPerson();
    const guest = { role_id: 3, member_user: { username: person.username } };

    it('of a project are changed by its administrator, or it uses the one of the system (A-22)', async () => {
      const path = `/projects/${name}`;
      expectCreated(await admin('POST', `${path}/members`, { body: guest }));
      const before = (await admin('GET', path)).json;
      expect(fieldOf(before, 'metadata', 'reuse_sys_cve_allowlist')).toBeUndefined();
      expect(fieldOf(before, 'cve_allowlist', 'items')).toEqual([]);
      const items = [{ cve_id: 'CVE-2024-1' }, { cve_id: 'CVE-2024-2' }];
      const body = {
        metadata: { reuse_sys_cve_allowlist: 'false' },
        cve_allowlist: { items, expires_at: 4_102_444_800 },
      };
      expectRefusal(await person.call('PUT', path, { body }), 403, 'FORBIDDEN');
      expectDone(await admin('PUT', path, { body }));
      const after = (await admin('GET', path)).json;
      expectModel(fieldOf(after, 'cve_allowlist'), models.allowlist);
      expect(after).toMatchObject({ cve_allowlist: { items, expires_at: 4_102_444_800 } });
      const reuse = { metadata: { reuse_sys_cve_allowlist: 'true' } };
      expectDone(await admin('PUT', path, { body: reuse }));
      expect((await person.call('GET', path)).json).toMatchObject(reuse);
    });

    it('of the system is read by all who log in and changed by administrators (A-44)', async () => {
      const path = '/system/CVEAllowlist';
      const items = [{ cve_id: 'CVE-2024-9' }];
      const body = { items, expires_at: 4_102_444_800 };
      expectRefusal(await person.call('PUT', path, { body }), 403, 'FORBIDDEN');
      expectDone(await admin('PUT', path, { body }));
      const read = await person.call('GET', path);
      expectModel(read.json, models.allowlist);
      expect(read.json).toMatchObject({ project_id: 0, ...body });
      expectDone(await admin('PUT', path, { body: { items: [] } }));
      expect(fieldOf((await person.call('GET', path)).json, 'expires_at')).toBeUndefined();
    });
  });
}
