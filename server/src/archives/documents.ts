import type { AppErrorKind } from '../lib/index.ts';

/** One addition's content, or why it cannot be given. Crosses threads. */
export type Document =
  | { readonly body: Uint8Array<ArrayBuffer> }
  | { readonly kind: AppErrorKind; readonly message: string };

/** By the names of additions; every addition that the content could have is there. */
export type Documents = ReadonlyMap<string, Document>;

export function missing(what: string): Document {
  return { kind: 'not-found', message: `the artifact has no ${what}` };
}

export function jsonDocument(value: unknown): Document {
  // A buffer of its own, which a pooled one is not, so that it can go to another thread.
  return { body: new Uint8Array(Buffer.from(JSON.stringify(value))) };
}
