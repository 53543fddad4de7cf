/**
 * Who may do what in the Kubernetes-style API, written from the reference (§1.7, §5.3, §5.4): for
 * every resource, sub-resource and verb of discovery the status for each of the callers.
 */
export const callers = [
  'anonymous',
  /** The administrator of another tenant, at the host of this one. */
  'stranger',
  /** The same at the host of its own tenant: for it, nothing of this one is there. */
  'foreign',
  /** Of the tenant, and of no project. */
  'viewer',
  'member',
  /** Members of the tenant who work in the project of the objects, and who own it. */
  'worker',
  'owner',
  /** Of the tenant. */
  'admin',
  /** A system administrator. */
  'privileged',
] as const;

export type CallerName = (typeof callers)[number];

/** A status for each caller, in their order. */
type Row = readonly [what: string, statuses: string];

//                  anon str for vie mem wor own adm pri
const reading = '    401 403 404 200 200 200 200 200 200';
const listing = '    401 403 200 200 200 200 200 200 200';
const owners = '     401 403 404 403 403 403 200 200 200';
const workers = '    401 403 404 403 403 200 200 200 200';
const admins = '     401 403 404 403 403 403 403 200 200';
const sweeping = '   401 403 200 403 403 403 403 200 200';
const privileged = ' 401 403 403 403 403 403 403 403 200';
const creating = '   401 403 201 403 403 201 201 201 201';
/** The parent is not in the foreign tenant: its administrator is told which field is wrong. */
const creatingIn = ' 401 403 422 403 403 201 201 201 201';

const reads = (resource: string): readonly Row[] => [
  [`${resource} get`, reading],
  [`${resource} list`, listing],
  [`${resource} watch`, listing],
];

/** Sub-resources are for administrators and, of what controllers do, for privileged callers. */
const parts = (resource: string): readonly Row[] => [
  [`${resource}/status get`, reading],
  [`${resource}/status update`, admins],
  [`${resource}/status patch`, admins],
  [`${resource}/finalize get`, reading],
  [`${resource}/finalize update`, privileged],
  [`${resource}/finalize patch`, privileged],
];

/** Objects are private, and of a project. */
export const registryRows: readonly Row[] = [
  ['namespaces create', creating],
  ...reads('namespaces'),
  ['namespaces update', owners],
  ['namespaces patch', owners],
  ['namespaces delete', owners],
  ['namespaces deletecollection', sweeping],
  ...parts('namespaces'),

  ['repositories create', creatingIn],
  ...reads('repositories'),
  ['repositories update', workers],
  ['repositories patch', workers],
  ['repositories delete', owners],
  ['repositories deletecollection', sweeping],
  ...parts('repositories'),

  ['chartgroups create', creating],
  ...reads('chartgroups'),
  ['chartgroups update', owners],
  ['chartgroups patch', owners],
  ['chartgroups delete', owners],
  ...parts('chartgroups'),
  // The group is none that was imported: whoever may ask is told so.
  ['chartgroups/repoupdating create', '401 403 404 403 403 403 400 400 400'],

  ['charts create', creatingIn],
  ...reads('charts'),
  ['charts update', workers],
  ['charts patch', workers],
  ['charts delete', owners],
  ['charts deletecollection', sweeping],
  ...parts('charts'),
  // That it is there, the tenant may know; what is in it, who may pull it.
  ['charts/version get', '    401 403 404 403 403 200 200 200 200'],
  ['charts/version delete', owners],

  ['members create', '401 403 201 403 403 403 403 201 201'],
  ['members get', admins],
  ['members list', sweeping],
  ['members watch', sweeping],
  ['members update', admins],
  ['members patch', admins],
  ['members delete', admins],
  ['members deletecollection', sweeping],

  ['configmaps create', '401 403 403 403 403 403 403 403 201'],
  ['configmaps get', privileged],
  ['configmaps list', privileged],
  ['configmaps watch', privileged],
  ['configmaps update', privileged],
  ['configmaps patch', privileged],
  ['configmaps delete', privileged],
];

/** A key of the member's: nobody else's but its tenant's administrators' affair. */
const keyed = '401 404 404 404 200 404 404 200 200';

export const authRows: readonly Row[] = [
  ['apikeys list', '401 200 200 200 200 200 200 200 200'],
  ['apikeys get', keyed],
  ['apikeys update', keyed],
  ['apikeys patch', keyed],
  ['apikeys delete', keyed],
  ['apikeys/token create', '401 403 201 201 201 201 201 201 201'],
  // Name and password are in the body.
  ['apikeys/password create', '201 201 201 201 201 201 201 201 201'],
];

export function statusesOf(row: string): readonly number[] {
  return row.trim().split(/\s+/).map(Number);
}
