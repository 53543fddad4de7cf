import type { Cause, KubeCaller, ResourceDefinition } from '../../kube/index.ts';
import type { Names } from '../names.ts';
import { memberBody } from './bodies.ts';
import { canonical } from './canonical.ts';
import { causes } from './causes.ts';
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
import { forbidden } from './refusals.ts';
import { API_VERSION, keys, type Member } from './types.ts';

const roles = ['admin', 'member', 'viewer'] as const;
const projectRoles = ['owner', 'member', 'viewer'] as const;

const columns = [
  column<Member>('User', 'Who belongs to the tenant.', ({ spec }) => spec.username),
  column<Member>('Role', 'As what.', ({ spec }) => spec.role),
  column<Member>('Tenant', 'To which.', ({ spec }) => spec.tenantID),
  column<Member>(
    'Projects',
    'Business projects with the role there.',
    ({ spec }) => (spec.projects ?? []).map(({ name, role }) => `${name}:${role}`).join(','),
    { isWide: true },
  ),
];

/** The kind that ties users to tenants; only their administrators write it. */
export function memberResource(ports: ResourcePorts): ResourceDefinition<Member> {
  return {
    ...versioned,
    kind: 'Member',
    resource: 'members',
    singular: 'member',
    shortNames: ['mbr'],
    namespaced: false,
    verbs: allVerbs,
    namePrefix: 'mbr-',
    subresources: [],
    connects: [],
    body: memberBody,
    columns,
    fieldsOf: ({ spec }) => ({ 'spec.tenantID': spec.tenantID, 'spec.username': spec.username }),
    virtualFields: [],
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: ({ spec }) => keys.member(spec.tenantID, spec.username),
    fuzzyTexts: undefined,
    withDefaults,
    prepareCreate: (object, caller) => {
      refuseOthers(object, caller);
      const tenantID = tenantFor(object.spec.tenantID, caller, ports.defaultTenant);
      return { ...object, spec: { ...object.spec, tenantID } };
    },
    validateCreate: async (object, objects) => {
      const { tenantID, username } = object.spec;
      const key = keys.member(tenantID, username);
      const isTaken = username !== '' && (await objects.findUnique('Member', key)) !== undefined;
      const isKnown = username === '' || (await ports.findUserId(username)) !== undefined;
      return [
        ...(username === '' ? [causes.required('spec.username', 'must specify username')] : []),
        ...(isTaken ? [causes.duplicate('spec.username', username)] : []),
        ...(isKnown ? [] : [causes.notFound('spec.username', username)]),
        ...tenantCauses(ports.names, tenantID),
        ...valueCauses(object),
      ];
    },
    prepareUpdate: (object, old, caller) => {
      refuseOthers(object, caller);
      const tenantID = tenantOfUpdate(object.spec.tenantID, old.spec.tenantID, caller);
      const { status } = old;
      return { ...object, spec: { ...object.spec, tenantID }, ...(status && { status }) };
    },
    validateUpdate: async (object, old) => [
      ...unchanged('spec.tenantID', object.spec.tenantID, old.spec.tenantID, 'tenant'),
      ...unchanged('spec.username', object.spec.username, old.spec.username, 'username'),
      ...valueCauses(object),
    ],
    afterCreate: async (object) => {
      const userID = await ports.findUserId(object.spec.username);
      return userID === undefined ? undefined : { ...object, status: { userID } };
    },
    narrow: async (terms) => ({ terms, matches: undefined }),
    markDeleting: (object) => object,
    finalizersOf: () => [],
    deletingMessage: 'the Member is being deleted',
  };
}

function withDefaults(object: Member): Member {
  const { spec } = memberBody.parse(object);
  const projects = (spec?.projects ?? []).map(({ name, role }) => ({
    name,
    role: canonical(role || 'member', projectRoles),
  }));
  return {
    apiVersion: API_VERSION,
    kind: 'Member',
    metadata: object.metadata,
    spec: {
      tenantID: spec?.tenantID ?? '',
      username: spec?.username ?? '',
      role: canonical(spec?.role || 'member', roles),
      projects,
    },
  };
}

/** @throws StatusError 403 */
function refuseOthers({ spec }: Member, caller: KubeCaller): void {
  if (isTenantAdmin(caller)) return;
  throw forbidden(
    { kind: 'Member', resource: 'members', name: spec.username },
    'only administrators of the tenant say who belongs to it',
  );
}

function tenantCauses(names: Names, tenantID: string): readonly Cause[] {
  return nameCauses(names, 'image', { tenantID, name: 'a' });
}

function valueCauses({ spec }: Member): readonly Cause[] {
  const projects = spec.projects ?? [];
  return [
    ...oneOf('spec.role', spec.role, roles),
    ...projects.flatMap(({ name, role }, index) => [
      ...(name === ''
        ? [causes.required(`spec.projects[${index}].name`, 'must specify name')]
        : []),
      ...oneOf(`spec.projects[${index}].role`, role, projectRoles),
    ]),
  ];
}
