import type { Answer } from '../../lib/api.ts';
import { draftOf, type Selector, type SelectorDraft, selectorOf } from '../../lib/selector.ts';
import type { SelectorWords } from '../../ui/selector-messages.ts';
import { phraseOf } from '../../ui/selector-phrase.ts';
import type { ImmutabilityWords } from './messages.ts';

export type ImmutableRule = Answer<'ListImmuRules'>[number];

/** Of a project, as the server has it. */
export const MOST_RULES = 100;

/** A rule as it is typed. */
export interface RuleDraft {
  readonly repositories: SelectorDraft;
  readonly tags: SelectorDraft;
}

export function draftOfRule(rule: ImmutableRule | undefined): RuleDraft {
  const { repositories, tags } = selectorsOf(rule);
  return { repositories: draftOf(repositories[0]), tags: draftOf(tags[0]) };
}

/** @param before what is not typed stays: its id, whether it is on, further selectors */
export function ruleOf(draft: RuleDraft, before: ImmutableRule | undefined): ImmutableRule {
  const { repositories, tags } = selectorsOf(before);
  return {
    id: before?.id ?? 0,
    priority: before?.priority ?? 0,
    disabled: before?.disabled ?? false,
    action: 'immutable',
    template: 'immutable_template',
    tag_selectors: [selectorOf(draft.tags, 'tags'), ...tags.slice(1)],
    scope_selectors: {
      repository: [selectorOf(draft.repositories, 'repositories'), ...repositories.slice(1)],
    },
  };
}

export function isComplete({ repositories, tags }: RuleDraft): boolean {
  return repositories.text.trim() !== '' && tags.text.trim() !== '';
}

/** A rule as a sentence. Of several selectors in a list only the first counts, as in Harbor. */
export function sentenceOf(
  rule: Pick<ImmutableRule, 'tag_selectors' | 'scope_selectors'>,
  m: ImmutabilityWords,
  words: SelectorWords,
): string {
  const { repositories, tags } = selectorsOf(rule);
  return m.sentence(
    phraseOf(repositories.slice(0, 1), 'repositories', words),
    phraseOf(tags.slice(0, 1), 'tags', words),
  );
}

interface Selectors {
  readonly repositories: readonly Selector[];
  readonly tags: readonly Selector[];
}

/** An empty pattern is left out by the server. */
function selectorsOf(
  rule: Pick<ImmutableRule, 'tag_selectors' | 'scope_selectors'> | undefined,
): Selectors {
  const whole = (selectors: ImmutableRule['tag_selectors']) =>
    selectors.map((selector) => ({ ...selector, pattern: selector.pattern ?? '' }));
  return {
    repositories: whole(rule?.scope_selectors.repository ?? []),
    tags: whole(rule?.tag_selectors ?? []),
  };
}
