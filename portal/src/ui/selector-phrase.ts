import {
  isEverything,
  isExcluding,
  presentPattern,
  type Selector,
  type SelectorSubject,
} from '../lib/selector.ts';
import type { SelectorWords } from './selector-messages.ts';

/** "repositories matching web/**": conditions in words, as a part of a sentence. */
export function phraseOf(
  selectors: readonly Selector[],
  subject: SelectorSubject,
  m: SelectorWords,
): string {
  const conditions = selectors.filter((selector) => !isEverything(selector));
  if (conditions.length === 0) return m.all(subject);
  return conditions.map((selector) => conditionOf(selector, subject, m)).join(m.and);
}

function conditionOf(selector: Selector, subject: SelectorSubject, m: SelectorWords): string {
  const what = whatOf(selector, m);
  const words = isExcluding(selector) ? m.except : m.thatMatch;
  return words(m.subject(subject), what);
}

function whatOf(selector: Selector, m: SelectorWords): string {
  if (selector.kind === 'regex') return m.regexOf(selector.pattern);
  if (selector.kind === 'semver') return m.rangeOf(selector.pattern);
  return presentPattern(selector);
}
