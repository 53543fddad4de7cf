import { isTag } from '@berth/oci';
import { AppError } from '../lib/index.ts';

/** `library/app:1.0` or `library/app@sha256:…`: how people and the audit log name artifacts. */
export function artifactName(repository: string, reference: string): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

/** @throws AppError invalid */
export function parseTagName(text: string): string {
  if (isTag(text)) return text;
  throw new AppError(
    'invalid',
    'a tag has up to 128 letters, digits, "_", "." and "-", and begins with none of the last two',
  );
}
