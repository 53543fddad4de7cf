/** One thing that may be done to one kind of object. */
export interface Permission {
  readonly resource: string;
  readonly action: string;
}

/** Permissions that were chosen, as `repository:pull`. */
export type PermissionKeys = ReadonlySet<string>;

export function keyOf({ resource, action }: Permission): string {
  return `${resource}:${action}`;
}

/** The other way. */
export function parseKey(key: string): Permission {
  const [resource = '', action = ''] = key.split(':');
  return { resource, action };
}

const ACTIONS = ['pull', 'push', 'list', 'read', 'create', 'update', 'delete', 'stop'];
/** What most robots are for stands first. */
const RESOURCES = ['repository', 'artifact', 'tag', 'artifact-label', 'label', 'accessory'];

export interface PermissionRow {
  readonly resource: string;
  readonly actions: ReadonlySet<string>;
}

/** The catalogue as a matrix: its rows, and the actions that are columns. */
export function matrixOf(catalogue: readonly Permission[]): {
  readonly rows: readonly PermissionRow[];
  readonly actions: readonly string[];
} {
  const byResource = Map.groupBy(catalogue, ({ resource }) => resource);
  const rows = inOrder([...byResource.keys()], RESOURCES).map((resource) => ({
    resource,
    actions: new Set(byResource.get(resource)?.map(({ action }) => action)),
  }));
  const actions = [...new Set(catalogue.map(({ action }) => action))];
  return { rows, actions: inOrder(actions, ACTIONS) };
}

/** Those that `first` names in its order, then the others in theirs. */
function inOrder(names: readonly string[], first: readonly string[]): readonly string[] {
  const known = first.filter((name) => names.includes(name));
  return [...known, ...names.filter((name) => !first.includes(name))];
}

export type Preset = 'pull' | 'push' | 'ci' | 'read' | 'all' | 'none';

export const PROJECT_PRESETS: readonly Preset[] = ['pull', 'push', 'ci', 'all', 'none'];
export const SYSTEM_PRESETS: readonly Preset[] = ['read', 'all', 'none'];

const PULL = ['repository:pull'];
const PUSH = [...PULL, 'repository:push'];
/** What pipelines do beside: look what is there, set tags and labels, scan. */
const CI = [
  ...PUSH,
  'repository:list',
  'repository:read',
  'artifact:list',
  'artifact:read',
  'artifact-addition:read',
  'artifact-label:create',
  'accessory:list',
  'tag:list',
  'tag:create',
  'label:list',
  'label:read',
  'scan:create',
  'scan:read',
  'sbom:create',
  'sbom:read',
];

/** The permissions of a preset that the catalogue has. */
export function presetKeys(preset: Preset, catalogue: readonly Permission[]): PermissionKeys {
  const keys = catalogue.map(keyOf);
  switch (preset) {
    case 'all':
      return new Set(keys);
    case 'none':
      return new Set();
    case 'read':
      return new Set(keys.filter((key) => /:(?:list|read)$/.test(key)));
    case 'pull':
    case 'push':
    case 'ci': {
      const wanted: readonly string[] = { pull: PULL, push: PUSH, ci: CI }[preset];
      return new Set(keys.filter((key) => wanted.includes(key)));
    }
  }
}

/** Adds all of `keys`, or takes them away when all of them are there. */
export function toggleKeys(chosen: PermissionKeys, keys: readonly string[]): PermissionKeys {
  if (keys.every((key) => chosen.has(key))) {
    return new Set([...chosen].filter((key) => !keys.includes(key)));
  }
  return new Set([...chosen, ...keys]);
}

export function isSame(one: PermissionKeys, other: PermissionKeys): boolean {
  return one.size === other.size && [...one].every((key) => other.has(key));
}
