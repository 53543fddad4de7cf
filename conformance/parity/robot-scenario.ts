import { RegistryError } from '@berth/client';
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
import { pushImage } from './project-scenario.ts';
import type { Caller } from './recorder.ts';
import { uniqueName, type World } from './world.ts';

const pullAndPush = ['pull', 'push'].map((action) => ({ resource: 'repository', action }));

function permission(namespace: string, access: readonly object[] = pullAndPush) {
  return { kind: 'project', namespace, access };
}

/** Robots (harbor.md §1.11, §3.3; acceptance A-39). */
export function describeRobots(world: World): void {
  const { admin, registry, recorder } = world;

  /** The status of a pull by somebody, through the token flow. */
  async function pull(username: string, secret: string, repository: string): Promise<number> {
    const client = registry.createClient(username, secret);
    const target = `/v2/${repository}/manifests/latest`;
    try {
      return (await registry.call('GET', target, { client })).status;
    } catch (error) {
      // The token service has refused already.
      if (error instanceof RegistryError) return error.status;
      throw error;
    }
  }

  describe('a robot of a project', async () => {
    const own = await world.createProject();
    const other = await world.createProject();
    const open = await world.createProject({ isPublic: true });
    const outsider = await world.createPerson();
    const member = await world.createPerson();
    for (const { name } of [own, other, open]) await pushImage(registry, `${name}/app`);
    const name = uniqueName('bot-');
    const body = { name, level: 'project', duration: 30, permissions: [permission(own.name)] };
    const fullName = `robot$${own.name}+${name}`;
    let path = '';
    let secret = '';

    it('is created once, told its secret, and only what the catalogue has', async () => {
      const created = await admin('POST', '/robots', { body });
      path = `/robots/${expectCreated(created)}`;
      expectModel(created.json, models.robotCreated);
      expect(created.json).toMatchObject({ name: fullName });
      secret = String(fieldOf(created.json, 'secret'));
      expectRefusal(await admin('POST', '/robots', { body }), 409, 'CONFLICT');
    });

    it.each([
      ['an empty list of permissions', { permissions: [] }],
      ['no access', { permissions: [permission('x', [])] }],
      ['two projects', { permissions: [permission('x'), permission('y')] }],
      ['a duration of 0', { duration: 0 }],
      ['an unknown level', { level: 'galaxy' }],
      ['a name in capitals', { name: 'BOT' }],
      [
        'a right that no robot has',
        { permissions: [permission('x', [{ resource: 'x', action: 'y' }])] },
      ],
    ])('is refused with %s', async (_, change) => {
      const refused = await admin('POST', '/robots', { body: { ...body, ...change } });
      expect([400, 404]).toContain(refused.status);
    });

    it('pulls from its own project and from public ones, and nowhere else', async () => {
      expect(await pull(fullName, secret, `${own.name}/app`)).toBe(200);
      expect(await pull(fullName, secret, `${open.name}/app`)).toBe(200);
      expect([401, 403]).toContain(await pull(fullName, secret, `${other.name}/app`));
    });

    it('is listed by its project and read, without the secret', async () => {
      const query = { q: `Level=project,ProjectID=${own.id}` };
      const listed = expectPage(await admin('GET', '/robots', { query }), models.robot);
      expect(listed).toMatchObject([{ name: fullName, level: 'project', duration: 30 }]);
      const read = await admin('GET', path);
      expectModel(read.json, models.robot);
      expect(read.text).not.toContain(secret);
      for (const q of ['Level=project', 'Level=galaxy', 'Level=project,ProjectID=x']) {
        expectRefusal(await admin('GET', '/robots', { query: { q } }), 400, 'BAD_REQUEST');
      }
    });

    it('is disabled and enabled again; its level, name and project stay', async () => {
      const robot = Object.fromEntries(Object.entries((await admin('GET', path)).json ?? {}));
      const update = (change: object) => admin('PUT', path, { body: { ...robot, ...change } });
      expectDone(await update({ disable: true }));
      expect(await pull(fullName, secret, `${own.name}/app`)).toBe(401);
      expectDone(await update({ disable: false }));
      expect(await pull(fullName, secret, `${own.name}/app`)).toBe(200);
      expectRefusal(await update({ level: 'system' }), 400, 'BAD_REQUEST');
      expectRefusal(await update({ name: 'renamed' }), 400, 'BAD_REQUEST');
      const moved = { permissions: [permission(other.name)] };
      expectRefusal(await update(moved), 400, 'BAD_REQUEST');
    });

    it('gets another secret, made for it or brought along', async () => {
      const made = await admin('PATCH', path, { body: { secret: '' } });
      expect(made.status).toBe(200);
      const next = String(fieldOf(made.json, 'secret'));
      expect(await pull(fullName, secret, `${own.name}/app`)).toBe(401);
      expect(await pull(fullName, next, `${own.name}/app`)).toBe(200);
      const brought = await admin('PATCH', path, { body: { secret: 'Brought-along-1' } });
      expect(brought.json).toMatchObject({ secret: '' });
      expect(await pull(fullName, 'Brought-along-1', `${own.name}/app`)).toBe(200);
      expectRefusal(await admin('PATCH', path, { body: { secret: 'weak' } }), 400, 'BAD_REQUEST');
    });

    it('is missing for strangers, and only read by members who may not change it', async () => {
      const maintainer = { role_id: 4, member_user: { username: member.username } };
      expectCreated(await admin('POST', `/projects/${own.name}/members`, { body: maintainer }));
      expect((await member.call('GET', path)).status).toBe(200);
      expectRefusal(await outsider.call('GET', path), 404, 'NOT_FOUND');
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const change = method === 'DELETE' ? {} : { body: {} };
        expectRefusal(await member.call(method, path, change), 403, 'FORBIDDEN');
        expectRefusal(await outsider.call(method, path, change), 404, 'NOT_FOUND');
      }
      const query = { q: 'Level=project,ProjectID=999999' };
      expectRefusal(await admin('GET', '/robots', { query }), 404, 'NOT_FOUND');
    });

    it('is no user: it has no profile and no catalogue', async () => {
      expect.hasAssertions();
      const login = { username: fullName, password: 'Brought-along-1' };
      const robot = recorder.caller(registry.url, login);
      expectRefusal(await robot('GET', '/users/current'), 412, 'PRECONDITION');
      expectRefusal(await robot('GET', '/permissions'), 403, 'FORBIDDEN');
    });

    it('cannot log in once it is deleted', async () => {
      expectDone(await admin('DELETE', path));
      expect(await pull(fullName, 'Brought-along-1', `${own.name}/app`)).toBe(401);
      expectRefusal(await admin('GET', path), 404, 'NOT_FOUND');
    });
  });

  describe('a robot of the system', async () => {
    const first = await world.createProject();
    const second = await world.createProject();
    for (const { name } of [first, second]) await pushImage(registry, `${name}/app`);
    const name = uniqueName('bot-');
    const body = { name, level: 'system', duration: -1, permissions: [permission(first.name)] };

    it('reaches the projects it was given, and all with *', async () => {
      const created = await admin('POST', '/robots', { body });
      const path = `/robots/${expectCreated(created)}`;
      const secret = String(fieldOf(created.json, 'secret'));
      const can = (project: { name: string }) =>
        pull(`robot$${name}`, secret, `${project.name}/app`);
      expect(await can(first)).toBe(200);
      expect([401, 403]).toContain(await can(second));
      const wider = { ...body, name: `robot$${name}`, permissions: [permission('*')] };
      expectDone(await admin('PUT', path, { body: wider }));
      expect(await can(second)).toBe(200);
      const listed = await admin('GET', '/robots', { query: { q: `name=~${name}` } });
      expect(expectPage(listed, models.robot)).toMatchObject([
        { name: `robot$${name}`, level: 'system' },
      ]);
    });

    it('grants no more than it has itself', async () => {
      expect.hasAssertions();
      const access = [
        { resource: 'robot', action: 'create' },
        { resource: 'robot', action: 'list' },
      ];
      const permissions = [permission(first.name, access)];
      const login = await createLogin(admin, { ...body, name: uniqueName('bot-'), permissions });
      const creator = recorder.caller(registry.url, login);
      const child = { ...body, name: uniqueName('bot-'), level: 'project' };
      const refused = await creator('POST', '/robots', { body: child });
      expectRefusal(refused, 403, 'DENIED');
    });
  });

  describe('the catalogue of what robots may be given', async () => {
    const person = await world.createPerson();

    it('is whole for administrators, the part of projects for theirs, and closed to others', async () => {
      const all = (await admin('GET', '/permissions')).json;
      expect(expectItems(fieldOf(all, 'system'), models.permission).length).toBeGreaterThan(20);
      expect(expectItems(fieldOf(all, 'project'), models.permission).length).toBeGreaterThan(20);
      expectRefusal(await person.call('GET', '/permissions'), 403, 'FORBIDDEN');
      const project_name = uniqueName('own-');
      expectCreated(await person.call('POST', '/projects', { body: { project_name } }));
      const part = (await person.call('GET', '/permissions')).json;
      expect(fieldOf(part, 'project')).toEqual(fieldOf(all, 'project'));
      expect(fieldOf(part, 'system') ?? []).toEqual([]);
    });
  });
}

async function createLogin(admin: Caller, body: object) {
  const created = await admin('POST', '/robots', { body });
  expectCreated(created);
  const password = String(fieldOf(created.json, 'secret'));
  return { username: String(fieldOf(created.json, 'name')), password };
}
