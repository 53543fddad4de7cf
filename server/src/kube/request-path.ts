import type { DefinitionSet } from './definition-set.ts';
import type { ResourceDefinition } from './resource.ts';
import { badRequest, noSuchPath } from './status-errors.ts';

/** What a path below `/apis/{group}/{version}` names. */
export interface ResourcePath {
  readonly definition: ResourceDefinition;
  /** '' for kinds of the cluster, and across namespaces. */
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
  readonly subresource: string;
  /** After the name of a connect, decoded. */
  readonly rest: string;
}

/** @throws StatusError 400 for bad escapes, 404 for what is not served */
export function parseResourcePath(
  definitions: DefinitionSet,
  [group = '', version = '', ...parts]: readonly string[],
): ResourcePath {
  const find = (resource: string) => definitions.findResource(group, version, resource);
  const [first = '', second = '', third = ''] = parts;
  const own = find(first);
  // `namespaces` may be a kind itself: then `namespaces/x/status` is that kind's.
  const isScope =
    first === 'namespaces' && third !== '' && (own === undefined || !hasPart(own, third));
  if (isScope) {
    const definition = find(third);
    if (definition?.namespaced !== true) throw noSuchPath();
    return locate(definition, second, parts.slice(3));
  }
  if (own === undefined) throw noSuchPath();
  if (own.namespaced && parts.length > 1) throw noSuchPath();
  return locate(own, '', parts.slice(1));
}

function hasPart(definition: ResourceDefinition, name: string): boolean {
  return [...definition.subresources, ...definition.connects.map((each) => each.name)].includes(
    name,
  );
}

function locate(
  definition: ResourceDefinition,
  namespace: string,
  [name = '', subresource = '', ...rest]: readonly string[],
): ResourcePath {
  if (subresource !== '' && !hasPart(definition, subresource)) throw noSuchPath();
  const connect = definition.connects.find((each) => each.name === subresource);
  const further = rest.join('/').replaceAll(/^\/+|\/+$/g, '');
  if (further !== '' && connect?.takesPath !== true) throw noSuchPath();
  return { definition, namespace, name, subresource, rest: further };
}

const CONTROL = /\p{Cc}/u;

/**
 * The decoded parts of a path, without empty ones at its end. No name has a control character, and
 * PostgreSQL holds no U+0000.
 *
 * @throws StatusError 400
 */
export function splitPath(path: string): readonly string[] {
  const parts = decodeParts(path);
  if (parts.some((part) => CONTROL.test(part))) {
    throw badRequest('the path has a control character');
  }
  return parts;
}

function decodeParts(path: string): readonly string[] {
  try {
    return path
      .replaceAll(/^\/+|\/+$/g, '')
      .split('/')
      .map(decodeURIComponent);
  } catch (error) {
    throw badRequest('the path is not well encoded', error);
  }
}

/** @throws StatusError 400 */
export function checkQuery(query: URLSearchParams): void {
  for (const value of query.values()) {
    if (value.includes('\0')) throw badRequest('the query has the character U+0000');
  }
}
