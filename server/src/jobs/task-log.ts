/** Of one task, over all its runs. */
const MAX_LOG_BYTES = 2 ** 20;
const MAX_LINE_LENGTH = 4_096;
const END = 'the log ends here: it has reached its limit\n';

/**
 * The log of a run, until it is written to the database. Users who may see the task read it, and
 * the program does not look for secrets in it: whoever writes a line keeps them out.
 */
export interface TaskLog {
  append(line: string): void;
  /** Whether there are no lines since the last `take`. */
  readonly isEmpty: boolean;
  /** The lines since the last call. */
  take(): string;
  /** Gives back lines that could not be written. */
  restore(lines: string): void;
}

/** @param bytesBefore what earlier runs of the task wrote */
export function createTaskLog(
  bytesBefore: number,
  now: () => Date = () => new Date(),
  maxBytes = MAX_LOG_BYTES,
): TaskLog {
  let bytes = bytesBefore;
  let waiting = '';
  return {
    get isEmpty() {
      return waiting === '';
    },
    append(line) {
      if (bytes >= maxBytes) return;
      const text = `${now().toISOString()} ${cleanLine(line, MAX_LINE_LENGTH)}\n`;
      const size = Buffer.byteLength(text);
      const fits = bytes + size <= maxBytes - END.length;
      waiting += fits ? text : END;
      bytes = fits ? bytes + size : maxBytes;
    },
    take() {
      const lines = waiting;
      waiting = '';
      return lines;
    },
    restore(lines) {
      waiting = lines + waiting;
    },
  };
}

/** One line that PostgreSQL can hold and a terminal can show. */
export function cleanLine(text: string, maxLength: number): string {
  const line = text.toWellFormed().replaceAll(/\p{Cc}+/gu, ' ');
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).toWellFormed()}…`;
}
