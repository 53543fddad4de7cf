import type { KubeCaller, ResourceDefinition } from '../../kube/index.ts';
import { namespaceBody, present } from './bodies.ts';
import {
  canonical,
  imageVisibilities,
  namespaceType,
  namespaceTypes,
  phaseOf,
} from './canonical.ts';
import { causes, invalidObject } from './causes.ts';
import {
  allVerbs,
  column,
  isTenantAdmin,
  nameCauses,
  oneOf,
  tenantFor,
  tenantOfUpdate,
  unchanged,
  versioned,
} from './common.ts';
import type { ResourcePorts } from './ports.ts';
import { conflict, forbidden, presentBackendError, type Subject } from './refusals.ts';
import { isSelected, takeRepoType, virtualFields } from './repo-type.ts';
import { API_VERSION, keys, type Namespace } from './types.ts';

export const NAMESPACE_FINALIZER = 'namespace';

const columns = [
  column<Namespace>('Namespace', 'What people call it.', ({ spec }) => spec.name),
  column<Namespace>('Visibility', 'Who may pull.', ({ spec }) => spec.visibility),
  column<Namespace>('Repositories', 'How many it has.', ({ status }) => status.repoCount, {
    type: 'integer',
  }),
  column<Namespace>('Phase', 'Where it is in its life.', ({ status }) => status.phase),
  column<Namespace>('Tenant', 'Whose it is.', ({ spec }) => spec.tenantID, { isWide: true }),
  column<Namespace>('Type', 'Personal, Project or System.', ({ spec }) => spec.type, {
    isWide: true,
  }),
  column<Namespace>('Display Name', 'Its description.', ({ spec }) => spec.displayName ?? '', {
    isWide: true,
  }),
  column<Namespace>(
    'Locked',
    'Whether pulls and pushes are refused.',
    ({ status }) => status.locked === true,
    { isWide: true, type: 'boolean' },
  ),
];

/** The kind of containers of images. */
export function namespaceResource(ports: ResourcePorts): ResourceDefinition<Namespace> {
  return {
    ...versioned,
    kind: 'Namespace',
    resource: 'namespaces',
    singular: 'namespace',
    shortNames: ['rns'],
    namespaced: false,
    verbs: allVerbs,
    namePrefix: 'rns-',
    subresources: ['status', 'finalize'],
    connects: [],
    body: namespaceBody,
    columns,
    fieldsOf: ({ spec }) => ({ 'spec.tenantID': spec.tenantID, 'spec.name': spec.name }),
    virtualFields,
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: ({ spec }) => keys.namespace(spec.tenantID, spec.name),
    fuzzyTexts: undefined,
    withDefaults,
    prepareCreate: (object, caller) => prepareCreate(object, caller, ports.defaultTenant),
    validateCreate: async (object, objects) => {
      const { spec } = object;
      const inName = nameCauses(ports.names, 'image', spec);
      const key = keys.namespace(spec.tenantID, spec.name);
      const isTaken =
        inName.length === 0 && (await objects.findUnique('Namespace', key)) !== undefined;
      return [
        ...inName,
        ...(isTaken ? [causes.duplicate('spec.name', spec.name)] : []),
        ...valueCauses(object),
      ];
    },
    prepareUpdate,
    validateUpdate: async (object, old) => [
      ...unchanged('spec.tenantID', object.spec.tenantID, old.spec.tenantID, 'tenant'),
      ...unchanged('spec.name', object.spec.name, old.spec.name, 'name'),
      ...valueCauses(object),
    ],
    narrow: async (terms, caller) => {
      const taken = takeRepoType(terms, 'repoType');
      if (taken.repoType === undefined && taken.projectId === undefined) {
        return { terms: taken.terms, matches: undefined };
      }
      const matches = (object: object) =>
        isNamespace(object) && isSelected(sharedOf(object), taken, caller);
      return { terms: taken.terms, matches };
    },
    afterCreate: (object) => createBehind(object, ports),
    afterUpdate: (object, old) => updateBehind(object, old, ports),
    checkDelete: (object) => checkDelete(object, ports),
    markDeleting: (object) => ({ ...object, status: { ...object.status, phase: 'Terminating' } }),
    finalizersOf: ({ spec }) => spec.finalizers ?? [],
    deletingMessage:
      'the system is ensuring all content is removed from Namespace. Upon completion, this Namespace will automatically be purged by the system',
    afterDelete: (_object, key) => ports.driver().drive('Namespace', key),
  };
}

function withDefaults(object: Namespace): Namespace {
  const sent = namespaceBody.parse(object);
  const { repoType, ...rest } = present(sent.spec ?? {});
  const spec = { ...emptySpec, type: repoType ?? '', ...rest };
  const status = { phase: '', repoCount: 0, ...present(sent.status ?? {}) };
  return {
    apiVersion: API_VERSION,
    kind: 'Namespace',
    metadata: object.metadata,
    spec: {
      ...spec,
      visibility: canonical(spec.visibility || 'Public', imageVisibilities),
      // Of no project, it is the whole tenant's.
      type: spec.type === '' ? 'Project' : namespaceType(spec.type),
    },
    status: { ...status, phase: phaseOf(status.phase) },
  };
}

