import { RE2JS } from 're2js';
import { AppError } from '../lib/index.ts';

const MAX_LENGTH = 256;
/** Instructions; what repetitions with counts multiply. */
const MAX_SIZE = 500;

/**
 * Tells which names a regular expression of RE2 matches as a whole; never backtracks.
 *
 * @throws AppError invalid: malformed, and why; over 256 characters, or with too many repetitions
 */
export function compileRegex(pattern: string): (name: string) => boolean {
  if (pattern.length > MAX_LENGTH) {
    throw new AppError('invalid', `a regular expression has ${MAX_LENGTH} characters at most`);
  }
  const regex = parseRegex(pattern);
  if (regex.programSize() > MAX_SIZE) {
    throw new AppError('invalid', 'the counted repetitions of the regular expression are too many');
  }
  return (name) => regex.testExact(name);
}

function parseRegex(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const words = error instanceof Error ? error.message : 'cannot be parsed';
    const fault = words.replace('error parsing regexp: ', '');
    throw new AppError('invalid', `the regular expression is wrong: ${fault}`, { cause: error });
  }
}
