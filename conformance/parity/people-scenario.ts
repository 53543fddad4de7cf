import { describe, expect, it } from 'vitest';
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
import { PASSWORD, uniqueName, type World } from './world.ts';

/** Users (harbor.md §1.3; acceptance) and groups (§1.4; A-49). */
export function describePeople({ registry, recorder, admin, createPerson }: World): void {
  describe('a user', async () => {
    const username = uniqueName('user-');
    const email = `${username}@test.example`;
    const account = { username, email, realname: 'Ann', comment: 'first', password: PASSWORD };
    const own = recorder.caller(registry.url, { username, password: PASSWORD });
    const other = await createPerson();
    let id = 0;
    const path = () => `/users/${id}`;

    it('is created once, with a name and a password that Harbor takes', async () => {
      expect.hasAssertions();
      id = expectCreated(await admin('POST', '/users', { body: account }));
      expectRefusal(await admin('POST', '/users', { body: account }), 409, 'CONFLICT');
      const weak = {
        ...account,
        username: uniqueName('user-'),
        email: 'weak@x.io',
        password: 'weak',
      };
      expectRefusal(await admin('POST', '/users', { body: weak }), 400, 'BAD_REQUEST');
      const odd = { ...account, username: 'a,b', email: 'odd@x.io' };
      expectRefusal(await admin('POST', '/users', { body: odd }), 400, 'BAD_REQUEST');
      expectRefusal(await admin('POST', '/users', { body: '{"username":' }), 400, 'BAD_REQUEST');
      expectRefusal(await own('POST', '/users', { body: account }), 403, 'FORBIDDEN');
    });

    it('is listed without the administrator, found by part of the name, and read', async () => {
      const listed = await admin('GET', '/users', { query: { username: username.slice(2) } });
      expect(expectPage(listed, models.user)).toMatchObject([{ user_id: id, username, email }]);
      const all = expectPage(
        await admin('GET', '/users', { query: { page_size: 100 } }),
        models.user,
      );
      expect(all.some((user) => user['user_id'] === 1)).toBe(false);
      const found = await own('GET', '/users/search', { query: { username } });
      expect(expectItems(found.json, models.userSearch)).toEqual([{ user_id: id, username }]);
      expectModel((await own('GET', path())).json, models.user);
      expect((await own('GET', '/users/search')).status).toBe(422);
    });

    it('knows itself and what it may do', async () => {
      const current = await own('GET', '/users/current');
      expectModel(current.json, models.user);
      expect(current.json).toMatchObject({ user_id: id, sysadmin_flag: false });
      const query = { scope: '/system', relative: true };
      const mine = await own('GET', '/users/current/permissions', { query });
      expect(mine.json).toEqual([]);
      const all = await admin('GET', '/users/current/permissions', { query });
      expect(expectItems(all.json, models.permission).length).toBeGreaterThan(20);
    });

    it('changes its profile, but not to the email of another', async () => {
      const profile = { email: `new-${email}`, realname: 'Ann Smith', comment: 'second' };
      expectDone(await own('PUT', path(), { body: profile }));
      expect((await own('GET', path())).json).toMatchObject(profile);
      const taken = fieldOf((await admin('GET', `/users/${other.id}`)).json, 'email');
      const clash = await own('PUT', path(), { body: { ...profile, email: taken } });
      expectRefusal(clash, 409, 'CONFLICT');
      const long = { ...profile, comment: 'c'.repeat(31) };
      expectRefusal(await own('PUT', path(), { body: long }), 400, 'BAD_REQUEST');
      expectRefusal(await other.call('PUT', path(), { body: profile }), 403, 'FORBIDDEN');
    });

    it('is made an administrator, who may change the configuration, and no longer (A-07)', async () => {
      expect.hasAssertions();
      const change = { body: { banner_message: '' } };
      expectRefusal(await own('PUT', '/configurations', change), 403, 'FORBIDDEN');
      expectDone(await admin('PUT', `${path()}/sysadmin`, { body: { sysadmin_flag: true } }));
      expectDone(await own('PUT', '/configurations', change));
      expectDone(await admin('PUT', `${path()}/sysadmin`, { body: { sysadmin_flag: false } }));
      expectRefusal(await own('PUT', '/configurations', change), 403, 'FORBIDDEN');
      expectRefusal(
        await own('PUT', `${path()}/sysadmin`, { body: { sysadmin_flag: true } }),
        403,
        'FORBIDDEN',
      );
    });

    it('changes its password by the old one; the administrator needs none', async () => {
      const next = 'Another-password-2';
      const change = (old_password: string, new_password: string) => ({
        body: { old_password, new_password },
      });
      const target = `${path()}/password`;
      expectRefusal(await own('PUT', target, change('Wrong-password-1', next)), 403, 'FORBIDDEN');
      expectRefusal(await own('PUT', target, change(PASSWORD, PASSWORD)), 400, 'BAD_REQUEST');
      expectRefusal(await own('PUT', target, change(PASSWORD, 'weak')), 400, 'BAD_REQUEST');
      expectDone(await own('PUT', target, change(PASSWORD, next)));
      expectRefusal(await own('GET', '/users/current'), 401, 'UNAUTHORIZED');
      expectDone(await admin('PUT', target, change('', PASSWORD)));
      expect((await own('GET', '/users/current')).status).toBe(200);
    });

    it('has no CLI secret unless an OIDC provider knows it', async () => {
      expect.hasAssertions();
      const body = { secret: 'Cli-secret-12345' };
      expectRefusal(await own('PUT', `${path()}/cli_secret`, { body }), 412, 'PRECONDITION');
      const weak = await own('PUT', `${path()}/cli_secret`, { body: { secret: 'weak' } });
      expectRefusal(weak, 400, 'BAD_REQUEST');
    });

    it('cannot log in once it is deleted, and cannot be the one who deletes itself', async () => {
      expectRefusal(await own('DELETE', path()), 403, 'FORBIDDEN');
      expectRefusal(await admin('DELETE', '/users/1'), 403, 'FORBIDDEN');
      expectDone(await admin('DELETE', path()));
      expectRefusal(await own('GET', '/users/current'), 401, 'UNAUTHORIZED');
      expectRefusal(await admin('GET', path()), 404, 'NOT_FOUND');
      const again = expectCreated(await admin('POST', '/users', { body: account }));
      expect(again).not.toBe(id);
    });
  });

  describe('a user group', async () => {
    const person = await createPerson();
    const name = uniqueName('group-');
    const body = { group_name: name, group_type: 3 };
    let path = '';

    it('is created once, renamed, listed, searched, read and deleted (A-49)', async () => {
      const id = expectCreated(await admin('POST', '/usergroups', { body }));
      path = `/usergroups/${id}`;
      expectRefusal(await admin('POST', '/usergroups', { body }), 409, 'CONFLICT');
      const unnamed = { ...body, group_name: '' };
      expectRefusal(await admin('POST', '/usergroups', { body: unnamed }), 400, 'BAD_REQUEST');
      expectDone(await admin('PUT', path, { body: { group_name: `${name}-new` } }));
      expectRefusal(await admin('PUT', path, { body: { group_name: '' } }), 400, 'BAD_REQUEST');
      const group = { id, group_name: `${name}-new`, group_type: 3 };
      expect((await admin('GET', path)).json).toMatchObject(group);
      const listed = await admin('GET', '/usergroups', { query: { group_name: name } });
      expect(expectPage(listed, models.group)).toMatchObject([group]);
      const found = await person.call('GET', '/usergroups/search', { query: { groupname: name } });
      expect(expectItems(found.json, models.groupSearch)).toMatchObject([group]);
      expectDone(await admin('DELETE', path));
      expectRefusal(await admin('GET', path), 404, 'NOT_FOUND');
    });

    it('has an id above 0, and is for administrators', async () => {
      expect.hasAssertions();
      for (const method of ['GET', 'DELETE'] as const) {
        expectRefusal(await admin(method, '/usergroups/0'), 400, 'BAD_REQUEST');
        expectRefusal(await person.call(method, '/usergroups/1'), 403, 'FORBIDDEN');
      }
      const rename = { body: { group_name: 'x' } };
      expectRefusal(await admin('PUT', '/usergroups/999999', rename), 404, 'NOT_FOUND');
      expectRefusal(await person.call('POST', '/usergroups', { body }), 403, 'FORBIDDEN');
    });
  });
}