const emptySpec = {
  name: '',
  tenantID: '',
  visibility: '',
  projects: [],
  finalizers: [NAMESPACE_FINALIZER],
};

function prepareCreate(object: Namespace, caller: KubeCaller, defaultTenant: string): Namespace {
  const { spec } = object;
  refuseOthers(object, caller);
  return {
    ...object,
    spec: {
      ...spec,
      tenantID: tenantFor(spec.tenantID, caller, defaultTenant),
      finalizers: [NAMESPACE_FINALIZER],
    },
    status: { phase: 'Pending', repoCount: 0 },
  };
}

/** What only the tenant's administrators set up. @throws StatusError */
function refuseOthers(object: Namespace, caller: KubeCaller): void {
  const { type, name } = object.spec;
  if (isTenantAdmin(caller)) return;
  if (type === 'System') {
    throw forbidden(subjectOf(object), 'only administrators may have a namespace of type System');
  }
  if (type === 'Personal' && name !== caller.username) {
    throw invalidObject('Namespace', name, [
      causes.invalid('spec.name', name, 'a personal namespace has the name of its user'),
    ]);
  }
}

function prepareUpdate(object: Namespace, old: Namespace, caller: KubeCaller): Namespace {
  if (object.spec.type !== old.spec.type) refuseOthers(object, caller);
  const { finalizers } = old.spec;
  return {
    ...object,
    spec: {
      ...object.spec,
      tenantID: tenantOfUpdate(object.spec.tenantID, old.spec.tenantID, caller),
      ...present({ finalizers }),
    },
    status: old.status,
  };
}

function valueCauses({ spec }: Namespace) {
  const hasProjects = (spec.projects ?? []).length > 0;
  return [
    ...oneOf('spec.visibility', spec.visibility, imageVisibilities),
    ...oneOf('spec.type', spec.type, namespaceTypes),
    ...(spec.type === 'Personal' && hasProjects
      ? [causes.forbidden('spec.projects', 'a personal namespace has no projects')]
      : []),
  ];
}

function isNamespace(object: object): object is Namespace {
  return 'kind' in object && object.kind === 'Namespace';
}

function sharedOf({ spec }: Namespace) {
  return {
    owners: spec.type === 'Personal' ? [spec.name] : undefined,
    projects: spec.type === 'Project' ? (spec.projects ?? []) : undefined,
    isForAll: spec.type === 'Project' && (spec.projects ?? []).length === 0,
    isSystem: spec.type === 'System',
    isPublic: spec.visibility === 'Public',
  };
}

const subjectOf = ({ spec }: Namespace): Subject => ({
  kind: 'Namespace',
  resource: 'namespaces',
  name: spec.name,
});

/** The container behind a Namespace. */
export const containerOf = ({ spec }: Namespace) => ({
  kind: 'image' as const,
  tenant: spec.tenantID,
  name: spec.name,
});

async function createBehind(object: Namespace, ports: ResourcePorts): Promise<Namespace> {
  try {
    await ports.containers.create(containerOf(object), object.spec.visibility === 'Public');
  } catch (error) {
    throw presentBackendError(error, subjectOf(object));
  }
  const lastTransitionTime = presentTime(ports.now());
  return { ...object, status: { ...object.status, phase: 'Available', lastTransitionTime } };
}

async function updateBehind(
  object: Namespace,
  old: Namespace,
  ports: ResourcePorts,
): Promise<void> {
  if (object.spec.visibility === old.spec.visibility) return;
  try {
    await ports.containers.setPublic(containerOf(object), object.spec.visibility === 'Public');
  } catch (error) {
    throw presentBackendError(error, subjectOf(object));
  }
}

/** Its content is asked for at the back end: our count may be a moment old. */
async function checkDelete(object: Namespace, ports: ResourcePorts): Promise<void> {
  const { spec, metadata, status } = object;
  const isEmpty = async () => {
    if (status.repoCount > 0) return false;
    // Without a project, or with somebody else's of its name, it has no content.
    if (status.phase === 'Failed') return true;
    const project = ports.names.toProject('image', { tenant: spec.tenantID, name: spec.name });
    try {
      return (await ports.provider.listRepositories(project)).length === 0;
    } catch (error) {
      throw presentBackendError(error, subjectOf(object));
    }
  };
  if (await isEmpty()) return;
  throw conflict(
    { ...subjectOf(object), name: metadata.name },
    `${spec.name}(${metadata.name}) cannot be delete, since repositories under this namespace is not empty`,
  );
}

/** RFC 3339 in UTC, seconds. */
export function presentTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
