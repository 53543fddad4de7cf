import { z } from 'zod';
import { component, components, type Referenced } from './openapi-components.ts';
import { fullPath } from './path.ts';
import type { AnswerHeader, ApiRoute } from './route.ts';
import { flagParam } from './schemas.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** OpenAPI 3.1, as far as we use it. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [member: string]: unknown;
}

/**
 * The OpenAPI document of some routes: what the adapter accepts and answers, from the very schemas
 * it uses. What a caller needs stands in `x-berth-requires`.
 *
 * @param options.version of Berth
 */
export function presentOpenApi(
  routes: readonly ApiRoute[],
  { version }: { readonly version: string },
): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[fullPath(route.path)] ??= {
      parameters: [component('parameters', 'RequestId')],
    });
    path[route.method.toLowerCase()] = presentOperation(route);
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))].toSorted();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version,
      description: "An artifact registry's REST API, which is Harbor's v2.0 and more.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: tags.map((name) => ({ name })),
    paths,
    components,
  };
}

function presentOperation(route: ApiRoute): object {
  const parameters = [
    ...pathParameters(route),
    ...queryParameters(route),
    ...nameParameters(route),
  ];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    security: presentSecurity(route),
    'x-berth-requires': route.can,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && { requestBody: presentBody(route, route.body) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.responses).map(([status, schema]) => [
          status,
          presentAnswer(route, Number(status), schema),
        ]),
      ),
      ...presentRefusals(route),
    },
  };
}

function presentSecurity({ can }: ApiRoute): object[] {
  const needsLogin =
    can.kind === 'authenticated' ||
    can.kind === 'system' ||
    (can.kind === 'project' && can.authenticated);
  return [...(needsLogin ? [] : [{}]), { basic: [] }, { bearer: [] }, { session: [] }];
}

function pathParameters(route: ApiRoute): Parameter[] {
  const schemas = parameterSchemas(route.params);
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: schemas.get(name)?.schema ?? { type: 'string' },
  }));
}

function queryParameters(route: ApiRoute): Parameter[] {
  return [...parameterSchemas(route.query)].map(([name, { schema, isRequired }]) => ({
    name,
    in: 'query',
    required: isRequired,
    schema,
  }));
}

function nameParameters({ path }: ApiRoute): Referenced[] {
  return path.includes('{project_name_or_id}') ? [component('parameters', 'IsResourceName')] : [];
}

/**
 * Parameters are text that is parsed: what they become tells more than what they are, and is left
 * out only where nothing is known of it.
 */
function parameterSchemas(
  schema: z.ZodType | undefined,
): Map<string, { schema: JsonSchema; isRequired: boolean }> {
  if (schema === undefined) return new Map();
  const input = toJsonSchema(schema, 'input');
  const output = toJsonSchema(schema, 'output').properties ?? {};
  return new Map(
    Object.entries(input.properties ?? {}).map(([name, before]) => {
      const after = output[name];
      const known = isTelling(after) ? after : before;
      return [
        name,
        {
          schema: typeof known === 'boolean' ? {} : known,
          isRequired: input.required?.includes(name) ?? false,
        },
      ];
    }),
  );
}

function isTelling(schema: JsonSchema | boolean | undefined): schema is JsonSchema {
  return (
    typeof schema === 'object' &&
    ['type', 'enum', 'const', 'anyOf', 'oneOf'].some((key) => key in schema)
  );
}

function presentBody(route: ApiRoute, body: z.ZodType): object {
  const type = route.bodyType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    required: route.isBodyOptional !== true,
    content: { [type]: { schema: toJsonSchema(body, 'input') } },
  };
}

function presentAnswer(route: ApiRoute, status: number, schema: z.ZodType | null): object {
  const isRedirect = status >= 300 && status < 400;
  return {
    description: descriptions[status] ?? describeKind(status),
    headers: {
      'X-Request-Id': component('headers', 'RequestId'),
      ...((status === 201 || isRedirect) && { Location: component('headers', 'Location') }),
      ...(isPage(route, schema) && {
        'X-Total-Count': component('headers', 'TotalCount'),
        Link: component('headers', 'Link'),
      }),
      ...Object.fromEntries((route.answers ?? []).map((name) => [name, ownHeader(name)])),
    },
    ...(schema !== null && {
      content: {
        [route.produces ?? 'application/json']: { schema: toJsonSchema(schema, 'output') },
      },
    }),
  };
}

function ownHeader(name: AnswerHeader): Referenced {
  return component('headers', name.replace('X-Berth-', '').replaceAll('-', ''));
}

function describeKind(status: number): string {
  if (status >= 400) return 'Refused, with an answer of its own';
  return status >= 300 ? 'Look at Location' : 'Success';
}

const descriptions: Readonly<Record<number, string>> = {
  201: 'Created',
  202: 'Accepted: the work goes on after the answer',
};

function isPage({ query }: ApiRoute, schema: z.ZodType | null): boolean {
  return schema instanceof z.ZodArray && query instanceof z.ZodObject && 'page' in query.shape;
}

/** Which refusals can happen at all; `default` stands for those that depend on the data. */
function presentRefusals(route: ApiRoute): Record<string, Referenced | object> {
  const { can, body, query, method, errors } = route;
  const isUnsafe = method !== 'GET' && method !== 'HEAD';
  const hasParams = route.path.includes('{');
  const statuses = [
    '400',
    '401',
    ...(isUnsafe || can.kind !== 'anyone' ? ['403'] : []),
    ...(hasParams ? ['404'] : []),
    ...(body === undefined ? [] : ['413', '415']),
    ...(hasParams || query !== undefined || body !== undefined ? ['422'] : []),
    'default',
  ];
  const told = statuses.filter((status) => !(status in route.responses));
  if (errors !== undefined) {
    const refusal = {
      description: 'Refused',
      content: { 'application/json': { schema: toJsonSchema(errors.model, 'output') } },
    };
    return Object.fromEntries(told.map((status) => [status, refusal]));
  }
  return Object.fromEntries(
    told.map((status) => [status, component('responses', refusals[status] ?? 'Refused')]),
  );
}

const refusals: Readonly<Record<string, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  413: 'TooLarge',
  415: 'UnsupportedMediaType',
  422: 'Unprocessable',
};

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => simplify(zodSchema, jsonSchema),
  });
  return json;
}

/** Says in JSON Schema's own words what Zod says in long patterns, or cannot say at all. */
function simplify(zodSchema: z.core.$ZodType, json: JsonSchema): void {
  if (zodSchema === flagParam) {
    delete json.enum;
    json.type = 'boolean';
  }
  if (json.format === 'date-time') delete json.pattern;
  if (json.pattern !== undefined) json.pattern = spellControls(json.pattern);
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}

const CONTROLS = String.raw`\x00-\x1f\x7f-\x9f`;

/** Few readers of OpenAPI know Unicode properties. In our patterns `\p{Cc}` is always in a class. */
function spellControls(pattern: string): string {
  return pattern
    .replaceAll(String.raw`\P{Cc}`, `[^${CONTROLS}]`)
    .replaceAll(String.raw`\p{Cc}`, CONTROLS);
}
