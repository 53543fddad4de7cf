import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Answer } from './http.ts';
import type { TkeCall, TkeWorld } from './world.ts';

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
});

const kubeObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata,
  spec: z.record(z.string(), z.unknown()).default({}),
  status: z.record(z.string(), z.unknown()).default({}),
});

const kubeList = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    resourceVersion: z.string(),
    continue: z.string().optional(),
    remainingItemCount: z.number().optional(),
  }),
  items: z.array(z.unknown()),
});

const status = z.strictObject({
  kind: z.literal('Status'),
  apiVersion: z.literal('v1'),
  metadata: z.strictObject({}),
  status: z.literal('Failure'),
  message: z.string(),
  reason: z.string(),
  details: z
    .looseObject({
      name: z.string().optional(),
      group: z.string().optional(),
      kind: z.string().optional(),
      causes: z
        .array(z.strictObject({ reason: z.string(), message: z.string(), field: z.string() }))
        .optional(),
    })
    .optional(),
  code: z.number(),
});

export type TkeObject = z.infer<typeof kubeObject>;
/** With items as what they are. */
export interface TkeList {
  readonly metadata: z.infer<typeof kubeList>['metadata'];
  readonly items: TkeObject[];
}

type Who = Pick<TkeCall, 'as' | 'tenant' | 'host'>;

export const API_VERSION = 'registry.tkestack.io/v1';

const kinds: Readonly<Record<string, string>> = {
  namespaces: 'Namespace',
  repositories: 'Repository',
  chartgroups: 'ChartGroup',
  charts: 'Chart',
  members: 'Member',
  configmaps: 'ConfigMap',
};

/** A name that no other test has; some letters, then digits and letters. */
export function unique(prefix: string): string {
  return `${prefix}${randomBytes(4).toString('hex')}`;
}

/** Fails with the whole answer when it has another status. */
export function expectStatus({ status, text }: Answer, expected: number): void {
  expect([status, text]).toEqual([expected, expect.anything()]);
}

/** `spec.name`: what people call it. */
export function nameOf({ spec }: TkeObject): string {
  return String(spec['name']);
}

export function parseObject(value: unknown): TkeObject {
  return kubeObject.parse(value);
}

/** What is to be POSTed to `/{resource}`. */
export function bodyOf(resource: string, spec: object, more: object = {}): object {
  return {
    apiVersion: API_VERSION,
    kind: kinds[resource.split('/').at(-1) ?? ''],
    metadata: {},
    spec,
    ...more,
  };
}

/** POSTs one, by the administrator unless told. */
export async function create(
  world: TkeWorld,
  resource: string,
  spec: object,
  who: Who = { as: 'admin' },
): Promise<TkeObject> {
  const answer = await world.api(`/${resource}`, {
    ...who,
    method: 'POST',
    json: bodyOf(resource, spec),
  });
  expectStatus(answer, 201);
  return parseObject(answer.json);
}

export async function get(
  world: TkeWorld,
  path: string,
  who: Who = { as: 'admin' },
): Promise<TkeObject> {
  const answer = await world.api(path, who);
  expectStatus(answer, 200);
  return parseObject(answer.json);
}

/** A whole list, or the page that the query asks for. */
export async function list(
  world: TkeWorld,
  path: string,
  call: TkeCall = { as: 'admin' },
): Promise<TkeList> {
  const answer = await world.api(path, call);
  expectStatus(answer, 200);
  const page = kubeList.parse(answer.json);
  // Items of a list say neither kind nor version in Kubernetes' Go clients; ours may.
  const items = page.items.map((item) =>
    kubeObject.parse({ kind: 'item', apiVersion: API_VERSION, ...z.looseObject({}).parse(item) }),
  );
  return { metadata: page.metadata, items };
}

/** `spec.name` of a list's items, sorted. */
export async function names(world: TkeWorld, path: string, call?: TkeCall): Promise<string[]> {
  const { items } = await list(world, path, call);
  return items.map(nameOf).toSorted();
}

export function put(
  world: TkeWorld,
  path: string,
  object: object,
  who: Who = { as: 'admin' },
): Promise<Answer> {
  return world.api(path, { ...who, method: 'PUT', json: object });
}

/** By `application/merge-patch+json`, as TKE's console does it. */
export function patch(
  world: TkeWorld,
  path: string,
  change: object,
  who: Who = { as: 'admin' },
): Promise<Answer> {
  return world.api(path, {
    ...who,
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(change),
  });
}

/** Changes fields of an object's status. */
export async function setStatus(world: TkeWorld, path: string, change: object): Promise<void> {
  const answer = await patch(world, `${path}/status`, { status: change });
  expectStatus(answer, 200);
}

/** The Status of a refusal, which must be one that kubectl understands. */
export function refusalOf(answer: Answer): z.infer<typeof status> {
  const refusal = status.parse(answer.json);
  expect(refusal.code).toBe(answer.status);
  return refusal;
}

/** Code, reason and causes, in short. */
export function shortRefusal(answer: Answer): unknown {
  const { code, reason, details } = refusalOf(answer);
  return { code, reason, causes: details?.causes };
}

/** The one object of a list with this `spec.name`; undefined when there is none. */
export async function findByName(
  world: TkeWorld,
  path: string,
  name: string,
  who: Who = { as: 'admin' },
): Promise<TkeObject | undefined> {
  const { items } = await list(world, path, who);
  const found = items.filter(({ spec }) => spec['name'] === name);
  expect(found.length).toBeLessThan(2);
  return found[0];
}
