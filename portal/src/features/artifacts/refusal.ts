import { RestError } from '@berth/client/rest';
import { shortDigest } from '../../lib/reference.ts';

interface Words {
  readonly refusedImmutable: string;
  deleteIndexed(digest: string): string;
}

/** Why an artifact may not be deleted, in the reader's words where the reason is known. */
export function explainRefusal(error: unknown, words: Words): unknown {
  if (!(error instanceof RestError) || error.status !== 412) return error;
  const index = /listed by the index (sha\d+:[0-9a-f]+)/.exec(error.message)?.[1];
  if (index !== undefined)
    return new Error(words.deleteIndexed(shortDigest(index)), { cause: error });
  if (!error.message.includes('immutable')) return error;
  return new Error(words.refusedImmutable, { cause: error });
}
