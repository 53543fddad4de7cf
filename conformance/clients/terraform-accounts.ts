import { assertEqual } from './assertion.ts';
import type { Step } from './client.ts';
import {
  assertGoStruct,
  fieldOf,
  goCreatedRobot,
  goMember,
  goRobot,
  goUser,
  intOf,
  textOf,
} from './go-struct.ts';
import { create, pathOf, read, type World } from './terraform-world.ts';

/** `harbor_user`. */
export function createUserStep(world: World): Step {
  const { admin, login, name } = world;
  return {
    name: 'harbor_user: create, read, update, change the password',
    async run() {
      const body = {
        username: name,
        password: 'Secret-12345',
        realname: 'A B',
        email: `${name}@example.com`,
        new_password: 'Secret-12345',
      };
      await create(world, 'user', { path: '/users', body });
      const path = pathOf(world, 'user');
      assertGoStruct(await read(world, path), goUser, 'user');
      const password = 'Secret-67890';
      const next = {
        ...body,
        password,
        new_password: password,
        sysadmin_flag: true,
        realname: 'C',
      };
      for (const part of ['', '/sysadmin', '/password']) {
        await admin.send({ method: 'PUT', path: `${path}${part}`, body: next }, 200);
      }
      const user = await read(world, path);
      assertEqual(textOf(user, 'realname'), 'C', 'realname');
      assertEqual(fieldOf(user, 'sysadmin_flag'), true, 'sysadmin_flag');
      await login({ username: name, password }).send(
        { method: 'GET', path: '/users/current' },
        200,
      );
      // `admin = false` is left out, as all that is false.
      await admin.send({ method: 'PUT', path: `${path}/sysadmin`, body }, 200);
      assertEqual(fieldOf(await read(world, path), 'sysadmin_flag'), false, 'sysadmin_flag');
    },
  };
}

/** `harbor_group` and `harbor_project_member_group`. */
export function createGroupStep(world: World): Step {
  const { admin, name } = world;
  return {
    name: 'harbor_group: create, read, update; harbor_project_member_group',
    async run() {
      const body = { group_name: name, group_type: 3 };
      await create(world, 'group', { path: '/usergroups', body });
      const path = pathOf(world, 'group');
      const group = await read(world, path);
      assertGoStruct(group, { id: 'int!', group_name: 'string!', group_type: 'int!' }, 'group');
      await admin.send({ method: 'PUT', path, body: { ...body, group_name: `${name}-2` } }, 200);
      const member_group = { group_type: 3, group_name: `${name}-2`, id: intOf(group, 'id') };
      const members = `${pathOf(world, 'project')}/members`;
      const member = { role_id: 4, member_group, member_user: {} };
      await create(world, 'group member', { path: members, body: member });
      assertGoStruct(await read(world, pathOf(world, 'group member')), goMember, 'member');
    },
  };
}

/** `harbor_robot_account` on both levels. */
export function createRobotSteps(world: World): Step[] {
  const { admin, login, name } = world;
  const access = [
    { action: 'pull', resource: 'repository' },
    { action: 'push', resource: 'repository', effect: 'allow' },
  ];
  const levels = [
    { level: 'system', kind: 'project', namespace: '*', duration: -1 },
    { level: 'project', kind: 'project', namespace: name, duration: 7 },
  ];
  return levels.map(({ level, kind, namespace, duration }) => ({
    name: `harbor_robot_account of the ${level}: create, give a secret, read, update`,
    async run() {
      const permissions = [{ access, kind, namespace }];
      const body = { name: `r-${name}`, level, description: 'd', duration, permissions };
      const created = await create(world, `${level} robot`, { path: '/robots', body });
      assertGoStruct(created, goCreatedRobot, 'created robot');
      const path = pathOf(world, `${level} robot`);
      const password = 'Secret-12345';
      const secret = { method: 'PATCH', path, body: { secret: password } } as const;
      await admin.send(secret, 200);
      const robot = await read(world, path);
      assertGoStruct(robot, goRobot, 'robot');
      const username = textOf(robot, 'name');
      const prefix = fieldOf(await read(world, '/configurations'), 'robot_name_prefix');
      const shortName = level === 'system' ? `r-${name}` : `${name}+r-${name}`;
      assertEqual(username, `${textOf(prefix, 'value')}${shortName}`, 'name');
      const change = { ...body, name: username, description: 'e' };
      await admin.send({ method: 'PUT', path, body: change }, 200);
      assertEqual(textOf(await read(world, path), 'description'), 'e', 'description');
      const projects = { method: 'GET', path: '/projects' } as const;
      await login({ username, password }).send(projects, 200);
      // `disable = false` is left out, and so must undo this.
      await admin.send({ method: 'PUT', path, body: { ...change, disable: true } }, 200);
      await login({ username, password }).refuse({ method: 'GET', path: '/users/current' }, 401);
      await admin.send({ method: 'PUT', path, body: change }, 200);
      assertEqual(fieldOf(await read(world, path), 'disable'), false, 'disable');
    },
  }));
}
