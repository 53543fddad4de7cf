import { describe, expect, it } from 'vitest';
import { parseSelectors } from './api-key.schema.ts';
import { apiKeyId, apiKeyName, parseExpire } from './api-key.ts';

describe('the time that an API key lasts', () => {
  it.each([
    ['1h', 3600],
    ['30m', 1800],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['168h', 604_800],
    ['1s', 1],
    ['1500ms', 1.5],
  ])('of %s is %s seconds', (text, seconds) => {
    expect(parseExpire(text)).toBe(seconds);
  });

  it.each(['0s', '999ms', '-1h', '1', 'h', '1d', '1 h', '9999999h', '', '1h!', '1e3h'])(
    'is not %j',
    (text) => {
      expect(parseExpire(text)).toBeUndefined();
    },
  );
});

describe('the name of an API key', () => {
  it('tells its number, and no other text does', () => {
    expect(apiKeyId(apiKeyName(42))).toBe(42);
    for (const name of ['42', 'apk-', 'apk-x', 'apk-1 ', 'apk-1234567890123456']) {
      expect(apiKeyId(name)).toBeUndefined();
    }
  });
});

describe('selectors of API keys', () => {
  it('know the fields of TKE', () => {
    expect(parseSelectors('spec.username=ann,spec.tenantID!=t1')).toEqual([
      { field: 'spec.username', value: 'ann', isNegated: false },
      { field: 'spec.tenantID', value: 't1', isNegated: true },
    ]);
  });

  it.each(['spec.text=x', 'spec.username', '='])('refuse %s', (text) => {
    expect(() => parseSelectors(text)).toThrow('field label not supported');
  });
});
