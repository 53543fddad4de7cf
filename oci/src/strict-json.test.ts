import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OciError } from './error-code.ts';
import { parseStrictJson } from './strict-json.ts';

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function findError(text: string): unknown {
  try {
    parseStrictJson(encode(text));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What the strict parser refuses on purpose though it is JSON. */
function isStrict(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => key !== '__proto__' && isStrict(member));
}

const refused = [
  ['a key twice', '{"a":1,"a":2}', '$.a is given twice'],
  ['a key twice with equal values', '{"a":1,"a":1}', '$.a is given twice'],
  ['a key twice, once escaped', '{"a":1,"\\u0061":2}', '$.a is given twice'],
  ['a third key twice', '{"a":1,"b":2,"c":3,"b":4}', '$.b is given twice'],
  ['an empty key twice', '{"":1,"":2}', '$[""] is given twice'],
  ['a nested key twice', '{"l":[0,{"x":{"d":1,"d":2}}]}', '$.l[1].x.d is given twice'],
  ['a key twice around an object', '{"a":{"b":1},"a":[]}', '$.a is given twice'],
  ['an odd key twice', '{"a b":1,"a b":2}', '$["a b"] is given twice'],
  ['2^53 + 1', '{"size":9007199254740993}', '$.size is a number that cannot be held exactly'],
  ['2^53', '[9007199254740992]', '$[0] is a number'],
  ['-2^53', '-9007199254740992', '$ is a number'],
  ['an integer with an exponent', '[0,1e16]', '$[1] is a number'],
  ['an infinite number', '{"a":1e400}', '$.a is a number'],
  ['a long integer', '123456789012345678901234567890', '$ is a number'],
  ['__proto__', '{"__proto__":{"isAdmin":true}}', '$.__proto__ is a key that is not allowed'],
  ['__proto__ escaped', '{"\\u005f_proto__":1}', '$.__proto__ is a key that is not allowed'],
  ['nesting beyond 64', '['.repeat(65) + ']'.repeat(65), 'is nested deeper than 64 levels'],
  ['endless nesting', '['.repeat(1_000_000), 'is nested deeper than 64 levels'],
  ['nested objects without end', '{"a":'.repeat(1_000_000), 'is nested deeper than 64 levels'],
  ['nothing', '', 'not valid JSON'],
  ['white space alone', ' \n', 'not valid JSON'],
  ['a trailing comma', '[1,]', 'not valid JSON'],
  ['a second value', '{} {}', 'not valid JSON'],
  ['a bare key', '{a:1}', 'not valid JSON'],
  ['single quotes', "{'a':1}", 'not valid JSON'],
  ['a comment', '{}//', 'not valid JSON'],
  ['NaN', '[NaN]', 'not valid JSON'],
  ['a leading zero', '[01]', 'not valid JSON'],
  ['an unclosed string', '{"a', 'not valid JSON'],
  ['a string ending in a backslash', '"\\', 'not valid JSON'],
  ['a wrong escape in a key', '{"\\x":1}', 'not valid JSON'],
  ['a raw newline in a string', '"\n"', 'not valid JSON'],
  ['a wrong bracket', '[}', 'not valid JSON'],
  ['a closing bracket too many', '[]]]', 'not valid JSON'],
  ['NUL after the value', '{}\0', 'not valid JSON'],
] as const;

describe('parseStrictJson', () => {
  it.each(refused)('refuses %s', (_, text, sentence) => {
    expect(() => parseStrictJson(encode(text))).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        message: expect.stringContaining(sentence),
      }),
    );
  });

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut character', [0x22, 0xe2, 0x82]],
    ['UTF-16', [0xff, 0xfe, 0x22, 0x00]],
  ])('refuses %s as invalid UTF-8', (_, bytes) => {
    expect(() => parseStrictJson(Uint8Array.from(bytes))).toThrow('not valid UTF-8');
  });

  it('refuses a byte order mark', () => {
    expect(() => parseStrictJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toThrow(
      'byte order mark',
    );
  });

  it.each([
    ['the largest safe integer', '[9007199254740991,-9007199254740991]'],
    ['fractions and exponents', '[1.5,1e3,-0.25E-2,0.1,1e-400]'],
    ['nesting of 64', '['.repeat(64) + ']'.repeat(64)],
    ['equal keys in different objects', '{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":3}}'],
    ['a value equal to a key', '{"a":"a","b":"a"}'],
    ['keys that differ in case', '{"a":1,"A":2}'],
    ['brackets and commas in strings', '{"a":"[{,\\"}","b":",\\"a\\":1"}'],
    ['escaped backslashes', '{"a":"\\\\","b":"\\\\\\""}'],
    ['prototype member names', '{"constructor":1,"toString":2,"hasOwnProperty":3}'],
    ['unicode', '{"\u00e9":"\u{1f600}\\ud83d\\ude00"}'],
  ])('reads %s as JSON.parse does', (_, text) => {
    expect(parseStrictJson(encode(text))).toEqual(JSON.parse(text));
  });

  it('takes the depth limit from the caller', () => {
    expect(parseStrictJson(encode('[[1]]'), { maxDepth: 2 })).toEqual([[1]]);
    expect(() => parseStrictJson(encode('[[[1]]]'), { maxDepth: 2 })).toThrow('2 levels');
  });

  it('takes 10,000 keys in an object and refuses one more', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `"k${index}":0`);
    expect(findError(`{${keys.join()}}`)).toBeUndefined();
    expect(String(findError(`{${keys.join()},"last":0}`))).toContain(
      '$.last is one key more than the 10000 allowed',
    );
  });

  it('takes 250,000 keys, arrays and objects in all and refuses one more', () => {
    const half = Array.from({ length: 124_999 }, () => '{"a":0}').join();
    expect(findError(`[[],${half}]`)).toBeUndefined();
    expect(String(findError(`[[],[],${half}]`))).toContain('more than 250000 keys');
  });

  it('keeps error messages short for long keys and deep paths', () => {
    const key = JSON.stringify('k'.repeat(100_000));
    const text = `${`{${key}:`.repeat(40)}{"a":1,"a":2}${'}'.repeat(40)}`;
    const error = findError(text);
    expect(error).toBeInstanceOf(OciError);
    expect(String(error).length).toBeLessThan(1000);
  });

  it('agrees with JSON.parse on any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(isStrict(JSON.parse(text)));
        expect(parseStrictJson(encode(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses whatever JSON.parse refuses', () => {
    const soup = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '"a"',
        '"b":',
        '1',
        '-',
        'e',
        'null',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(soup, (tokens) => {
        const text = tokens.join('');
        fc.pre(!isParsable(text));
        expect(findError(text)).toMatchObject({ code: 'MANIFEST_INVALID' });
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses any object once one of its keys is doubled', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary-ascii' }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        (keys, from, to, isEscaped) => {
          fc.pre(!keys.includes('__proto__'));
          const members = keys.map((key) => `${JSON.stringify(key)}:0`);
          expect(findError(`{${members.join()}}`)).toBeUndefined();

          const key = keys[from % keys.length] ?? '';
          const double = `${isEscaped ? escapeAll(key) : JSON.stringify(key)}:1`;
          members.splice(to % (keys.length + 1), 0, double);
          expect(() => parseStrictJson(encode(`[{${members.join()}}]`))).toThrow('is given twice');
        },
      ),
    );
  });
});

function isParsable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function escapeAll(key: string): string {
  const units = Array.from({ length: key.length }, (_, index) => key.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}
