import { describe, expect, it } from 'vitest';
import type { ProjectPolicy } from './access.ts';
import { actions } from './actions.ts';
import { anonymous, type Principal } from './principal.ts';
import { createRepositoryAccess, type ProjectDirectory, projectName } from './repository-access.ts';
import { ROLE } from './roles.ts';

const ann: Principal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [4] };
const admin: Principal = { kind: 'user', id: 1, username: 'admin', isAdmin: true, groupIds: [] };

/** Projects in memory; `asked` collects the role look-ups. */
function createDirectory(
  policies: readonly ProjectPolicy[],
  roles: Readonly<Record<string, number>> = {},
): ProjectDirectory & { asked: string[] } {
  const find = (name: string) => policies.find((policy) => policy.name === name);
  const asked: string[] = [];
  return {
    asked,
    peekPolicy: find,
    findPolicy: (name) => Promise.resolve(find(name)),
    findPolicyById: (id) => Promise.resolve(policies.find((policy) => policy.id === id)),
    findRoles(projectId, userId, groupIds) {
      asked.push(`${projectId}/${userId} ${groupIds.join()}`);
      const role = roles[`${projectId}/${userId}`];
      return Promise.resolve(role === undefined ? [] : [role]);
    },
  };
}

const team = { id: 3, name: 'team', isPublic: false, accessEpoch: 0 };
const library = { id: 4, name: 'library', isPublic: true, accessEpoch: 0 };

describe('projectName', () => {
  it.each([
    ['library/app', 'library'],
    ['library/a/b/c', 'library'],
    ['library', 'library'],
    ['/x', ''],
  ])('of %s is %s', (repository, name) => {
    expect(projectName(repository)).toBe(name);
  });
});

describe('deciding', () => {
  it.each([
    ['a member', ann, 'team/app', team, actions.pull | actions.push],
    ['a member, deeper', ann, 'team/a/b', team, actions.pull | actions.push],
    ['a stranger of a public project', ann, 'library/app', library, actions.pull],
    ['an anonymous caller', anonymous, 'team/app', team, actions.none],
    ['an anonymous caller of a public project', anonymous, 'library/app', library, actions.pull],
    ['an administrator', admin, 'team/app', team, actions.all],
    ['an administrator without project', admin, 'gone/app', undefined, actions.all],
    ['a user without project', ann, 'gone/app', undefined, actions.none],
    ['an anonymous caller without project', anonymous, 'gone/app', undefined, actions.none],
    ['a member, of a project whose name begins alike', ann, 'teams/app', undefined, actions.none],
  ])('for %s', async (_name, principal, repository, project, allowed) => {
    const access = createRepositoryAccess(
      createDirectory([team, library], { '3/7': ROLE.developer }),
    );
    expect(await access.decide(principal, repository)).toEqual({ project, allowed });
  });

  it('looks roles up by the ids of project and user, and only for ordinary users', async () => {
    const directory = createDirectory([team], { '3/7': ROLE.guest });
    const access = createRepositoryAccess(directory);
    await access.decide(admin, 'team/app');
    await access.decide(anonymous, 'team/app');
    expect(directory.asked).toEqual([]);
    await access.decide(ann, 'team/app');
    expect(directory.asked).toEqual(['3/7 4']);
  });

  it('passes on that the directory fails, and allows nothing then', async () => {
    const directory: ProjectDirectory = {
      ...createDirectory([team]),
      findRoles: () => Promise.reject(new Error('database')),
    };
    await expect(createRepositoryAccess(directory).decide(ann, 'team/app')).rejects.toThrow(
      'database',
    );
  });
});
