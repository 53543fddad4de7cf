import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type OpenApiDocument, presentOpenApi } from './openapi.ts';
import { findOpenApiFaults } from './openapi-faults.ts';
import { created, listed, ok } from './reply.ts';
import { anyone, authenticated, project, system } from './requirement.ts';
import { defineRoute } from './route.ts';
import {
  flagParam,
  idParam,
  line,
  listQuery,
  projectParams,
  repositoryParam,
  timestamp,
} from './schemas.ts';

const common = { tag: 'thing', summary: 'Things' };

const routes = [
  defineRoute({
    ...common,
    method: 'GET',
    path: '/things',
    operationId: 'listThings',
    can: system('thing', 'list'),
    query: listQuery.extend({ deep: flagParam.default(false), kind: z.enum(['a', 'b']) }),
    responses: { 200: z.array(z.object({ id: z.int(), made: timestamp })) },
    handle: () => listed([], 0),
  }),
  defineRoute({
    ...common,
    method: 'POST',
    path: '/things',
    operationId: 'createThing',
    can: authenticated,
    body: z.strictObject({ name: line(9), count: z.string().transform(Number).optional() }),
    responses: { 201: null },
    handle: () => created('/things/1'),
  }),
  defineRoute({
    ...common,
    method: 'GET',
    path: '/projects/{project_name_or_id}/things/{thing_id}/{repository_name}',
    operationId: 'getThing',
    can: project('thing', 'read'),
    params: projectParams.extend({ thing_id: idParam, repository_name: repositoryParam }),
    responses: { 200: z.object({ count: z.string().transform(Number) }) },
    handle: () => ok({}),
  }),
  defineRoute({
    ...common,
    method: 'POST',
    path: '/c/enter',
    operationId: 'enter',
    tag: 'login',
    can: anyone,
    body: z.object({ name: z.string() }),
    bodyType: 'form',
    isBodyOptional: true,
    responses: { 200: z.string(), 302: null },
    produces: 'text/plain',
    handle: () => ok(),
  }),
];
const document = presentOpenApi(routes, { version: '1.2.3' });

function operation(path: string, method: string) {
  const found = document.paths[path]?.[method];
  if (typeof found !== 'object' || found === null) throw new Error(`no ${method} ${path}`);
  return found;
}

function parametersOf(path: string, method: string): Map<string, unknown> {
  const found: object = operation(path, method);
  const parameters =
    'parameters' in found && Array.isArray(found.parameters) ? found.parameters : [];
  return new Map(parameters.map((parameter) => [parameter.name ?? parameter.$ref, parameter]));
}

const THINGS = '/api/v2.0/things';
const THING = '/api/v2.0/projects/{project_name_or_id}/things/{thing_id}/{repository_name}';

describe('the OpenAPI document', () => {
  it('has every route where it is served', () => {
    const found = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(found.filter((one) => !one.startsWith('parameters')).toSorted()).toEqual(
      [`get ${THINGS}`, `post ${THINGS}`, `get ${THING}`, 'post /c/enter'].toSorted(),
    );
    expect(document['tags']).toEqual([{ name: 'login' }, { name: 'thing' }]);
    expect(document['info']).toMatchObject({ title: 'Berth', version: '1.2.3' });
  });

  it('is well formed', () => {
    expect(findOpenApiFaults(document)).toEqual([]);
  });

  it('tells of parameters what they become, or at least what they are', () => {
    const query = parametersOf(THINGS, 'get');
    expect(query.get('page')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, default: 1 },
    });
    expect(query.get('deep')).toMatchObject({ schema: { type: 'boolean', default: false } });
    expect(query.get('deep')).not.toHaveProperty('schema.enum');
    expect(query.get('kind')).toMatchObject({ required: true, schema: { enum: ['a', 'b'] } });
    expect(query.get('q')).toMatchObject({
      schema: { pattern: String.raw`^[^\x00-\x1f\x7f-\x9f]*$` },
    });
    const path = parametersOf(THING, 'get');
    expect(path.get('thing_id')).toMatchObject({
      in: 'path',
      required: true,
      schema: { type: 'integer', minimum: 0 },
    });
    expect(path.get('repository_name')).toMatchObject({ schema: { type: 'string' } });
    expect([...path.keys()]).toContain('#/components/parameters/IsResourceName');
  });

  it('describes bodies as they are sent, and answers as they come back', () => {
    expect(operation(THINGS, 'post')).toMatchObject({
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              properties: { count: { type: 'string' } },
              required: ['name'],
              additionalProperties: false,
            },
          },
        },
      },
      responses: { 201: { headers: { Location: { $ref: '#/components/headers/Location' } } } },
    });
    expect(operation('/c/enter', 'post')).toMatchObject({
      requestBody: { required: false, content: { 'application/x-www-form-urlencoded': {} } },
      responses: { 200: { content: { 'text/plain': { schema: { type: 'string' } } } } },
    });
    expect(operation(THINGS, 'get')).toMatchObject({
      responses: {
        200: {
          headers: { 'X-Total-Count': {}, Link: {} },
          content: {
            'application/json': {
              schema: {
                type: 'array',
                items: {
                  properties: {
                    id: { type: 'integer' },
                    made: { type: 'string', format: 'date-time' },
                  },
                },
              },
            },
          },
        },
      },
    });
    expect(JSON.stringify(operation(THINGS, 'get'))).not.toContain('9007199254740991');
  });

  it('tells what a caller needs', () => {
    expect(operation(THINGS, 'get')).toMatchObject({
      'x-berth-requires': { kind: 'system', resource: 'thing', action: 'list' },
      security: [{ basic: [] }, { bearer: [] }, { session: [] }],
    });
    expect(operation('/c/enter', 'post')).toHaveProperty('security.0', {});
    expect(operation(THING, 'get')).toHaveProperty('security.0', {});
  });

  it('tells which refusals can happen', () => {
    const statusesOf = (path: string, method: string) => {
      const found: object = operation(path, method);
      return 'responses' in found ? Object.keys(found.responses ?? {}) : [];
    };
    expect(statusesOf(THINGS, 'get')).toEqual(['200', '400', '401', '403', '422', 'default']);
    expect(statusesOf(THING, 'get')).toEqual(['200', '400', '401', '403', '404', '422', 'default']);
    expect(statusesOf(THINGS, 'post')).toEqual([
      '201',
      '400',
      '401',
      '403',
      '413',
      '415',
      '422',
      'default',
    ]);
  });
});

describe('the check of a document', () => {
  const responses = {};
  const faultsOf = (paths: OpenApiDocument['paths']) =>
    findOpenApiFaults({ openapi: '3.1.0', paths });

  it.each<[string, OpenApiDocument['paths']]>([
    [
      'a is used twice',
      { '/x': { get: { operationId: 'a', responses }, put: { operationId: 'a', responses } } },
    ],
    ['get /{x} declares no parameters', { '/{x}': { get: { operationId: 'a', responses } } }],
    [
      'get /x declares y',
      { '/x': { get: { operationId: 'a', responses, parameters: [{ in: 'path', name: 'y' }] } } },
    ],
    ['get /x has no responses', { '/x': { get: { operationId: 'a' } } }],
    ['/{a} and /{b} are one path', { '/{a}': {}, '/{b}': {} }],
    ['#/components/x leads nowhere', { '/x': { parameters: [{ $ref: '#/components/x' }] } }],
  ])('finds that %s', (fault, paths) => {
    expect(faultsOf(paths)).toEqual([fault]);
  });
});
