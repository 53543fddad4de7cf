import { AppError } from '../lib/index.ts';

/** Inclusive code points. */
export interface CodeRange {
  readonly low: number;
  readonly high: number;
}

/** What a pattern is compiled to. Whatever is no `split` goes on with the next instruction. */
export type Instruction =
  | { readonly op: 'char'; readonly code: number }
  | { readonly op: 'class'; readonly ranges: readonly CodeRange[]; readonly negated: boolean }
  /** `?`, `*`, `**` and the `/` between components. */
  | { readonly op: 'any' | 'star' | 'deep' | 'slash' }
  /** Goes on in any of these places. */
  | { readonly op: 'split'; readonly to: readonly number[] };

export type Program = readonly Instruction[];

const MAX_LENGTH = 1024;
/** Runs of stars and pairs of braces: what makes matching slow, as there are many places to be at. */
const MAX_WILDCARDS = 128;

/**
 * The program of a doublestar pattern: at most one instruction for each of its characters.
 *
 * @throws AppError invalid: malformed, and where; over 1,024 characters, or 128 stars and braces
 */
export function parseDoublestar(pattern: string): Program {
  if (pattern.length > MAX_LENGTH) {
    throw new AppError('invalid', `a pattern has ${MAX_LENGTH} characters at most`);
  }
  return new Parser(pattern).parse();
}

class Parser {
  readonly #chars: readonly string[];
  readonly #program: Instruction[] = [];
  #at = 0;
  #wildcards = 0;

  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  parse(): Program {
    this.#sequence(false);
    return this.#program;
  }

  #sequence(inBraces: boolean): void {
    for (let char = this.#peek(); char !== undefined; char = this.#peek()) {
      if (inBraces && (char === ',' || char === '}')) return;
      this.#at += 1;
      this.#term(char);
    }
  }

  #term(char: string): void {
    switch (char) {
      case '*':
        this.#stars();
        return;
      case '?':
        this.#program.push({ op: 'any' });
        return;
      case '[':
        this.#program.push(this.#class());
        return;
      case '{':
        this.#alternatives();
        return;
      case '\\':
        this.#literal(this.#escaped());
        return;
      default:
        this.#literal(char);
    }
  }

  #literal(char: string): void {
    this.#program.push(char === '/' ? { op: 'slash' } : { op: 'char', code: codeOf(char) });
  }

  #stars(): void {
    this.#countWildcard();
    const first = this.#at - 1;
    while (this.#peek() === '*') this.#at += 1;
    this.#program.push({ op: this.#at - first === 2 ? 'deep' : 'star' });
  }

  #alternatives(): void {
    this.#countWildcard();
    const opening = this.#at;
    const starts: number[] = [];
    const ends: number[] = [];
    this.#program.push({ op: 'split', to: starts });
    for (;;) {
      starts.push(this.#program.length);
      this.#sequence(true);
      if (this.#take(opening, 'has no }') === '}') break;
      this.#program.push({ op: 'split', to: ends });
    }
    ends.push(this.#program.length);
  }

  #countWildcard(): void {
    this.#wildcards += 1;
    if (this.#wildcards <= MAX_WILDCARDS) return;
    throw new AppError('invalid', `a pattern has ${MAX_WILDCARDS} of * and {} at most`);
  }

  #class(): Instruction {
    const opening = this.#at;
    const negated = this.#peek() === '^';
    if (negated) this.#at += 1;
    const ranges: CodeRange[] = [];
    while (this.#peek() !== ']') ranges.push(this.#range(opening));
    if (ranges.length === 0) throw this.#fault(opening, '[] is empty');
    this.#at += 1;
    return { op: 'class', ranges, negated };
  }

  #range(opening: number): CodeRange {
    const at = this.#at + 1;
    const low = this.#member(opening);
    if (this.#peek() !== '-') return { low, high: low };
    this.#at += 1;
    const high = this.#member(opening);
    if (low > high) throw this.#fault(at, 'the range ends before it begins');
    return { low, high };
  }

  #member(opening: number): number {
    const char = this.#take(opening, 'has no ]');
    if (char === '-' || char === ']') {
      throw this.#fault(this.#at, `${char} must be written \\${char} here`);
    }
    const meant = char === '\\' ? this.#escaped() : char;
    if (meant === '/') throw this.#fault(this.#at, '/ cannot be in []');
    return codeOf(meant);
  }

  #escaped(): string {
    return this.#take(this.#at, 'escapes nothing');
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  /** The next character; without one, a fault of what began at the place `since`. */
  #take(since: number, fault: string): string {
    const char = this.#peek();
    if (char === undefined) throw this.#fault(since, `${this.#chars[since - 1] ?? ''} ${fault}`);
    this.#at += 1;
    return char;
  }

  /** @param place from 1 */
  #fault(place: number, words: string): AppError {
    return new AppError('invalid', `the pattern is wrong at character ${place}: ${words}`);
  }
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
