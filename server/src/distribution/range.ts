import type { ByteRange } from '../blobstore/index.ts';

/** What a Range header asks of a body (RFC 9110 §14.2). */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'ranges'; readonly ranges: readonly [ByteRange, ...ByteRange[]] }
  | { readonly kind: 'unsatisfiable' };

/** More ranges than a resuming client needs are an attack on us; such a header is ignored. */
const MAX_RANGES = 16;

const whole: RangeRequest = { kind: 'whole' };
const unsatisfiable: RangeRequest = { kind: 'unsatisfiable' };

/** Reads a Range header for a body of `size` bytes. Unknown units and nonsense are ignored. */
export function parseRange(header: string | undefined, size: number): RangeRequest {
  const set = /^bytes=(.*)$/i.exec(header?.trim() ?? '')?.[1];
  if (set === undefined) return whole;
  const specs = set
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '');
  if (specs.length === 0 || specs.length > MAX_RANGES) return whole;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const match = /^(\d{0,16})-(\d{0,16})$/.exec(spec);
    if (match === null || spec === '-') return whole;
    const range = satisfy(match[1] ?? '', match[2] ?? '', size);
    if (range !== undefined) ranges.push(range);
  }
  const [first, ...rest] = ranges;
  return first === undefined ? unsatisfiable : { kind: 'ranges', ranges: [first, ...rest] };
}

function satisfy(first: string, last: string, size: number): ByteRange | undefined {
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? undefined : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start <= end ? { start, end } : undefined;
}

/** `Content-Range` of a part. */
export function presentContentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end}/${size}`;
}

/**
 * First byte of a chunk's Content-Range, which the distribution spec writes without unit
 * (`0-1023`) and RFC 9110 with one.
 *
 * @returns undefined when there is no header, 'invalid' when it makes no sense for `length` bytes
 */
export function parseChunkRange(
  header: string | undefined,
  length: number | undefined,
): number | 'invalid' | undefined {
  if (header === undefined) return undefined;
  const match = /^(?:bytes[ =])?(\d{1,16})-(\d{1,16})(?:\/(?:\d{1,16}|\*))?$/.exec(header.trim());
  if (match === null) return 'invalid';
  const start = Number(match[1]);
  const end = Number(match[2]);
  if (end < start || (length !== undefined && end - start + 1 !== length)) return 'invalid';
  return start;
}

/** Whether one of the entity tags of an If-None-Match header is that of `digest`. */
export function matchesETag(header: string | undefined, digest: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '').replaceAll('"', '');
    return bare === digest || bare === '*';
  });
}
