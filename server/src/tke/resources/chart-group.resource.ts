import type {
  Cause,
  FieldTerm,
  KubeCaller,
  KubeObject,
  KubeObjects,
  Narrowing,
  ResourceDefinition,
} from '../../kube/index.ts';
import { chartGroupBody, present } from './bodies.ts';
import { chartGroupKind, chartGroupTypes, chartVisibilities, phaseOf } from './canonical.ts';
import { causes } from './causes.ts';
import { chartGroupColumns } from './chart-group-columns.ts';
import {
  allVerbs,
  isTenantAdmin,
  nameCauses,
  oneOf,
  tenantFor,
  tenantOfUpdate,
  unchanged,
  versioned,
} from './common.ts';
import { hasSoundPassword, sealPassword, withoutPassword } from './imported-password.ts';
import { presentTime } from './namespace.resource.ts';
import type { ResourcePorts } from './ports.ts';
import { badRequest, forbidden, presentBackendError, type Subject } from './refusals.ts';
import { isSelected, takeRepoType, virtualFields } from './repo-type.ts';
import { API_VERSION, type ChartGroup, type ImportedInfo, keys } from './types.ts';

export const CHART_GROUP_FINALIZER = 'chartgroup';

/** The kind of chart repositories. */
export function chartGroupResource(ports: ResourcePorts): ResourceDefinition<ChartGroup> {
  return {
    ...versioned,
    kind: 'ChartGroup',
    resource: 'chartgroups',
    singular: 'chartgroup',
    shortNames: ['rcg'],
    namespaced: false,
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    namePrefix: 'rcg-',
    subresources: ['status', 'finalize'],
    connects: [
      {
        name: 'repoupdating',
        methods: ['POST'],
        takesPath: false,
        handle: ({ object, signal }) => updateImported(object, signal, ports),
      },
    ],
    body: chartGroupBody,
    columns: chartGroupColumns,
    fieldsOf: ({ spec }) => ({
      'spec.tenantID': spec.tenantID,
      'spec.name': spec.name,
      'spec.type': spec.type,
      'spec.visibility': spec.visibility,
    }),
    virtualFields,
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: ({ spec }) => keys.chartGroup(spec.tenantID, spec.name),
    fuzzyTexts: ({ spec }) => [spec.name, spec.displayName ?? ''],
    withDefaults,
    present: withoutPassword,
    prepareCreate: (object, caller) => prepareCreate(object, caller, ports),
    validateCreate: (object, objects) => validateCreate(object, objects, ports),
    prepareUpdate: (object, old, caller) => prepareUpdate(object, old, caller, ports),
    validateUpdate: async (object, old) => [
      ...unchanged('spec.tenantID', object.spec.tenantID, old.spec.tenantID, 'tenant'),
      ...unchanged('spec.name', object.spec.name, old.spec.name, 'name'),
      ...valueCauses(object, ports),
    ],
    narrow,
    afterCreate: (object) => createBehind(object, ports),
    afterUpdate: (object, old) => updateBehind(object, old, ports),
    markDeleting: (object) => ({ ...object, status: { ...object.status, phase: 'Terminating' } }),
    finalizersOf: ({ spec }) => spec.finalizers,
    deletingMessage:
      'the system is ensuring all content is removed from ChartGroup. Upon completion, this ChartGroup will automatically be purged by the system',
    afterDelete: (_object, key) => ports.driver().drive('ChartGroup', key),
  };
}

async function validateCreate(object: ChartGroup, objects: KubeObjects, ports: ResourcePorts) {
  const { spec } = object;
  const inName = nameCauses(ports.names, 'chart', spec);
  const key = keys.chartGroup(spec.tenantID, spec.name);
  const isTaken =
    inName.length === 0 && (await objects.findUnique('ChartGroup', key)) !== undefined;
  return [
    ...inName,
    ...(isTaken ? [causes.duplicate('spec.name', spec.name)] : []),
    ...valueCauses(object, ports),
  ];
}

