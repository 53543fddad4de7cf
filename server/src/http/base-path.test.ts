import { describe, expect, it } from 'vitest';
import { basePathOf, parseTarget, presentPath } from './base-path.ts';

describe('the base path', () => {
  it.each([
    [undefined, ''],
    ['https://registry.example.com', ''],
    ['https://registry.example.com/', ''],
    ['https://example.com/berth', '/berth'],
    ['https://example.com/a/b/', '/a/b'],
  ])('of %s is "%s"', (url, path) => {
    expect(basePathOf(url)).toBe(path);
  });

  it.each([
    ['/berth', '/', '/berth/'],
    ['/berth', '/account/sign-in', '/berth/account/sign-in'],
    ['/berth', '/berth/projects', '/berth/projects'],
    ['/berth', '/berth?q=1', '/berth?q=1'],
    ['/berth', '/berthing', '/berth/berthing'],
    ['/berth', '//elsewhere.example', '/berth//elsewhere.example'],
    ['/berth', 'https://id.example.com/end', 'https://id.example.com/end'],
    ['', '/projects', '/projects'],
  ])('%s makes of %s what browsers ask for: %s', (base, path, shown) => {
    expect(presentPath(base, path)).toBe(shown);
  });

  it.each([
    ['/berth', '/berth', '/'],
    ['/berth', '/berth/', '/'],
    ['/berth', '/berth?a', '/?a'],
    ['/berth', '/berth/api/v2.0/ping?a=/berth/', '/api/v2.0/ping?a=/berth/'],
    ['/berth', '/berth//elsewhere.example', '/elsewhere.example'],
    ['/berth', '/api/v2.0/ping', '/api/v2.0/ping'],
    ['/berth', '/berthing', '/berthing'],
    ['', '//a', '//a'],
  ])('%s before %s is taken off: %s', (base, target, path) => {
    expect(parseTarget(base, target)).toBe(path);
  });
});
