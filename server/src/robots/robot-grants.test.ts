import { describe, expect, it } from 'vitest';
import type { RobotPermission, RobotPrincipal, UserPrincipal } from '../access/index.ts';
import type { RobotGrant } from './robot.ts';
import { assertHolds, checkPermissions, grantOf } from './robot-grants.ts';

const pull = { resource: 'repository', action: 'pull' };
const push = { resource: 'repository', action: 'push' };
const asked = { kind: 'project', namespace: 'team', access: [pull] };

describe('a permission that is asked for', () => {
  it('may be anything of the catalogue of its kind', () => {
    const system = {
      kind: 'system',
      namespace: '/',
      access: [{ resource: 'user', action: 'list' }],
    };
    expect(() => checkPermissions([asked, system])).not.toThrow();
  });

  it.each([
    ['none', [], 'empty permission'],
    ['one without access', [{ ...asked, access: [] }], 'empty access'],
    ['of an unknown kind', [{ ...asked, kind: 'constructor' }], 'kind'],
    ['of the system in a project', [{ ...asked, kind: 'system' }], 'namespace /'],
    [
      'that no robot may have',
      [{ ...asked, access: [{ resource: 'member', action: 'create' }] }],
      'bad request permission: member:create',
    ],
    [
      'with a wildcard',
      [{ ...asked, access: [{ resource: '*', action: '*' }] }],
      'bad request permission: *:*',
    ],
    ['with an unknown effect', [{ ...asked, access: [{ ...pull, effect: 'maybe' }] }], 'effect'],
    ['with a wrong pattern', [{ ...asked, repositories: ['A b'] }], 'no pattern'],
    [
      'of the system with repositories',
      [
        {
          kind: 'system',
          namespace: '/',
          access: [{ resource: 'catalog', action: 'read' }],
          repositories: ['a'],
        },
      ],
      'only a permission of kind project',
    ],
  ])('may not be %s', (_what, permissions, message) => {
    expect(() => checkPermissions(permissions)).toThrow(message);
  });
});

function robot(permissions: RobotPermission[], projectId?: number): RobotPrincipal {
  return { kind: 'robot', id: 1, username: 'robot$a', projectId, permissions };
}
const own = (
  scope: RobotPermission['scope'],
  access: RobotPermission['access'],
  repositories: string[] = [],
) => ({
  scope,
  access,
  repositories,
});
const want = (scope: RobotGrant['scope'], access = [pull], repositories: string[] = []) =>
  grantOf({ kind: 'project', namespace: 'x', access, repositories }, scope);

describe('what a robot may hand out', () => {
  it.each<[string, RobotPermission[], RobotGrant]>([
    ['what it holds in a project', [own(1, [pull])], want(1)],
    ['one project of all', [own('all-projects', [pull])], want(1)],
    ['all projects', [own('all-projects', [pull])], want('all-projects')],
    ['a part of its actions', [own(1, [pull, push])], want(1, [push])],
    ['a name that fits its pattern', [own(1, [pull], ['a/*'])], want(1, [pull], ['a/b'])],
    ['its own pattern', [own(1, [pull], ['a/*'])], want(1, [pull], ['a/*'])],
    ['a denial', [own(1, [pull])], want(1, [{ ...push, effect: 'deny' } as typeof push])],
  ])('is %s', (_what, permissions, grant) => {
    expect(() => assertHolds(robot(permissions), [grant])).not.toThrow();
  });

  it.each<[string, RobotPermission[], RobotGrant]>([
    ['an action it lacks', [own(1, [pull])], want(1, [push])],
    ['another project', [own(1, [pull])], want(2)],
    ['all projects for one', [own(1, [pull])], want('all-projects')],
    ['the system for a project', [own('all-projects', [pull])], want('system')],
    ['all repositories for some', [own(1, [pull], ['a/*'])], want(1)],
    ['a wider pattern', [own(1, [pull], ['a/*'])], want(1, [pull], ['a/**'])],
    ['what is denied to it', [own(1, [pull, { ...pull, effect: 'deny' }])], want(1)],
    [
      'all projects when one is denied to it',
      [own('all-projects', [pull]), own(1, [{ ...pull, effect: 'deny' }])],
      want('all-projects'),
    ],
  ])('is not %s', (_what, permissions, grant) => {
    expect(() => assertHolds(robot(permissions), [grant])).toThrow(
      expect.objectContaining({ kind: 'refused' }),
    );
  });

  it('never leaves its project, whatever its rows say', () => {
    const bound = robot([own('all-projects', [pull])], 1);
    expect(() => assertHolds(bound, [want(1)])).not.toThrow();
    expect(() => assertHolds(bound, [want(2)])).toThrow('do not hold');
    expect(() => assertHolds(bound, [want('all-projects')])).toThrow('do not hold');
  });
});

describe('what a personal token may hand out', () => {
  const user: UserPrincipal = {
    kind: 'user',
    id: 1,
    username: 'ann',
    isAdmin: true,
    groupIds: [],
    limits: { tokenId: 1, api: 'write', repository: 1, projectIds: [1] },
  };

  it('is what it may do itself', () => {
    expect(() => assertHolds(user, [want(1)])).not.toThrow();
    expect(() => assertHolds(user, [want(1, [push])])).toThrow('do not hold');
    expect(() => assertHolds(user, [want(2)])).toThrow('do not hold');
    expect(() => assertHolds(user, [want('all-projects')])).toThrow('do not hold');
    expect(() => assertHolds({ ...user, limits: undefined }, [want(2, [push])])).not.toThrow();
  });
});
