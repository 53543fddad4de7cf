import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OciError } from './error-code.ts';
import { isRepositoryName, isTag, parseReference, splitRepository } from './reference.ts';

const digest = `sha256:${'0'.repeat(64)}`;

const segment = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const separator = fc.constantFrom('.', '_', '__', '-', '--', '-----', '/');
const validName = fc
  .tuple(segment, fc.array(fc.tuple(separator, segment), { maxLength: 12 }))
  .map(([head, tail]) => head + tail.map((pair) => pair.join('')).join(''));

describe('isRepositoryName', () => {
  it.each([
    'a',
    '0',
    'library/app',
    'a/b/c/d/e/f',
    'a.b',
    'a_b',
    'a__b',
    'a-b',
    'a----b',
    'project-1/app_2/x.y',
    `${'a'.repeat(127)}/${'b'.repeat(127)}`,
  ])('takes %s', (name) => {
    expect(isRepositoryName(name)).toBe(true);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'A',
    'library/App',
    'a___b',
    'a..b',
    'a._b',
    'a-_b',
    '.a',
    'a.',
    '-a',
    'a-',
    '_a',
    'a_',
    'a/.b',
    'a/../b',
    '..',
    'a b',
    'a\n',
    'a\0b',
    'a:b',
    'a@b',
    'a%2fb',
    'caf\u00e9',
    'a\\b',
    'a'.repeat(256),
    `${'a'.repeat(128)}/${'b'.repeat(127)}`,
  ])('refuses %j', (name) => {
    expect(isRepositoryName(name)).toBe(false);
  });

  it('takes every name built by the grammar', () => {
    fc.assert(
      fc.property(validName, (name) => {
        expect(isRepositoryName(name)).toBe(true);
      }),
    );
  });

  it('refuses names that are hostile to backtracking by their length', () => {
    expect(isRepositoryName('a'.repeat(100_000))).toBe(false);
    expect(isRepositoryName(`${'a-'.repeat(50_000)}!`)).toBe(false);
  });

  it('takes the separators of the longest name without trouble', () => {
    expect(isRepositoryName(`a${'-'.repeat(253)}b`)).toBe(true);
    expect(isRepositoryName(`a${'-'.repeat(254)}`)).toBe(false);
  });
});

describe('isTag', () => {
  it.each(['latest', 'v1.0.0', '_', '0', 'A-b_c.d', 'a'.repeat(128)])('takes %s', (tag) => {
    expect(isTag(tag)).toBe(true);
  });

  it.each(['', '.a', '-a', 'a:b', 'a/b', 'a b', 'a\n', 'a\0', 'a+b', '\u00e9', 'a'.repeat(129)])(
    'refuses %j',
    (tag) => {
      expect(isTag(tag)).toBe(false);
    },
  );
});

describe('parseReference', () => {
  it('reads text with a colon as a digest', () => {
    expect(parseReference(digest)).toEqual({ digest });
  });

  it('reads other text as a tag, though it looks like hex', () => {
    expect(parseReference('0'.repeat(64))).toEqual({ tag: '0'.repeat(64) });
  });

  it.each([`${digest}0`, 'md5:00', 'a:b', ':', `SHA256:${'0'.repeat(64)}`])(
    'refuses %s as a digest',
    (text) => {
      expect(() => parseReference(text)).toThrow(
        expect.objectContaining({ code: 'DIGEST_INVALID' }),
      );
    },
  );

  it.each(['', '..', '../x', 'a b'])('refuses %j as a tag', (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', message: 'invalid tag' }),
    );
  });

  it('gives a tag, a digest or one of the two errors for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const code = text.includes(':') ? 'DIGEST_INVALID' : 'MANIFEST_INVALID';
        expect(isTag(text) ? { tag: text } : { code }).toEqual(outcome(text));
      }),
    );
  });
});

describe('splitRepository', () => {
  it('splits at the first slash', () => {
    expect(splitRepository('library/app/web')).toEqual({ project: 'library', path: 'app/web' });
  });

  it.each(['library', '', '/app', 'library/', 'Library/app', 'a//b'])(
    'gives undefined for %j',
    (name) => {
      expect(splitRepository(name)).toBeUndefined();
    },
  );

  it('loses nothing of a name', () => {
    fc.assert(
      fc.property(validName, (name) => {
        const parts = splitRepository(name);
        expect(parts ? `${parts.project}/${parts.path}` : name).toBe(name);
        expect(parts?.project ?? '').not.toContain('/');
      }),
    );
  });
});

function outcome(text: string): object {
  try {
    return parseReference(text);
  } catch (error) {
    return error instanceof OciError ? { code: error.code } : { error };
  }
}
