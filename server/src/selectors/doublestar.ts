import { type Instruction, type Program, parseDoublestar } from './doublestar-program.ts';

/** How a place in the program was come to. */
const MODE = {
  /** Within a component of the text, or at its begin. */
  inside: 0,
  /** The pattern is past a `/` that the text has not been asked for: `**` may take none. */
  atSlash: 1,
  /** After a `**` that is a component of its own, which took whole components so far. */
  afterDeep: 2,
  /** The same, and it takes more of the text. */
  inDeep: 3,
} as const;
type Mode = (typeof MODE)[keyof typeof MODE];

const MODES = 4;
const SLASH = 0x2f;

/**
 * Tells which names a doublestar pattern matches: `*` any run without `/`, `**` as a component of
 * its own any number of components (also none), `?` one character but `/`, `[a-z]`, `[^a-z]`,
 * `{a,b}` nested as deep as one likes, `\` before what is to be taken literally. Elsewhere `**` is
 * `*`. A `**` in braces counts as a component when it is one after they are resolved, which the
 * library that Harbor uses only sees behind a `/`.
 *
 * All places that the pattern may be at are followed at the same time: the work is bounded by the
 * product of the lengths, whatever the pattern.
 *
 * @throws AppError invalid: malformed, and where; over 1,024 characters, or 128 stars and braces
 */
export function compileDoublestar(pattern: string): (name: string) => boolean {
  const simulation = new Simulation(parseDoublestar(pattern));
  return (name) => simulation.matches(name);
}

class Simulation {
  readonly #program: Program;
  /** By state, the step that it was last reached in. */
  readonly #reached: Float64Array;
  #step = 0;
  #states: number[] = [];

  constructor(program: Program) {
    this.#program = program;
    this.#reached = new Float64Array((program.length + 1) * MODES);
  }

  matches(name: string): boolean {
    this.#advance();
    this.#reach(0, MODE.atSlash);
    // Both sides as if they began with `/`: each component then follows one.
    for (const char of `/${name}`) {
      const code = char.codePointAt(0) ?? 0;
      for (const state of this.#advance()) this.#read(state, code);
      if (this.#states.length === 0) return false;
    }
    return this.#states.some((state) => this.#accepts(state));
  }

  /** Begins a step; gives the states that the last one reached. */
  #advance(): readonly number[] {
    const before = this.#states;
    this.#states = [];
    this.#step += 1;
    return before;
  }

  #accepts(state: number): boolean {
    return state >= this.#program.length * MODES && state % MODES !== MODE.atSlash;
  }

  /** Adds the state and those that need no more of the text. */
  #reach(at: number, mode: Mode): void {
    const state = at * MODES + mode;
    if (this.#reached[state] === this.#step) return;
    this.#reached[state] = this.#step;
    const instruction = this.#program[at];
    if (instruction?.op === 'split') {
      for (const target of instruction.to) this.#reach(target, mode);
      return;
    }
    this.#states.push(state);
    const onward = instruction && skip(instruction.op, mode);
    if (onward !== undefined) this.#reach(at + 1, onward);
  }

  #read(state: number, code: number): void {
    const at = Math.floor(state / MODES);
    switch (state % MODES) {
      case MODE.atSlash:
        if (code === SLASH) this.#reach(at, MODE.inside);
        return;
      case MODE.afterDeep:
        if (code === SLASH) this.#reach(at, MODE.inDeep);
        return;
      case MODE.inDeep:
        this.#reach(at, MODE.inDeep);
        return;
      default:
        this.#readInside(at, code);
    }
  }

  #readInside(at: number, code: number): void {
    const instruction = this.#program[at];
    if (instruction === undefined || code === SLASH) return;
    if (instruction.op === 'star' || instruction.op === 'deep') this.#reach(at, MODE.inside);
    else if (fits(instruction, code)) this.#reach(at + 1, MODE.inside);
  }
}

/** The mode to go on in behind an instruction that takes nothing of the text; undefined: it must. */
function skip(op: Instruction['op'], mode: Mode): Mode | undefined {
  if (op === 'slash') return mode === MODE.atSlash ? undefined : MODE.atSlash;
  if (op === 'deep' && mode === MODE.atSlash) return MODE.afterDeep;
  const isRun = op === 'star' || op === 'deep';
  return isRun && mode === MODE.inside ? MODE.inside : undefined;
}

/** Whether the instruction takes this one character, which is no `/`. */
function fits(instruction: Instruction, code: number): boolean {
  switch (instruction.op) {
    case 'char':
      return instruction.code === code;
    case 'any':
      return true;
    case 'class':
      return (
        instruction.negated !==
        instruction.ranges.some(({ low, high }) => low <= code && code <= high)
      );
    case 'star':
    case 'deep':
    case 'slash':
    case 'split':
      return false;
  }
}
