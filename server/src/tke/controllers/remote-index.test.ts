import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { MAX_CHARTS, MAX_VERSIONS, parseRemoteIndex } from './remote-index.ts';

describe('a remote index', () => {
  it('is read with versions newest first, by SemVer', () => {
    const [chart] = parseRemoteIndex({
      apiVersion: 'v1',
      entries: {
        redis: [
          { version: '1.9.0', urls: ['charts/redis-1.9.0.tgz'], keywords: ['old'] },
          {
            version: '1.10.0',
            appVersion: 7,
            created: '2026-01-02T03:04:05.678Z',
            keywords: ['kv'],
          },
          { version: '1.10.0-rc.1', description: 'almost', icon: 'https://example.com/i.png' },
        ],
      },
    });
    expect(chart).toEqual({
      name: 'redis',
      keywords: ['kv'],
      urls: { '1.9.0': 'charts/redis-1.9.0.tgz' },
      versions: [
        { version: '1.10.0', appVersion: '7', timeCreated: '2026-01-02T03:04:05Z' },
        { version: '1.10.0-rc.1', description: 'almost', icon: 'https://example.com/i.png' },
        { version: '1.9.0' },
      ],
    });
  });

  it('loses what is wrong in itself, and nothing else', () => {
    const charts = parseRemoteIndex({
      entries: {
        good: [{ version: '1.0.0' }, { version: 'no' }, 7, { version: '1.0.0' }],
        '../bad': [{ version: '1.0.0' }],
        empty: [],
        none: null,
        odd: [{ version: '2.0.0', keywords: 'text', urls: 7, description: {} }],
      },
    });
    expect(charts.map(({ name, versions }) => [name, versions.length])).toEqual([
      ['good', 1],
      ['odd', 1],
    ]);
  });

  it.each([[undefined], ['text'], [[]], [{ entries: [] }], [{ entries: { a: 'b' } }]])(
    'is refused when it is none: %j',
    (document) => {
      expect(() => parseRemoteIndex(document)).toThrow(ZodError);
    },
  );

  it('has bounds', () => {
    const version = { version: '1.0.0' };
    const many = Array.from({ length: MAX_CHARTS + 1 }, (_, index) => [`c${index}`, [version]]);
    expect(() => parseRemoteIndex({ entries: Object.fromEntries(many) })).toThrow(RangeError);
    const versions = Array.from({ length: MAX_VERSIONS + 5 }, (_, patch) => ({
      version: `1.0.${patch}`,
    }));
    const [chart] = parseRemoteIndex({ entries: { a: versions } });
    expect(chart?.versions).toHaveLength(MAX_VERSIONS);
    expect(chart?.versions[0]?.version).toBe(`1.0.${MAX_VERSIONS + 4}`);
  });
});
