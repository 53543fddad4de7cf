/** What came of one check. */
export interface CheckLine {
  readonly check: string;
  /** `skipped`: not tried, since something before it failed. */
  readonly outcome: 'ok' | 'failed' | 'skipped';
  readonly message: string;
  /** What to do about a failure. */
  readonly advice?: string;
}

export function ok(check: string, message: string): CheckLine {
  return { check, outcome: 'ok', message };
}

export function failed(check: string, message: string, advice: string): CheckLine {
  return { check, outcome: 'failed', message, advice };
}

export function skipped(check: string): CheckLine {
  return { check, outcome: 'skipped', message: 'not tried' };
}

/** The lines for people. */
export function describeLines(lines: readonly CheckLine[]): string {
  return lines
    .map(({ check, outcome, message, advice }) => {
      const verdict = outcome === 'failed' ? 'FAILED' : outcome;
      const line = `${verdict.padEnd(8)} ${check.padEnd(12)} ${message}`;
      return advice === undefined ? line : `${line}\n${' '.repeat(22)}→ ${advice}`;
    })
    .join('\n');
}
