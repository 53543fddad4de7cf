import { z } from 'zod';
import { withOwnPool } from './database.ts';
import type { Caller } from './http.ts';
import type { CrashServer } from './server.ts';

export type TkeKind = 'namespaces' | 'chartgroups';

/** A Namespace or ChartGroup as a list shows it. */
export interface Listed {
  readonly kind: TkeKind;
  /** Of its spec. */
  readonly name: string;
  readonly objectName: string;
  readonly uid: string;
  readonly phase: string;
  readonly isDeleting: boolean;
}

export const API = '/apis/registry.tkestack.io/v1';
export const kinds: readonly TkeKind[] = ['namespaces', 'chartgroups'];

const TABLE = { namespaces: 'Namespace', chartgroups: 'ChartGroup' } as const;
const WORD = { namespaces: 'image', chartgroups: 'chart' } as const;

const list = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({
        name: z.string(),
        uid: z.string(),
        deletionTimestamp: z.string().optional(),
      }),
      spec: z.looseObject({ name: z.string() }).optional(),
      status: z.looseObject({ phase: z.string() }).optional(),
      data: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const projects = z.array(z.looseObject({ name: z.string() }));

export function bodyOf(kind: TkeKind, name: string): Buffer {
  const spec = { name, visibility: 'Public' };
  const apiVersion = 'registry.tkestack.io/v1';
  return Buffer.from(JSON.stringify({ apiVersion, kind: TABLE[kind], metadata: {}, spec }));
}

/** Those that the tests made: the registry has a group of its own. */
export async function listObjects(caller: Caller): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (const kind of kinds) {
    const { items } = list.parse(await getJson(caller, `${API}/${kind}`));
    for (const { metadata, spec, status } of items) {
      listed.push({
        kind,
        name: spec?.name ?? '',
        objectName: metadata.name,
        uid: metadata.uid,
        phase: status?.phase ?? '',
        isDeleting: metadata.deletionTimestamp !== undefined,
      });
    }
  }
  return listed;
}

/** Names of the projects behind objects of the default tenant. */
export async function listProjects(caller: Caller): Promise<string[]> {
  const names: string[] = [];
  for (let page = 1; ; page += 1) {
    const found = projects.parse(
      await getJson(caller, `/api/v2.0/projects?page_size=100&page=${page}`),
    );
    names.push(...found.map(({ name }) => name).filter((name) => name.startsWith('default-')));
    if (found.length < 100) return names.toSorted();
  }
}

/** What the server noted of the projects that it made. */
export async function listNotes(caller: Caller): Promise<string[]> {
  const { items } = list.parse(await getJson(caller, `${API}/configmaps`));
  return items
    .filter(({ metadata }) => metadata.name.startsWith('container-'))
    .map(({ data }) => `default-${data?.['kind']}-${data?.['name']}`)
    .toSorted();
}

export function projectOf({ kind, name }: Pick<Listed, 'kind' | 'name'>): string {
  return `default-${WORD[kind]}-${name}`;
}

/** Makes all look older than any request can be, which the controllers would else wait for. */
export function age(server: CrashServer): Promise<unknown> {
  return withOwnPool(server, (pool) =>
    pool.query(
      `UPDATE kube_object SET object =
         jsonb_set(object, '{metadata,creationTimestamp}', '"2020-01-01T00:00:00Z"')`,
    ),
  );
}

async function getJson(caller: Caller, path: string): Promise<unknown> {
  const { status, body } = await caller.call('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
  return JSON.parse(body.toString());
}
