import { assertEqual } from './assertion.ts';
import type { Client, Step } from './client.ts';
import {
  assertGoList,
  assertGoStruct,
  fieldOf,
  goCreatedRobot,
  goMember,
  goMetadata,
  goPermission,
  goProject,
  goRobot,
  goSummary,
  goUser,
  intOf,
  textOf,
} from './go-struct.ts';
import { createDeletionSteps, createLoginSteps, createSystemSteps } from './harbor-cli-system.ts';
import { byId, byName, createWorld, idOf, type World, ZERO_TIME } from './harbor-cli-world.ts';

/**
 * The requests of harbor-cli (over goharbor/go-client), written down from reading both in November
 * 2026: the Go proxy here does not hand out either. `{}` fields, zero dates and page 0 are theirs.
 */
export const harborCli: Client = {
  name: 'harbor-cli*',
  tools: [],
  createSteps(context) {
    const world = createWorld(context);
    return [
      ...createLoginSteps(world),
      ...createProjectSteps(world),
      ...createUserSteps(world),
      ...createMemberSteps(world),
      ...createRobotSteps(world),
      ...createSystemSteps(world),
      ...createDeletionSteps(world),
    ];
  },
};

function createProjectSteps(world: World): Step[] {
  const { admin, project, ids } = world;
  const list = (query: Record<string, string | number>) =>
    admin.send({ method: 'GET', path: '/projects', query }, 200);
  return [
    {
      name: 'project create, view by name and by id, summary',
      async run() {
        const body = {
          project_name: project,
          public: false,
          storage_limit: -1,
          metadata: { public: 'false' },
        };
        await admin.send({ method: 'POST', path: '/projects', body }, 201);
        const again = { method: 'POST', path: '/projects', body } as const;
        assertEqual(await admin.refuse(again, 409), 'CONFLICT', 'code');
        const path = `/projects/${project}`;
        const view = (await admin.send({ method: 'GET', path, ...byName }, 200)).body;
        assertGoStruct(view, goProject, 'project');
        assertGoStruct(fieldOf(view, 'metadata'), goMetadata, 'metadata');
        const id = intOf(view, 'project_id');
        ids.set('project', id);
        const same = await admin.send({ method: 'GET', path: `/projects/${id}`, ...byId }, 200);
        assertEqual(textOf(same.body, 'name'), project, 'name');
        const summary = { method: 'GET', path: `${path}/summary`, ...byName } as const;
        assertGoStruct((await admin.send(summary, 200)).body, goSummary, 'summary');
      },
    },
    {
      name: 'project list: all, private, by fuzzy and exact match, by range',
      async run() {
        const page = { page: 1, page_size: 100 };
        for (const query of [{}, { public: 'false' }, { q: `name=~${project.slice(1)}` }]) {
          assertGoList((await list({ ...page, ...query })).body, goProject, 'projects');
        }
        const range = `project_id=[${idOf(world, 'project')}~${idOf(world, 'project')}]`;
        for (const q of [`name=${project}`, range]) {
          assertEqual((await list({ ...page, q })).total, 1, `projects of ${q}`);
        }
      },
    },
    {
      name: 'project config update and list',
      async run() {
        const path = `/projects/${project}`;
        const body = { metadata: { public: 'false', auto_scan: 'true', prevent_vul: 'false' } };
        await admin.send({ method: 'PUT', path, body, ...byName }, 200);
        const request = { method: 'GET', path: `${path}/metadatas/`, ...byName } as const;
        const { body: metadata } = await admin.send(request, 200);
        assertGoStruct(metadata, goMetadata, 'metadata');
        assertEqual(textOf(metadata, 'auto_scan'), 'true', 'auto_scan');
      },
    },
  ];
}

function createUserSteps(world: World): Step[] {
  const { admin, login, username, ids } = world;
  const password = 'Secret-12345';
  return [
    {
      name: 'user create, and find it in the list that names no page',
      async run() {
        const email = `${username}@example.com`;
        const body = { username, password, email, realname: 'A B', comment: 'c' };
        await admin.send({ method: 'POST', path: '/users', body }, 201);
        // Commands that take a name look it up so: with Go's zero values.
        const query = { page: 0, page_size: 0 };
        const { body: users } = await admin.send({ method: 'GET', path: '/users', query }, 200);
        const found = assertGoList(users, goUser, 'users').find(
          (user) => textOf(user, 'username') === username,
        );
        ids.set('user', intOf(found, 'user_id'));
      },
    },
    {
      name: 'user elevate, password reset',
      async run() {
        const path = `/users/${idOf(world, 'user')}`;
        const flag = { sysadmin_flag: true };
        await admin.send({ method: 'PUT', path: `${path}/sysadmin`, body: flag }, 200);
        const next = { new_password: `${password}-2` };
        await admin.send({ method: 'PUT', path: `${path}/password`, body: next }, 200);
        const user = login({ username, password: next.new_password });
        const { body } = await user.send({ method: 'GET', path: '/users/current' }, 200);
        assertEqual(fieldOf(body, 'sysadmin_flag'), true, 'sysadmin_flag');
      },
    },
  ];
}

