import { OciError } from '@berth/oci';

/** Which part of a list is asked for. */
export interface ListPage {
  /** The last item of the page before; '' for the first page. */
  readonly last: string;
  readonly limit: number;
}

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 1000;
const MAX_LAST_LENGTH = 512;

/**
 * Reads `n` and `last`. More than 1,000 items are never given at once: the rest is behind `Link`.
 *
 * @throws OciError PAGINATION_NUMBER_INVALID
 */
export function parsePage(query: URLSearchParams): ListPage {
  const counts = query.getAll('n');
  const [count] = counts;
  if (counts.length > 1 || (count !== undefined && !/^\d{1,9}$/.test(count))) {
    throw new OciError('PAGINATION_NUMBER_INVALID', 'n must be a whole number from 0 to 999999999');
  }
  const last = query.get('last') ?? '';
  if (last.length > MAX_LAST_LENGTH || last.includes('\0')) {
    throw new OciError('PAGINATION_NUMBER_INVALID', 'last must be an item of an earlier page');
  }
  return { last, limit: Math.min(count === undefined ? DEFAULT_LIMIT : Number(count), MAX_LIMIT) };
}

/** The `Link` header of a page that is not the last one (RFC 8288). */
export function presentLink(
  path: string,
  query: URLSearchParams,
  next: string | undefined,
  limit: number,
): string[] {
  if (next === undefined) return [];
  const parameters = new URLSearchParams(query);
  parameters.set('n', String(limit));
  parameters.set('last', next);
  return ['Link', `<${path}?${parameters.toString()}>; rel="next"`];
}
