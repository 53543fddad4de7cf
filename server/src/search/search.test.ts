import { describe, expect, it } from 'vitest';
import {
  digestRanges,
  hasIndexedPart,
  isShort,
  namePatterns,
  parseAnnotationText,
} from './search.ts';

describe('digestRanges', () => {
  it('takes six digits or more, of either algorithm when none is named', () => {
    expect(digestRanges('ABC123')).toEqual([
      { from: 'sha256:abc123', to: 'sha256:abc123g' },
      { from: 'sha512:abc123', to: 'sha512:abc123g' },
    ]);
    expect(digestRanges('sha256:abcdef0')).toEqual([
      { from: 'sha256:abcdef0', to: 'sha256:abcdef0g' },
    ]);
  });

  it.each([
    'abc12',
    'sha256:abc12',
    'sha256:',
    'sha1:abc123',
    'abcxyz',
    'abc123 ',
    'f'.repeat(129),
  ])('is of no digest for %j', (text) => {
    expect(digestRanges(text)).toEqual([]);
  });

  it('holds exactly the digests that begin so', () => {
    const [range] = digestRanges('sha256:abcdef');
    const holds = (digest: string) => range && digest >= range.from && digest < range.to;
    expect(holds(`sha256:abcdef${'f'.repeat(58)}`)).toBe(true);
    expect(holds(`sha256:abcdef${'0'.repeat(58)}`)).toBe(true);
    expect(holds(`sha256:abcdee${'f'.repeat(58)}`)).toBe(false);
    expect(holds(`sha256:abcdf0${'0'.repeat(58)}`)).toBe(false);
  });
});

describe('namePatterns', () => {
  it('compares one and two characters with the beginning, more with any part', () => {
    expect(namePatterns('ab')).toEqual({ start: 'ab%', part: 'ab%' });
    expect(namePatterns('abc')).toEqual({ start: 'abc%', part: '%abc%' });
    expect([isShort('ab'), isShort('abc')]).toEqual([true, false]);
  });

  it('takes wildcards for what they are', () => {
    expect(namePatterns(String.raw`a%_\b`).part).toBe(String.raw`%a\%\_\\b%`);
  });
});

describe('hasIndexedPart', () => {
  it.each([
    ['abc', true],
    ['1.20.300', true],
    ['über', true],
    ['a-b-c', false],
    ['...', false],
    ['%%%', false],
  ])('of %s is %s', (text, known) => {
    expect(hasIndexedPart(text)).toBe(known);
  });
});

describe('parseAnnotationText', () => {
  it.each([
    ['1.2.3', { key: undefined, words: '1.2.3' }],
    ['org.example.version=1.2.3', { key: 'org.example.version', words: '1.2.3' }],
    ['key=a=b', { key: 'key', words: 'a=b' }],
    ['two words=x', { key: undefined, words: 'two words=x' }],
    ['=x', { key: undefined, words: '=x' }],
    ['key=', { key: undefined, words: 'key=' }],
  ])('%s', (text, parsed) => {
    expect(parseAnnotationText(text)).toEqual(parsed);
  });
});
