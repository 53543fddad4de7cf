import { isRepositoryName } from '@berth/oci';
import type { Cause, KubeObjects, ResourceDefinition } from '../../kube/index.ts';
import { present, repositoryBody } from './bodies.ts';
import { canonical, imageVisibilities, phaseOf } from './canonical.ts';
import { causes } from './causes.ts';
import {
  allVerbs,
  column,
  oneOf,
  tenantFor,
  tenantOfUpdate,
  unchanged,
  versioned,
} from './common.ts';
import type { ResourcePorts } from './ports.ts';
import { API_VERSION, keys, type Namespace, type Repository } from './types.ts';

export const REPOSITORY_FINALIZER = 'repository';

const columns = [
  column<Repository>(
    'Repository',
    'What people call it, with its namespace.',
    ({ spec }) => `${spec.namespaceName}/${spec.name}`,
  ),
  column<Repository>('Visibility', 'Who may pull.', ({ spec }) => spec.visibility),
  column<Repository>('Tags', 'How many it has.', ({ status }) => status.tags.length, {
    type: 'integer',
  }),
  column<Repository>('Pulls', 'How often it was pulled.', ({ status }) => status.pullCount, {
    type: 'integer',
  }),
  column<Repository>('Tenant', 'Whose it is.', ({ spec }) => spec.tenantID, { isWide: true }),
  column<Repository>('Display Name', 'Its description.', ({ spec }) => spec.displayName ?? '', {
    isWide: true,
  }),
];

/** The kind of repositories of images. */
export function repositoryResource(ports: ResourcePorts): ResourceDefinition<Repository> {
  return {
    ...versioned,
    kind: 'Repository',
    resource: 'repositories',
    singular: 'repository',
    shortNames: ['repo'],
    namespaced: true,
    verbs: allVerbs,
    namePrefix: 'repo-',
    subresources: ['status', 'finalize'],
    connects: [],
    body: repositoryBody,
    columns,
    fieldsOf: ({ spec }) => ({
      'spec.tenantID': spec.tenantID,
      'spec.name': spec.name,
      'spec.namespaceName': spec.namespaceName,
    }),
    virtualFields: [],
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: ({ spec }) => keys.repository(spec.tenantID, spec.namespaceName, spec.name),
    fuzzyTexts: undefined,
    withDefaults,
    prepareCreate: (object, caller) => ({
      ...object,
      spec: {
        ...object.spec,
        tenantID: tenantFor(object.spec.tenantID, caller, ports.defaultTenant),
        finalizers: [REPOSITORY_FINALIZER],
      },
      status: { pullCount: 0, tags: [] },
    }),
    validateCreate,
    prepareUpdate: (object, old, caller) => ({
      ...object,
      spec: {
        ...object.spec,
        tenantID: tenantOfUpdate(object.spec.tenantID, old.spec.tenantID, caller),
        finalizers: old.spec.finalizers ?? [REPOSITORY_FINALIZER],
      },
      status: old.status,
    }),
    validateUpdate: async ({ spec }, old) => [
      ...(spec.tenantID === old.spec.tenantID
        ? []
        : [causes.forbidden('spec.tenantID', 'disallowed change the tenant')]),
      ...unchanged('spec.name', spec.name, old.spec.name, 'name'),
      ...unchanged('spec.namespaceName', spec.namespaceName, old.spec.namespaceName, 'namespace'),
      ...oneOf('spec.visibility', spec.visibility, imageVisibilities),
    ],
    narrow: async (terms) => ({ terms, matches: undefined }),
    markDeleting: (object) => ({ ...object, status: { ...object.status, phase: 'Terminating' } }),
    finalizersOf: ({ spec }) => spec.finalizers ?? [],
    deletingMessage:
      'the system is ensuring all content is removed from Repository. Upon completion, this Repository will automatically be purged by the system',
    afterDelete: (_object, key) => ports.driver().drive('Repository', key),
  };
}

function withDefaults(object: Repository): Repository {
  const sent = repositoryBody.parse(object);
  const spec = { ...emptySpec, ...present(sent.spec ?? {}) };
  const { phase, tags, ...status } = {
    phase: '',
    pullCount: 0,
    tags: [],
    ...present(sent.status ?? {}),
  };
  return {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: object.metadata,
    spec: { ...spec, visibility: canonical(spec.visibility || 'Public', imageVisibilities) },
    status: {
      ...status,
      ...(phase === '' ? {} : { phase: phaseOf(phase) }),
      tags: tags.map((tag) => present(tag)),
    },
  };
}

const emptySpec = {
  name: '',
  tenantID: '',
  namespaceName: '',
  visibility: '',
  finalizers: [REPOSITORY_FINALIZER],
};

async function validateCreate(object: Repository, objects: KubeObjects): Promise<readonly Cause[]> {
  const { spec, metadata } = object;
  const { tenantID: tenant, namespaceName, name } = spec;
  const list: Cause[] = [...oneOf('spec.visibility', spec.visibility, imageVisibilities)];
  if (name === '') list.push(causes.required('spec.name', 'must specify name'));
  else if (!isRepositoryName(`${namespaceName || 'a'}/${name}`)) {
    list.push(causes.invalid('spec.name', name, 'this cannot be the name of a repository'));
  }
  if (namespaceName === '') {
    list.push(causes.required('spec.namespaceName', 'must specify namespaceName'));
    return list;
  }
  const parent = await objects.findUnique<Namespace>(
    'Namespace',
    keys.namespace(tenant, namespaceName),
  );
  if (parent === undefined) {
    list.push(causes.notFound('spec.namespaceName', namespaceName));
  } else if (metadata.namespace !== parent.metadata.name) {
    list.push(causes.notFound('metadata.namespace', metadata.namespace ?? ''));
  } else if (parent.metadata.deletionTimestamp !== undefined) {
    list.push(causes.forbidden('spec.namespaceName', 'the namespace is being deleted'));
  }
  const key = keys.repository(tenant, namespaceName, name);
  const isTaken = name !== '' && (await objects.findUnique('Repository', key)) !== undefined;
  if (isTaken) list.push(causes.duplicate('spec.name', name));
  return list;
}
