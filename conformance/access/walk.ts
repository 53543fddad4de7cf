import type { Answer } from '../registry.ts';
import { type Caller, isUnknown, type Letter } from './caller.ts';

/** How one route answered each caller. */
export interface Walk {
  /** Letters of those that were let through. */
  readonly allowed: string;
  /** Answers that no caller should get, in words. */
  readonly faults: readonly string[];
  readonly answers: ReadonlyMap<Letter, Answer>;
}

export interface WalkRules {
  /** What those are answered that may not: 403 unless told. */
  readonly denial?: (letter: Letter) => number;
  /** The only status of those that may. */
  readonly success?: number;
  /** Whether 404 is no proof of having been let through, since the object is there. */
  readonly isThere?: boolean;
}

/** Asks as every caller, one after the other. */
export async function walk(
  callers: readonly Caller[],
  send: (caller: Caller) => Promise<Answer>,
  { denial = () => 403, success, isThere = false }: WalkRules = {},
): Promise<Walk> {
  const answers = new Map<Letter, Answer>();
  const faults: string[] = [];
  let allowed = '';
  for (const caller of callers) {
    const { letter } = caller;
    const answer = await send(caller);
    answers.set(letter, answer);
    const { status, text } = answer;
    const denied = isUnknown(letter) ? 401 : denial(letter);
    if (status === denied) continue;
    const isFault =
      [401, 403, 429].includes(status) ||
      status >= 500 ||
      (isThere && status === 404) ||
      (success !== undefined && status !== success);
    if (isFault) faults.push(`${letter}: ${status} ${text}`);
    else allowed += letter;
  }
  return { allowed, faults, answers };
}

/**
 * Status, headers and body, apart from what names the request and its time. `names` are what the
 * request itself said, and may be of another length.
 */
export function shapeOf(answer: Answer | undefined, names: readonly string[] = []): unknown {
  if (answer === undefined) throw new Error('no answer');
  const { status, headers, text } = answer;
  // One may be the beginning of another.
  const longestFirst = names.toSorted((a, b) => b.length - a.length);
  const hide = (value: string) =>
    longestFirst.reduce((hidden, name) => hidden.replaceAll(name, '(name)'), value);
  const ignored = ['x-request-id', 'date', ...(names.length > 0 ? ['content-length'] : [])];
  const shown = [...headers]
    .filter(([name]) => !ignored.includes(name))
    .map(([name, value]) => [name, hide(value)]);
  return { status, headers: shown, text: hide(text) };
}
