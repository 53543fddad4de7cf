import { describe, expect, it } from 'vitest';
import { withKeywords } from './chart-labels.ts';

const KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

describe('labels of keywords', () => {
  it.each([
    ['redis', ['redis']],
    ['key value store', ['key-value-store']],
    ['C++', ['C']],
    ['/a/', ['a']],
    ['数据库', []],
    ['', []],
    ['x'.repeat(100), ['x'.repeat(63)]],
    [`${'x'.repeat(62)}-y`, ['x'.repeat(62)]],
  ])('B3: %j becomes a key that labels may have, or none', (keyword, keys) => {
    const labels = withKeywords(undefined, [keyword]) ?? {};
    expect(Object.keys(labels)).toEqual(keys);
    for (const key of Object.keys(labels)) expect(key).toMatch(KEY);
  });

  it('leave those of people alone and drop those of former keywords', () => {
    const labels = { team: 'db', redis: '', cache: 'mine' };
    expect(withKeywords(labels, ['cache', 'kv'])).toEqual({
      team: 'db',
      cache: 'mine',
      kv: '',
    });
  });
});
