import { describe, expect, it } from 'vitest';
import { API_VERSION, type Member } from '../resources/types.ts';
import { membershipsOf, parseGroups } from './members.ts';

const memberOf = (spec: Omit<Member['spec'], 'username'>): Member => ({
  apiVersion: API_VERSION,
  kind: 'Member',
  metadata: { name: 'm', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { username: 'ann', ...spec },
});
const nobody = parseGroups([]);

describe('memberships', () => {
  it('are of the default tenant for a user of none', () => {
    const own = membershipsOf([], nobody, 'default');
    expect([...own]).toEqual([['default', { role: 'member', projects: new Map() }]]);
  });

  it('are of no default tenant for a user of another one', () => {
    expect([
      ...membershipsOf([memberOf({ tenantID: 't1', role: 'viewer' })], nobody, 'd').keys(),
    ]).toEqual(['t1']);
    expect([...membershipsOf([], parseGroups(['tenant:t2']), 'd').keys()]).toEqual(['t2']);
  });

  it('add up: the highest role of objects and groups counts', () => {
    const groups = parseGroups(['tenant:t1:admin', 'tenant:t2', 'project:p1', 'project:p2:owner']);
    const projects = [
      { name: 'p1', role: 'viewer' },
      { name: 'p3', role: 'member' },
    ] as const;
    const own = membershipsOf(
      [memberOf({ tenantID: 't1', role: 'viewer', projects })],
      groups,
      'd',
    );
    expect(own.get('t1')).toEqual({
      role: 'admin',
      projects: new Map([
        ['p1', 'member'],
        ['p2', 'owner'],
        ['p3', 'member'],
      ]),
    });
    expect(own.get('t2')?.role).toBe('member');
    expect(own.get('t2')?.projects.has('p3')).toBe(false);
  });

  it.each([
    'tenant:',
    'tenant',
    'tenant:t1:root',
    'tenant:t1:admin:x',
    'Tenant:t1',
    'project::owner',
  ])('do not come of a group %s', (name) => {
    expect(parseGroups([name])).toEqual(nobody);
  });
});
