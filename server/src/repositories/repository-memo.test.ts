import { describe, expect, it } from 'vitest';
import { createRepositoryMemo, MAX_BOOKMARKS, totalOf } from './repository-memo.ts';

function setUp() {
  const tracked = { name: 'a/b', changes: 0, epoch: 0 };
  const directory = { current: tracked, track: () => directory.current };
  return { directory, memo: createRepositoryMemo(directory) };
}

describe('what is remembered of a repository', () => {
  it('is counted once, however many ask at the same time', async () => {
    const { memo } = setUp();
    let counted = 0;
    const count = () => Promise.resolve((counted += 1));
    const open = () => totalOf(memo.open('a/b', 'k'), count);
    expect(await Promise.all([open(), open(), open()])).toEqual([1, 1, 1]);
    expect(await totalOf(memo.open('a/b', 'other'), count)).toBe(2);
  });

  it.each([
    ['changes', (tracked: { changes: number }) => (tracked.changes += 1)],
    ['is voided', (tracked: { epoch: number }) => (tracked.epoch = Number.NaN)],
  ])('is forgotten when the repository %s', async (_how, change) => {
    const { memo, directory } = setUp();
    const before = memo.open('a/b', 'k');
    await totalOf(before, () => Promise.resolve(1));
    before.putBookmark({ offset: 10, values: ['x'] });
    change(directory.current);
    const after = memo.open('a/b', 'k');
    expect(after.total).toBeUndefined();
    expect(after.findBookmark(99)).toBeUndefined();
    // What was read before the change does not come back.
    before.putBookmark({ offset: 20, values: ['y'] });
    expect(memo.open('a/b', 'k').findBookmark(99)).toBeUndefined();
  });

  it('is forgotten when the directory tracks another object of that name', () => {
    const { memo, directory } = setUp();
    memo.open('a/b', 'k').total = Promise.resolve(1);
    directory.current = { ...directory.current };
    expect(memo.open('a/b', 'k').total).toBeUndefined();
  });

  it('does not keep a count that failed', async () => {
    const { memo } = setUp();
    const fail = () => Promise.reject(new Error('away'));
    await expect(totalOf(memo.open('a/b', 'k'), fail)).rejects.toThrow('away');
    expect(await totalOf(memo.open('a/b', 'k'), () => Promise.resolve(3))).toBe(3);
  });

  it('finds the nearest bookmark before an offset', () => {
    const list = setUp().memo.open('a/b', 'k');
    for (const offset of [30, 10, 20, 20]) list.putBookmark({ offset, values: [`${offset}`] });
    const found = [9, 10, 19, 25, 99].map((offset) => list.findBookmark(offset)?.offset);
    expect(found).toEqual([undefined, 10, 10, 20, 30]);
  });

  it('keeps a bounded number of bookmarks, spread over the whole list', () => {
    const { memo } = setUp();
    const list = memo.open('a/b', 'k');
    for (let page = 1; page <= 5000; page += 1) list.putBookmark({ offset: page * 20, values: [] });
    const kept = new Set<number>();
    for (let offset = 20; offset <= 100_000; offset += 20) {
      kept.add(list.findBookmark(offset)?.offset ?? 0);
    }
    expect(kept.size).toBeLessThanOrEqual(MAX_BOOKMARKS);
    expect(kept.size).toBeGreaterThan(MAX_BOOKMARKS / 4);
    expect(memo.open('a/b', 'k')).toBe(list);
  });

  it('is bounded over all lists', () => {
    const { memo } = setUp();
    const first = memo.open('a/b', 'first');
    for (let list = 0; list < 3000; list += 1) {
      const opened = memo.open('a/b', `k${list}`);
      for (let page = 1; page <= 100; page += 1) {
        opened.putBookmark({ offset: page * 20, values: [] });
      }
    }
    expect(memo.open('a/b', 'first')).not.toBe(first);
  });
});
