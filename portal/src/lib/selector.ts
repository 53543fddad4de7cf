/** A condition of a rule on names: those that match a pattern, or all others. */
export interface Selector {
  /** `doublestar`, `regex`, or `semver` for tags. */
  readonly kind: string;
  /** `matches`, `excludes`, `repoMatches` or `repoExcludes`. */
  readonly decoration: string;
  readonly pattern: string;
  /** JSON: what else is selected. */
  readonly extras?: string;
}

export type SelectorSubject = 'repositories' | 'tags';

/** A condition as it is typed: several patterns stand beside each other with commas. */
export interface SelectorDraft {
  readonly kind: string;
  readonly isExcluding: boolean;
  readonly text: string;
}

/** Of several conditions the first is typed; it selects everything where there is none. */
export function draftOf(selector: Selector | undefined): SelectorDraft {
  const { kind, pattern } = selector ?? { kind: 'doublestar', pattern: '**' };
  return {
    kind,
    isExcluding: selector !== undefined && isExcluding(selector),
    text: presentPattern({ kind, pattern }),
  };
}

/** The other way. */
export function selectorOf(draft: SelectorDraft, subject: SelectorSubject): Selector {
  const { kind, text } = draft;
  const words =
    subject === 'repositories' ? ['repoMatches', 'repoExcludes'] : ['matches', 'excludes'];
  return {
    kind,
    decoration: words[Number(draft.isExcluding)] ?? '',
    pattern: kind === 'doublestar' ? joinPatterns(text) : text.trim(),
  };
}

export function isExcluding({ decoration }: Pick<Selector, 'decoration'>): boolean {
  return decoration === 'excludes' || decoration === 'repoExcludes';
}

/** Whether it selects whatever there is. */
export function isEverything(selector: Selector): boolean {
  const { kind, pattern } = selector;
  return kind === 'doublestar' && !isExcluding(selector) && (pattern === '**' || pattern === '');
}

/** `{a,b}` as `a, b`, as people type it. */
export function presentPattern({ kind, pattern }: Pick<Selector, 'kind' | 'pattern'>): string {
  if (kind !== 'doublestar' || !isOneGroup(pattern)) return pattern;
  return splitAtCommas(pattern.slice(1, -1)).join(', ');
}

function joinPatterns(text: string): string {
  const parts = splitAtCommas(text).filter((part) => part !== '');
  return parts.length > 1 ? `{${parts.join(',')}}` : (parts[0] ?? '');
}

/** Whether the first brace is closed by the last character. */
function isOneGroup(pattern: string): boolean {
  if (!pattern.startsWith('{')) return false;
  const end = walk(pattern).find(({ depth }) => depth === 0)?.index;
  return end === pattern.length - 1;
}

/** Parts between commas that are in no braces. */
function splitAtCommas(text: string): readonly string[] {
  const cuts = walk(text)
    .filter(({ character, depth }) => character === ',' && depth === 0)
    .map(({ index }) => index);
  return [-1, ...cuts].map((cut, place) => text.slice(cut + 1, cuts[place]).trim());
}

interface Step {
  readonly index: number;
  readonly character: string;
  /** Braces that are open after it. */
  readonly depth: number;
}

/** The characters that mean something: no backslash, and not what follows one. */
function walk(text: string): readonly Step[] {
  const steps: Step[] = [];
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') {
      index += 1;
      continue;
    }
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    steps.push({ index, character, depth });
  }
  return steps;
}
