import type { DefinitionSet } from './definition-set.ts';
import { apiVersionOf } from './object-body.ts';
import type { ResourceDefinition } from './resource.ts';

/**
 * `/api`: nothing is in the legacy group, but kubectl takes a file of kind `List`, which it writes
 * itself, only where there is a version `v1`.
 */
export const legacyVersions = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

/** `/api/v1`: newer clients take an empty answer for a failure, and show nothing without verbs. */
export const legacyResources = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [{ name: 'lists', singularName: 'list', namespaced: false, kind: 'List', verbs: [] }],
};

function groupsOf({ all }: DefinitionSet): Map<string, readonly string[]> {
  const byGroup = Map.groupBy(all, ({ group }) => group);
  return new Map(
    [...byGroup].map(([group, kinds]) => [group, [...new Set(kinds.map((each) => each.version))]]),
  );
}

function presentGroup(group: string, versions: readonly string[]): object {
  const listed = versions.map((version) => ({
    groupVersion: apiVersionOf({ group, version }),
    version,
  }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

/** `/apis` */
export function listGroups(definitions: DefinitionSet, others: readonly object[]): object {
  const groups = [...groupsOf(definitions)].map(([group, versions]) =>
    presentGroup(group, versions),
  );
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups, ...others] };
}

/** `/apis/{group}`; undefined: there is no such group. */
export function findGroup(definitions: DefinitionSet, group: string): object | undefined {
  const versions = groupsOf(definitions).get(group);
  return versions === undefined
    ? undefined
    : { kind: 'APIGroup', apiVersion: 'v1', ...presentGroup(group, versions) };
}

/** `/apis/{group}/{version}`; undefined: there is no such version. */
export function findResources(
  { all }: DefinitionSet,
  group: string,
  version: string,
): object | undefined {
  const kinds = all.filter((each) => each.group === group && each.version === version);
  if (kinds.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: kinds.flatMap(presentResource),
  };
}

const METHOD_VERBS = { GET: 'get', POST: 'create', DELETE: 'delete' };

function presentResource(definition: ResourceDefinition): object[] {
  const { resource, singular, namespaced, kind, verbs, shortNames } = definition;
  const parts = definition.subresources.map((name) => ({
    name: `${resource}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs: ['get', 'patch', 'update'],
  }));
  const connects = definition.connects.map(({ name, methods }) => ({
    name: `${resource}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs: methods.map((method) => METHOD_VERBS[method]),
  }));
  const names = shortNames.length === 0 ? {} : { shortNames };
  return [
    { name: resource, singularName: singular, namespaced, kind, verbs: verbs.toSorted(), ...names },
    ...parts,
    ...connects,
  ];
}

/** `/version`: kubectl compares the numbers with its own. */
export function presentVersion(version: string): object {
  return {
    major: '1',
    minor: '24',
    gitVersion: `v1.24.0+berth.${version}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: '',
  };
}
