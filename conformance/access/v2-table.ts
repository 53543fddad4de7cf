import type { RepositoryFacts } from './fixture.ts';

/** The same for the registry's protocol, from Harbor's actions of `repository`. */
export interface V2Row {
  readonly method: string;
  readonly endpoint: V2Endpoint;
  readonly allowed: string;
}

const pull = 'lgdmpsrR';
const push = 'dmpsrR';
const remove = 'mpsrR';

export const endpoints = {
  base: () => '/v2/',
  catalog: () => '/v2/_catalog',
  manifest: ({ name, tag }) => `/v2/${name}/manifests/${tag}`,
  manifestByDigest: ({ name, manifest }) => `/v2/${name}/manifests/${manifest}`,
  blob: ({ name, blob }) => `/v2/${name}/blobs/${blob}`,
  uploads: ({ name }) => `/v2/${name}/blobs/uploads/`,
  upload: ({ name, upload }) => `/v2/${name}/blobs/uploads/${upload}`,
  tags: ({ name }) => `/v2/${name}/tags/list`,
  referrers: ({ name, manifest }) => `/v2/${name}/referrers/${manifest}`,
} satisfies Record<string, (repository: RepositoryFacts) => string>;

export type V2Endpoint = keyof typeof endpoints;

export const v2Endpoints: readonly V2Endpoint[] = [
  'base',
  'catalog',
  'manifest',
  'manifestByDigest',
  'blob',
  'uploads',
  'upload',
  'tags',
  'referrers',
];

/** Those that belong to no repository; the catalog shows each caller what it may see. */
export const registryRows: readonly V2Row[] = [
  { method: 'GET', endpoint: 'base', allowed: 'olgdmpsrR' },
  { method: 'HEAD', endpoint: 'base', allowed: 'olgdmpsrR' },
  { method: 'GET', endpoint: 'catalog', allowed: 'olgdmpsrR' },
];

const rights: readonly (readonly [V2Endpoint, Readonly<Record<string, string>>])[] = [
  ['manifest', { GET: pull, HEAD: pull, PUT: push, DELETE: remove }],
  ['manifestByDigest', { GET: pull, HEAD: pull, PUT: push, DELETE: remove }],
  ['blob', { GET: pull, HEAD: pull, DELETE: remove }],
  ['uploads', { POST: push }],
  ['upload', { GET: push, HEAD: push, PATCH: push, PUT: push, DELETE: push }],
  ['tags', { GET: pull, HEAD: pull }],
  ['referrers', { GET: pull, HEAD: pull }],
];

export const repositoryRows: readonly V2Row[] = rights.flatMap(([endpoint, methods]) =>
  Object.entries(methods).map(([method, allowed]) => ({ method, endpoint, allowed })),
);
