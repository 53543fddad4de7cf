import { describe, expect, it } from 'vitest';
import type { ProjectPolicy } from './access.ts';
import { listPermissions } from './current-permissions.ts';
import { anonymous, type RobotPrincipal, type UserPrincipal } from './principal.ts';
import { createProjectAccess } from './repository-access.ts';
import { ROLE } from './roles.ts';

const ann: UserPrincipal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const admin: UserPrincipal = { ...ann, id: 1, isAdmin: true };
const team: ProjectPolicy = { id: 1, name: 'team', isPublic: false, accessEpoch: 0 };
const ports = {
  access: createProjectAccess({
    peekPolicy: () => undefined,
    findPolicy: () => Promise.resolve(undefined),
    findPolicyById: () => Promise.resolve(undefined),
    findRoles: (_project, userId) => Promise.resolve(userId === ann.id ? [ROLE.guest] : []),
  }),
  findProject: (id: number) => Promise.resolve(id === team.id ? team : undefined),
};

describe('the permissions of a caller', () => {
  it('in the system are all for an administrator, and none for others', async () => {
    const all = await listPermissions(admin, '/system', false, ports);
    expect(all).toContainEqual({ resource: '/system/configuration', action: 'update' });
    const relative = await listPermissions(admin, '/system', true, ports);
    expect(relative).toContainEqual({ resource: 'configuration', action: 'update' });
    expect(await listPermissions(ann, '/system', false, ports)).toEqual([]);
    expect(await listPermissions(anonymous, '/system', false, ports)).toEqual([]);
  });

  it('in a project follow the role', async () => {
    const found = await listPermissions(ann, '/project/1', false, ports);
    expect(found).toContainEqual({ resource: '/project/1/repository', action: 'pull' });
    expect(found).toContainEqual({ resource: '/project/1', action: 'read' });
    expect(found).not.toContainEqual({ resource: '/project/1/repository', action: 'push' });
    const relative = await listPermissions(ann, '/project/1', true, ports);
    expect(relative).toContainEqual({ resource: 'repository', action: 'pull' });
    expect(relative).toContainEqual({ resource: '.', action: 'read' });
    expect(relative).toHaveLength(found.length);
  });

  it('of a robot are what it was given', async () => {
    const robot: RobotPrincipal = {
      kind: 'robot',
      id: 1,
      username: 'robot$team+ci',
      projectId: 1,
      permissions: [{ scope: 1, access: [{ resource: 'tag', action: 'list' }], repositories: [] }],
    };
    expect(await listPermissions(robot, '/project/1', true, ports)).toEqual([
      { resource: 'tag', action: 'list' },
    ]);
  });

  it.each(['', '/', '/project', '/project/2', '/project/1/', '/project/x', '/systems', 'system'])(
    'in %j are none',
    async (scope) => {
      expect(await listPermissions(admin, scope, false, ports)).toEqual([]);
    },
  );
});
