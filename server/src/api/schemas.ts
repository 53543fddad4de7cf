import { z } from 'zod';

const DIGITS = /^-?\d{1,15}$/;

/** A whole number in a path or query. */
export function wholeParam(minimum = 0, maximum = Number.MAX_SAFE_INTEGER) {
  return z
    .string()
    .regex(DIGITS, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum));
}

/** An id in a path. */
export const idParam = wholeParam(0);

/** `true`/`false` in a query, also `1`/`0`. */
export const flagParam = z
  .enum(['true', 'false', '1', '0'])
  .transform((text) => text === 'true' || text === '1');

const NO_CONTROLS = /^\P{Cc}*$/u;

/** A line of text: no control characters. */
export function line(maximum: number) {
  return z.string().max(maximum).regex(NO_CONTROLS, 'must have no control characters');
}

/** Several lines of text: no control characters but tab and line ends. */
export function prose(maximum: number) {
  return z
    .string()
    .max(maximum)
    .regex(/^(?:\P{Cc}|[\t\r\n])*$/u, 'must have no control characters');
}

/** 0 is what Go clients send for the first page when nobody chose one. */
const page = z
  .string()
  .regex(DIGITS, 'must be a whole number')
  .transform((text) => Number(text) || 1)
  .pipe(z.int().min(1).max(1_000_000_000))
  .default(1);
/** Harbor's 0 means no limit; ours is as many as one answer may hold. */
const pageSize = wholeParam(0, 100).default(10);

/** `page` and `page_size`, for lists without filters. */
export const pageQuery = z.object({ page, page_size: pageSize });

/** `q`, `sort`, `page` and `page_size`, as most lists take them. */
export const listQuery = z.object({
  q: line(4096).optional(),
  sort: line(512).optional(),
  page,
  page_size: pageSize,
});

export type PageQuery = z.output<typeof pageQuery>;

const MAX_PAGE = 1000;

/** Rows to skip and to take for a page. */
export function pageRange({ page, page_size: size }: PageQuery): { offset: number; limit: number } {
  const limit = size === 0 ? MAX_PAGE : size;
  return { offset: (page - 1) * limit, limit };
}

/** RFC 3339 with milliseconds, UTC. */
export const timestamp = z.iso.datetime({ precision: 3 });

/** `{project_name_or_id}`: the adapter turns it into `call.project`. */
export const projectParams = z.object({ project_name_or_id: line(255) });

/** `{project_name}`: always a name. */
export const projectNameParams = z.object({ project_name: line(255) });

/** A repository's name below its project. Clients encode its slashes twice (`a%252Fb`). */
export const repositoryParam = z.string().transform((text, context) => {
  try {
    return decodeURIComponent(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not well encoded' });
    return z.NEVER;
  }
});
