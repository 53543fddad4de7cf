import type {
  Cause,
  FieldTerm,
  KubeCaller,
  KubeObject,
  KubeObjects,
  Narrowing,
  ResourceDefinition,
} from '../../kube/index.ts';
import { chartBody, present } from './bodies.ts';
import { canonical, chartVisibilities, phaseOf } from './canonical.ts';
import { causes } from './causes.ts';
import { nonEmpty, sharedOf } from './chart-group.resource.ts';
import { chartVersionConnect, isChart } from './chart-version.ts';
import {
  allVerbs,
  column,
  oneOf,
  tenantFor,
  tenantOfUpdate,
  unchanged,
  versioned,
} from './common.ts';
import { presentTime } from './namespace.resource.ts';
import type { ResourcePorts } from './ports.ts';
import { isSelected, takeRepoType, virtualFields } from './repo-type.ts';
import { API_VERSION, type Chart, type ChartGroup, keys } from './types.ts';

export const CHART_FINALIZER = 'chart';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const MAX_NAME_LENGTH = 250;

const columns = [
  column<Chart>(
    'Chart',
    'What people call it, with its group.',
    ({ spec }) => `${spec.chartGroupName}/${spec.name}`,
  ),
  column<Chart>('Version', 'The newest.', ({ status }) => status.versions[0]?.version ?? ''),
  column<Chart>('Versions', 'How many it has.', ({ status }) => status.versions.length, {
    type: 'integer',
  }),
  column<Chart>('Phase', 'Where it is in its life.', ({ status }) => status.phase),
  column<Chart>('Tenant', 'Whose it is.', ({ spec }) => spec.tenantID, { isWide: true }),
  column<Chart>('Visibility', 'Who may read.', ({ spec }) => spec.visibility, { isWide: true }),
  column<Chart>('Pulls', 'How often it was downloaded.', ({ status }) => status.pullCount, {
    isWide: true,
    type: 'integer',
  }),
  column<Chart>(
    'App Version',
    'Of what it installs.',
    ({ status }) => status.versions[0]?.appVersion ?? '',
    { isWide: true },
  ),
];

/** The kind of charts. */
export function chartResource(ports: ResourcePorts): ResourceDefinition<Chart> {
  return {
    ...versioned,
    kind: 'Chart',
    resource: 'charts',
    singular: 'chart',
    shortNames: ['chart'],
    namespaced: true,
    verbs: allVerbs,
    namePrefix: 'chart-',
    subresources: ['status', 'finalize'],
    connects: [chartVersionConnect(ports)],
    body: chartBody,
    columns,
    fieldsOf: ({ spec }) => ({
      'spec.tenantID': spec.tenantID,
      'spec.name': spec.name,
      'spec.chartGroupName': spec.chartGroupName,
    }),
    virtualFields,
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: ({ spec }) => keys.chart(spec.tenantID, spec.chartGroupName, spec.name),
    fuzzyTexts: ({ spec }) => [spec.name, spec.displayName ?? ''],
    withDefaults,
    prepareCreate: (object, caller) => ({
      ...object,
      spec: {
        ...object.spec,
        tenantID: tenantFor(object.spec.tenantID, caller, ports.defaultTenant),
        finalizers: [CHART_FINALIZER],
      },
      status: { phase: 'Pending', pullCount: 0, versions: [] },
    }),
    validateCreate,
    prepareUpdate: (object, old, caller) => ({
      ...object,
      spec: {
        ...object.spec,
        tenantID: tenantOfUpdate(object.spec.tenantID, old.spec.tenantID, caller),
        finalizers: old.spec.finalizers,
      },
      status: old.status,
    }),
    validateUpdate,
    narrow: (terms, caller) => narrow(terms, caller, ports),
    afterCreate: async (object) => {
      const lastTransitionTime = presentTime(ports.now());
      return { ...object, status: { ...object.status, phase: 'Available', lastTransitionTime } };
    },
    markDeleting: (object) => ({ ...object, status: { ...object.status, phase: 'Terminating' } }),
    finalizersOf: ({ spec }) => spec.finalizers,
    deletingMessage:
      'the system is ensuring all content is removed from Chart. Upon completion, this Chart will automatically be purged by the system',
    afterDelete: (_object, key) => ports.driver().drive('Chart', key),
  };
}

