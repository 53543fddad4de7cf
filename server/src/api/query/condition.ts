import { AppError } from '../../lib/index.ts';
import { assertPublicKey } from './key.ts';

/** One condition of a `q`, values still as the client wrote them; `field` without its suffix. */
export type Condition = { readonly field: string } & Pattern;

/** `in`: any of the values. `all`: every one of them; only resources with labels know how. */
export type Pattern =
  | { readonly op: 'equals' | 'contains' | 'above' | 'below'; readonly value: string }
  | { readonly op: 'range'; readonly min?: string; readonly max?: string }
  | { readonly op: 'in' | 'all'; readonly values: readonly string[] };

export const MAX_QUERY_LENGTH = 4096;
const MAX_CONDITIONS = 32;
const MAX_LIST_LENGTH = 100;

/**
 * Harbor's `q`: `k=v`, `k=~v`, `k=[min~max]`, `k={a b}`, `k=(a b)`, joined by commas. Given the
 * parameter as the HTTP parser decoded it, it is decoded once more, as Harbor does. The last of
 * two conditions with the same key counts; keys with an unknown `__suffix` count for nothing.
 *
 * @throws AppError invalid: malformed, over 4,096 characters, 32 conditions or 100 list elements,
 *   or about a secret
 */
export function parseQ(text: string | undefined): Condition[] {
  if (text === undefined || text === '') return [];
  if (text.length > MAX_QUERY_LENGTH) {
    throw new AppError('invalid', `q may have ${MAX_QUERY_LENGTH} characters at most`);
  }
  const decoded = decodeAgain(text);
  if (decoded.includes('\0')) throw new AppError('invalid', 'q may not contain a NUL character');
  const parts = decoded.split(',');
  if (parts.length > MAX_CONDITIONS) {
    throw new AppError('invalid', `q may have ${MAX_CONDITIONS} conditions at most`);
  }
  const patterns = new Map(parts.map(parsePart));
  return [...patterns].flatMap(([key, pattern]) => qualify(key, pattern) ?? []);
}

function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Not encoded twice, then.
    return text;
  }
}

function parsePart(part: string): [key: string, pattern: Pattern] {
  const at = part.indexOf('=');
  const key = part.slice(0, Math.max(at, 0));
  const value = part.slice(at + 1);
  if (key === '' || value === '') {
    throw new AppError('invalid', 'q must be a comma-separated list of key=value, neither empty');
  }
  assertPublicKey('q', key);
  return [key, parsePattern(key, value)];
}

function parsePattern(key: string, value: string): Pattern {
  const rest = value.slice(1);
  switch (value.charAt(0)) {
    case '~':
      if (rest === '') throw malformed(key, 'needs text after "~"');
      return { op: 'contains', value: rest };
    case '[':
      return parseRange(key, value);
    case '{':
      return { op: 'in', values: parseList(key, value, '}') };
    case '(':
      return { op: 'all', values: parseList(key, value, ')') };
    case '\\':
      return { op: 'equals', value: rest };
    default:
      return { op: 'equals', value };
  }
}

function parseRange(key: string, value: string): Pattern {
  const ends = value.slice(1, -1).split('~');
  const [min = '', max = ''] = ends.map((end) => end.trim());
  if (!value.endsWith(']') || ends.length !== 2) throw malformed(key, 'must be like "[min~max]"');
  if (min === '' && max === '') throw malformed(key, 'needs at least one end of its range');
  return {
    op: 'range',
    ...(min !== '' && { min: unquote(min) }),
    ...(max !== '' && { max: unquote(max) }),
  };
}

function parseList(key: string, value: string, close: '}' | ')'): string[] {
  if (!value.endsWith(close)) throw malformed(key, `has a list without its closing "${close}"`);
  const elements = value.slice(1, -1).match(/"[^"]*"(?!\S)|'[^']*'(?!\S)|\S+/g) ?? [];
  const values = elements.map(unquote).filter((element) => element !== '');
  if (values.length > MAX_LIST_LENGTH) {
    throw malformed(key, `may list ${MAX_LIST_LENGTH} values at most`);
  }
  return values;
}

function unquote(text: string): string {
  // The lookbehind keeps a long run of quotes inside from being tried from each of its places.
  return text.replace(/^["']+/, '').replace(/(?<!["'])["']+$/, '');
}

function malformed(key: string, fault: string): AppError {
  return new AppError('invalid', `the condition on "${key.slice(0, 64)}" in q ${fault}`);
}

/** Applies a Django-style suffix; undefined when Harbor would leave the condition out. */
function qualify(key: string, pattern: Pattern): Condition | undefined {
  const [field = '', suffix, ...more] = key.split('__');
  if (suffix === undefined) return { field, ...pattern };
  if (more.length > 0) return undefined;
  if (suffix === 'in' && pattern.op === 'in') return { field, ...pattern };
  if (pattern.op !== 'equals') return undefined;
  const qualified = qualifyValue(suffix, pattern.value);
  return qualified && { field, ...qualified };
}

function qualifyValue(suffix: string, value: string): Pattern | undefined {
  switch (suffix) {
    case 'exact':
      return { op: 'equals', value };
    case 'icontains':
      return { op: 'contains', value };
    case 'in':
      return { op: 'in', values: [value] };
    case 'gte':
      return { op: 'range', min: value };
    case 'lte':
      return { op: 'range', max: value };
    case 'gt':
      return { op: 'above', value };
    case 'lt':
      return { op: 'below', value };
    default:
      return undefined;
  }
}
