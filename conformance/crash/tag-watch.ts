/**
 * Which tags a manifest was ever given, and who must know of further ones while a request of
 * theirs runs: a deletion takes them, and a copy brings them along.
 */
export interface TagWatch {
  /** Before a request is sent that may put these tags on the manifest. */
  tag(manifest: string, tags: readonly string[]): void;
  known(manifest: string): string[];
  /** @returns what ends the watch */
  watch(manifest: string, listener: (tags: readonly string[]) => void): () => void;
}

/** Manifests go by their names in the ledger. */
export function createTagWatch(): TagWatch {
  const given = new Map<string, Set<string>>();
  const listeners = new Map<string, Set<(tags: readonly string[]) => void>>();
  return {
    tag(manifest, tags) {
      const known = given.get(manifest) ?? new Set();
      given.set(manifest, known);
      for (const tag of tags) known.add(tag);
      for (const listener of listeners.get(manifest) ?? []) listener(tags);
    },
    known: (manifest) => [...(given.get(manifest) ?? [])],
    watch(manifest, listener) {
      const own = listeners.get(manifest) ?? new Set();
      listeners.set(manifest, own);
      own.add(listener);
      return () => own.delete(listener);
    },
  };
}
