import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../lib/index.ts';
import { compileDoublestar } from './doublestar.ts';

describe('a doublestar pattern', () => {
  it.each([
    ['**', '', true],
    ['**', 'a/b/c', true],
    ['*', 'app', true],
    ['*', '', true],
    ['*', 'a/b', false],
    ['v*', 'v1.0', true],
    ['v*', '1.0', false],
    ['v?.*', 'v1.0', true],
    ['v?.*', 'v10.0', false],
    ['a?b', 'a/b', false],
    ['a?b', 'a☺b', true],
    ['a.b', 'a-b', false],
    ['app', 'my/app', false],
    ['app/**', 'app', true],
    ['app/**', 'app/', true],
    ['app/**', 'app/a/b', true],
    ['app/**', 'apps/a', false],
    ['app/**', 'apps', false],
    ['**/app', 'app', true],
    ['**/app', 'a/b/app', true],
    ['**/app', 'a/myapp', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'ab', false],
    ['a/**/**/b', 'a/b', true],
    ['app**', 'app/a', false],
    ['app**', 'apple', true],
    ['***', 'a/b', false],
    ['a/', 'a', false],
    ['a/', 'a/', true],
    ['/a', 'a', false],
    ['a//b', 'a/b', false],
    ['{latest,4.*}', 'latest', true],
    ['{latest,4.*}', '4.1', true],
    ['{latest,4.*}', '5.1', false],
    ['{redis}', 'redis', true],
    ['a{,b}c', 'ac', true],
    ['a{,b}c', 'abc', true],
    ['{a/{b,c},abc}', 'a/c', true],
    ['{a/{b,c},abc}', 'a/b/c', false],
    ['{team/**,app}', 'team/x/y', true],
    ['{**,app}', 'team/x/y', true],
    ['{team/,}**', 'team/x/y', true],
    ['{team/,}**', 'x/y', true],
    ['{team,}**', 'x/y', true],
    ['{team,}**', 'teamx', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[^a-c]x', 'dx', true],
    ['[^a-c]x', 'bx', false],
    ['a[^b]c', 'a/c', false],
    ['a[!-~]c', 'a/c', false],
    ['[\\]\\-]', '-', true],
    ['[\\]\\-]', ']', true],
    ['[,}]', ',', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a,b}', 'a,b}', true],
    ['(a|b)+', 'a', false],
    ['(a|b)+', '(a|b)+', true],
  ])('%s matches %s: %s', (pattern, name, matches) => {
    expect(compileDoublestar(pattern)(name)).toBe(matches);
  });

  it.each([
    ['[', 1, '[ has no ]'],
    ['ab[cd', 3, '[ has no ]'],
    ['[]', 1, '[] is empty'],
    ['[^]', 1, '[] is empty'],
    ['[-a]', 2, '- must be written \\- here'],
    ['[a-]', 4, '] must be written \\] here'],
    ['[c-a]', 2, 'the range ends before it begins'],
    ['[a/b]', 3, '/ cannot be in []'],
    ['a{b,c', 2, '{ has no }'],
    ['a\\', 2, '\\ escapes nothing'],
  ])('%s is refused, and where: at %i', (pattern, place, words) => {
    const fault = `the pattern is wrong at character ${place}: ${words}`;
    expect(() => compileDoublestar(pattern)).toThrow(new AppError('invalid', fault));
  });

  it('has 1,024 characters at most', () => {
    expect(compileDoublestar('a'.repeat(1024))('a'.repeat(1024))).toBe(true);
    expect(() => compileDoublestar('a'.repeat(1025))).toThrow('1024 characters at most');
  });

  it('has 128 stars and braces at most', () => {
    expect(compileDoublestar('*a{b}'.repeat(64))('ab'.repeat(64))).toBe(true);
    expect(() => compileDoublestar(`${'*a{b}'.repeat(64)}*`)).toThrow('128 of * and {} at most');
  });

  it.each([
    ['a star after each character', '*a'.repeat(128), 'a'.repeat(255)],
    ['alternatives that all fit', '{a,a}'.repeat(128), 'a'.repeat(255)],
    ['alternatives of nothing', '{,a}'.repeat(128), `${'a'.repeat(255)}b`],
    ['stars in alternatives', '{,*[a-z]}'.repeat(64), 'a'.repeat(255)],
    ['components', `${'**/'.repeat(128)}b`, 'a/'.repeat(127)],
    ['deep braces', `${'{'.repeat(127)}*a${'}'.repeat(127)}`, 'a'.repeat(255)],
  ])('takes time in proportion with %s', (_what, pattern, name) => {
    const matches = compileDoublestar(pattern);
    const began = performance.now();
    matches(name);
    // Milliseconds, in fact; backtracking would take longer than there is time.
    expect(performance.now() - began).toBeLessThan(200);
  });

  it('matches what a naive expansion of it does', () => {
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        const matches = compileDoublestar(render(pattern));
        expect(matches(name)).toBe(matchesNaively(pattern, name));
        // Nothing is left over from the name before.
        expect(matches('')).toBe(matchesNaively(pattern, ''));
      }),
      { numRuns: 5000 },
    );
  });
});

