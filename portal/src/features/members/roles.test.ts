import { describe, expect, it } from 'vitest';
import { roleAllows } from '../../../../server/src/access/roles.ts';
import { membersMessages } from './messages.ts';
import { ROLE_RIGHTS } from './role-rights.ts';
import { ROLES, roleLabel } from './roles.ts';

/** One right of the server's matrix for each line of the table. */
const SAMPLES: Readonly<Record<(typeof ROLE_RIGHTS)[number]['right'], readonly string[]>> = {
  pull: ['repository:pull', 'repository:list', 'tag:list'],
  members: ['member:list', 'robot:list'],
  push: ['repository:push', 'tag:create', 'artifact-label:create'],
  retention: ['tag-retention:update'],
  labels: ['label:create', 'label:delete'],
  delete: ['artifact:delete', 'tag:delete', 'repository:delete'],
  immutable: ['immutable-tag:update'],
  logs: ['log:list'],
  webhooks: ['notification-policy:update'],
  manage: ['member:create', 'robot:create', 'configuration:update'],
  deleteProject: ['project:delete'],
};

describe('roles', () => {
  const lines = ROLE_RIGHTS.flatMap(({ right, roles }) =>
    SAMPLES[right].map((sample) => ({ right, roles, sample })),
  );

  it.each(lines)('are said to have “$right” as the server grants $sample', (line) => {
    const [resource = '', action = ''] = line.sample.split(':');
    const granted = ROLES.map(({ id }) => roleAllows(id, resource, action));
    expect(granted).toEqual(ROLES.map((_, index) => index < line.roles));
  });

  it('that nobody knows keep the name that the registry has for them', () => {
    const m = membersMessages.en;
    expect(roleLabel({ role_id: 4, role_name: 'maintainer' }, m)).toBe('Maintainer');
    expect(roleLabel({ role_id: 9, role_name: 'auditor' }, m)).toBe('auditor');
  });
});
