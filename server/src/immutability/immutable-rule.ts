import { createHash } from 'node:crypto';
import { AppError } from '../lib/index.ts';
import { compileSelector, type Selector } from '../selectors/index.ts';

export interface RuleSelector {
  /** `doublestar` or `regex`. */
  readonly kind: string;
  readonly decoration: string;
  readonly pattern: string;
}

/** What a rule selects. Only the first selector of each list counts, as in Harbor. */
export interface RuleSelectors {
  readonly tags: readonly RuleSelector[];
  /** For names of repositories below their project. */
  readonly repositories: readonly RuleSelector[];
}

/** What a rule is to be. */
export interface ImmutableRuleDraft extends RuleSelectors {
  /** Kept for clients; all rules hold alike. */
  readonly priority: number;
  readonly isDisabled: boolean;
}

/** Tags that it selects can neither move nor go. */
export interface ImmutableRule extends ImmutableRuleDraft {
  readonly id: number;
}

/** Whether a tag of a repository (its name below the project) is one that cannot change. */
export type TagMatcher = (repositoryPath: string, tag: string) => boolean;

/** @throws AppError invalid: no selector, one for something else, or a malformed one */
export function checkSelectors({ tags, repositories }: RuleSelectors): void {
  checkList('tag_selectors', 'tag', tags);
  checkList('scope_selectors.repository', 'repository', repositories);
}

function checkList(
  name: string,
  target: Selector['target'],
  selectors: readonly RuleSelector[],
): void {
  if (selectors.length === 0) throw new AppError('invalid', `${name} has no selector`);
  for (const spec of selectors) {
    if (compileSelector(spec).target === target) continue;
    throw new AppError('invalid', `${name} has a selector that ${spec.decoration}`);
  }
}

/** The same for all rules that select the same. */
export function fingerprintOf({ tags, repositories }: RuleSelectors): string {
  const parts = [tags, repositories].map((selectors) =>
    selectors.map(({ kind, decoration, pattern }) => [kind, decoration, pattern]),
  );
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Whether any of the rules, none of them disabled, selects a tag. */
export function compileRules(rules: readonly RuleSelectors[]): TagMatcher {
  const compiled = rules.flatMap(({ tags: [tag], repositories: [repository] }) =>
    tag === undefined || repository === undefined
      ? []
      : [{ tag: compileSelector(tag), repository: compileSelector(repository) }],
  );
  return (repositoryPath, name) =>
    compiled.some(({ tag, repository }) => repository.selects(repositoryPath) && tag.selects(name));
}
