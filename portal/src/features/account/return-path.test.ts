import { expect, test } from 'vitest';
import { parseReturnPath } from './return-path.ts';

test.each([
  '/',
  '/projects',
  '/p/library/r/team%2Fapp:1.0?tab=layers&q=a%20b#top',
  '/p/a/r/b@sha256:00',
])('a path of the portal is kept: %s', (path) => {
  expect(parseReturnPath(path)).toBe(path);
});

test.each([
  '',
  'projects',
  'https://evil.test/',
  '//evil.test',
  '/\\evil.test',
  '/%2f%2fevil.test',
  '/%5Cevil.test',
  '/x//evil.test',
  '/../x',
  '/x/..',
  '/%2e./x'.replace('%2e', '.'),
  'javascript:alert(1)',
  '/\tx',
  ' /x',
  `/${'x'.repeat(2048)}`,
])('what leads elsewhere, or nowhere, is the first page: %j', (text) => {
  expect(parseReturnPath(text)).toBe('/');
});

test('a page before the login is passed over for what it leads to', () => {
  const signIn = `/account/sign-in?redirect_url=${encodeURIComponent('/p/x?q=1')}`;
  expect(parseReturnPath(signIn)).toBe('/p/x?q=1');
  const twice = `/account/choose-password?redirect_url=${encodeURIComponent(signIn)}`;
  expect(parseReturnPath(twice)).toBe('/p/x?q=1');
  expect(parseReturnPath('/account/sign-in?redirect_url=//evil.test')).toBe('/');
  expect(parseReturnPath('/account/sign-in')).toBe('/');
});