// The reference: all braces are written out, then components are tried one by one, backtracking.

type Term =
  | { readonly is: 'text'; readonly text: string; readonly fits?: RegExp }
  | { readonly is: 'braces'; readonly parts: readonly (readonly Term[])[] };

const text = (written: string, fits?: RegExp): Term => ({
  is: 'text',
  text: written,
  ...(fits && { fits }),
});
const slash = text('/');
const terms = fc.constantFrom(
  text('a', /a/),
  text('b', /b/),
  slash,
  slash,
  text('*'),
  text('**'),
  text('?', /[^/]/),
  text('[^a]', /[^a/]/),
);
const isStar = (term: Term | undefined) => term?.is === 'text' && term.text.startsWith('*');
/** Stars side by side would be written as other stars. */
const sequenceOf = (term: fc.Arbitrary<Term>, maxLength: number) =>
  fc
    .array(term, { maxLength })
    .map((all) => all.filter((one, at) => !(isStar(one) && isStar(all[at - 1]))));
const { sequence: patterns } = fc.letrec<{ sequence: Term[]; term: Term }>((tie) => ({
  sequence: sequenceOf(tie('term'), 7),
  term: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { arbitrary: terms, weight: 5 },
    {
      arbitrary: fc
        .array(tie('sequence'), { minLength: 1, maxLength: 3 })
        .map((parts): Term => ({ is: 'braces', parts })),
      weight: 1,
    },
  ),
}));
const names = fc
  .array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 })
  .map((chars) => chars.join(''));

function render(sequence: readonly Term[]): string {
  return sequence
    .map((term) => (term.is === 'text' ? term.text : `{${term.parts.map(render).join(',')}}`))
    .join('');
}

type Text = Extract<Term, { is: 'text' }>;

function expand(sequence: readonly Term[]): Text[][] {
  let all: Text[][] = [[]];
  for (const term of sequence) {
    const choices = term.is === 'text' ? [[term]] : term.parts.flatMap(expand);
    all = all.flatMap((before) => choices.map((choice) => [...before, ...choice]));
  }
  return all;
}

function matchesNaively(pattern: readonly Term[], name: string): boolean {
  return expand(pattern).some((terms) => {
    const components: Text[][] = [[]];
    for (const term of terms) {
      if (term.text === '/') components.push([]);
      else components.at(-1)?.push(term);
    }
    return matchesComponents(components, name.split('/'));
  });
}

function matchesComponents(
  [first, ...others]: readonly (readonly Text[])[],
  names: readonly string[],
): boolean {
  if (first === undefined) return names.length === 0;
  if (first.length === 1 && first[0]?.text === '**') {
    return Array.from({ length: names.length + 1 }, (_, taken) => names.slice(taken)).some((rest) =>
      matchesComponents(others, rest),
    );
  }
  const [name, ...rest] = names;
  return name !== undefined && matchesTerms(first, name) && matchesComponents(others, rest);
}

function matchesTerms([first, ...others]: readonly Text[], name: string): boolean {
  if (first === undefined) return name === '';
  if (first.fits === undefined) {
    return Array.from({ length: name.length + 1 }, (_, taken) => name.slice(taken)).some((rest) =>
      matchesTerms(others, rest),
    );
  }
  return name !== '' && first.fits.test(name.charAt(0)) && matchesTerms(others, name.slice(1));
}
