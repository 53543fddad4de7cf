import { describe, expect, it } from 'vitest';
import { canInProject, canInSystem } from './access.ts';
import { projectCatalogue, systemCatalogue, systemPermissions } from './permission.ts';
import { anonymous, type Principal, type RobotPrincipal, type UserPrincipal } from './principal.ts';
import { isRole, ROLE, roleAllows, roleName, rolesByPower } from './roles.ts';

/** Who may do what in a project: the least powerful role first that may, in Harbor's documents. */
const documented: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  project: { read: 'LGDMA+', update: 'A', delete: 'A' },
  member: { create: 'A', read: 'GDMA', update: 'A', delete: 'A', list: 'GDMA' },
  metadata: { create: 'A', read: 'MA', update: 'A', delete: 'A', list: '' },
  log: { list: 'A' },
  label: { create: 'MA', read: 'GDMA+', update: 'MA', delete: 'MA', list: 'GDMA+' },
  quota: { read: 'LGDMA' },
  repository: {
    create: 'DMA',
    read: 'LGDMA',
    update: 'DMA',
    delete: 'MA',
    list: 'LGDMA+',
    pull: 'LGDMA+',
    push: 'DMA',
  },
  'tag-retention': {
    create: 'DMA',
    read: 'DMA',
    update: 'DMA',
    delete: 'DMA',
    list: 'DMA',
    operate: 'DMA',
  },
  'immutable-tag': { create: 'MA', update: 'MA', delete: 'MA', list: 'MA', read: '' },
  configuration: { read: 'LGDMA', update: 'A' },
  robot: { create: 'A', read: 'GDMA', update: 'A', delete: 'A', list: 'GDMA' },
  'notification-policy': { create: 'A', update: 'A', delete: 'A', list: 'MA', read: 'MA' },
  scan: { create: 'MA', read: 'LGDMA+', stop: 'MA' },
  sbom: { create: 'MA', read: 'LGDMA', stop: 'MA' },
  scanner: { read: 'LGDMA+', create: 'A' },
  artifact: { create: 'DMA', read: 'LGDMA+', delete: 'MA', list: 'LGDMA+' },
  'artifact-addition': { read: 'LGDMA+' },
  tag: { list: 'LGDMA+', create: 'DMA', delete: 'MA' },
  accessory: { list: 'LGDMA+' },
  'artifact-label': { create: 'DMA', delete: 'DMA' },
  'preheat-policy': { create: 'A', read: 'A', update: 'A', delete: 'A', list: 'A' },
  'export-cve': { create: 'DMA', read: 'DMA', list: 'DMA' },
};

const holders = [
  ['L', ROLE.limitedGuest],
  ['G', ROLE.guest],
  ['D', ROLE.developer],
  ['M', ROLE.maintainer],
  ['A', ROLE.projectAdmin],
] as const;

const ann: UserPrincipal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const closed = { id: 3, isPublic: false };
const open = { id: 3, isPublic: true };

const cases = Object.entries(documented).flatMap(([resource, byAction]) =>
  Object.entries(byAction).map(([action, who]) => ({ resource, action, who })),
);

describe.each(cases)('$resource:$action', ({ resource, action, who }) => {
  it.each(holders)('is for the role %s as documented', (letter, role) => {
    expect(canInProject(ann, closed, [role], resource, action)).toBe(who.includes(letter));
  });

  it('is for visitors as documented', () => {
    for (const visitor of [anonymous, ann]) {
      expect(canInProject(visitor, open, [], resource, action)).toBe(who.includes('+'));
      expect(canInProject(visitor, closed, [], resource, action)).toBe(false);
    }
  });

  it('is for administrators', () => {
    const admin = { ...ann, isAdmin: true };
    expect(canInProject(admin, closed, [], resource, action)).toBe(true);
  });
});

describe('roles', () => {
  it('know no other resource or action', () => {
    const known = new Set(cases.map(({ resource, action }) => `${resource}:${action}`));
    const words = 'create read update delete list operate stop pull push scanner-pull *'.split(' ');
    const resources = [...Object.keys(documented), 'user', '*', '', 'toString', '__proto__'];
    for (const resource of resources) {
      for (const action of words) {
        if (known.has(`${resource}:${action}`)) continue;
        for (const role of rolesByPower) expect(roleAllows(role, resource, action)).toBe(false);
      }
    }
  });

  it('have names, and there are five', () => {
    expect([1, 2, 3, 4, 5].map(roleName)).toEqual([
      'projectAdmin',
      'developer',
      'guest',
      'maintainer',
      'limitedGuest',
    ]);
    expect([0, 6, -1].filter(isRole)).toEqual([]);
  });

  it('add up', () => {
    const roles = [ROLE.limitedGuest, ROLE.developer];
    expect(canInProject(ann, closed, roles, 'repository', 'push')).toBe(true);
    expect(canInProject(ann, closed, roles, 'member', 'list')).toBe(true);
    expect(canInProject(ann, closed, roles, 'member', 'create')).toBe(false);
  });
});

