import type { RetentionWords } from './messages.ts';

/** A reason of the log in the reader's language; strange ones as they are. */
export function describeReason(text: string, m: RetentionWords): string {
  const rules = [...text.matchAll(/\brule (\d+)/g)].map(([, number = '']) => number);
  if (text.startsWith('kept by rule')) return m.keptBy(rules);
  if (text.startsWith('selected, but not kept, by rule')) return m.notKeptBy(rules);
  if (text === 'no rule selects it') return m.noRuleSelects;
  return text === 'no rule is for this repository' ? m.noRuleHere : text;
}
