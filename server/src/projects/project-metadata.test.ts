import { describe, expect, it } from 'vitest';
import {
  checkRemoval,
  parseMetadata,
  readFlag,
  settableEntries,
  visibleMetadata,
} from './project-metadata.ts';

describe('a metadata value', () => {
  it.each([
    ['public', 'true', 'true'],
    ['public', 'false', 'false'],
    ['auto_scan', 'TRUE', 'true'],
    ['auto_scan', '1', 'true'],
    ['prevent_vul', '0', 'false'],
    ['severity', 'High', 'high'],
    ['severity', 'none', 'none'],
    ['proxy_speed_kb', '-1', '-1'],
    ['proxy_speed_kb', '007', '7'],
    ['max_upstream_conn', '2147483647', '2147483647'],
    ['proxy_cache_filter_kind', 'regex', 'regex'],
    ['proxy_cache_filter_pattern', '', ''],
  ])('%s=%s is kept as %s', (key, value, kept) => {
    expect(parseMetadata([[key, value]])).toEqual(new Map([[key, kept]]));
  });

  it.each([
    ['public', 'yes'],
    ['public', '1'],
    ['public', ''],
    ['auto_scan', 'maybe'],
    ['severity', 'dreadful'],
    ['proxy_speed_kb', '-2'],
    ['proxy_speed_kb', '2147483648'],
    ['proxy_speed_kb', '1.5'],
    ['max_upstream_conn', '0'],
    ['max_upstream_conn', '00'],
    ['proxy_cache_filter_kind', 'glob'],
    ['proxy_cache_filter_pattern', 'a\0'],
    ['proxy_cache_filter_pattern', 'a'.repeat(1025)],
    ['retention_id', '1'],
    ['projectScanner', 'x'],
    ['__proto__', 'x'],
    ['surprise', 'x'],
  ])('%s=%j is refused', (key, value) => {
    expect(() => parseMetadata([[key, value]])).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
  });

  it('is checked together with what the project has', () => {
    const pattern = ['proxy_cache_filter_pattern', '('] as const;
    expect(parseMetadata([pattern]).size).toBe(1);
    expect(() => parseMetadata([pattern], { proxy_cache_filter_kind: 'regex' })).toThrow(
      'is not a regular expression',
    );
    const kind = ['proxy_cache_filter_kind', 'regex'] as const;
    expect(() => parseMetadata([kind], { proxy_cache_filter_pattern: '(' })).toThrow(
      'is not a regular expression',
    );
  });
});

describe('the whole model of a request', () => {
  it('sets what is neither empty nor of proxies only', () => {
    const given = {
      public: 'true',
      severity: '',
      auto_scan: null,
      prevent_vul: undefined,
      retention_id: '4',
      proxy_speed_kb: '5',
    };
    expect(settableEntries(given)).toEqual([['public', 'true']]);
  });
});

describe('removing metadata', () => {
  it.each([
    ['retention_id', { retention_id: '1' }, false],
    ['proxy_cache_filter_kind', { proxy_cache_filter_pattern: 'a*' }, false],
    ['proxy_cache_filter_kind', { proxy_cache_filter_pattern: '' }, true],
    ['severity', { severity: 'low' }, true],
  ])('%s of %j is allowed: %s', (key, current, isAllowed) => {
    const check = () => checkRemoval(key, current);
    if (isAllowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('reading metadata', () => {
  it('takes true and 1 for true, in any case, and nothing else', () => {
    expect(readFlag({ a: 'TRUE' }, 'a')).toBe(true);
    expect(readFlag({ a: '1' }, 'a')).toBe(true);
    expect(readFlag({ a: 't' }, 'a')).toBe(false);
    expect(readFlag({}, 'a')).toBe(false);
    expect(readFlag({}, 'a', true)).toBe(true);
  });

  it('hides which scanner was chosen', () => {
    const metadata = { projectScanner: 'x', severity: 'low' };
    expect(visibleMetadata({ isPublic: true, metadata })).toEqual({
      public: 'true',
      severity: 'low',
    });
  });
});