function robot(permissions: RobotPrincipal['permissions'], projectId?: number): RobotPrincipal {
  return { kind: 'robot', id: 9, username: 'robot$ci', projectId, permissions };
}

const pull = { resource: 'repository', action: 'pull' };

describe('robots', () => {
  it.each<[string, RobotPrincipal, boolean]>([
    ['of the project', robot([{ scope: 3, access: [pull], repositories: [] }], 3), true],
    [
      'of another project that names this one',
      robot([{ scope: 3, access: [pull], repositories: [] }], 4),
      false,
    ],
    [
      'of another project for all',
      robot([{ scope: 'all-projects', access: [pull], repositories: [] }], 4),
      false,
    ],
    ['of the system for this one', robot([{ scope: 3, access: [pull], repositories: [] }]), true],
    [
      'of the system for all',
      robot([{ scope: 'all-projects', access: [pull], repositories: [] }]),
      true,
    ],
    ['of the system for another', robot([{ scope: 4, access: [pull], repositories: [] }]), false],
    [
      'with the right in the system only',
      robot([{ scope: 'system', access: [pull], repositories: [] }]),
      false,
    ],
    ['without rights', robot([]), false],
  ])('%s', (_which, principal, allowed) => {
    expect(canInProject(principal, closed, [], 'repository', 'pull')).toBe(allowed);
    expect(canInProject(principal, closed, [], 'repository', 'push')).toBe(false);
    // Roles are for people.
    expect(canInProject(principal, closed, [ROLE.projectAdmin], 'member', 'create')).toBe(false);
  });

  it('lose what is denied them, also as visitors', () => {
    const denied = { ...pull, effect: 'deny' as const };
    const principal = robot([{ scope: 3, access: [pull, denied], repositories: [] }]);
    expect(canInProject(principal, closed, [], 'repository', 'pull')).toBe(false);
    expect(canInProject(principal, open, [], 'repository', 'pull')).toBe(false);
  });

  it('have in the system what is granted there', () => {
    const access = [{ resource: 'audit-log', action: 'list' }];
    const principal = robot([{ scope: 'system', access, repositories: [] }]);
    expect(canInSystem(principal, 'audit-log', 'list')).toBe(true);
    expect(canInSystem(principal, 'user', 'list')).toBe(false);
    const elsewhere = robot([{ scope: 'all-projects', access, repositories: [] }]);
    expect(canInSystem(elsewhere, 'audit-log', 'list')).toBe(false);
  });
});

describe('the system', () => {
  it.each(systemPermissions)(
    '$resource:$action is for administrators only',
    ({ resource, action }) => {
      expect(canInSystem({ ...ann, isAdmin: true }, resource, action)).toBe(true);
      for (const other of [ann, anonymous] satisfies Principal[]) {
        expect(canInSystem(other, resource, action)).toBe(false);
      }
    },
  );
});

describe('a personal token', () => {
  const limited = (limits: Partial<NonNullable<UserPrincipal['limits']>>): UserPrincipal => ({
    ...ann,
    isAdmin: true,
    limits: { tokenId: 1, api: 'none', repository: 0, projectIds: undefined, ...limits },
  });

  it.each([
    ['none', false, false],
    ['read', true, false],
    ['write', true, true],
  ] as const)('with the api scope %s reads %s and writes %s', (api, reads, writes) => {
    const principal = limited({ api });
    expect(canInSystem(principal, 'user', 'list')).toBe(reads);
    expect(canInSystem(principal, 'user', 'create')).toBe(writes);
    expect(canInProject(principal, closed, [], 'member', 'list')).toBe(reads);
    expect(canInProject(principal, closed, [], 'member', 'create')).toBe(writes);
  });

  it('for some projects reaches neither others nor the system', () => {
    const principal = limited({ api: 'write', projectIds: [4] });
    expect(canInProject(principal, { id: 4, isPublic: false }, [], 'member', 'create')).toBe(true);
    expect(canInProject(principal, closed, [], 'member', 'create')).toBe(false);
    expect(canInSystem(principal, 'user', 'list')).toBe(false);
  });
});

describe('the catalogue of robots', () => {
  it('has each pair once', () => {
    for (const list of [systemCatalogue, projectCatalogue]) {
      const keys = list.map(({ resource, action }) => `${resource}:${action}`);
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(systemCatalogue).toHaveLength(70);
    expect(projectCatalogue).toHaveLength(63);
  });
});
