import type { KubeCaller } from './caller.ts';
import type { KubeObject } from './object.ts';
import { skeletonOf } from './object-body.ts';
import type { FieldTerm, ResourceDefinition } from './resource.ts';
import { meetsFields, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { canSee } from './tenancy.ts';

/** Which objects of a kind a list, a watch or a deletion of a collection is about. */
export interface Selection {
  readonly definition: ResourceDefinition;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  readonly tenant: string | undefined;
  readonly name: string | undefined;
  /** Whether namespace, tenant and name say all there is to say. */
  readonly isPlain: boolean;
  matches(object: KubeObject): boolean;
}

export interface SelectionRequest {
  readonly namespace: string;
  /** Of a watch of one object. */
  readonly name: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Of the header X-TKE-FuzzyResourceName. */
  readonly fuzzy: string | undefined;
}

/** @throws StatusError 400 for selectors that cannot be read */
export async function createSelection(
  definition: ResourceDefinition,
  caller: KubeCaller,
  request: SelectionRequest,
): Promise<Selection> {
  const hasLabels = parseLabelSelector(request.labelSelector);
  const given = parseFieldSelector(request.fieldSelector, fieldNames(definition));
  const { terms, matches } = await definition.narrow(given, caller);
  const name = request.name === '' ? nameIn(terms) : request.name;
  const others = terms.filter(({ field, operator }) => !isName(field, operator));
  const isFuzzy = fuzzyTest(definition, request.fuzzy);
  const namespace = request.namespace === '' ? undefined : request.namespace;
  const isContradiction = terms.some(
    (term) => isName(term.field, term.operator) && term.value !== name,
  );
  return {
    definition,
    namespace,
    // Someone without any tenant sees nothing; '' is nobody's.
    tenant: caller.isPrivileged ? undefined : (caller.tenantId ?? ''),
    name,
    isPlain:
      request.labelSelector === '' &&
      others.length === 0 &&
      matches === undefined &&
      isFuzzy === undefined &&
      name === undefined,
    matches: (object) =>
      !isContradiction &&
      canSee(definition, object, caller) &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      hasLabels(object.metadata.labels) &&
      (others.length === 0 || meetsFields(others, fieldsOf(definition, object))) &&
      (isFuzzy === undefined || isFuzzy(object)) &&
      (matches === undefined || matches(object)),
  };
}

function isName(field: string, operator: string): boolean {
  return field === 'metadata.name' && operator === '=';
}

function nameIn(terms: readonly FieldTerm[]): string | undefined {
  return terms.find(({ field, operator }) => isName(field, operator))?.value;
}

function fieldNames(definition: ResourceDefinition): readonly string[] {
  return [
    'metadata.name',
    ...(definition.namespaced ? ['metadata.namespace'] : []),
    ...Object.keys(definition.fieldsOf(skeletonOf(definition))),
    ...definition.virtualFields,
  ];
}

function fieldsOf(definition: ResourceDefinition, object: KubeObject): Record<string, string> {
  const { name, namespace = '' } = object.metadata;
  return {
    'metadata.name': name,
    'metadata.namespace': namespace,
    ...definition.fieldsOf(object),
  };
}

function fuzzyTest(
  definition: ResourceDefinition,
  wanted: string | undefined,
): ((object: KubeObject) => boolean) | undefined {
  const { fuzzyTexts } = definition;
  if (fuzzyTexts === undefined || wanted === undefined || wanted === '') return undefined;
  const folded = wanted.toLowerCase();
  return (object) => fuzzyTexts(object).some((text) => text.toLowerCase().includes(folded));
}
