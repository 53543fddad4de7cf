import { describe, expect, it } from 'vitest';
import { createMetrics } from '../telemetry/index.ts';
import { type ContentCacheOptions, createContentCache } from './content-cache.ts';
import { createRepositoryDirectory } from './repository-directory.ts';

interface Value {
  readonly text: string;
}

function setUp(options: Partial<ContentCacheOptions<Value>> = {}) {
  const repositories = createRepositoryDirectory({
    findByName: () => Promise.resolve(undefined),
    ensure: () => Promise.reject(new Error('unused')),
    listNames: () => Promise.resolve([]),
  });
  const cache = createContentCache<Value>({
    name: 'manifest',
    maxBytes: 1024 * 1024,
    sizeOf: ({ text }) => text.length,
    isTrusted: () => true,
    repositories,
    metrics: createMetrics(),
    ...options,
  });
  let loads = 0;
  /** A read that gives `text`. */
  const reading = (text: string) => () => {
    loads += 1;
    return Promise.resolve({ text });
  };
  /** A read that ends when it is told to. */
  function heldRead() {
    const held = Promise.withResolvers<Value | undefined>();
    return {
      load() {
        loads += 1;
        return held.promise;
      },
      end: (text: string) => held.resolve({ text }),
      fail: () => held.reject(new Error('database')),
    };
  }
  return { cache, repositories, reading, heldRead, loads: () => loads };
}

describe('a look-up', () => {
  it('reads once and remembers', async () => {
    const { cache, reading, loads } = setUp();
    expect(cache.peek('a/b', 'v1')).toBeUndefined();
    expect(await cache.find('a/b', 'v1', reading('one'))).toEqual({ text: 'one' });
    expect(await cache.find('a/b', 'v1', reading('two'))).toEqual({ text: 'one' });
    expect(cache.peek('a/b', 'v1')).toEqual({ text: 'one' });
    expect(loads()).toBe(1);
  });

  it('keeps repositories and names apart', async () => {
    const { cache, reading } = setUp();
    await cache.find('a/b', 'v1', reading('one'));
    expect(cache.peek('a/b', 'v2')).toBeUndefined();
    expect(cache.peek('a/c', 'v1')).toBeUndefined();
    expect(await cache.find('a/c', 'v1', reading('two'))).toEqual({ text: 'two' });
  });

  it('reads once for all who wait', async () => {
    const { cache, heldRead, loads } = setUp();
    const read = heldRead();
    const waiting = Array.from({ length: 50 }, () => cache.find('a/b', 'v1', read.load));
    read.end('one');
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ text: 'one' })));
    expect(loads()).toBe(1);
  });

  it('does not remember what is not there', async () => {
    const { cache, reading } = setUp();
    expect(await cache.find('a/b', 'v1', () => Promise.resolve(undefined))).toBeUndefined();
    expect(await cache.find('a/b', 'v1', reading('one'))).toEqual({ text: 'one' });
  });

  it('tells a failure to all who wait, and reads again for the next', async () => {
    const { cache, heldRead, reading } = setUp();
    const read = heldRead();
    const waiting = [cache.find('a/b', 'v1', read.load), cache.find('a/b', 'v1', read.load)];
    read.fail();
    for (const find of waiting) await expect(find).rejects.toThrow('database');
    expect(await cache.find('a/b', 'v1', reading('one'))).toEqual({ text: 'one' });
  });

  it('forgets what was used least when there is too much', async () => {
    const { cache, reading } = setUp({ maxBytes: 1500 });
    await cache.find('a/b', 'v1', reading('x'.repeat(300)));
    await cache.find('a/b', 'v2', reading('x'.repeat(300)));
    expect(cache.peek('a/b', 'v1')).toBeDefined();
    await cache.find('a/b', 'v3', reading('x'.repeat(300)));
    expect(cache.peek('a/b', 'v2')).toBeUndefined();
    expect(cache.peek('a/b', 'v1')).toBeDefined();
  });

  it('gives what is too large to keep', async () => {
    const { cache, reading } = setUp({ maxBytes: 1000 });
    expect(await cache.find('a/b', 'v1', reading('x'.repeat(2000)))).toBeDefined();
    expect(cache.peek('a/b', 'v1')).toBeUndefined();
  });
});

/** Ways in which a commit, here or elsewhere, voids what is known of `a/b:v1`. */
const changes: readonly [string, (setting: ReturnType<typeof setUp>) => void][] = [
  ['the name is dropped', ({ cache }) => cache.drop('a/b', 'v1')],
  ['the repository is forgotten', ({ repositories }) => repositories.forget('a/b')],
  ['everything is forgotten', ({ repositories }) => repositories.forget()],
];

