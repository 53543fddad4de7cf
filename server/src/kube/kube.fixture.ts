import { createServer, type Server } from 'node:http';
import { z } from 'zod';
import { anonymous } from '../access/index.ts';
import type { KubeCaller } from './caller.ts';
import { createKubeApi, type KubeApi, type KubeApiPorts, type KubeAuditEntry } from './kube-api.ts';
import type { KubeStore } from './kube-objects.ts';
import type { KubeObject, ObjectMeta } from './object.ts';
import type { ResourceDefinition } from './resource.ts';
import { type Cause, StatusError } from './status-error.ts';

export interface Shelf extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly displayName?: string;
    readonly users: readonly string[];
    readonly finalizers: readonly string[];
    readonly secret?: string;
  };
  readonly status: { readonly phase: string; readonly count: number };
}

export interface Book extends KubeObject {
  readonly spec: { readonly title: string; readonly tenantID: string };
}

const shelfBody = z.object({
  spec: z
    .object({
      name: z.string().nullish().describe('What people call it.'),
      tenantID: z.string().nullish(),
      displayName: z.string().nullish(),
      users: z.array(z.string()).nullish(),
      finalizers: z.array(z.string()).nullish(),
      secret: z.string().nullish(),
    })
    .nullish()
    .describe('What is wished for.'),
  status: z.object({ phase: z.string().nullish(), count: z.int().nullish() }).nullish(),
});

const base = {
  group: 'example.berth.dev',
  version: 'v1',
  verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
  virtualFields: [],
  fuzzyTexts: undefined,
  narrow: async (terms) => ({ terms, matches: undefined }),
  finalizersOf: () => [],
  deletingMessage: 'the content is being removed',
} as const satisfies Partial<ResourceDefinition>;

/** What the made-up back end is to do. */
export interface Backend {
  create: (shelf: Shelf) => Promise<void>;
  update: (shelf: Shelf) => Promise<void>;
}

export function idleBackend(): Backend {
  return { create: () => Promise.resolve(), update: () => Promise.resolve() };
}

const shown = {
  connects: [
    {
      name: 'version',
      methods: ['GET'],
      takesPath: true,
      handle: async ({ object, path }) => ({ name: object.metadata.name, path }),
    },
  ],
  body: shelfBody,
  columns: [
    {
      name: 'Title',
      type: 'string',
      priority: 0,
      description: 'What people call it.',
      valueOf: ({ spec }) => spec.name,
    },
  ],
} satisfies Partial<ResourceDefinition<Shelf>>;

/** Of the cluster, named by the server, with status and finalizers, as TKE's are. */
export function shelfDefinition(backend: Backend): ResourceDefinition<Shelf> {
  return {
    ...base,
    kind: 'Shelf',
    resource: 'namespaces',
    singular: 'namespace',
    shortNames: ['sh'],
    namespaced: false,
    namePrefix: 'shelf-',
    subresources: ['status', 'finalize'],
    ...shown,
    fieldsOf: ({ spec }) => ({ 'spec.name': spec.name, 'spec.tenantID': spec.tenantID }),
    fuzzyTexts: ({ spec }) => [spec.name, spec.displayName ?? ''],
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: ({ spec }) => `${spec.tenantID}/${spec.name}`,
    present: withoutSecret,
    withDefaults: completeShelf,
    prepareCreate: (shelf, { tenantId, isPrivileged }) => ({
      ...shelf,
      spec: { ...shelf.spec, tenantID: isPrivileged ? shelf.spec.tenantID : (tenantId ?? '') },
    }),
    validateCreate: async ({ spec }) =>
      spec.name === ''
        ? [
            {
              reason: 'FieldValueRequired',
              message: 'Required value: must specify name',
              field: 'spec.name',
            },
          ]
        : [],
    prepareUpdate: (shelf, old) => ({
      ...shelf,
      spec: {
        ...shelf.spec,
        finalizers: old.spec.finalizers,
        ...(old.spec.secret !== undefined && { secret: old.spec.secret }),
      },
    }),
    validateUpdate: async ({ spec }, old) => findRenaming(spec.name, old.spec.name),
    afterCreate: async (shelf) => {
      await backend.create(shelf);
      return { ...shelf, status: { ...shelf.status, phase: 'Available' } };
    },
    afterUpdate: (shelf) => backend.update(shelf),
    checkDelete: async ({ metadata, status }) => {
      if (status.count === 0) return;
      throw new StatusError(409, 'Conflict', `${metadata.name} is not empty`);
    },
    markDeleting: (shelf) => ({ ...shelf, status: { ...shelf.status, phase: 'Terminating' } }),
    finalizersOf: ({ spec }) => spec.finalizers,
  };
}

