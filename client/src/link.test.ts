import { describe, expect, it } from 'vitest';
import { findNextLink } from './link.ts';

const base = new URL('http://registry.test/v2/a/tags/list?n=2');

describe('findNextLink', () => {
  it('resolves a relative target', () => {
    expect(findNextLink('</v2/a/tags/list?n=2&last=b>; rel="next"', base)?.href).toBe(
      'http://registry.test/v2/a/tags/list?n=2&last=b',
    );
  });

  it('takes the next one among several links', () => {
    const header = '</one>; rel="prev", </two>; title="x"; rel="last next"';
    expect(findNextLink(header, base)?.pathname).toBe('/two');
  });

  it('takes an unquoted relation', () => {
    expect(findNextLink('</two>;rel=next', base)?.pathname).toBe('/two');
  });

  it('finds none without a header or a next relation', () => {
    expect(findNextLink(null, base)).toBeUndefined();
    expect(findNextLink('</two>; rel="prev"', base)).toBeUndefined();
    expect(findNextLink('garbage', base)).toBeUndefined();
  });

  it('does not leave the origin', () => {
    expect(findNextLink('<http://other.test/v2/>; rel="next"', base)).toBeUndefined();
  });
});
