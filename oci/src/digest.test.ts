import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  digestAlgorithm,
  digestEncoded,
  digestFromHex,
  digestOf,
  findDigest,
  isDigest,
  parseDigest,
} from './digest.ts';

const emptySha256 = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const hex64 = 'ab'.repeat(32);
const hex128 = 'ab'.repeat(64);

const refused = [
  ['empty text', ''],
  ['an algorithm alone', 'sha256:'],
  ['hex alone', hex64],
  ['upper-case hex', `sha256:${hex64.toUpperCase()}`],
  ['an upper-case algorithm', `SHA256:${hex64}`],
  ['63 digits', `sha256:${hex64.slice(1)}`],
  ['65 digits', `sha256:${hex64}0`],
  ['sha256 with the length of sha512', `sha256:${hex128}`],
  ['sha512 with the length of sha256', `sha512:${hex64}`],
  ['md5', `md5:${'ab'.repeat(16)}`],
  ['sha384', `sha384:${'ab'.repeat(48)}`],
  ['blake3', `blake3:${hex64}`],
  ['a path', `sha256:../../${hex64.slice(6)}`],
  ['a slash inside', `sha256:${hex64.slice(1)}/`],
  ['NUL', `sha256:${hex64.slice(1)}\0`],
  ['a trailing newline', `sha256:${hex64}\n`],
  ['a leading space', ` sha256:${hex64}`],
  ['a second line', `x\nsha256:${hex64}`],
  ['a full-width digit', `sha256:${hex64.slice(1)}\uff11`],
  ['a compound algorithm', `sha256+b64:${hex64}`],
  ['an at sign', `@sha256:${hex64}`],
  ['a percent escape', `sha256%3a${hex64}`],
] as const;

describe('parseDigest', () => {
  it('takes canonical sha256 and sha512', () => {
    expect(parseDigest(`sha256:${hex64}`)).toBe(`sha256:${hex64}`);
    expect(parseDigest(`sha512:${hex128}`)).toBe(`sha512:${hex128}`);
  });

  it.each(refused)('refuses %s', (_, text) => {
    expect(isDigest(text)).toBe(false);
    expect(findDigest(text)).toBeUndefined();
    expect(() => parseDigest(text)).toThrow(
      expect.objectContaining({ code: 'DIGEST_INVALID', status: 400 }),
    );
  });

  it('refuses any text that is one character away from a digest', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 70 }),
        fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
        (at, character) => {
          const text = emptySha256.slice(0, at) + character + emptySha256.slice(at + 1);
          expect(isDigest(text)).toBe(
            (at > 6 && /^[0-9a-f]$/.test(character)) || text === emptySha256,
          );
        },
      ),
    );
  });
});

describe('digestOf', () => {
  it('hashes with sha256 unless told', () => {
    expect(digestOf(new Uint8Array())).toBe(emptySha256);
  });

  it('hashes with sha512', () => {
    expect(digestOf(new Uint8Array(), 'sha512')).toBe(
      'sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    );
  });

  it('hashes only the view of a larger buffer', () => {
    const bytes = new TextEncoder().encode('xabcx');
    expect(digestOf(bytes.subarray(1, 4))).toBe(digestOf(new TextEncoder().encode('abc')));
  });

  it('makes digests that parse and come apart into what made them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('sha256' as const, 'sha512' as const),
        (bytes, algorithm) => {
          const digest = digestOf(bytes, algorithm);
          expect(parseDigest(digest)).toBe(digest);
          expect(digestAlgorithm(digest)).toBe(algorithm);
          expect(digestFromHex(algorithm, digestEncoded(digest))).toBe(digest);
        },
      ),
    );
  });
});

describe('digestFromHex', () => {
  it.each([
    ['sha256', hex128],
    ['sha512', hex64],
    ['sha256', hex64.toUpperCase()],
    ['sha256', ''],
  ] as const)('refuses hex that does not fit %s', (algorithm, hex) => {
    expect(() => digestFromHex(algorithm, hex)).toThrow(
      expect.objectContaining({ code: 'DIGEST_INVALID' }),
    );
  });
});
