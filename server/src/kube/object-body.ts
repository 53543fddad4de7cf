import { isJsonObject, type JsonObject, textAt, without } from './json.ts';
import { type GivenMeta, parseMetadata } from './metadata.ts';
import type { KubeObject, ObjectMeta } from './object.ts';
import { findUnknownFields } from './object-schema.ts';
import type { ResourceDefinition } from './resource.ts';
import { badRequest } from './status-errors.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What a client sent, read but not yet completed. */
export interface GivenObject {
  readonly meta: GivenMeta;
  /** Beside apiVersion, kind and metadata. */
  readonly content: object;
  /** Sentences for `Warning` headers. */
  readonly warnings: readonly string[];
}

/** @throws StatusError 400 for another kind, values of wrong types, unknown fields when strict */
export function parseObject(
  definition: ResourceDefinition,
  body: unknown,
  validation: FieldValidation,
): GivenObject {
  if (!isJsonObject(body)) throw badRequest('the body must be an object');
  checkKind(definition, body);
  const given = without(body, 'apiVersion', 'kind', 'metadata');
  const parsed = definition.body.safeParse(given);
  if (!parsed.success) {
    const { kind, version } = definition;
    const reason = parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${reason}`,
      parsed.error,
    );
  }
  const unknown = validation === 'Ignore' ? [] : findUnknownFields(definition.body, given);
  const warnings = unknown.map((field) => `unknown field "${field}"`);
  if (validation === 'Strict' && warnings.length > 0) {
    throw badRequest(`strict decoding error: ${warnings.join(', ')}`);
  }
  return { meta: parseMetadata(body), content: parsed.data, warnings };
}

function checkKind({ group, version, kind }: ResourceDefinition, body: JsonObject): void {
  const expected = apiVersionOf({ group, version });
  const apiVersion = textAt(body, 'apiVersion') ?? expected;
  const given = textAt(body, 'kind') ?? kind;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (given !== kind) throw badRequest(`the kind in the data (${given}) is not ${kind}`);
}

export function apiVersionOf({ group, version }: Pick<ResourceDefinition, 'group' | 'version'>) {
  return group === '' ? version : `${group}/${version}`;
}

/** An object of the kind, of these parts, with its defaults. */
export function assemble(
  definition: ResourceDefinition,
  metadata: ObjectMeta,
  content: object,
): KubeObject {
  const object = {
    ...content,
    apiVersion: apiVersionOf(definition),
    kind: definition.kind,
    metadata,
  };
  return definition.withDefaults(object);
}

/** An object with nothing but its defaults. */
export function skeletonOf(definition: ResourceDefinition): KubeObject {
  const metadata = { name: '', uid: '', resourceVersion: '', creationTimestamp: '' };
  return assemble(definition, metadata, { spec: {}, status: {} });
}

/** As clients see it, in the order in which people read objects. */
export function presentObject(definition: ResourceDefinition, object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, ...content } = definition.present?.(object) ?? object;
  return { kind, apiVersion, metadata, ...content };
}

/** Kept away from the header's own syntax. */
export function presentWarning(sentence: string): string {
  return `299 - ${JSON.stringify(sentence.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 500))}`;
}
