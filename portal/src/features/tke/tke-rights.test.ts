import { expect, test } from 'vitest';
import {
  type Caller,
  callerOf,
  canChangeNamespace,
  canDeleteChartGroup,
  canDeleteCharts,
  canDeleteNamespace,
  canManageChartGroup,
  nobody,
} from './tke-rights.ts';
import type { ChartGroup, Namespace } from './tke-types.ts';

const metadata = { name: 'x', creationTimestamp: '' };
const namespace = (spec: Partial<Namespace['spec']>): Namespace => ({
  metadata,
  spec: { name: 'test', tenantID: 't', visibility: 'Private', type: 'Project', ...spec },
  status: { repoCount: 0 },
});
const group = (spec: Partial<ChartGroup['spec']>): ChartGroup => ({
  metadata,
  spec: {
    name: 'apps',
    tenantID: 't',
    visibility: 'Public',
    type: 'SelfBuilt',
    projects: [],
    users: [],
    ...spec,
  },
  status: { chartCount: 0 },
});
const member: Caller = { ...nobody, name: 'bob', isMember: true, projects: ['prj-a'] };
const admin: Caller = { ...nobody, name: 'ann', isAdmin: true };

test('callers are read from the words of the gateway', () => {
  expect(
    callerOf({
      name: 'bob',
      groups: ['project:prj-a', 'other'],
      extra: { tenantid: ['t2'], role: ['member'] },
    }),
  ).toEqual({ ...member, tenant: 't2' });
  expect(
    callerOf({ name: 'admin', groups: [], extra: { tenantid: ['t'], privileged: ['true'] } }),
  ).toMatchObject({ isAdmin: true, isPrivileged: true, isMember: false });
});

test('members change the namespaces of all, and delete none of them', () => {
  expect(canChangeNamespace(member, namespace({}))).toBe(true);
  expect(canDeleteNamespace(member, namespace({}))).toBe(false);
  expect(canChangeNamespace(nobody, namespace({}))).toBe(false);
});

test('projects, own names and administrators open namespaces', () => {
  expect(canDeleteNamespace(member, namespace({ projects: ['prj-a'] }))).toBe(true);
  expect(canDeleteNamespace(member, namespace({ projects: ['prj-b'] }))).toBe(false);
  expect(canDeleteNamespace(member, namespace({ type: 'Personal', name: 'bob' }))).toBe(true);
  expect(canChangeNamespace(member, namespace({ type: 'System' }))).toBe(false);
  expect(canChangeNamespace(admin, namespace({ type: 'System' }))).toBe(true);
});

test('chart groups are managed by creators, listed users, projects and administrators', () => {
  expect(canManageChartGroup(member, group({}))).toBe(false);
  expect(canManageChartGroup(member, group({ creator: 'bob' }))).toBe(true);
  expect(canManageChartGroup(member, group({ visibility: 'User', users: ['bob'] }))).toBe(true);
  expect(canManageChartGroup(member, group({ visibility: 'Project', projects: ['prj-a'] }))).toBe(
    true,
  );
  expect(canManageChartGroup({ ...member, isMember: false }, group({ creator: 'bob' }))).toBe(
    false,
  );
});

test('system groups are deleted by nobody but those above all tenants', () => {
  expect(canDeleteChartGroup(admin, group({ type: 'System' }))).toBe(false);
  expect(canDeleteChartGroup({ ...admin, isPrivileged: true }, group({ type: 'System' }))).toBe(
    true,
  );
});

test('charts of imported groups are deleted by nobody', () => {
  expect(canDeleteCharts(admin, group({}))).toBe(true);
  expect(canDeleteCharts(admin, group({ type: 'Imported' }))).toBe(false);
});
