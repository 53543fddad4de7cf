import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseWindow } from './list-window.ts';

describe('the window of a page', () => {
  const at = (offset: number) => ({ offset, values: ['v'] });

  it.each([
    ['the first page', 0, 1000, undefined, { from: 'front', skip: 0, take: 20 }],
    ['one near the end', 900, 1000, undefined, { from: 'end', skip: 80, take: 20 }],
    ['the last, short one', 990, 1000, undefined, { from: 'end', skip: 0, take: 10 }],
    ['the next one', 400, 1000, at(400), { from: 'bookmark', values: ['v'], skip: 0, take: 20 }],
    ['one after it', 440, 1000, at(400), { from: 'bookmark', values: ['v'], skip: 40, take: 20 }],
    ['one with a far bookmark', 40, 1000, at(0), { from: 'front', skip: 40, take: 20 }],
    ['one beyond the end', 1000, 1000, at(980), undefined],
    ['one of nothing', 0, 0, undefined, undefined],
  ])('of %s skips the fewest rows', (_which, offset, total, bookmark, window) => {
    expect(chooseWindow({ offset, limit: 20 }, total, bookmark)).toEqual(window);
  });

  it('has the rows of the page, wherever it begins', () => {
    const small = fc.nat(60);
    fc.assert(
      fc.property(
        small,
        fc.integer({ min: 1, max: 20 }),
        small,
        small,
        (offset, limit, total, b) => {
          const rows = Array.from({ length: total }, (_, row) => row);
          const bookmark = b <= offset ? { offset: b, values: [String(b)] } : undefined;
          const window = chooseWindow({ offset, limit }, total, bookmark);
          expect(read(rows, window)).toEqual(rows.slice(offset, offset + limit));
        },
      ),
    );
  });
});

function read(rows: readonly number[], window: ReturnType<typeof chooseWindow>): number[] {
  if (window === undefined) return [];
  const { skip, take } = window;
  if (window.from === 'end')
    return rows
      .toReversed()
      .slice(skip, skip + take)
      .toReversed();
  const start = (window.from === 'bookmark' ? Number(window.values[0]) : 0) + skip;
  return rows.slice(start, start + take);
}
