import { applyPatch, type Operation } from 'rfc6902';
import { z } from 'zod';
import { StatusError } from './status-error.ts';
import { badRequest, tooLarge } from './status-errors.ts';

const MAX_OPERATIONS = 10_000;
/** Copies that double themselves would fill the memory (CVE-2019-11253's cousin). */
const MAX_COPIES = 100;

const pointer = z.string().regex(/^(?:\/(?:[^~]|~[01])*)?$/s);
const operations = z.array(
  z.discriminatedUnion('op', [
    z.object({ op: z.literal('add'), path: pointer, value: z.unknown() }),
    z.object({ op: z.literal('remove'), path: pointer }),
    z.object({ op: z.literal('replace'), path: pointer, value: z.unknown() }),
    z.object({ op: z.literal('move'), from: pointer, path: pointer }),
    z.object({ op: z.literal('copy'), from: pointer, path: pointer }),
    z.object({ op: z.literal('test'), path: pointer, value: z.unknown() }),
  ]),
);
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The document after a JSON Patch (RFC 6902); the given one stays as it is.
 * @throws StatusError 400 for what is no patch, 413 for too many operations, 422 for one that fails
 */
export function applyJsonPatch(document: object, patch: unknown): unknown {
  if (Array.isArray(patch) && patch.length > MAX_OPERATIONS) {
    throw tooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  const parsed = operations.safeParse(patch);
  if (!parsed.success) {
    throw badRequest(`the JSON patch is not well formed: ${z.prettifyError(parsed.error)}`);
  }
  if (parsed.data.filter(({ op }) => op === 'copy').length > MAX_COPIES) {
    throw tooLarge(`a JSON patch may copy at most ${MAX_COPIES} times`);
  }
  if (parsed.data.some((operation) => !isSafe(operation))) throw rejected();
  const holder = { root: structuredClone(document) };
  const [failure] = applyPatch(holder, parsed.data.map(below)).filter((result) => result !== null);
  if (failure !== undefined) throw rejected(failure);
  return holder.root;
}

type Parsed = z.infer<typeof operations>[number];

function isSafe(operation: Parsed): boolean {
  const paths = 'from' in operation ? [operation.path, operation.from] : [operation.path];
  return paths.every((path) => path.split('/').every((token) => !FORBIDDEN.has(token)));
}

/** The library cannot replace the document itself, but everything below one. */
function below(operation: Parsed): Operation {
  const path = `/root${operation.path}`;
  if (operation.op === 'move' || operation.op === 'copy') {
    return { ...operation, path, from: `/root${operation.from}` };
  }
  return { ...operation, path };
}

/** Kubernetes' answer, word for word. */
function rejected(cause?: unknown): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError(422, 'Invalid', message, { details: {}, cause });
}
