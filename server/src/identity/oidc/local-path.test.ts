import { describe, expect, it } from 'vitest';
import { safeLocalPath } from './local-path.ts';

describe('safeLocalPath', () => {
  it.each([
    '/',
    '/projects/1',
    '/projects/1/repositories/library%252Fbusybox/artifacts?tab=tags&q=a%20b#top',
    '/projects/library%2Fbusybox',
    '/@someone/x',
    '/?next=https://elsewhere.test//x',
    '/caf%C3%A9',
  ])('keeps %s', (path) => {
    expect(safeLocalPath(path)).toBe(path);
  });

  it.each([
    '',
    'projects',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/x\\evil.test',
    '/%2f%2fevil.test',
    '/%2Fevil.test',
    '/%252f%252fevil.test',
    '/%5cevil.test',
    '/%255cevil.test',
    'https:evil.test',
    'https://evil.test',
    'javascript:alert(1)',
    'https://registry.test@evil.test/',
    '//registry.test@evil.test/',
    '/\tevil.test',
    '/\t/evil.test',
    '\t//evil.test',
    '/\r\nLocation: https://evil.test',
    '/%0d%0aLocation:%20https://evil.test',
    '/%09/evil.test',
    ' /x',
    '/x y',
    '/\u2215evil.test',
    '/\u2044/evil.test',
    '/\uff0fevil.test',
    '/%EF%BC%8Fevil.test',
    '/%E2%88%95evil.test',
    '/..//evil.test',
    '/.//evil.test',
    '/%2e%2e//evil.test',
    '/x/../y',
    '/%',
    '/%c0%af',
    `/${'x'.repeat(2048)}`,
    `/%${'25'.repeat(9)}41`,
  ])('refuses %j', (path) => {
    expect(safeLocalPath(path)).toBeUndefined();
  });
});
