import { isJsonObject, type JsonObject, objectAt, property, textAt } from './json.ts';

/** Sent with the document; clients fail on the `@` that older ones ask with. */
export const OPENAPI_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Whether a client reads Swagger as protobuf, as kubectl does before 1.24. */
export function wantsProtobuf(accept: string | undefined): boolean {
  return accept?.replace('@', '.').includes(OPENAPI_PROTOBUF) === true;
}

const LENGTH_DELIMITED = 2;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

function bytes(field: number, content: Buffer): Buffer {
  const tag = varint(field * 8 + LENGTH_DELIMITED);
  return Buffer.concat([tag, varint(content.length), content]);
}

function text(field: number, value: string | undefined): Buffer {
  return value === undefined || value === '' ? Buffer.alloc(0) : bytes(field, Buffer.from(value));
}

function message(field: number, ...parts: readonly Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

function flag(field: number, value: unknown): Buffer {
  return value === true ? Buffer.concat([varint(field * 8), Buffer.from([1])]) : Buffer.alloc(0);
}

function texts(field: number, values: unknown): Buffer {
  const list = Array.isArray(values) ? values : [];
  return Buffer.concat(list.map((value) => text(field, String(value))));
}

/** Entries of an object as messages of name (1) and value (2). */
function named(field: number, object: JsonObject, encode: (value: JsonObject) => Buffer): Buffer {
  const entries = Object.keys(object).map((name) =>
    message(field, text(1, name), message(2, encode(objectAt(object, name)))),
  );
  return Buffer.concat(entries);
}

/** Any: YAML, which JSON is. */
function any(field: number, value: unknown): Buffer {
  return value === undefined
    ? Buffer.alloc(0)
    : message(field, bytes(2, Buffer.from(`${JSON.stringify(value)}\n`)));
}

function extensions(field: number, object: JsonObject): Buffer {
  const entries = Object.entries(object)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => message(field, text(1, name), any(2, value)));
  return Buffer.concat(entries);
}

function encodeSchema(schema: JsonObject): Buffer {
  const type = textAt(schema, 'type');
  const items = property(schema, 'items');
  const additional = property(schema, 'additionalProperties');
  const values = property(schema, 'enum');
  return Buffer.concat([
    text(1, textAt(schema, '$ref')),
    text(2, textAt(schema, 'format')),
    text(4, textAt(schema, 'description')),
    any(5, property(schema, 'default')),
    text(13, textAt(schema, 'pattern')),
    texts(19, property(schema, 'required')),
    ...(Array.isArray(values) ? values.map((value) => any(20, value)) : []),
    ...(isJsonObject(additional) ? [message(21, message(1, encodeSchema(additional)))] : []),
    ...(type === undefined ? [] : [message(22, text(1, type))]),
    ...(isJsonObject(items) ? [message(23, message(1, encodeSchema(items)))] : []),
    ...(Object.hasOwn(schema, 'properties')
      ? [message(25, named(1, objectAt(schema, 'properties'), encodeSchema))]
      : []),
    extensions(31, schema),
  ]);
}

/** ParametersItem of a NonBodyParameter of the query; all of ours are so. */
function encodeParameter(parameter: JsonObject): Buffer {
  const query = Buffer.concat([
    text(2, textAt(parameter, 'in')),
    text(4, textAt(parameter, 'name')),
    text(6, textAt(parameter, 'type')),
    flag(20, property(parameter, 'uniqueItems')),
  ]);
  return message(1, message(2, message(3, query)));
}

function encodeResponse(response: JsonObject): Buffer {
  return message(1, text(1, textAt(response, 'description')));
}

function encodeOperation(operation: JsonObject): Buffer {
  const parameters = property(operation, 'parameters');
  const list = Array.isArray(parameters) ? parameters.filter(isJsonObject) : [];
  return Buffer.concat([
    text(5, textAt(operation, 'operationId')),
    texts(7, property(operation, 'consumes')),
    ...list.map((parameter) => bytes(8, encodeParameter(parameter))),
    message(9, named(1, objectAt(operation, 'responses'), encodeResponse)),
    extensions(13, operation),
  ]);
}

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function encodePath(path: JsonObject): Buffer {
  const operations = Object.entries(METHODS).flatMap(([method, field]) => {
    const operation = property(path, method);
    return isJsonObject(operation) ? [message(field, encodeOperation(operation))] : [];
  });
  return Buffer.concat(operations);
}

/**
 * A Swagger document as gnostic's protobuf (openapi.v2.Document), as far as this server's
 * documents go.
 */
export function encodeOpenApi(document: JsonObject): Buffer {
  const info = objectAt(document, 'info');
  return Buffer.concat([
    text(1, textAt(document, 'swagger')),
    message(2, text(1, textAt(info, 'title')), text(2, textAt(info, 'version'))),
    message(8, named(2, objectAt(document, 'paths'), encodePath)),
    message(9, named(1, objectAt(document, 'definitions'), encodeSchema)),
  ]);
}