function findRenaming(name: string, old: string): readonly Cause[] {
  if (name === old) return [];
  const message = `Invalid value: "${name}": disallowed change the name`;
  return [{ reason: 'FieldValueInvalid', message, field: 'spec.name' }];
}

function withoutSecret({ spec, ...shelf }: Shelf): Shelf {
  const { secret: _secret, ...visible } = spec;
  return { ...shelf, spec: visible };
}

function completeShelf(shelf: Shelf): Shelf {
  const { spec, status } = shelfBody.parse(shelf);
  const { apiVersion, kind, metadata } = shelf;
  return {
    apiVersion,
    kind,
    metadata,
    spec: {
      name: spec?.name ?? '',
      tenantID: spec?.tenantID ?? '',
      ...(typeof spec?.displayName === 'string' && { displayName: spec.displayName }),
      users: spec?.users ?? [],
      finalizers: spec?.finalizers ?? [],
      ...(typeof spec?.secret === 'string' && { secret: spec.secret }),
    },
    status: completeStatus(status),
  };
}

function completeStatus(status: z.infer<typeof shelfBody>['status']): Shelf['status'] {
  return { phase: status?.phase ?? 'Pending', count: status?.count ?? 0 };
}

/** In a namespace, named by clients, without status and finalizers. */
export function bookDefinition(): ResourceDefinition<Book> {
  return {
    ...base,
    kind: 'Book',
    resource: 'books',
    singular: 'book',
    shortNames: [],
    namespaced: true,
    namePrefix: undefined,
    subresources: [],
    connects: [],
    body: z.object({
      spec: z.object({ title: z.string().optional(), tenantID: z.string().optional() }).optional(),
    }),
    columns: [],
    fieldsOf: ({ spec }) => ({ 'spec.title': spec.title }),
    tenantOf: ({ spec }) => spec.tenantID,
    uniqueKey: () => undefined,
    withDefaults: ({ spec, ...book }) => ({
      ...book,
      // Clients may leave it out, which the type of what is stored does not say.
      spec: Object.assign({ title: '', tenantID: '' }, spec),
    }),
    prepareCreate: (book, { tenantId = '' }) => ({
      ...book,
      spec: { ...book.spec, tenantID: tenantId },
    }),
    validateCreate: async () => [],
    prepareUpdate: (book, { spec }) => ({
      ...book,
      spec: { ...book.spec, tenantID: spec.tenantID },
    }),
    markDeleting: (book) => book,
    validateUpdate: async () => [],
  };
}

export function callerOf(tenantId: string | undefined, username = 'ann'): KubeCaller {
  const isPrivileged = username === 'root';
  const user = { kind: 'user', id: 1, username, isAdmin: isPrivileged, groupIds: [] } as const;
  return {
    principal: tenantId === undefined && !isPrivileged ? anonymous : user,
    username,
    tenantId,
    isPrivileged,
    role: 'admin',
    projects: new Map(),
  };
}

export interface KubeStand {
  readonly api: KubeApi;
  readonly url: string;
  readonly audited: KubeAuditEntry[];
  close(): Promise<void>;
}

/** The API on a port of its own; the caller is named by the headers `tenant` and `user`. */
export async function startKubeStand(
  objects: KubeStore,
  ports: Pick<KubeApiPorts, 'log'> & Partial<KubeApiPorts>,
): Promise<KubeStand> {
  const audited: KubeAuditEntry[] = [];
  const api = createKubeApi({
    objects,
    authenticate: async ({ headers }) => {
      const { tenant, user } = headers;
      const username = typeof user === 'string' ? user : 'ann';
      return callerOf(typeof tenant === 'string' ? tenant : undefined, username);
    },
    authorize: () => undefined,
    audit: async (entry) => void audited.push(entry),
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    version: '1.0.0',
    ...ports,
  });
  const server = createServer((request, response) => api.handle(request, response, 'request-1'));
  const port = await listen(server);
  return {
    api,
    url: `http://127.0.0.1:${port}`,
    audited,
    close: async () => {
      api.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
