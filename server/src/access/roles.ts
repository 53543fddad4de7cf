import type { Permission } from './permission.ts';

/** Harbor's role ids. */
export const ROLE = {
  projectAdmin: 1,
  developer: 2,
  guest: 3,
  maintainer: 4,
  limitedGuest: 5,
} as const;

/** From the most to the least powerful. */
export const rolesByPower: readonly number[] = [
  ROLE.projectAdmin,
  ROLE.maintainer,
  ROLE.developer,
  ROLE.guest,
  ROLE.limitedGuest,
];

const roleNames: ReadonlyMap<number, string> = new Map([
  [ROLE.projectAdmin, 'projectAdmin'],
  [ROLE.developer, 'developer'],
  [ROLE.guest, 'guest'],
  [ROLE.maintainer, 'maintainer'],
  [ROLE.limitedGuest, 'limitedGuest'],
]);

export function roleName(roleId: number): string {
  return roleNames.get(roleId) ?? '';
}

export function isRole(roleId: number): boolean {
  return roleNames.has(roleId);
}

/** Letters of the matrix below. */
const letters: Readonly<Record<string, string>> = {
  C: 'create',
  R: 'read',
  U: 'update',
  D: 'delete',
  L: 'list',
  O: 'operate',
  S: 'stop',
  I: 'pull',
  P: 'push',
};

/**
 * Harbor's role matrix: projectAdmin, maintainer, developer, guest, limitedGuest, visitor of a
 * public project. The resource `project` is the project itself.
 */
const matrix: Readonly<Record<string, readonly [string, string, string, string, string, string]>> =
  {
    project: ['RUD', 'R', 'R', 'R', 'R', 'R'],
    member: ['CRUDL', 'RL', 'RL', 'RL', '', ''],
    metadata: ['CRUD', 'R', '', '', '', ''],
    log: ['L', '', '', '', '', ''],
    label: ['CRUDL', 'CRUDL', 'RL', 'RL', '', 'RL'],
    quota: ['R', 'R', 'R', 'R', 'R', ''],
    repository: ['CRUDLIP', 'CRUDLIP', 'CRULIP', 'RLI', 'LRI', 'LI'],
    'tag-retention': ['CRUDLO', 'CRUDLO', 'CRUDLO', '', '', ''],
    'immutable-tag': ['CUDL', 'CUDL', '', '', '', ''],
    configuration: ['RU', 'R', 'R', 'R', 'R', ''],
    robot: ['CRUDL', 'RL', 'RL', 'RL', '', ''],
    'notification-policy': ['CUDLR', 'RL', '', '', '', ''],
    scan: ['CRS', 'CRS', 'R', 'R', 'R', 'R'],
    sbom: ['CSR', 'CSR', 'R', 'R', 'R', ''],
    scanner: ['RC', 'R', 'R', 'R', 'R', 'R'],
    artifact: ['CRDL', 'CRDL', 'CRL', 'RL', 'RL', 'RL'],
    'artifact-addition': ['R', 'R', 'R', 'R', 'R', 'R'],
    tag: ['LCD', 'LCD', 'LC', 'L', 'L', 'L'],
    accessory: ['L', 'L', 'L', 'L', 'L', 'L'],
    'artifact-label': ['CD', 'CD', 'CD', '', '', ''],
    'preheat-policy': ['CRUDL', '', '', '', '', ''],
    'export-cve': ['CRL', 'CRL', 'CRL', '', '', ''],
  };

const columns: readonly number[] = [
  ROLE.projectAdmin,
  ROLE.maintainer,
  ROLE.developer,
  ROLE.guest,
  ROLE.limitedGuest,
];
const VISITOR_COLUMN = columns.length;

function expand(column: number): ReadonlySet<string> {
  const keys = Object.entries(matrix).flatMap(([resource, row]) =>
    Array.from(row[column] ?? '', (letter) => `${resource}:${letters[letter]}`),
  );
  return new Set(keys);
}

const byRole: ReadonlyMap<number, ReadonlySet<string>> = new Map(
  columns.map((role, column) => [role, expand(column)]),
);
const byVisitor = expand(VISITOR_COLUMN);

export function roleAllows(roleId: number, resource: string, action: string): boolean {
  return byRole.get(roleId)?.has(`${resource}:${action}`) ?? false;
}

/** What anybody may do in a public project. */
export function visitorAllows(resource: string, action: string): boolean {
  return byVisitor.has(`${resource}:${action}`);
}

/** Everything that some role may do in a project. */
export const projectPermissions: readonly Permission[] = [...(byRole.get(ROLE.projectAdmin) ?? [])]
  .concat('metadata:list')
  .map((key) => {
    const [resource = '', action = ''] = key.split(':');
    return { resource, action };
  });
