import { describe, expect, it } from 'vitest';
import { followRedirect, type Hop, isRedirect } from './redirect.ts';

function answer(status: number, location?: string) {
  const headers = new Headers(location === undefined ? {} : { location });
  return { status, headers, body: Buffer.alloc(0) };
}

const headers = {
  accept: '*/*',
  authorization: 'Basic c2VjcmV0',
  'x-api-key': 'secret',
  cookie: 'a=b',
};
const hop: Hop = {
  method: 'GET',
  url: new URL('https://idp.example/a/b?c'),
  headers,
  body: undefined,
};
const post: Hop = {
  ...hop,
  method: 'POST',
  headers: { ...headers, 'content-type': 'text/plain', 'content-length': '3' },
  body: Buffer.from('abc'),
};

describe('a redirect', () => {
  it('is a status of five with a location', () => {
    const is = (status: number) => isRedirect(answer(status, '/'));
    expect([300, 301, 302, 303, 304, 305, 307, 308, 200].filter(is)).toEqual([
      301, 302, 303, 307, 308,
    ]);
    expect(isRedirect(answer(302))).toBe(false);
  });

  it('within the origin keeps all headers', () => {
    expect(followRedirect(hop, answer(302, '../d'))).toEqual({
      ...hop,
      url: new URL('https://idp.example/d'),
    });
  });

  it.each(['https://other.example/', 'https://idp.example:444/', '//evil.example/x'])(
    'to %s takes no credentials there',
    (location) => {
      expect(followRedirect(hop, answer(307, location)).headers).toEqual({ accept: '*/*' });
    },
  );

  it.each([
    [301, 'GET'],
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ])('with status %i turns a POST into a %s', (status, method) => {
    const next = followRedirect(post, answer(status, '/x'));
    expect(next.method).toBe(method);
    expect(next.body).toEqual(method === 'GET' ? undefined : post.body);
    expect('content-length' in next.headers).toBe(method === 'POST');
  });

  it.each([
    ['out of TLS', hop, 'http://idp.example/'],
    ['that takes a body to another origin', post, 'https://other.example/'],
    ['that is no URL', hop, 'http://['],
  ])('%s is refused', (_what, from, location) => {
    expect(() => followRedirect(from, answer(307, location))).toThrow(
      expect.objectContaining({ code: 'protocol' }),
    );
  });
});
