import { RE2JS } from 're2js';

/** One demand on the claims of a workload's token. */
export interface ClaimCondition {
  /**
   * Name of a top-level claim, or a JSON Pointer (RFC 6901) for a nested one: names may contain
   * dots, as in `/kubernetes.io/namespace`. In pointers `/` is written `~1` and `~` is `~0`.
   */
  readonly claim: string;
  /**
   * The exact value, case-sensitive. `*` stands for any run of characters without `/` and `:`, `**`
   * for any run at all. There is no escape.
   */
  readonly pattern: string;
}

export const MAX_PATTERN_LENGTH = 256;

function findMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** The value that a condition is about, undefined if the claims do not have it. */
export function findClaim(claims: object, claim: string): unknown {
  if (!claim.startsWith('/')) return findMember(claims, claim);
  const names = claim
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<unknown>(findMember, claims);
}

function compilePattern(pattern: string): RE2JS {
  const source = pattern
    .split(/(\*+)/)
    .map((part) => {
      if (part === '*') return '[^/:]*';
      return part.startsWith('*') ? '.*' : RE2JS.quote(part);
    })
    .join('');
  return RE2JS.compile(source, RE2JS.DOTALL);
}

/** Strings, numbers and booleans match by their text, an array by one of its elements. */
export function matchesCondition(claims: object, { claim, pattern }: ClaimCondition): boolean {
  if (pattern.length > MAX_PATTERN_LENGTH) return false;
  const value = findClaim(claims, claim);
  const candidates: unknown[] = Array.isArray(value) ? value : [value];
  const expression = compilePattern(pattern);
  return candidates.some((candidate) => {
    const isScalar = ['string', 'number', 'boolean'].includes(typeof candidate);
    return isScalar && expression.matches(String(candidate));
  });
}