async function narrow(terms: readonly FieldTerm[], caller: KubeCaller): Promise<Narrowing> {
  const taken = takeRepoType(terms, 'repoType');
  if (taken.repoType === undefined && taken.projectId === undefined) {
    return { terms: taken.terms, matches: undefined };
  }
  const matches = (object: KubeObject) =>
    isChartGroup(object) && isSelected(sharedOf(object), taken, caller);
  return { terms: taken.terms, matches };
}

function withDefaults(object: ChartGroup): ChartGroup {
  const sent = chartGroupBody.parse(object);
  const { importedInfo, finalizers, ...spec } = { ...emptySpec, ...present(sent.spec ?? {}) };
  const status = { phase: '', chartCount: 0, ...present(sent.status ?? {}) };
  const kind = chartGroupKind(spec.type, spec.visibility);
  const owner = kind.isPersonal ? spec.name : '';
  const isOwners = kind.isPersonal && kind.visibility === 'User';
  const creator = spec.creator || owner;
  const { creator: _, ...rest } = spec;
  return {
    apiVersion: API_VERSION,
    kind: 'ChartGroup',
    metadata: object.metadata,
    spec: {
      ...rest,
      visibility: kind.visibility,
      type: kind.type,
      users: [...new Set([...spec.users, ...(isOwners ? [owner] : [])])],
      finalizers: nonEmpty(finalizers, object) ?? [CHART_GROUP_FINALIZER],
      ...present({ importedInfo: remoteOf(present(importedInfo ?? {})) }),
      ...present({ creator: creator === '' ? undefined : creator }),
    },
    status: { ...status, phase: phaseOf(status.phase) },
  };
}

const emptySpec = {
  name: '',
  tenantID: '',
  visibility: '',
  type: '',
  creator: '',
  projects: [],
  users: [],
  finalizers: [CHART_GROUP_FINALIZER],
};

/** Clients send an empty one for groups that are not imported. */
function remoteOf(info: Partial<ImportedInfo>): ImportedInfo | undefined {
  const isEmpty = Object.values(info).every((value) => value === '');
  return isEmpty ? undefined : { addr: '', ...info };
}

/** One that is being deleted may have none left; any other has its own. */
export function nonEmpty(
  finalizers: readonly string[] | null | undefined,
  { metadata }: KubeObject,
): readonly string[] | undefined {
  if (finalizers === null || finalizers === undefined) return undefined;
  const isGoing = metadata.deletionTimestamp !== undefined;
  return finalizers.length > 0 || isGoing ? finalizers : undefined;
}

function prepareCreate(object: ChartGroup, caller: KubeCaller, ports: ResourcePorts): ChartGroup {
  const { spec } = object;
  refuseOthers(object, caller);
  const creator = spec.creator ?? (spec.type === 'System' ? undefined : caller.username);
  const addsCaller = spec.type === 'SelfBuilt' && spec.visibility === 'User';
  const users = new Set(spec.users);
  if (addsCaller) users.add(caller.username);
  const prepared: ChartGroup = {
    ...object,
    spec: {
      ...spec,
      tenantID: tenantFor(spec.tenantID, caller, ports.defaultTenant),
      finalizers: [CHART_GROUP_FINALIZER],
      users: [...users],
      ...present({
        creator: isTenantAdmin(caller) || creator === undefined ? creator : caller.username,
      }),
    },
    status: { phase: 'Pending', chartCount: 0 },
  };
  return sealPassword(prepared, undefined, ports.box);
}

/** What only the tenant's administrators set up. @throws StatusError */
function refuseOthers(object: ChartGroup, caller: KubeCaller): void {
  if (object.spec.type !== 'System' || isTenantAdmin(caller)) return;
  throw forbidden(subjectOf(object), 'only administrators may have a chart group of type System');
}

