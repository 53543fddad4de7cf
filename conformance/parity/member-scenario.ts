import { describe, expect, it } from 'vitest';
import {
  expectCreated,
  expectDone,
  expectModel,
  expectPage,
  expectRefusal,
  models,
} from './model.ts';
import type { World } from './world.ts';

/** Members of projects (harbor.md §1.5; acceptance A-19) and quotas (§1.12; A-27). */
export function describeMembers(world: World): void {
  const { admin } = world;

  describe('a member of a project', async () => {
    const { name, id: project_id } = await world.createProject();
    const person = await world.createPerson();
    const other = await world.createPerson();
    const path = `/projects/${name}/members`;
    const order = (username: string, role_id: number) => ({
      body: { role_id, member_user: { username } },
    });
    let id = 0;

    it('is added once, as a user that exists and with a role that exists', async () => {
      expect.hasAssertions();
      id = expectCreated(await admin('POST', path, order(person.username, 3)));
      expectRefusal(await admin('POST', path, order(person.username, 2)), 409, 'CONFLICT');
      expectRefusal(await admin('POST', path, order('nobody-here', 3)), 404, 'NOT_FOUND');
      expectRefusal(await admin('POST', path, order(other.username, 9)), 400, 'BAD_REQUEST');
      expectRefusal(await admin('POST', path, { body: { role_id: 1 } }), 400, 'BAD_REQUEST');
    });

    it('is listed by name, and read', async () => {
      const listed = await admin('GET', path, { query: { entityname: person.username } });
      const member = {
        id,
        project_id,
        entity_name: person.username,
        entity_id: person.id,
        entity_type: 'u',
        role_id: 3,
        role_name: 'guest',
      };
      expect(expectPage(listed, models.member)).toEqual([member]);
      expectModel((await admin('GET', `${path}/${id}`)).json, models.member);
      expectRefusal(await admin('GET', `${path}/0`), 400, 'BAD_REQUEST');
      expectRefusal(await admin('GET', `${path}/999999`), 404, 'NOT_FOUND');
    });

    it('rises from guest to developer to administrator, who adds others (A-19)', async () => {
      const add = () => person.call('POST', path, order(other.username, 5));
      expectRefusal(await add(), 403, 'FORBIDDEN');
      expectDone(await admin('PUT', `${path}/${id}`, { body: { role_id: 2 } }));
      expectRefusal(await add(), 403, 'FORBIDDEN');
      expectDone(await admin('PUT', `${path}/${id}`, { body: { role_id: 1 } }));
      const added = expectCreated(await add());
      expect((await admin('GET', `${path}/${added}`)).json).toMatchObject({
        role_name: 'limitedGuest',
      });
      expectRefusal(
        await admin('PUT', `${path}/${id}`, { body: { role_id: 0 } }),
        400,
        'BAD_REQUEST',
      );
      expectRefusal(await admin('PUT', `${path}/0`, { body: { role_id: 1 } }), 400, 'BAD_REQUEST');
    });

    it('has no rights left when it is removed', async () => {
      expect.hasAssertions();
      expectRefusal(await admin('DELETE', `${path}/0`), 400, 'BAD_REQUEST');
      expectDone(await admin('DELETE', `${path}/${id}`));
      expectRefusal(await admin('DELETE', `${path}/${id}`), 404, 'NOT_FOUND');
      expectRefusal(await person.call('GET', path), 403, 'FORBIDDEN');
    });

    it('can be a group', async () => {
      const body = { role_id: 4, member_group: { group_name: `${name}-devs`, group_type: 3 } };
      const added = expectCreated(await admin('POST', path, { body }));
      expect((await admin('GET', `${path}/${added}`)).json).toMatchObject({
        entity_type: 'g',
        entity_name: `${name}-devs`,
        role_name: 'maintainer',
      });
    });
  });

  describe('quotas', async () => {
    const project = await world.createProject();
    const query = { reference: 'project', reference_id: project.id };

    it('are listed by project, read and changed', async () => {
      const [quota] = expectPage(await admin('GET', '/quotas', { query }), models.quota);
      expect(quota).toMatchObject({
        ref: { id: project.id, name: project.name, owner_name: 'admin' },
        hard: { storage: -1 },
        used: { storage: 0 },
      });
      const path = `/quotas/${Number(quota?.['id'])}`;
      expectDone(await admin('PUT', path, { body: { hard: { storage: 1_048_576 } } }));
      const read = await admin('GET', path);
      expectModel(read.json, models.quota);
      expect(read.json).toMatchObject({ hard: { storage: 1_048_576 } });
      for (const storage of [0, -2, 2 ** 50 + 1]) {
        const refused = await admin('PUT', path, { body: { hard: { storage } } });
        expectRefusal(refused, 400, 'BAD_REQUEST');
      }
    });

    it.each(['hard.storage', 'used.storage', 'creation_time'])('are sorted by %s', async (sort) => {
      const page = { page_size: 100 };
      const up = expectPage(
        await admin('GET', '/quotas', { query: { ...page, sort } }),
        models.quota,
      );
      const down = await admin('GET', '/quotas', { query: { ...page, sort: `-${sort}` } });
      const keys = (list: readonly Record<string, unknown>[]) =>
        list.map((quota) => keyOf(quota, sort));
      expect(keys(up)).toEqual(keys(up).toSorted(compare));
      expect(keys(expectPage(down, models.quota))).toEqual(keys(up).toReversed());
    });
  });
}

function keyOf(quota: Record<string, unknown>, sort: string): number | string {
  if (sort === 'creation_time') return String(quota['creation_time']);
  const [part = ''] = sort.split('.');
  const bytes = Number(Object.values(quota[part] ?? {})[0]);
  // No limit is the highest one.
  return bytes === -1 ? Infinity : bytes;
}

function compare(one: number | string, other: number | string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
