import { AppError } from '../lib/index.ts';
import { compileDoublestar } from './doublestar.ts';
import { compileRegex } from './regex.ts';
import { compileSemver } from './semver.ts';

/** A selector as rules hold it; Harbor's words. */
export interface SelectorSpec {
  /** `doublestar`, or ours: `regex` and `semver`. */
  readonly kind: string;
  /** `matches`, `excludes` for tags; `repoMatches`, `repoExcludes` for repositories. */
  readonly decoration: string;
  /** Empty matches all. */
  readonly pattern: string;
  /** JSON as Harbor has it: `{"untagged":true}`. Malformed counts as none. */
  readonly extras?: string | undefined;
}

export interface Selector {
  /** What the names are of. */
  readonly target: 'tag' | 'repository';
  /** Whether it selects what has this name; a repository's is the one below its project. */
  selects(name: string): boolean;
  /**
   * Whether it selects an artifact with these tags: one of them suffices. Without any, `extras`
   * decides; selected unless it tells.
   */
  selectsTags(tags: readonly string[]): boolean;
}

const decorations: ReadonlyMap<
  string,
  { readonly target: Selector['target']; readonly inverted: boolean }
> = new Map([
  ['matches', { target: 'tag', inverted: false }],
  ['excludes', { target: 'tag', inverted: true }],
  ['repoMatches', { target: 'repository', inverted: false }],
  ['repoExcludes', { target: 'repository', inverted: true }],
]);

const kinds: ReadonlyMap<string, (pattern: string) => (name: string) => boolean> = new Map([
  ['doublestar', compileDoublestar],
  ['regex', compileRegex],
  ['semver', compileSemver],
]);

const MAX_TOLD = 64;

/** @throws AppError invalid: unknown kind or decoration; malformed pattern */
export function compileSelector({ kind, decoration, pattern, extras }: SelectorSpec): Selector {
  const decorated = decorations.get(decoration);
  if (decorated === undefined) {
    const words = [...decorations.keys()].join(', ');
    throw new AppError(
      'invalid',
      `the decoration of a selector is one of ${words}, not "${decoration.slice(0, MAX_TOLD)}"`,
    );
  }
  const matches = compilePattern(kind, pattern);
  const { target, inverted } = decorated;
  const selects = (name: string) => matches(name) !== inverted;
  return {
    target,
    selects,
    selectsTags: (tags) =>
      tags.length === 0 ? selectsUntagged(inverted, extras) : tags.some(selects),
  };
}

/**
 * Tells which names a pattern matches; an empty one matches all.
 *
 * @throws AppError invalid: unknown kind, malformed pattern
 */
export function compilePattern(kind: string, pattern: string): (name: string) => boolean {
  const compile = kinds.get(kind);
  if (compile === undefined) {
    const words = [...kinds.keys()].join(', ');
    throw new AppError(
      'invalid',
      `the kind of a selector is one of ${words}, not "${kind.slice(0, MAX_TOLD)}"`,
    );
  }
  return pattern === '' ? () => true : compile(pattern);
}

function selectsUntagged(inverted: boolean, extras: string | undefined): boolean {
  const untagged = parseUntagged(extras);
  return untagged === undefined || untagged !== inverted;
}

function parseUntagged(extras: string | undefined): boolean | undefined {
  if (extras === undefined || extras === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(extras);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    // Go's zero: an object that does not tell says false.
    return 'untagged' in parsed && parsed.untagged === true;
  } catch {
    return undefined;
  }
}
