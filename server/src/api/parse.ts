import type { z } from 'zod';
import { AppError } from '../lib/index.ts';

const MAX_TOLD = 5;

/**
 * Parses one part of a request.
 *
 * @throws AppError unprocessable for wrong values, invalid for fields that do not exist
 */
export function parsePart(
  part: 'path' | 'query' | 'body',
  schema: z.ZodType | undefined,
  value: unknown,
): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) {
    const keys = unknown.keys.map((key) => [...unknown.path, key].join('.')).join(', ');
    throw new AppError('invalid', `there is no such field: ${shorten(keys)}`);
  }
  const told = issues.slice(0, MAX_TOLD).map((issue) => describe(part, issue));
  throw new AppError('unprocessable', told.join('; '));
}

function describe(part: string, { path, message }: z.core.$ZodIssue): string {
  const where = path.length === 0 ? part : `${part}.${path.join('.')}`;
  return `${shorten(where)}: ${message}`;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