function prepareUpdate(
  object: ChartGroup,
  old: ChartGroup,
  caller: KubeCaller,
  ports: ResourcePorts,
): ChartGroup {
  if (object.spec.type !== old.spec.type) refuseOthers(object, caller);
  if (old.spec.type === 'System') refuseOthers(old, caller);
  const { creator: _, ...spec } = object.spec;
  const prepared: ChartGroup = {
    ...object,
    spec: {
      ...spec,
      tenantID: tenantOfUpdate(spec.tenantID, old.spec.tenantID, caller),
      finalizers: old.spec.finalizers,
      ...present({ creator: old.spec.creator }),
    },
    status: old.status,
  };
  return sealPassword(prepared, old.spec.importedInfo, ports.box);
}

function valueCauses(object: ChartGroup, { box }: ResourcePorts): readonly Cause[] {
  const { spec } = object;
  const list: Cause[] = [
    ...oneOf('spec.visibility', spec.visibility, chartVisibilities),
    ...oneOf('spec.type', spec.type, chartGroupTypes),
  ];
  if (spec.type === 'System' && spec.visibility !== 'Public') {
    const detail = 'visibility must be public when type is system';
    list.push(causes.invalid('spec.visibility', spec.visibility, detail));
  }
  if (spec.type === 'Imported' && !isHttpUrl(spec.importedInfo?.addr ?? '')) {
    const addr = spec.importedInfo?.addr ?? '';
    const detail = 'the address must be an http(s) URL without credentials';
    list.push(causes.invalid('spec.importedInfo.addr', addr === '' ? '' : '<hidden>', detail));
  }
  if (!hasSoundPassword(object, box)) {
    list.push(causes.invalid('spec.importedInfo', '<hidden>', 'password must be base64'));
  }
  return list;
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return url.username === '' && url.password === '';
}

export function isChartGroup(object: object): object is ChartGroup {
  return 'kind' in object && object.kind === 'ChartGroup';
}

/** What a repoType looks at, also of a group's charts. */
export function sharedOf({ spec }: ChartGroup) {
  return {
    owners: spec.visibility === 'User' ? spec.users : undefined,
    projects: spec.visibility === 'Project' ? spec.projects : undefined,
    isForAll: false,
    isSystem: spec.type === 'System',
    isPublic: spec.visibility === 'Public',
  };
}

const subjectOf = ({ spec }: ChartGroup): Subject => ({
  kind: 'ChartGroup',
  resource: 'chartgroups',
  name: spec.name,
});

/** The container behind a ChartGroup. */
export const chartContainerOf = ({ spec }: ChartGroup) => ({
  kind: 'chart' as const,
  tenant: spec.tenantID,
  name: spec.name,
});

async function createBehind(object: ChartGroup, ports: ResourcePorts): Promise<ChartGroup> {
  try {
    await ports.containers.create(chartContainerOf(object), object.spec.visibility === 'Public');
  } catch (error) {
    throw presentBackendError(error, subjectOf(object));
  }
  const lastTransitionTime = presentTime(ports.now());
  return { ...object, status: { ...object.status, phase: 'Available', lastTransitionTime } };
}

async function updateBehind(object: ChartGroup, old: ChartGroup, ports: ResourcePorts) {
  const isPublic = object.spec.visibility === 'Public';
  if (isPublic === (old.spec.visibility === 'Public')) return;
  try {
    await ports.containers.setPublic(chartContainerOf(object), isPublic);
  } catch (error) {
    throw presentBackendError(error, subjectOf(object));
  }
}

async function updateImported(
  object: KubeObject,
  signal: AbortSignal,
  ports: ResourcePorts,
): Promise<string> {
  if (!isChartGroup(object) || object.spec.type !== 'Imported') {
    throw badRequest(`chartGroup ${object.metadata.name} type is not Imported`);
  }
  await ports.driver().syncImported(object, signal);
  return 'Success';
}
