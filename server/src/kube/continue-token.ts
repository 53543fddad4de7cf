import { z } from 'zod';
import type { ObjectKey } from './object.ts';
import { badRequest } from './status-errors.ts';

/** Where a list that was cut off goes on. */
export interface Continuation {
  /** Of the first page. */
  readonly version: number;
  readonly after: ObjectKey;
}

const token = z.strictObject({
  v: z.int().positive(),
  n: z.string().max(253),
  k: z.string().min(1).max(253),
});

/** Opaque to clients. Says nothing but a place, so it need not be signed. */
export function presentContinue({ version, after }: Continuation): string {
  const text = JSON.stringify({ v: version, n: after.namespace, k: after.name });
  return Buffer.from(text).toString('base64url');
}

/** @throws StatusError 400 */
export function parseContinue(text: string): Continuation {
  const { data } = token.safeParse(readJson(Buffer.from(text, 'base64url').toString()));
  if (data === undefined) throw badRequest('continue key is not valid');
  return { version: data.v, after: { namespace: data.n, name: data.k } };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
