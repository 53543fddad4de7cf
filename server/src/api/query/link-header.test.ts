import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkHeader } from './link-header.ts';

const PATH = '/api/v2.0/projects';

describe('the Link header', () => {
  it('names the neighbours of a page in the middle', () => {
    expect(linkHeader({ url: `${PATH}?page=2&page_size=10`, page: 2, size: 10, total: 21 })).toBe(
      `<${PATH}?page=1&page_size=10>; rel="prev" , <${PATH}?page=3&page_size=10>; rel="next"`,
    );
  });

  it('adds the parameters that were left to their defaults', () => {
    expect(linkHeader({ url: PATH, page: 1, size: 10, total: 11 })).toBe(
      `<${PATH}?page=2&page_size=10>; rel="next"`,
    );
  });

  it('replaces parameters given twice by one', () => {
    expect(linkHeader({ url: `${PATH}?page=1&page=7&q=a`, page: 1, size: 5, total: 6 })).toBe(
      `<${PATH}?page=2&q=a&page_size=5>; rel="next"`,
    );
  });

  it.each([
    ['a single page', 1, 10, 10],
    ['an empty list', 1, 10, 0],
    ['no limit', 1, 0, 100],
    ['a page far beyond the end', 9, 10, 20],
  ])('is absent for %s', (_what, page, size, total) => {
    expect(linkHeader({ url: PATH, page, size, total })).toBeUndefined();
  });

  it('leads back from the first page beyond the end only if its predecessor was not full', () => {
    expect(linkHeader({ url: PATH, page: 2, size: 10, total: 10 })).toBeUndefined();
    expect(linkHeader({ url: PATH, page: 2, size: 10, total: 11 })).toBe(
      `<${PATH}?page=1&page_size=10>; rel="prev"`,
    );
  });

  it('keeps what the client wrote encoded', () => {
    const url = `${PATH}?q=name%3D~a%0d%0aSet-Cookie:%20x&r=%3E;rel=%22next%22,%20%3Chttp://x%3E`;
    expect(linkHeader({ url, page: 1, size: 1, total: 2 })).toBe(
      `<${PATH}?q=name%3D%7Ea%0D%0ASet-Cookie%3A+x&r=%3E%3Brel%3D%22next%22%2C+%3Chttp%3A%2F%2Fx%3E&page=2&page_size=1>; rel="next"`,
    );
  });

  it.each([
    ['//elsewhere.example/a', '/elsewhere.example/a'],
    ['/\\elsewhere.example/a', '/elsewhere.example/a'],
    ['http://elsewhere.example/a', '/a'],
    ['/a>;rel="x"#b', '/a%3E;rel=%22x%22'],
    ['/a%2Fb:c@d', '/a%2Fb:c@d'],
  ])('points %s at this host', (url, path) => {
    expect(linkHeader({ url, page: 1, size: 1, total: 2 })).toBe(
      `<${path}?page=2&page_size=1>; rel="next"`,
    );
  });

  it('has one link and visible ASCII only, whatever the target', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('//', '>,<', '\r\n', '\ud800'),
    );
    fc.assert(
      fc.property(text, text, (path, query) => {
        const link = linkHeader({ url: `/${path}?${query}`, page: 1, size: 1, total: 2 });
        expect(link).toMatch(/^<\/(?!\/)[!-;=?-~]*>; rel="next"$/);
      }),
      { numRuns: 2000 },
    );
  });
});
