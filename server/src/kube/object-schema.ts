import { z } from 'zod';
import { isJsonObject, type JsonObject, objectAt, property } from './json.ts';

const schemas = new WeakMap<z.ZodType, JsonObject>();

/** What clients may send, in OpenAPI's words: no alternatives, `null` is left out. */
export function bodySchema(body: z.ZodType): JsonObject {
  const known = schemas.get(body);
  if (known !== undefined) return known;
  const schema = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  const made = simplify(JSON.parse(JSON.stringify(schema)));
  schemas.set(body, made);
  return made;
}

const COPIED = ['description', 'enum', 'format', 'pattern', 'default', 'required'];
const TYPES: ReadonlySet<unknown> = new Set([
  'string',
  'integer',
  'number',
  'boolean',
  'array',
  'object',
]);

function simplify(schema: unknown): JsonObject {
  if (!isJsonObject(schema)) return {};
  const alternative = alternativeOf(schema);
  if (alternative !== undefined) return { ...simplify(alternative), ...describe(schema) };
  const type = typeOf(schema);
  const simple: Record<string, unknown> = TYPES.has(type) ? { type } : {};
  for (const key of COPIED) {
    if (Object.hasOwn(schema, key)) simple[key] = schema[key];
  }
  if (type === 'integer') simple['format'] = 'int64';
  if (Object.hasOwn(schema, 'items')) simple['items'] = simplify(schema['items']);
  if (Object.hasOwn(schema, 'properties')) {
    const properties = Object.entries(objectAt(schema, 'properties'));
    simple['properties'] = Object.fromEntries(
      properties.map(([name, inner]) => [name, simplify(inner)]),
    );
  }
  const additional = property(schema, 'additionalProperties');
  if (isJsonObject(additional)) simple['additionalProperties'] = simplify(additional);
  return simple;
}

/** Of several, the first that is not `null`. */
function typeOf(schema: JsonObject): unknown {
  const type = property(schema, 'type');
  return Array.isArray(type) ? type.find((each) => each !== 'null') : type;
}

function describe(schema: JsonObject): JsonObject {
  const description = property(schema, 'description');
  return description === undefined ? {} : { description };
}

/** The first alternative that is not `null`. */
function alternativeOf(schema: JsonObject): unknown {
  const alternatives = property(schema, 'anyOf') ?? property(schema, 'oneOf');
  if (!Array.isArray(alternatives)) return undefined;
  return alternatives.find((each) => isJsonObject(each) && property(each, 'type') !== 'null');
}

/** Paths of fields that the schema does not have, such as `spec.nmae`. */
export function findUnknownFields(body: z.ZodType, value: unknown): readonly string[] {
  return unknownIn(bodySchema(body), value, '');
}

function unknownIn(schema: JsonObject, value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) {
    const items = objectAt(schema, 'items');
    return value.flatMap((item, at) => unknownIn(items, item, `${path}[${at}]`));
  }
  if (!isJsonObject(value) || !Object.hasOwn(schema, 'properties')) return [];
  const properties = objectAt(schema, 'properties');
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return Object.hasOwn(properties, key) ? unknownIn(objectAt(properties, key), inner, at) : [at];
  });
}
