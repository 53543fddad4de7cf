import type { Documents } from './documents.ts';

/** What a parser's thread is told. A piece is undefined after the last one. */
export type ToParser<Task = unknown> =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'piece'; readonly piece: Uint8Array<ArrayBuffer> | undefined };

/** What it tells. After `more` it waits for a piece, after the last two for a task. */
export type FromParser =
  | { readonly kind: 'ready' }
  | { readonly kind: 'more' }
  | { readonly kind: 'done'; readonly documents: Documents }
  | {
      readonly kind: 'refused';
      readonly as: 'too-large' | 'unprocessable';
      readonly message: string;
    };
