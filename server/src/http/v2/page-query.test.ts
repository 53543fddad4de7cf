import { OciError } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { parsePage, presentLink } from './page-query.ts';

describe('parsePage', () => {
  it.each([
    ['', { last: '', limit: 1000 }],
    ['n=10', { last: '', limit: 10 }],
    ['n=0', { last: '', limit: 0 }],
    ['n=007', { last: '', limit: 7 }],
    ['n=1000', { last: '', limit: 1000 }],
    ['n=1001', { last: '', limit: 1000 }],
    ['n=999999999', { last: '', limit: 1000 }],
    ['last=v1.0', { last: 'v1.0', limit: 1000 }],
    ['n=5&last=a%2Fb', { last: 'a/b', limit: 5 }],
    [`last=${'x'.repeat(512)}`, { last: 'x'.repeat(512), limit: 1000 }],
  ])('reads %j', (query, page) => {
    expect(parsePage(new URLSearchParams(query))).toEqual(page);
  });

  it.each([
    'n=',
    'n=-1',
    'n=1.5',
    'n=1e3',
    'n=x',
    'n=+1',
    'n=1234567890',
    'n=1&n=2',
    'last=%00',
    `last=${'x'.repeat(513)}`,
  ])('refuses %j', (query) => {
    expect(() => parsePage(new URLSearchParams(query))).toThrow(OciError);
    expect(() => parsePage(new URLSearchParams(query))).toThrow(
      expect.objectContaining({ code: 'PAGINATION_NUMBER_INVALID' }),
    );
  });
});

describe('presentLink', () => {
  const link = (query: string, next: string | undefined) =>
    presentLink('/v2/a/b/tags/list', new URLSearchParams(query), next, 5);

  it('is absent on the last page', () => {
    expect(link('n=5', undefined)).toEqual([]);
  });

  it('keeps the other parameters and replaces n and last', () => {
    expect(link('n=7&last=old&artifactType=x%2Fy', 'new')).toEqual([
      'Link',
      '</v2/a/b/tags/list?n=5&last=new&artifactType=x%2Fy>; rel="next"',
    ]);
  });

  it('escapes what would end it early', () => {
    const [, value = ''] = link('artifactType=%3E%22%0D%0A', '>"\r\n');
    expect(value).toMatch(/^<[^>"\r\n]*>; rel="next"$/);
  });
});