function createMemberSteps(world: World): Step[] {
  const { admin, project, username, ids } = world;
  const path = `/projects/${project}/members`;
  return [
    {
      name: 'project member create, list, update, view',
      async run() {
        const body = { role_id: 2, member_user: { username } };
        await admin.send({ method: 'POST', path, body, ...byName }, 201);
        const query = { entityname: username, page: 1, page_size: 10 };
        const { body: members } = await admin.send({ method: 'GET', path, query, ...byName }, 200);
        const [member] = assertGoList(members, goMember, 'members');
        assertEqual(textOf(member, 'entity_name'), username, 'entity_name');
        const id = intOf(member, 'id');
        ids.set('member', id);
        const role = { role_id: 4 };
        await admin.send({ method: 'PUT', path: `${path}/${id}`, body: role, ...byName }, 200);
        const view = await admin.send({ method: 'GET', path: `${path}/${id}`, ...byName }, 200);
        assertEqual(textOf(view.body, 'role_name'), 'maintainer', 'role_name');
      },
    },
  ];
}

function createRobotSteps(world: World): Step[] {
  const { admin, login, project, robotName, ids } = world;
  const permissions = [
    {
      kind: 'project',
      namespace: project,
      access: [
        { action: 'pull', resource: 'repository' },
        { action: 'push', resource: 'repository' },
      ],
    },
  ];
  const body = { disable: false, duration: 30, level: 'project', name: robotName, permissions };
  return [
    {
      name: 'project robot create, and find it by its name',
      async run() {
        const { body: made } = await admin.send({ method: 'POST', path: '/robots', body }, 201);
        assertGoStruct(made, goCreatedRobot, 'created robot');
        ids.set('robot', intOf(made, 'id'));
        // What harbor-cli escapes itself is escaped once more on the way.
        const of = `Level%3Dproject%2CProjectID%3D${idOf(world, 'project')}`;
        for (const q of [of, `${of}%2Cname=${project}%2B${robotName}`]) {
          const query = { page: 0, page_size: 0, q };
          const list = await admin.send({ method: 'GET', path: '/robots', query }, 200);
          const [robot] = assertGoList(list.body, goRobot, 'robots');
          assertGoList(fieldOf(robot, 'permissions'), goPermission, 'permissions');
          assertEqual(intOf(robot, 'id'), idOf(world, 'robot'), 'id');
        }
      },
    },
    {
      name: 'robot update, refresh with a secret and without, view, log in as it',
      async run() {
        const id = idOf(world, 'robot');
        const path = `/robots/${id}`;
        const { body: robot } = await admin.send({ method: 'GET', path }, 200);
        const times = { creation_time: ZERO_TIME, update_time: ZERO_TIME };
        const change = { ...body, ...times, id, editable: true, name: textOf(robot, 'name') };
        await admin.send({ method: 'PUT', path, body: { ...change, description: 'd' } }, 200);
        await admin.send({ method: 'PATCH', path, body: { secret: 'Secret-12345' } }, 200);
        const { body: fresh } = await admin.send({ method: 'PATCH', path, body: {} }, 200);
        const password = textOf(fresh, 'secret');
        const account = login({ username: textOf(robot, 'name'), password });
        // Neither 401 nor 403, or else the login is given up; with 412 it asks for these.
        await account.refuse({ method: 'GET', path: '/users/current' }, 412);
        const query = { page: 1, page_size: 1 };
        await account.send({ method: 'GET', path: '/projects', query }, 200);
        await account.send(
          { method: 'GET', path: '/ping', headers: { accept: 'text/plain' } },
          200,
        );
      },
    },
    {
      name: 'permissions that a robot may be given',
      async run() {
        const { body: all } = await admin.send({ method: 'GET', path: '/permissions' }, 200);
        for (const level of ['system', 'project']) {
          assertGoList(fieldOf(all, level), { resource: 'string!', action: 'string!' }, level);
        }
      },
    },
  ];
}
