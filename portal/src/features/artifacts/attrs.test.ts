import { describe, expect, it } from 'vitest';
import {
  findWebAddress,
  flattenAttrs,
  parseChartAttrs,
  parseDependencies,
  parseFiles,
  parseImageAttrs,
  prettyJson,
} from './attrs.ts';

describe('attributes of an image', () => {
  it('are read where they have the right type, and are absent where not', () => {
    const image = parseImageAttrs({
      os: 'linux',
      architecture: 'arm64',
      created: '2026-01-01T00:00:00Z',
      config: { Env: ['A=1', 7, null], ExposedPorts: { '80/tcp': {} }, Labels: { a: 'b', c: 1 } },
    });
    expect(image.platform).toBe('linux/arm64');
    expect(image.env).toEqual(['A=1', '7']);
    expect(image.ports).toEqual(['80/tcp']);
    expect(image.labels).toEqual([
      ['a', 'b'],
      ['c', '1'],
    ]);
    const hostile = parseImageAttrs({ os: {}, created: 'yesterday', config: ['Env'] });
    expect(hostile).toMatchObject({ platform: undefined, created: undefined, env: [], labels: [] });
  });
});

describe('attributes of a chart', () => {
  it('have maintainers with or without an address', () => {
    const chart = parseChartAttrs({
      version: '1.0.0',
      deprecated: true,
      maintainers: [{ name: 'Ann', url: 'https://a.example' }, { email: 'b@x' }, 'nobody'],
    });
    expect(chart.isDeprecated).toBe(true);
    expect(chart.maintainers.map(({ name }) => name)).toEqual(['Ann', 'b@x', '']);
  });
});

describe('other attributes', () => {
  it('are told by the names on the way to them, and no more than asked for', () => {
    const attrs = { a: { b: 'x', c: [1, 2] }, d: '', e: null, f: true };
    expect(flattenAttrs(attrs)).toEqual([
      ['a.b', 'x'],
      ['a.c', '[1,2]'],
      ['f', 'true'],
    ]);
    expect(flattenAttrs(attrs, 1)).toHaveLength(1);
  });
});

describe('an address in untrusted text', () => {
  it('is one only by http', () => {
    expect(findWebAddress('https://x.example/a')).toBe('https://x.example/a');
    for (const text of [
      'javascript:alert(1)',
      'javascript://x/%0aalert(1)',
      'ftp://x',
      ' https://x',
      'https://',
      'data:text/html,x',
      'x',
    ]) {
      expect(findWebAddress(text)).toBeUndefined();
    }
  });
});

describe('documents', () => {
  it('that are no JSON, or another one, are empty lists', () => {
    expect(parseDependencies('oops')).toEqual([]);
    expect(parseFiles('{"a":1}')).toEqual([]);
    expect(prettyJson('oops')).toBe('oops');
    expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  });

  it('of files are lines below their directories', () => {
    const tree = [
      { name: 'w', type: 'directory', children: [{ name: 'a', type: 'file', size: 3 }] },
      { name: 'README', type: 'file' },
    ];
    expect(parseFiles(JSON.stringify(tree))).toEqual([
      { path: 'w', name: 'w/', depth: 0, size: undefined },
      { path: 'w/a', name: 'a', depth: 1, size: 3 },
      { path: 'README', name: 'README', depth: 0, size: 0 },
    ]);
  });
});
