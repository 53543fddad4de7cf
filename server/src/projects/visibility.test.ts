import { describe, expect, it } from 'vitest';
import {
  actions,
  anonymous,
  type RobotPermission,
  type RobotPrincipal,
  type TokenLimits,
  type UserPrincipal,
} from '../access/index.ts';
import { visibilityOf } from './visibility.ts';

const ann: UserPrincipal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [3] };
const admin: UserPrincipal = { ...ann, id: 1, username: 'admin', isAdmin: true };
const publicOnly = { includesPublic: true, projectIds: [], member: undefined };

const unlimited = {
  api: 'write',
  repository: actions.all,
  projectIds: undefined,
  tokenId: 1,
} as const;

const limited = (user: UserPrincipal, limits: Partial<TokenLimits>): UserPrincipal => ({
  ...user,
  limits: { ...unlimited, ...limits },
});

function robot(projectId: number | undefined, permissions: RobotPermission[]): RobotPrincipal {
  return { kind: 'robot', id: 9, username: 'robot$r', projectId, permissions };
}

const pulls = (scope: RobotPermission['scope'], repositories: string[] = []): RobotPermission => ({
  scope,
  access: [{ resource: 'repository', action: 'pull' }],
  repositories,
});

describe('visibilityOf through the API', () => {
  it.each([
    ['an anonymous caller', anonymous, publicOnly],
    ['a user', ann, { ...publicOnly, member: { userId: 7, groupIds: [3], within: undefined } }],
    ['an administrator', admin, 'all'],
    [
      'a token for some projects',
      limited(ann, { projectIds: [5] }),
      { ...publicOnly, member: { userId: 7, groupIds: [3], within: [5] } },
    ],
    [
      "an administrator's token for some projects",
      limited(admin, { projectIds: [5] }),
      { ...publicOnly, projectIds: [5] },
    ],
    ['a token that the API is closed to', limited(admin, { api: 'none' }), publicOnly],
    [
      'a robot of some projects',
      robot(undefined, [pulls(4), pulls(5)]),
      {
        ...publicOnly,
        projectIds: [4, 5],
      },
    ],
    ['a robot of all projects', robot(undefined, [pulls('all-projects')]), 'all'],
    [
      'a robot that may list projects',
      robot(undefined, [
        { scope: 'system', access: [{ resource: 'project', action: 'list' }], repositories: [] },
      ]),
      'all',
    ],
    [
      'a robot of a project, whatever its rows say',
      robot(4, [pulls(4), pulls(5), pulls('all-projects')]),
      { ...publicOnly, projectIds: [4] },
    ],
  ])('of %s', (_who, principal, visibility) => {
    expect(visibilityOf(principal, 'api', true)).toEqual(visibility);
  });

  it('hides even public projects from anonymous callers when that is configured', () => {
    expect(visibilityOf(anonymous, 'api', false)).toEqual({ ...publicOnly, includesPublic: false });
    expect(visibilityOf(ann, 'api', false)).toMatchObject({ includesPublic: true });
  });
});

describe('visibilityOf through the registry', () => {
  it('leaves a token that may not pull with what is public', () => {
    const token = limited(ann, { repository: actions.push });
    expect(visibilityOf(token, 'registry', true)).toEqual(publicOnly);
    expect(visibilityOf(limited(admin, { api: 'none' }), 'registry', true)).toBe('all');
  });

  it('leaves out what a robot has only a part of', () => {
    const some = robot(undefined, [pulls(4, ['app/*']), pulls(5)]);
    expect(visibilityOf(some, 'registry', true)).toEqual({ ...publicOnly, projectIds: [5] });
  });
});
