import { describe, expect, it } from 'vitest';
import { createTokenCache } from './token-cache.ts';

function createIssuer(seconds: number) {
  let issued = 0;
  return () => {
    issued += 1;
    return Promise.resolve({ token: `token-${issued}`, seconds });
  };
}

describe('createTokenCache', () => {
  it('gives the same token for the same scopes in any order', async () => {
    const cache = createTokenCache();
    const issue = createIssuer(60);
    expect(await cache.ensure(['a', 'b'], issue)).toBe('token-1');
    expect(await cache.ensure(['b', 'a'], issue)).toBe('token-1');
    expect(await cache.ensure(['a'], issue)).toBe('token-2');
  });

  it('fetches once for callers that wait at the same time', async () => {
    const cache = createTokenCache();
    const issue = createIssuer(60);
    expect(await Promise.all([cache.ensure(['a'], issue), cache.ensure(['a'], issue)])).toEqual([
      'token-1',
      'token-1',
    ]);
  });

  it('fetches again shortly before the token expires', async () => {
    let now = 0;
    const cache = createTokenCache(() => now);
    const issue = createIssuer(60);
    await cache.ensure(['a'], issue);
    now = 54_000;
    expect(await cache.ensure(['a'], issue)).toBe('token-1');
    now = 55_001;
    expect(await cache.ensure(['a'], issue)).toBe('token-2');
  });

  it('keeps no failed fetch', async () => {
    const cache = createTokenCache();
    await expect(cache.ensure(['a'], () => Promise.reject(new Error('down')))).rejects.toThrow(
      'down',
    );
    expect(await cache.ensure(['a'], createIssuer(60))).toBe('token-1');
  });

  it('forgets a deleted token', async () => {
    const cache = createTokenCache();
    const issue = createIssuer(60);
    await cache.ensure(['a'], issue);
    expect(cache.delete(['a'])).toBe(true);
    expect(cache.delete(['a'])).toBe(false);
    expect(await cache.ensure(['a'], issue)).toBe('token-2');
  });
});
