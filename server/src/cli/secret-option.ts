import { readFile } from 'node:fs/promises';
import { AppError } from '../lib/index.ts';

/**
 * A secret out of a file or of an environment variable, never of the command line, which every
 * user of the machine can read.
 *
 * @returns undefined when neither is given. @throws AppError invalid for a file without one
 */
export async function findSecretOption(
  file: string | undefined,
  variable: string,
): Promise<string | undefined> {
  if (file === undefined) {
    const value = process.env[variable];
    return value === undefined || value === '' ? undefined : value;
  }
  const secret = (await readTextOption(file)).replace(/\r?\n$/, '');
  if (secret === '') throw new AppError('invalid', `${file} is empty`);
  return secret;
}

/** @throws AppError invalid for a file that cannot be read */
export async function readTextOption(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid', `${file} cannot be read: ${reason}`, { cause: error });
  }
}
