import { expect } from 'vitest';
import type { Answer } from '../registry.ts';

type Kind = 'whole' | 'text' | 'flag' | 'time' | 'list' | 'list or null' | 'object';

/** The fields of one of Harbor's models; with `?` one that empty values leave out. */
export type Model = Readonly<Record<string, Kind | `${Kind}?`>>;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const checks: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  whole: Number.isSafeInteger,
  text: (value) => typeof value === 'string',
  flag: (value) => typeof value === 'boolean',
  time: (value) => typeof value === 'string' && TIME.test(value),
  list: Array.isArray,
  'list or null': (value) => value === null || (Array.isArray(value) && value.length > 0),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Fields may be added to Harbor's, but none may be missing or of another type. */
export function expectModel(value: unknown, model: Model): void {
  const fields = new Map(Object.entries(value ?? {}));
  for (const [name, spec] of Object.entries(model)) {
    const kind = spec.replace('?', '');
    if (spec.endsWith('?') && !fields.has(name)) continue;
    const check = Object.entries(checks).find(([known]) => known === kind)?.[1];
    expect(check?.(fields.get(name)), `${name} in ${JSON.stringify(value)}`).toBe(true);
  }
}

/** A page of a list: its headers, and every item. Gives the items. */
export function expectPage(answer: Answer, model: Model): Record<string, unknown>[] {
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-total-count')).toMatch(/^\d+$/);
  return expectItems(answer.json, model);
}

export function expectItems(list: unknown, model: Model): Record<string, unknown>[] {
  expect(Array.isArray(list)).toBe(true);
  const items = Array.isArray(list) ? list : [];
  for (const item of items) expectModel(item, model);
  return items.map((item) => Object.fromEntries(Object.entries(item ?? {})));
}

/** An update or a delete: 200 without a body, not 204. */
export function expectDone(answer: Answer): void {
  expect([answer.status, answer.text]).toEqual([200, '']);
}

export function expectRefusal(answer: Answer, status: number, code: string): void {
  expect([answer.status, ...answer.codes]).toEqual([status, code]);
}

/** The id at the end of the Location of a 201. */
export function expectCreated(answer: Answer): number {
  expect([answer.status, answer.text.startsWith('{"errors"')]).toEqual([201, false]);
  const id = Number(answer.headers.get('location')?.split('/').at(-1));
  expect(id).toBeGreaterThan(0);
  return id;
}

/** A field of a JSON object; undefined where there is none. */
export function fieldOf(json: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined,
    json,
  );
}

// Harbor's models (harbor.md §1), by the name that its documents give them.
export const models = {
  user: {
    user_id: 'whole',
    username: 'text',
    email: 'text?',
    realname: 'text?',
    comment: 'text?',
    sysadmin_flag: 'flag',
    admin_role_in_auth: 'flag',
    creation_time: 'time',
    update_time: 'time',
  },
  userSearch: { user_id: 'whole', username: 'text' },
  permission: { resource: 'text', action: 'text' },
  group: { id: 'whole', group_name: 'text', group_type: 'whole', ldap_group_dn: 'text?' },
  groupSearch: { id: 'whole', group_name: 'text', group_type: 'whole' },
  project: {
    project_id: 'whole',
    owner_id: 'whole',
    owner_name: 'text',
    name: 'text',
    creation_time: 'time',
    update_time: 'time',
    repo_count: 'whole',
    current_user_role_id: 'whole?',
    current_user_role_ids: 'list?',
    metadata: 'object',
    cve_allowlist: 'object',
  },
  summary: {
    repo_count: 'whole',
    project_admin_count: 'whole',
    maintainer_count: 'whole',
    developer_count: 'whole',
    guest_count: 'whole',
    limited_guest_count: 'whole',
    quota: 'object',
  },
  member: {
    id: 'whole',
    project_id: 'whole',
    entity_name: 'text',
    entity_id: 'whole',
    entity_type: 'text',
    role_id: 'whole',
    role_name: 'text',
  },
  robot: {
    id: 'whole',
    name: 'text',
    description: 'text?',
    level: 'text',
    duration: 'whole',
    editable: 'flag',
    disable: 'flag',
    expires_at: 'whole',
    permissions: 'list',
    creation_time: 'time',
    update_time: 'time',
  },
  robotCreated: {
    id: 'whole',
    name: 'text',
    secret: 'text',
    creation_time: 'time',
    expires_at: 'whole',
  },
  statistics: {
    private_project_count: 'whole',
    private_repo_count: 'whole',
    public_project_count: 'whole',
    public_repo_count: 'whole',
    total_project_count: 'whole',
    total_repo_count: 'whole',
    total_storage_consumption: 'whole',
  },
  searchedRepository: {
    project_id: 'whole',
    project_name: 'text',
    project_public: 'flag',
    repository_name: 'text',
    pull_count: 'whole',
    artifact_count: 'whole',
  },
  quota: {
    id: 'whole',
    ref: 'object',
    hard: 'object',
    used: 'object',
    creation_time: 'time',
    update_time: 'time',
  },
  allowlist: {
    id: 'whole',
    project_id: 'whole',
    expires_at: 'whole?',
    items: 'list',
    creation_time: 'time',
    update_time: 'time',
  },
  auditLog: {
    id: 'whole',
    username: 'text',
    resource: 'text',
    resource_type: 'text',
    operation: 'text',
    op_time: 'time',
  },
  auditLogExt: {
    id: 'whole',
    username: 'text',
    resource: 'text',
    resource_type: 'text',
    operation: 'text',
    operation_description: 'text',
    operation_result: 'flag',
    op_time: 'time',
  },
} as const satisfies Readonly<Record<string, Model>>;
