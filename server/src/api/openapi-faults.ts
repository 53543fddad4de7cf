import type { OpenApiDocument } from './openapi.ts';

/**
 * What is structurally wrong with a document, a line each: operationIds used twice, parameters of
 * a path that are not declared or declared twice, paths that differ in parameter names alone, and
 * references that lead nowhere.
 */
export function findOpenApiFaults(document: OpenApiDocument): string[] {
  return [
    ...findAmbiguousPaths(Object.keys(document.paths)),
    ...findOperationFaults(document),
    ...listReferences(document)
      .filter((reference) => resolve(document, reference) === undefined)
      .map((reference) => `${reference} leads nowhere`),
  ];
}

function findAmbiguousPaths(paths: readonly string[]): string[] {
  const byShape = Map.groupBy(paths, (path) => path.replaceAll(/\{\w+\}/g, '{}'));
  return [...byShape.values()]
    .filter(({ length }) => length > 1)
    .map((same) => `${same.join(' and ')} are one path`);
}

function findOperationFaults(document: OpenApiDocument): string[] {
  const faults: string[] = [];
  const ids = new Set<unknown>();
  for (const [path, item] of Object.entries(document.paths)) {
    const needed = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
    for (const [method, operation] of Object.entries(item)) {
      if (method === 'parameters' || !isRecord(operation)) continue;
      const id = operation['operationId'];
      if (ids.has(id)) faults.push(`${String(id)} is used twice`);
      ids.add(id);
      const declared = listPathParameters(operation).toSorted();
      if (declared.join() !== needed.join()) {
        faults.push(`${method} ${path} declares ${declared.join() || 'no parameters'}`);
      }
      if (!isRecord(operation['responses'])) faults.push(`${method} ${path} has no responses`);
    }
  }
  return faults;
}

function listPathParameters({ parameters }: Record<string, unknown>): string[] {
  if (!Array.isArray(parameters)) return [];
  return parameters
    .filter((one) => isRecord(one) && one['in'] === 'path')
    .map((one) => String(one.name));
}

function listReferences(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(listReferences);
  if (!isRecord(value)) return [];
  const { $ref: reference, ...rest } = value;
  const own = typeof reference === 'string' ? [reference] : [];
  return [...own, ...Object.values(rest).flatMap(listReferences)];
}

function resolve(document: OpenApiDocument, reference: string): unknown {
  let found: unknown = document;
  const [root, ...names] = reference.split('/');
  if (root !== '#' || names.length === 0) return undefined;
  for (const name of names) found = isRecord(found) ? found[name] : undefined;
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