async function validateUpdate({ spec }: Chart, old: Chart): Promise<readonly Cause[]> {
  const isMoved = spec.tenantID !== old.spec.tenantID;
  return [
    ...(isMoved ? [causes.forbidden('spec.tenantID', 'disallowed change the tenant')] : []),
    ...unchanged('spec.name', spec.name, old.spec.name, 'name'),
    ...unchanged(
      'spec.chartGroupName',
      spec.chartGroupName,
      old.spec.chartGroupName,
      'chartGroupName',
    ),
    ...oneOf('spec.visibility', spec.visibility, chartVisibilities),
  ];
}

async function narrow(
  terms: readonly FieldTerm[],
  caller: KubeCaller,
  ports: ResourcePorts,
): Promise<Narrowing> {
  const taken = takeRepoType(terms, 'spec.repoType');
  if (taken.repoType === undefined && taken.projectId === undefined) {
    return { terms: taken.terms, matches: undefined };
  }
  const groups = ports.chartGroups();
  await groups.ready();
  const matches = (object: KubeObject) => {
    if (!isChart(object)) return false;
    const { tenantID, chartGroupName } = object.spec;
    const group = groups.peek(keys.chartGroup(tenantID, chartGroupName));
    return group !== undefined && isSelected(sharedOf(group), taken, caller);
  };
  return { terms: taken.terms, matches };
}

function withDefaults(object: Chart): Chart {
  const sent = chartBody.parse(object);
  const { finalizers, ...spec } = { ...emptySpec, ...present(sent.spec ?? {}) };
  const { versions, ...status } = { ...emptyStatus, ...present(sent.status ?? {}) };
  return {
    apiVersion: API_VERSION,
    kind: 'Chart',
    metadata: object.metadata,
    spec: {
      ...spec,
      visibility: canonical(spec.visibility || 'Public', chartVisibilities),
      finalizers: nonEmpty(finalizers, object) ?? [CHART_FINALIZER],
    },
    status: {
      ...status,
      phase: phaseOf(status.phase),
      versions: versions.map((version) => present(version)),
    },
  };
}

const emptySpec = {
  name: '',
  tenantID: '',
  chartGroupName: '',
  visibility: '',
  finalizers: [CHART_FINALIZER],
};
const emptyStatus = { phase: '', pullCount: 0, versions: [] };

async function validateCreate(object: Chart, objects: KubeObjects): Promise<readonly Cause[]> {
  const { spec, metadata } = object;
  const { tenantID: tenant, chartGroupName, name } = spec;
  const list: Cause[] = [...oneOf('spec.visibility', spec.visibility, chartVisibilities)];
  if (name === '') list.push(causes.required('spec.name', 'must specify name'));
  else if (!NAME.test(name) || name.length > MAX_NAME_LENGTH) {
    list.push(causes.invalid('spec.name', name, 'this cannot be the name of a chart'));
  }
  if (chartGroupName === '') {
    list.push(causes.required('spec.chartGroupName', 'must specify chartGroupName'));
    return list;
  }
  const parent = await objects.findUnique<ChartGroup>(
    'ChartGroup',
    keys.chartGroup(tenant, chartGroupName),
  );
  if (parent === undefined) list.push(causes.notFound('spec.chartGroupName', chartGroupName));
  else if (metadata.namespace !== parent.metadata.name) {
    list.push(causes.notFound('metadata.namespace', metadata.namespace ?? ''));
  } else if (parent.metadata.deletionTimestamp !== undefined) {
    list.push(causes.forbidden('spec.chartGroupName', 'the chart group is being deleted'));
  }
  const key = keys.chart(tenant, chartGroupName, name);
  const isTaken = name !== '' && (await objects.findUnique('Chart', key)) !== undefined;
  if (isTaken) list.push(causes.duplicate('spec.name', name));
  return list;
}