describe.each(changes)('when %s', (_what, change) => {
  it('the next look-up reads again', async () => {
    const setting = setUp();
    await setting.cache.find('a/b', 'v1', setting.reading('old'));
    change(setting);
    expect(setting.cache.peek('a/b', 'v1')).toBeUndefined();
    expect(await setting.cache.find('a/b', 'v1', setting.reading('new'))).toEqual({ text: 'new' });
    expect(setting.cache.peek('a/b', 'v1')).toEqual({ text: 'new' });
  });

  it('a read that began before is not remembered after', async () => {
    const setting = setUp();
    const read = setting.heldRead();
    const find = setting.cache.find('a/b', 'v1', read.load);
    change(setting);
    read.end('old');
    expect(await find).toEqual({ text: 'old' });
    expect(setting.cache.peek('a/b', 'v1')).toBeUndefined();
  });

  it('whoever asks afterwards does not get the read of before', async () => {
    const setting = setUp();
    const read = setting.heldRead();
    const before = setting.cache.find('a/b', 'v1', read.load);
    change(setting);
    const after = setting.cache.find('a/b', 'v1', setting.reading('new'));
    read.end('old');
    expect(await after).toEqual({ text: 'new' });
    expect(await before).toEqual({ text: 'old' });
    expect(setting.cache.peek('a/b', 'v1')).toEqual({ text: 'new' });
  });

  it('the read of before, ending last, does not win', async () => {
    const setting = setUp();
    const [first, second] = [setting.heldRead(), setting.heldRead()];
    const before = setting.cache.find('a/b', 'v1', first.load);
    change(setting);
    const after = setting.cache.find('a/b', 'v1', second.load);
    second.end('new');
    await after;
    first.end('old');
    await before;
    expect(setting.cache.peek('a/b', 'v1')).toEqual({ text: 'new' });
  });
});

describe('dropping', () => {
  it('leaves the other names of the repository', async () => {
    const { cache, reading } = setUp();
    await cache.find('a/b', 'v1', reading('one'));
    await cache.find('a/b', 'v2', reading('two'));
    cache.drop('a/b', 'v1');
    expect(cache.peek('a/b', 'v2')).toEqual({ text: 'two' });
  });

  it('of one repository leaves the others', async () => {
    const { cache, repositories, reading } = setUp();
    await cache.find('a/b', 'v1', reading('one'));
    await cache.find('a/c', 'v1', reading('two'));
    repositories.forget('a/b');
    expect(cache.peek('a/c', 'v1')).toEqual({ text: 'two' });
  });
});

describe('a repository that is tracked no more', () => {
  it('voids its entries, since no change would reach them', async () => {
    const { cache, repositories, reading } = setUp();
    await cache.find('a/b', 'v1', reading('old'));
    for (let index = 0; index < 50_000; index += 1) repositories.track(`x/${index}`);
    expect(cache.peek('a/b', 'v1')).toBeUndefined();
    expect(await cache.find('a/b', 'v1', reading('new'))).toEqual({ text: 'new' });
    expect(cache.peek('a/b', 'v1')).toEqual({ text: 'new' });
  });

  it('keeps a read under way from being remembered', async () => {
    const { cache, repositories, heldRead } = setUp();
    const read = heldRead();
    const find = cache.find('a/b', 'v1', read.load);
    for (let index = 0; index < 50_000; index += 1) repositories.track(`x/${index}`);
    read.end('old');
    await find;
    expect(cache.peek('a/b', 'v1')).toBeUndefined();
  });
});

describe('while changes of others are not heard of', () => {
  it('every look-up reads, and nothing is remembered', async () => {
    let isTrusted = true;
    const { cache, reading, heldRead } = setUp({ isTrusted: () => isTrusted });
    await cache.find('a/b', 'v1', reading('old'));
    const read = heldRead();
    const begun = cache.find('a/b', 'v2', read.load);
    isTrusted = false;
    read.end('old');
    await begun;
    expect(cache.peek('a/b', 'v1')).toBeUndefined();
    expect(await cache.find('a/b', 'v1', reading('new'))).toEqual({ text: 'new' });
    expect(await cache.find('a/b', 'v1', reading('newer'))).toEqual({ text: 'newer' });
    isTrusted = true;
    expect(cache.peek('a/b', 'v2')).toBeUndefined();
  });
});
