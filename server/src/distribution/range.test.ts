import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  matchesETag,
  parseChunkRange,
  parseRange,
  presentContentRange,
  type RangeRequest,
} from './range.ts';

const ranges = (...list: [number, number][]): RangeRequest => {
  const [first, ...rest] = list.map(([start, end]) => ({ start, end }));
  if (first === undefined) throw new Error('a range is needed');
  return { kind: 'ranges', ranges: [first, ...rest] };
};

describe('parseRange of 10,000 bytes (RFC 9110 §14.1.2)', () => {
  it.each<[string, RangeRequest]>([
    ['bytes=0-499', ranges([0, 499])],
    ['bytes=500-999', ranges([500, 999])],
    ['bytes=-500', ranges([9500, 9999])],
    ['bytes=9500-', ranges([9500, 9999])],
    ['bytes=0-0,-1', ranges([0, 0], [9999, 9999])],
    ['bytes= 0-999, 4500-5499, -1000', ranges([0, 999], [4500, 5499], [9000, 9999])],
    ['bytes=500-600,601-999', ranges([500, 600], [601, 999])],
    ['bytes=500-700,601-999', ranges([500, 700], [601, 999])],
    ['BYTES=0-0', ranges([0, 0])],
    ['bytes=0-99999', ranges([0, 9999])],
    ['bytes=-99999', ranges([0, 9999])],
    ['bytes=9999-', ranges([9999, 9999])],
    ['bytes=0-0,20000-', ranges([0, 0])],
    ['bytes=0-9007199254740993', ranges([0, 9999])],
    ['bytes=10000-', { kind: 'unsatisfiable' }],
    ['bytes=10000-10001', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=9999999999999999-', { kind: 'unsatisfiable' }],
    // An empty list element is ignored (§5.6.1.2).
    ['bytes=0-0,,1-1', ranges([0, 0], [1, 1])],
  ])('%s', (header, result) => {
    expect(parseRange(header, 10_000)).toEqual(result);
  });

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=0',
    'bytes=0-1x',
    'bytes=0x0-0x1',
    'bytes=1.0-2',
    'bytes=--1',
    'bytes=0-1;2-3',
    'bytes 0-1',
    'items=0-1',
    'bytes=12345678901234567-',
    `bytes=${Array.from({ length: 17 }, (_, index) => `${index}-${index}`).join(',')}`,
  ])('ignores %j', (header) => {
    expect(parseRange(header, 10_000)).toEqual({ kind: 'whole' });
  });

  it.each(['bytes=0-', 'bytes=0-0', 'bytes=-1'])('%s of no bytes cannot be satisfied', (header) => {
    expect(parseRange(header, 0)).toEqual({ kind: 'unsatisfiable' });
  });

  it('only ever gives ranges that lie within the body', () => {
    const spec = fc.oneof(
      fc.tuple(fc.nat(200), fc.nat(200)).map(([start, end]) => `${start}-${end}`),
      fc.nat(200).map((start) => `${start}-`),
      fc.nat(200).map((length) => `-${length}`),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(spec, { maxLength: 20 }), fc.nat(150), (specs, size) => {
        const parsed = parseRange(`bytes=${specs.join(',')}`, size);
        if (parsed.kind !== 'ranges') return;
        expect(parsed.ranges.length).toBeLessThanOrEqual(16);
        for (const { start, end } of parsed.ranges) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThan(size);
        }
      }),
    );
  });

  it('gives exactly the bytes asked for', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(bytes, fc.nat(60), fc.nat(60), (body, start, extra) => {
        const parsed = parseRange(`bytes=${start}-${start + extra}`, body.length);
        const wanted = body.slice(start, start + extra + 1);
        if (wanted.length === 0) {
          expect(parsed.kind).toBe('unsatisfiable');
          return;
        }
        if (parsed.kind !== 'ranges') throw new Error(parsed.kind);
        const [range] = parsed.ranges;
        expect(body.slice(range.start, range.end + 1)).toEqual(wanted);
      }),
    );
  });
});

describe('presentContentRange', () => {
  it('is that of RFC 9110 §14.4', () => {
    expect(presentContentRange({ start: 42, end: 1233 }, 1234)).toBe('bytes 42-1233/1234');
  });
});

describe('parseChunkRange', () => {
  it.each<[string | undefined, number | undefined, number | 'invalid' | undefined]>([
    [undefined, 10, undefined],
    ['0-9', 10, 0],
    ['10-19', 10, 10],
    ['10-19', undefined, 10],
    ['bytes 10-19/100', 10, 10],
    ['bytes 10-19/*', 10, 10],
    ['bytes=10-19', 10, 10],
    [' 0-0 ', 1, 0],
    ['0-9', 9, 'invalid'],
    ['0-9', 11, 'invalid'],
    ['9-0', 10, 'invalid'],
    ['0-', 10, 'invalid'],
    ['-9', 10, 'invalid'],
    ['', 10, 'invalid'],
    ['a-b', 10, 'invalid'],
    ['0-9, 10-19', 20, 'invalid'],
    ['items 0-9/10', 10, 'invalid'],
    ['10-5', undefined, 'invalid'],
  ])('of %j with %s bytes is %s', (header, length, result) => {
    expect(parseChunkRange(header, length)).toBe(result);
  });
});

describe('matchesETag', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['"sha256:a"', true],
    ['W/"sha256:a"', true],
    ['sha256:a', true],
    ['"sha256:b"', false],
    ['"sha256:b", "sha256:a"', true],
    ['*', true],
    ['"sha256:aa"', false],
  ])('%j: %s', (header, matches) => {
    expect(matchesETag(header, 'sha256:a')).toBe(matches);
  });
});
