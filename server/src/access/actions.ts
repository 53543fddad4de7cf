/** What may be done to a repository, as bits, so that one check is one AND. */
export const actions = { none: 0, pull: 1, push: 2, delete: 4, all: 7 } as const;

/** Any combination of the bits of `actions`. */
export type ActionSet = number;

const words: readonly (readonly [string, ActionSet])[] = [
  ['pull', actions.pull],
  ['push', actions.push],
  ['delete', actions.delete],
];

/** Bits for the action words of a token scope; `*` is all of them, unknown words are none. */
export function parseActions(names: readonly string[]): ActionSet {
  let set: ActionSet = actions.none;
  for (const name of names) {
    if (name === '*') set |= actions.all;
    for (const [word, bit] of words) if (word === name) set |= bit;
  }
  return set;
}

/** The words of a set, in the order `pull`, `push`, `delete`. */
export function presentActions(set: ActionSet): string[] {
  return words.filter(([, bit]) => (set & bit) !== 0).map(([word]) => word);
}
