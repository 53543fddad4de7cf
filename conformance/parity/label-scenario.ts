import { describe, expect, it } from 'vitest';
import { contentModels } from './content-models.ts';
import { expectCreated, expectDone, expectModel, expectPage, expectRefusal } from './model.ts';
import { uniqueName, type World } from './world.ts';

/** Labels of the system and of projects (harbor.md §1.10). */
export function describeLabels(world: World): void {
  const { admin, anonymous } = world;

  describe('labels', async () => {
    const project = await world.createProject();
    const person = await world.createPerson();
    const mark = uniqueName('label-');
    const ofProject = { scope: 'p', project_id: project.id };
    const create = (body: object) => admin('POST', '/labels', { body });

    it('of the system are made by administrators and seen by all', async () => {
      const body = { name: `${mark}-a`, scope: 'g', description: 'all of it', color: '#00ff00' };
      const id = expectCreated(await create(body));
      expectRefusal(await create(body), 409, 'CONFLICT');
      expectRefusal(await person.call('POST', '/labels', { body }), 403, 'FORBIDDEN');
      const { json } = await admin('GET', `/labels/${id}`);
      expectModel(json, contentModels.label);
      expect(json).toMatchObject({ id, ...body });
      expect(json).not.toHaveProperty('project_id');
      const listed = await anonymous('GET', '/labels', { query: { scope: 'g', name: mark } });
      expect(expectPage(listed, contentModels.label)).toMatchObject([{ id }]);
      expectRefusal(await anonymous('GET', `/labels/${id}`), 401, 'UNAUTHORIZED');
    });

    it('of a project are made, changed and deleted by who may', async () => {
      const path = `/labels/${expectCreated(await create({ name: mark, ...ofProject }))}`;
      expect((await admin('GET', path)).json).toMatchObject({ name: mark, ...ofProject });
      const change = { name: `${mark}-new`, color: '#0000ff', scope: 'g', project_id: 0 };
      expectDone(await admin('PUT', path, { body: change }));
      // Neither scope nor project change.
      expect((await admin('GET', path)).json).toMatchObject({
        name: `${mark}-new`,
        color: '#0000ff',
        ...ofProject,
      });
      expectCreated(await create({ name: mark, ...ofProject }));
      expectRefusal(await admin('PUT', path, { body: { name: mark } }), 409, 'CONFLICT');
      // To strangers it looks like a missing one.
      expectRefusal(await person.call('GET', path), 404, 'NOT_FOUND');
      expectDone(await admin('DELETE', path));
      for (const method of ['GET', 'DELETE']) {
        expectRefusal(await admin(method, path), 404, 'NOT_FOUND');
      }
      expectRefusal(await admin('PUT', path, { body: { name: mark } }), 404, 'NOT_FOUND');
      const query = { ...ofProject, name: mark.toUpperCase() };
      const listed = expectPage(await admin('GET', '/labels', { query }), contentModels.label);
      expect(listed.map(({ name }) => name)).toEqual([mark]);
      const stranger = await person.call('GET', '/labels', { query });
      expectRefusal(stranger, 403, 'FORBIDDEN');
      expectRefusal(await anonymous('GET', '/labels', { query }), 401, 'UNAUTHORIZED');
    });

    it.each([
      ['no name', { name: '', scope: 'g' }],
      ['a name of 129 bytes', { name: 'é'.repeat(65), scope: 'g' }],
      ['another scope', { name: 'x', scope: 'x' }],
      ['a project that is not told', { name: 'x', scope: 'p' }],
      ['no scope', { name: 'x' }],
      ['an unknown field', { name: 'x', scope: 'g', level: 's' }],
    ])('are refused with %s', async (_, body) => {
      expect.hasAssertions();
      expectRefusal(await create(body), 400, 'BAD_REQUEST');
    });

    it.each(['', '?scope=x', '?scope=p', '?q=x&scope=g'])('are not listed by %j', async (query) => {
      expect.hasAssertions();
      expectRefusal(await admin('GET', `/labels${query}`), 400, 'BAD_REQUEST');
    });

    it('are JSON', async () => {
      expect.hasAssertions();
      const headers = { 'content-type': 'text/plain' };
      const answer = await admin('POST', '/labels', { body: 'label', headers });
      expectRefusal(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
    });
  });
}
