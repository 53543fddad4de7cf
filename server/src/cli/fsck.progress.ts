/** Where progress goes: standard error, or a test. */
export interface ProgressTarget {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** How far something long is. */
export interface Progress {
  tell(what: string, count: number): void;
  /** Makes room for a line of something else. */
  clear(): void;
}

const TERMINAL_EVERY_MS = 200;
const FILE_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[K';

/** One line that changes on a terminal; elsewhere a line every ten seconds. */
export function createProgress(
  target: ProgressTarget,
  now: () => number = () => performance.now(),
): Progress {
  const isTerminal = target.isTTY === true;
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : FILE_EVERY_MS;
  let told = now();
  let isShown = false;
  return {
    tell(what, count) {
      if (now() - told < everyMs) return;
      told = now();
      isShown = isTerminal;
      const text = `… ${count} ${what} checked`;
      target.write(isTerminal ? `${CLEAR_LINE}${text}` : `${text}\n`);
    },
    clear() {
      if (isShown) target.write(CLEAR_LINE);
      isShown = false;
    },
  };
}
