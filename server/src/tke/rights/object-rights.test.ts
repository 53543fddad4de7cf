import { describe, expect, it } from 'vitest';
import type { KubeVerb } from '../../kube/index.ts';
import {
  API_VERSION,
  type Chart,
  type ChartGroup,
  keys,
  type Member,
  type Namespace,
  type Repository,
} from '../resources/types.ts';
import { createObjectRights } from './object-rights.ts';
import { callerNamed, chartGroup, informerOf, namespace } from './rights.fixture.ts';

const { metadata } = namespace();

function rights(parents: { namespaces?: Namespace[]; chartGroups?: ChartGroup[] } = {}) {
  const { namespaces = [], chartGroups = [] } = parents;
  return createObjectRights({
    namespaces: informerOf(namespaces, ({ spec }) => keys.namespace(spec.tenantID, spec.name)),
    chartGroups: informerOf(chartGroups, ({ spec }) => keys.chartGroup(spec.tenantID, spec.name)),
  });
}

const repository: Repository = {
  apiVersion: API_VERSION,
  kind: 'Repository',
  metadata,
  spec: { name: 'nginx', tenantID: 't1', namespaceName: 'test', visibility: 'Private' },
  status: { pullCount: 0, tags: [] },
};
const chart: Chart = {
  apiVersion: API_VERSION,
  kind: 'Chart',
  metadata,
  spec: {
    name: 'app',
    tenantID: 't1',
    chartGroupName: 'charts',
    visibility: 'User',
    finalizers: [],
  },
  status: { phase: 'Available', pullCount: 0, versions: [] },
};
const member: Member = {
  apiVersion: API_VERSION,
  kind: 'Member',
  metadata,
  spec: { tenantID: 't1', username: 'x', role: 'member' },
};

/** Who of `people` may. */
function those(people: readonly string[], verb: KubeVerb, ...[object, sub, parents]: Asked) {
  const { canManage } = rights(parents);
  return people.filter((who) => canManage(callerNamed(who), object, verb, sub));
}
type Asked = [Parameters<ReturnType<typeof rights>['canManage']>[1], string?, Parents?];
type Parents = Parameters<typeof rights>[0];

const people = ['tenant viewer', 'tenant member', 'ann', 'project member', 'project owner'];
const admins = ['tenant admin', 'privileged'];
const everybody = [...people, 'an admin of another tenant', ...admins];

describe('the rights to an object', () => {
  it('of a namespace are those of its kind', () => {
    const plain = namespace();
    const own = namespace({ type: 'Personal', name: 'ann' });
    const project = namespace({ projects: ['p2'] });
    const system = namespace({ type: 'System' });
    expect(those(everybody, 'delete', plain)).toEqual(admins);
    expect(those(everybody, 'update', plain)).toEqual([...people.slice(1), ...admins]);
    expect(those(everybody, 'create', plain)).toEqual([...people.slice(1), ...admins]);
    for (const verb of ['create', 'update', 'delete'] as const) {
      expect(those(everybody, verb, own)).toEqual(['ann', ...admins]);
      expect(those(everybody, verb, system)).toEqual(admins);
    }
    expect(those(everybody, 'create', project)).toEqual([
      'project member',
      'project owner',
      ...admins,
    ]);
    expect(those(everybody, 'patch', project)).toEqual(['project owner', ...admins]);
    expect(those(everybody, 'delete', project)).toEqual(['project owner', ...admins]);
    expect(those(everybody, 'get', project)).toEqual([...people, ...admins]);
  });

  it('of a namespace of several projects need a role in each to be made', () => {
    expect(those(everybody, 'create', namespace({ projects: ['p1', 'p2'] }))).toEqual(admins);
  });

  it('of status and finalizers are for administrators', () => {
    expect(those(everybody, 'update', namespace(), 'status')).toEqual(admins);
    expect(those(everybody, 'update', namespace(), 'finalize')).toEqual(['privileged']);
  });

  it('of a repository are those to its images', () => {
    const project = { namespaces: [namespace({ projects: ['p2'] })] };
    expect(those(everybody, 'create', repository, '', project)).toEqual([
      'project member',
      'project owner',
      ...admins,
    ]);
    expect(those(everybody, 'delete', repository, '', project)).toEqual([
      'project owner',
      ...admins,
    ]);
    const locked = { namespaces: [namespace({}, { locked: true })] };
    expect(those(everybody, 'delete', repository, '', locked)).toEqual([]);
    expect(those(everybody, 'delete', repository)).toEqual(admins);
  });

  it('of a chart group let nobody pass for its creator, or put it into projects of others', () => {
    const made = (spec: Partial<ChartGroup['spec']>) =>
      those(everybody, 'create', chartGroup(spec));
    expect(made({ visibility: 'User', creator: 'zoe' })).toEqual(admins);
    expect(made({ visibility: 'User', creator: 'ann' })).toEqual(['ann', ...admins]);
    expect(made({})).toEqual([...people.slice(1), ...admins]);
    expect(made({ visibility: 'Project', projects: ['p2'] })).toEqual([
      'project member',
      'project owner',
      ...admins,
    ]);
  });

  it('B58: of a chart group go with the list of its users', () => {
    const listed = chartGroup({ visibility: 'User', users: ['ann'] });
    expect(those(everybody, 'update', listed)).toEqual(['ann', ...admins]);
    expect(those(everybody, 'update', chartGroup({ visibility: 'User' }))).toEqual(admins);
  });

  it('B59: of a System group let no tenant make or delete it', () => {
    const system = chartGroup({ type: 'System', creator: 'ann' });
    expect(those(everybody, 'delete', system)).toEqual(['privileged']);
    expect(those(people, 'create', chartGroup({ type: 'System' }))).toEqual([]);
    expect(those(everybody, 'update', system)).toEqual(admins);
  });

  it('of a chart are those to its group, also to what is in it', () => {
    const chartGroups = [chartGroup({ visibility: 'User', creator: 'ann' })];
    for (const [verb, sub] of [
      ['get', 'version'],
      ['delete', 'version'],
      ['delete', ''],
      ['create', ''],
    ] as const) {
      expect(those(everybody, verb, chart, sub, { chartGroups })).toEqual(['ann', ...admins]);
    }
    expect(those(everybody, 'get', chart, '', { chartGroups })).toEqual([...people, ...admins]);
  });

  it('of a member, a config map and foreign objects are for those whose they are', () => {
    expect(those(everybody, 'create', member)).toEqual(admins);
    const configMap = { apiVersion: API_VERSION, kind: 'ConfigMap', metadata };
    expect(those(everybody, 'get', configMap)).toEqual(['privileged']);
    expect(those(everybody, 'get', namespace({ tenantID: 't2' }))).toEqual([
      'an admin of another tenant',
      'privileged',
    ]);
  });

  it('are told as a refusal', () => {
    const request = { verb: 'delete', resource: 'namespaces', subresource: '' } as const;
    const one = { ...request, namespace: '', name: 'rns-x' };
    const { authorizeObject } = rights();
    expect(() => authorizeObject(callerNamed('tenant member'), one, namespace())).toThrow(
      'is forbidden: User "mel" cannot delete',
    );
    expect(() => authorizeObject(callerNamed('tenant admin'), one, namespace())).not.toThrow();
  });
});
