import { describe, expect, it } from 'vitest';
import { pushTagged, repositoryPaths } from './content.ts';
import { contentModels } from './content-models.ts';
import { expectCreated, expectDone, expectModel, expectPage, expectRefusal } from './model.ts';
import { uniqueName, type World } from './world.ts';

/** Repositories (harbor.md §1.6). */
export function describeRepositories(world: World): void {
  const { admin, anonymous, registry } = world;

  describe('repositories', async () => {
    const project = await world.createProject({ isPublic: true });
    const hidden = await world.createProject();
    const outsider = await world.createPerson();
    const list = `/projects/${project.name}/repositories`;
    const names = ['app', 'app/web', 'base'];
    for (const name of names) await pushTagged(registry, `${project.name}/${name}`, 'latest');
    await pushTagged(registry, `${hidden.name}/secret`, 'latest');
    const app = repositoryPaths(project.name, 'app');

    it('are listed with their project: filtered, sorted and paged', async () => {
      const all = expectPage(await admin('GET', list), contentModels.repository);
      expect(all.map(({ name }) => name)).toEqual(
        names.map((name) => `${project.name}/${name}`).toReversed(),
      );
      expect(all[0]).toMatchObject({ project_id: project.id, artifact_count: 1, pull_count: 0 });
      const sorted = await admin('GET', list, { query: { sort: 'name' } });
      expect(expectPage(sorted, contentModels.repository).map(({ name }) => name)).toEqual(
        names.map((name) => `${project.name}/${name}`),
      );
      const some = await admin('GET', list, { query: { q: 'name=~APP', page_size: 1 } });
      expect(expectPage(some, contentModels.repository)).toHaveLength(1);
      expect(some.headers.get('x-total-count')).toBe('2');
      expect(some.headers.get('link')).toBe(
        `</api/v2.0${list}?q=name%3D%7EAPP&page_size=1&page=2>; rel="next"`,
      );
      const over = await admin('GET', list, { query: { page_size: 101 } });
      expectRefusal(over, 422, 'UNPROCESSABLE_ENTITY');
      expectRefusal(await admin('GET', list, { query: { q: 'name' } }), 400, 'BAD_REQUEST');
    });

    it('of all projects are listed for those who see the project', async () => {
      const listed = async (call: typeof admin) => {
        const query = { q: `name=~project-`, page_size: 100 };
        const found = expectPage(await call('GET', '/repositories', { query }), {
          ...contentModels.repository,
        });
        return found.map(({ name }) => String(name));
      };
      const secret = `${hidden.name}/secret`;
      expect(await listed(admin)).toContain(secret);
      for (const call of [anonymous, outsider.call]) {
        const seen = await listed(call);
        expect(seen).toContain(app.name);
        expect(seen).not.toContain(secret);
      }
      expectRefusal(await anonymous('GET', '/repositories?q=x'), 400, 'BAD_REQUEST');
    });

    it('are described, and read by those who may, under a name encoded twice', async () => {
      const { path, name } = repositoryPaths(project.name, 'app/web');
      const before = (await admin('GET', path)).json;
      expectModel(before, contentModels.repository);
      expect(before).toMatchObject({ name, project_id: project.id });
      expectDone(await admin('PUT', path, { body: { description: 'the <b>web</b>' } }));
      const changed = (await admin('GET', path)).json;
      expect(changed).toMatchObject({ name, description: 'the <b>web</b>' });
      // Clients send back what they read.
      expectDone(await admin('PUT', path, { body: { ...Object(changed), description: 'web' } }));
      expect((await admin('GET', path)).json).toMatchObject({ name, description: 'web' });
      const once = await admin('GET', `${list}/${encodeURIComponent('app/web')}`);
      expect(once.json).toMatchObject({ name });
      // Visitors of a public project may list repositories, but read none.
      expectRefusal(await anonymous('GET', path), 401, 'UNAUTHORIZED');
      expectRefusal(await outsider.call('GET', path), 403, 'FORBIDDEN');
      const odd = await admin('PUT', path, { body: { colour: 'red' } });
      expectRefusal(odd, 400, 'BAD_REQUEST');
    });

    it('that are not there are not found', async () => {
      expect.hasAssertions();
      const { path } = repositoryPaths(project.name, 'no-such');
      expectRefusal(await admin('GET', path), 404, 'NOT_FOUND');
      expectRefusal(await admin('PUT', path, { body: { description: '' } }), 404, 'NOT_FOUND');
      expectRefusal(await admin('DELETE', path), 404, 'NOT_FOUND');
      const elsewhere = `/projects/${uniqueName('no-')}/repositories`;
      expectRefusal(await admin('GET', elsewhere), 404, 'NOT_FOUND');
      expectRefusal(await outsider.call('GET', elsewhere), 403, 'FORBIDDEN');
      expectRefusal(await anonymous('GET', elsewhere), 401, 'UNAUTHORIZED');
    });

    it('are not deleted while a tag in them is immutable', async () => {
      expect.hasAssertions();
      const { path } = repositoryPaths(project.name, 'base');
      const rules = `/projects/${project.name}/immutabletagrules`;
      const selector = { kind: 'doublestar', pattern: '**' };
      const body = {
        tag_selectors: [{ ...selector, decoration: 'matches' }],
        scope_selectors: {
          repository: [{ ...selector, decoration: 'repoMatches', pattern: 'base' }],
        },
      };
      const rule = expectCreated(await admin('POST', rules, { body }));
      expectRefusal(await admin('DELETE', path), 412, 'PRECONDITION');
      expectDone(await admin('DELETE', `${rules}/${rule}`));
      expectDone(await admin('DELETE', path));
      expectRefusal(await admin('GET', path), 404, 'NOT_FOUND');
    });
  });

  describe('a project with digits for a name', async () => {
    const name = String(Math.floor(Math.random() * 1e9) + 1e9);
    const headers = { 'x-is-resource-name': 'true' };
    await admin('POST', '/projects', { body: { project_name: name } });
    await pushTagged(registry, `${name}/app`, 'latest');

    it('has its content found by name, and by name or id where the header says which', async () => {
      const { artifacts, path } = repositoryPaths(name, 'app');
      expect((await admin('GET', path)).json).toMatchObject({ name: `${name}/app` });
      expect(expectPage(await admin('GET', artifacts), contentModels.artifact)).toHaveLength(1);
      const ofProject = `/projects/${name}/artifacts`;
      expectRefusal(await admin('GET', ofProject), 404, 'NOT_FOUND');
      const named = await admin('GET', ofProject, { headers });
      expect(expectPage(named, contentModels.artifact)).toHaveLength(1);
      for (const rest of ['immutabletagrules', 'webhook/policies']) {
        const path = `/projects/${name}/${rest}`;
        expectRefusal(await admin('GET', path), 404, 'NOT_FOUND');
        expect((await admin('GET', path, { headers })).json).toEqual([]);
      }
    });
  });
}
