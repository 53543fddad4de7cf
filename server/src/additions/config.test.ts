import { describe, expect, it } from 'vitest';
import { ContentRefusal } from '../archives/index.ts';
import { attrsOf, type ConfigRules, historyOf } from './config.ts';

const authorLabels = ['org.opencontainers.image.authors', 'maintainer'];
const image: ConfigRules = { take: 'image', authorLabels, skip: [] };
const all: ConfigRules = { take: 'all', authorLabels: [], skip: [] };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('the metadata of an image', () => {
  it('is what the image specification knows', () => {
    const config = {
      Env: ['A=b'],
      Cmd: ['run'],
      Labels: { a: 'b' },
      User: 'me',
      Image: 'sha256:x',
    };
    const created = '2026-11-21T09:25:00.123456789Z';
    const known = { created, architecture: 'arm64', os: 'linux', author: 'Ada' };
    expect(attrsOf(bytes({ ...known, config, rootfs: {}, history: [] }), image)).toEqual({
      ...known,
      config: { Env: ['A=b'], Cmd: ['run'], Labels: { a: 'b' }, User: 'me' },
    });
  });

  it('has its author from a label when the config names none', () => {
    const authorOf = (Labels: object, author = '') =>
      attrsOf(bytes({ author, config: { Labels } }), image)['author'];
    expect(authorOf({ maintainer: 'm', 'org.opencontainers.image.authors': 'a' })).toBe('a');
    expect(authorOf({ maintainer: 'm', 'org.opencontainers.image.authors': '' })).toBe('m');
    expect(authorOf({ maintainer: 'm' }, 'author')).toBe('author');
    expect(authorOf({ maintainer: 1 })).toBe('');
  });

  it('leaves out what has another type than it should have', () => {
    const empty = { created: null, architecture: '', os: '', config: {}, author: '' };
    const config = { Env: [1], Cmd: 'run', Labels: ['x'], User: {}, Volumes: {}, WorkingDir: '' };
    const odd = { created: 'yesterday', architecture: 7, os: null, author: [], config };
    expect(attrsOf(bytes(odd), image)).toEqual(empty);
    expect(attrsOf(bytes({ config: 'x' }), image)).toEqual(empty);
    expect(attrsOf(Buffer.alloc(0), image)).toEqual(empty);
  });
});

describe('the metadata of a config taken whole', () => {
  it('lacks the members on the skip list', () => {
    const rules = { ...all, skip: ['metrics', 'git'] };
    expect(attrsOf(bytes({ metrics: [1], git: {}, name: 'n' }), rules)).toEqual({ name: 'n' });
  });

  it.each<[string, Buffer]>([
    ['is cut short', Buffer.from('{"a":')],
    ['is no object', Buffer.from('[]')],
    ['is null', Buffer.from('null')],
    ['is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['is nested 65 deep', Buffer.from(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`)],
    ['is nested a million deep', Buffer.from(`{"a":${'['.repeat(1_000_000)}`)],
    ['has __proto__', Buffer.from('{"__proto__":{"isAdmin":true}}')],
    ['has a key twice', Buffer.from('{"a":1,"a":2}')],
    ['has 300,000 keys', bytes(Object.fromEntries([...Array(300_000).keys()].map((n) => [n, 0])))],
  ])('refuses a config that %s', (_, config) => {
    expect(() => attrsOf(config, all)).toThrow(ContentRefusal);
  });

  it('takes 64 levels', () => {
    const config = Buffer.from(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`);
    expect(attrsOf(config, all)).toHaveProperty('a');
  });

  it('has no characters that the database cannot store', () => {
    const attrs = attrsOf(Buffer.from('{"a\\u0000":["\\ud800","b\\u0000"]}'), all);
    expect(JSON.stringify(attrs)).toBe('{"a\u{fffd}":["\u{fffd}","b\u{fffd}"]}');
  });

  it('loses its largest members beyond 256 KiB', () => {
    const large = 'x'.repeat(200_000);
    const config = { Labels: { large }, Env: ['A=b'] };
    const kept = attrsOf(bytes({ config, os: 'linux', note: large, created: '' }), all);
    expect(kept).toEqual({ config: { Env: ['A=b'] }, os: 'linux', note: large, created: '' });
    const texts = Array.from({ length: 20_000 }, () => 'text for an array');
    expect(attrsOf(bytes({ os: 'linux', texts }), all)).toEqual({ os: 'linux' });
    const many = Object.fromEntries([...Array(9000).keys()].map((n) => [`k${n}`, 'x'.repeat(50)]));
    const reduced = JSON.stringify(attrsOf(bytes(many), all));
    expect(reduced.length).toBeLessThanOrEqual(256 * 1024);
    expect(reduced.length).toBeGreaterThan(250 * 1024);
  });
});

describe('the build history', () => {
  it('is the config’s, or an empty list', () => {
    const text = (config: unknown) => {
      const found = historyOf(bytes(config));
      return 'body' in found ? Buffer.from(found.body).toString('utf8') : undefined;
    };
    expect(text({ history: [{ created_by: 'RUN ä' }] })).toBe('[{"created_by":"RUN ä"}]');
    expect(text({ history: 'none' })).toBe('[]');
    expect(text({})).toBe('[]');
  });
});
