import type { SelectorWords } from '../../ui/selector-messages.ts';
import { phraseOf } from '../../ui/selector-phrase.ts';
import { flagOf } from './extras.ts';
import type { RetentionWords } from './messages.ts';
import { parameterOf, type RetentionRule } from './policy.ts';

/** A rule as a sentence in the reader's language. */
export function sentenceOf(rule: RetentionRule, m: RetentionWords, words: SelectorWords): string {
  const { scope_selectors: scopes, tag_selectors: tags } = rule;
  const tagPhrase = phraseOf(tags, 'tags', words);
  return m.sentence(
    phraseOf(scopes.repository, 'repositories', words),
    keptOf(rule, m),
    selectsUntagged(rule) ? m.orUntagged(tagPhrase) : tagPhrase,
  );
}

/** All selectors have to select; each does so unless it says otherwise. Versions need a tag. */
function selectsUntagged({ template, tag_selectors: tags }: RetentionRule): boolean {
  return (
    template !== 'latestSemverK' && tags.every(({ extras }) => flagOf(extras, 'untagged', true))
  );
}

function keptOf(rule: RetentionRule, m: RetentionWords): string {
  const value = parameterOf(rule) ?? 0;
  const { template } = rule;
  if (template === 'lastXDays') return m.nDaysSinceLastPush(value);
  if (template !== 'latestSemverK') return m[template](value);
  const hasPrereleases = rule.tag_selectors.some(({ extras }) =>
    flagOf(extras, 'prerelease', false),
  );
  return hasPrereleases ? m.withPrereleases(m.latestSemverK(value)) : m.latestSemverK(value);
}
