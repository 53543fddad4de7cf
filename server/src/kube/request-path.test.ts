import { describe, expect, it } from 'vitest';
import { checkQuery, splitPath } from './request-path.ts';

describe('splitPath', () => {
  it('decodes each part', () => {
    expect(splitPath('/apis/a%2Eb/v1/namespaces/x%2Fy/')).toEqual([
      'apis',
      'a.b',
      'v1',
      'namespaces',
      'x/y',
    ]);
  });

  it.each(['/apis/%00', '/apis/a%0ab', '/apis/%7F', '/apis/%zz'])('refuses %s', (path) => {
    expect(() => splitPath(path)).toThrow(expect.objectContaining({ code: 400 }));
  });
});

describe('checkQuery', () => {
  it('refuses what the database cannot hold', () => {
    const query = new URLSearchParams('fieldSelector=metadata.name%3D%00');
    expect(() => checkQuery(query)).toThrow(expect.objectContaining({ code: 400 }));
    expect(() => checkQuery(new URLSearchParams('limit=1&labelSelector=a%3Db'))).not.toThrow();
  });
});
