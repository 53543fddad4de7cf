import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The three ways to give a secret: itself, a file that holds it, an environment variable. */
export interface SecretSource {
  /** Path of the field in the configuration, such as `harborPassword`. */
  readonly field: string;
  readonly value: string | undefined;
  readonly file: string | undefined;
  readonly variable: string | undefined;
}

/** What the fields of a file are read with. */
export interface Surroundings {
  /** Of the configuration file; relative paths in it start there. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told instead of thrown, so that all come at once; the first of a field counts. */
  fault(field: string, sentence: string): void;
  /** What works and the operator should know. */
  warn(field: string, sentence: string): void;
}

export function isGiven(source: SecretSource): boolean {
  return waysOf(source).length > 0;
}

function waysOf({ value, file, variable }: SecretSource): readonly string[] {
  return [value, file, variable].filter((way) => way !== undefined);
}

/** A secret that is given; undefined when it cannot be had (told as a fault). */
export function findSecret(source: SecretSource, around: Surroundings): string | undefined {
  const { field, value, file, variable } = source;
  if (waysOf(source).length > 1) {
    around.fault(field, `give only one of ${field}, ${field}File and ${field}Env`);
    return undefined;
  }
  if (file !== undefined) return readSecretFile(`${field}File`, file, around);
  if (variable === undefined) return value;
  const found = around.environment[variable];
  if (found !== undefined && found !== '') return found;
  around.fault(`${field}Env`, `there is no environment variable ${variable}`);
  return undefined;
}

function readSecretFile(field: string, file: string, around: Surroundings): string | undefined {
  const text = findText(field, file, around)?.replace(/\r?\n$/, '');
  if (text !== '') return text;
  around.fault(field, `${file} is empty`);
  return undefined;
}

/** The text of a file that a field names; undefined when it cannot be read (told as a fault). */
export function findText(field: string, file: string, around: Surroundings): string | undefined {
  try {
    return readFileSync(resolve(around.directory, file), 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    around.fault(field, `${file} cannot be read (${reason})`);
    return undefined;
  }
}
