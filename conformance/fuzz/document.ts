/** A JSON Schema as it stands in the document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header';
  readonly isRequired: boolean;
  readonly schema: JsonSchema;
}

/** One operation of an OpenAPI document, as far as requests and judgements need it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly type: string; readonly schema: JsonSchema } | undefined;
  /** Declared answers by status; undefined where there is no JSON body. Shared refusals are not in. */
  readonly answers: ReadonlyMap<number, JsonSchema | undefined>;
}

const METHODS = new Set(['get', 'head', 'post', 'put', 'patch', 'delete']);

/** @throws TypeError for what is no OpenAPI document */
export function parseOperations(document: unknown): Operation[] {
  if (!isRecord(document) || !isRecord(document['paths'])) throw new TypeError('no OpenAPI paths');
  return Object.entries(document['paths']).flatMap(([path, item]) =>
    recordOf(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => parseOperation(path, method, operation)),
  );
}

function parseOperation(path: string, method: string, operation: unknown): Operation {
  if (!isRecord(operation)) throw new TypeError(`${method} ${path} is no operation`);
  return {
    id: String(operation['operationId']),
    method: method.toUpperCase(),
    path,
    parameters: listOf(operation['parameters']).flatMap(parseParameter),
    body: parseBody(operation['requestBody']),
    answers: new Map(
      recordOf(operation['responses'])
        // References are the refusals that all operations share.
        .filter(([status, answer]) => /^\d{3}$/.test(status) && !('$ref' in Object(answer)))
        .map(([status, answer]) => [Number(status), contentOf(answer, 'application/json')]),
    ),
  };
}

function parseParameter(parameter: unknown): Parameter[] {
  if (!isRecord(parameter)) return [];
  const { name, in: place, required, schema } = parameter;
  if (typeof name !== 'string' || (place !== 'path' && place !== 'query' && place !== 'header')) {
    return [];
  }
  return [{ name, place, isRequired: required === true, schema: isRecord(schema) ? schema : {} }];
}

function parseBody(body: unknown): Operation['body'] {
  if (!isRecord(body)) return undefined;
  const [type] = recordOf(body['content']).map(([name]) => name);
  if (type === undefined) return undefined;
  return { type, schema: contentOf(body, type) ?? {} };
}

function contentOf(holder: unknown, type: string): JsonSchema | undefined {
  const content = isRecord(holder) ? holder['content'] : undefined;
  const media = isRecord(content) ? content[type] : undefined;
  const schema = isRecord(media) ? media['schema'] : undefined;
  return isRecord(schema) ? schema : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an object; none of anything else. */
export function recordOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

/** The items of an array; none of anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
