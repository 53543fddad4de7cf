import type { ResourceDefinition } from './resource.ts';

/** The kinds that there are, found by kind or by path. */
export interface DefinitionSet {
  readonly all: readonly ResourceDefinition[];
  /** @throws Error for a kind that nobody defined */
  getKind(kind: string): ResourceDefinition;
  findResource(group: string, version: string, resource: string): ResourceDefinition | undefined;
}

export function createDefinitionSet(all: readonly ResourceDefinition[]): DefinitionSet {
  const kinds = new Map(all.map((definition) => [definition.kind, definition]));
  const paths = new Map(
    all.map((each) => [`${each.group}/${each.version}/${each.resource}`, each] as const),
  );
  return {
    all,
    getKind(kind) {
      const definition = kinds.get(kind);
      if (definition === undefined) throw new Error(`there is no kind ${kind}`);
      return definition;
    },
    findResource: (group, version, resource) => paths.get(`${group}/${version}/${resource}`),
  };
}
