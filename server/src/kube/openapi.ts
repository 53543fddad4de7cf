import type { DefinitionSet } from './definition-set.ts';
import type { JsonObject } from './json.ts';
import { objectAt } from './json.ts';
import { bodySchema } from './object-schema.ts';
import type { ResourceDefinition } from './resource.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

const text = (description: string) => ({ type: 'string', description });
const texts = (description: string) => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
});
const objects = (description: string) => ({
  type: 'array',
  description,
  items: { type: 'object' },
});

const objectMeta = {
  type: 'object',
  description: 'What all objects have.',
  properties: {
    name: text('Addresses the object; unique in its namespace.'),
    generateName: text('Beginning of a name that the server makes.'),
    namespace: text('Where the object is.'),
    uid: text('Of this object and no later one. Set by the server.'),
    resourceVersion: text('Changes with every change of the object. Set by the server.'),
    generation: {
      type: 'integer',
      format: 'int64',
      description: 'Counts changes of what is wished for. Set by the server.',
    },
    creationTimestamp: { ...text('RFC 3339. Set by the server.'), format: 'date-time' },
    deletionTimestamp: {
      ...text('RFC 3339, once the object is being deleted. Set by the server.'),
      format: 'date-time',
    },
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'Set by the server.',
    },
    labels: texts('For selectors.'),
    annotations: texts('For tools and people.'),
    finalizers: {
      type: 'array',
      description: 'Who must have done their part before the object goes away.',
      items: { type: 'string' },
      'x-kubernetes-patch-strategy': 'merge',
    },
    ownerReferences: {
      ...objects('Objects that this one depends on.'),
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
    managedFields: objects('Who owns which field. Set by the server.'),
    selfLink: text('Not used.'),
  },
};

const listMeta = {
  type: 'object',
  description: 'What all lists have.',
  properties: {
    resourceVersion: text('From which a watch hears of all later changes.'),
    continue: text('For the next page.'),
    remainingItemCount: {
      type: 'integer',
      format: 'int64',
      description: 'How many objects follow.',
    },
    selfLink: text('Not used.'),
  },
};

/** `io.tkestack.registry.v1.Namespace` for Namespace of registry.tkestack.io/v1. */
function modelName({ group, version, kind }: ResourceDefinition): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

type Reference = (name: string) => JsonObject;

function schemasOf(all: readonly ResourceDefinition[], reference: Reference): JsonObject {
  const models = all.flatMap((definition): [string, JsonObject][] => {
    const { group, version, kind } = definition;
    const name = modelName(definition);
    const header = {
      apiVersion: text('Version of the schema of this object.'),
      kind: text('Which kind of object this is.'),
    };
    return [
      [
        name,
        {
          type: 'object',
          properties: {
            ...header,
            metadata: reference(META),
            ...objectAt(bodySchema(definition.body), 'properties'),
          },
          'x-kubernetes-group-version-kind': [{ group, kind, version }],
        },
      ],
      [
        `${name}List`,
        {
          type: 'object',
          required: ['items'],
          properties: {
            ...header,
            metadata: reference(LIST_META),
            items: { type: 'array', items: reference(name) },
          },
          'x-kubernetes-group-version-kind': [{ group, kind: `${kind}List`, version }],
        },
      ],
    ];
  });
  return { ...Object.fromEntries(models), [META]: objectMeta, [LIST_META]: listMeta };
}

const QUERY = ['dryRun', 'fieldManager', 'fieldValidation', 'force'];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

function pathOf({ group, version, resource, namespaced }: ResourceDefinition): string {
  const scope = namespaced ? 'namespaces/{namespace}/' : '';
  return `/apis/${group}/${version}/${scope}${resource}`;
}

/** kubectl looks for `dryRun` among the parameters of a kind's PATCH before it tries a dry run. */
function pathsOf(all: readonly ResourceDefinition[], parameter: Reference): JsonObject {
  const paths = all.flatMap((definition): [string, JsonObject][] => {
    const { group, version, kind } = definition;
    const operation = (action: string, id: string) => ({
      operationId: `${id}${kind}`,
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group, kind, version },
      parameters: QUERY.map(parameter),
      responses: { '200': { description: 'OK' } },
    });
    const path = pathOf(definition);
    return [
      [path, { get: operation('list', 'list'), post: operation('post', 'create') }],
      [
        `${path}/{name}`,
        {
          get: operation('get', 'read'),
          put: operation('put', 'replace'),
          delete: operation('delete', 'delete'),
          patch: { ...operation('patch', 'patch'), consumes: PATCH_TYPES },
        },
      ],
    ];
  });
  return Object.fromEntries(paths);
}

function queryType(name: string): string {
  return name === 'force' ? 'boolean' : 'string';
}

/** `/openapi/v2` (Swagger 2.0). */
export function describeV2({ all }: DefinitionSet, version: string): JsonObject {
  return {
    swagger: '2.0',
    info: { title: 'Berth', version },
    paths: pathsOf(all, (name) => ({
      name,
      in: 'query',
      type: queryType(name),
      uniqueItems: true,
    })),
    definitions: schemasOf(all, (name) => ({ $ref: `#/definitions/${name}` })),
  };
}

/** `/openapi/v3/apis/{group}/{version}`; undefined: there is no such version. */
export function describeV3(
  { all }: DefinitionSet,
  group: string,
  groupVersion: string,
  version: string,
): JsonObject | undefined {
  const kinds = all.filter((each) => each.group === group && each.version === groupVersion);
  if (kinds.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Berth', version },
    paths: pathsOf(kinds, (name) => ({ name, in: 'query', schema: { type: queryType(name) } })),
    components: {
      schemas: schemasOf(kinds, (name) => ({ $ref: `#/components/schemas/${name}` })),
    },
  };
}

/** `/openapi/v3` */
export function listV3({ all }: DefinitionSet): JsonObject {
  const versions = new Set(all.map(({ group, version }) => `apis/${group}/${version}`));
  const entries = [...versions].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]);
  return { paths: Object.fromEntries(entries) };
}
