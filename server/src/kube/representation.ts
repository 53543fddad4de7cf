import type { KubeObject } from './object.ts';
import { presentObject } from './object-body.ts';
import type { ListMeta } from './object-lister.ts';
import type { Column, ResourceDefinition } from './resource.ts';
import { StatusError } from './status-error.ts';

/** In which shape an answer is asked for. */
export interface Representation {
  readonly shape: 'object' | 'table' | 'metadata';
  /** Of the table or the metadata. */
  readonly apiVersion: string;
  readonly isYaml: boolean;
}

const META_VERSIONS: ReadonlySet<string> = new Set(['v1', 'v1beta1']);
const SHAPES: Readonly<Record<string, Representation['shape']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

const plain: Representation = { shape: 'object', apiVersion: '', isYaml: false };

/** The first thing in `Accept` that can be given. @throws StatusError 406 */
export function negotiate(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === '') return plain;
  for (const wish of accept.split(',')) {
    const found = accepted(wish);
    if (found !== undefined) return found;
  }
  const message =
    'only the following media types are accepted: application/json, application/yaml, application/json;stream=watch';
  throw new StatusError(406, 'NotAcceptable', message, { details: {} });
}

function accepted(wish: string): Representation | undefined {
  const [type = '', ...rest] = wish.split(';').map((part) => part.trim());
  const isYaml = type === 'application/yaml' || type === 'text/yaml';
  if (!isYaml && !['application/json', 'application/*', '*/*'].includes(type)) return undefined;
  const parameters = new Map(
    rest.map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key.trim(), value.trim()];
    }),
  );
  const as = parameters.get('as');
  if (as === undefined) return { ...plain, isYaml };
  const shape = Object.hasOwn(SHAPES, as) ? SHAPES[as] : undefined;
  const version = parameters.get('v') ?? '';
  const isMeta = parameters.get('g') === 'meta.k8s.io' && META_VERSIONS.has(version);
  if (shape === undefined || !isMeta) return undefined;
  return { shape, apiVersion: `meta.k8s.io/${version}`, isYaml };
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** What is told of an object, or of one in an event of a watch. */
export function presentOne(
  definition: ResourceDefinition,
  object: KubeObject,
  { shape, apiVersion }: Representation,
  include: IncludeObject,
  withColumns = true,
): object {
  if (shape === 'table') {
    const { resourceVersion } = object.metadata;
    const metadata = { resourceVersion };
    return tableOf(definition, [object], { metadata, apiVersion, include, withColumns });
  }
  return shape === 'metadata' ? partial(object, apiVersion) : presentObject(definition, object);
}

/** A list of objects. */
export function presentMany(
  definition: ResourceDefinition,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  { shape, apiVersion }: Representation,
  include: IncludeObject,
): object {
  if (shape === 'table') {
    return tableOf(definition, objects, { metadata, apiVersion, include, withColumns: true });
  }
  if (shape === 'metadata') {
    const items = objects.map((object) => partial(object, apiVersion));
    return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items };
  }
  const { group, version, kind } = definition;
  return {
    kind: `${kind}List`,
    apiVersion: group === '' ? version : `${group}/${version}`,
    metadata,
    items: objects.map((object) => presentObject(definition, object)),
  };
}

function partial({ metadata }: KubeObject, apiVersion: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

const NAME_FORMAT = 'name';

const nameColumn: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  priority: 0,
  description: 'The name that addresses the object.',
  valueOf: ({ metadata }) => metadata.name,
};
const createdColumn: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  priority: 0,
  description: 'When the object was created, in UTC.',
  valueOf: ({ metadata }) => metadata.creationTimestamp,
};

interface TableOptions {
  readonly metadata: ListMeta;
  readonly apiVersion: string;
  readonly include: IncludeObject;
  /** Later events of a watch need not say them again. */
  readonly withColumns: boolean;
}

function tableOf(
  definition: ResourceDefinition,
  objects: readonly KubeObject[],
  { metadata, apiVersion, include, withColumns }: TableOptions,
): object {
  const columns = [nameColumn, ...definition.columns, createdColumn];
  const columnDefinitions = columns.map((column) => ({
    name: column.name,
    type: column.type,
    format: column === nameColumn ? NAME_FORMAT : '',
    description: column.description,
    priority: column.priority,
  }));
  return {
    kind: 'Table',
    apiVersion,
    metadata,
    columnDefinitions: withColumns ? columnDefinitions : [],
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.valueOf(object)),
      object: rowObject(definition, object, apiVersion, include),
    })),
  };
}

function rowObject(
  definition: ResourceDefinition,
  object: KubeObject,
  apiVersion: string,
  include: IncludeObject,
): object | null {
  if (include === 'None') return null;
  return include === 'Object' ? presentObject(definition, object) : partial(object, apiVersion);
}
