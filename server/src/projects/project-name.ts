import { AppError } from '../lib/index.ts';

/** What is not a name is nobody's, and need not be looked up. */
export function isProjectName(text: string): boolean {
  return text.length <= 255 && /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text);
}

/** @throws AppError invalid */
export function parseProjectName(text: string): string {
  if (isProjectName(text)) return text;
  throw new AppError(
    'invalid',
    'a project name has 1 to 255 lower-case letters and digits, in groups separated by one of . _ -',
  );
}
