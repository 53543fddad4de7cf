import { describe, expect, it } from 'vitest';
import { FAR_ROWS, surveyIfFar } from './list-survey.ts';
import type { Bookmark } from './list-window.ts';
import type { ListMemo } from './repository-memo.ts';

function openMemo(): ListMemo & { readonly marks: Bookmark[] } {
  const marks: Bookmark[] = [];
  return {
    marks,
    total: undefined,
    jumps: 0,
    survey: undefined,
    findBookmark: () => undefined,
    putBookmark: (bookmark) => void marks.push(bookmark),
  };
}

const far = { skip: FAR_ROWS + 1, total: 100_000 };
const mark = { offset: 500, values: ['x'] };

describe('marking a list all over', () => {
  it('is not done for near pages, nor for the first far one', async () => {
    const memo = openMemo();
    const read = () => Promise.reject(new Error('read'));
    expect(await surveyIfFar(memo, { ...far, skip: FAR_ROWS }, read)).toBe(false);
    expect(await surveyIfFar(memo, far, read)).toBe(false);
  });

  it('is done once for many who jump at the same time', async () => {
    const memo = openMemo();
    const steps: number[] = [];
    const read = async (every: number) => {
      steps.push(every);
      return [mark];
    };
    await surveyIfFar(memo, far, read);
    const jumps = Array.from({ length: 5 }, () => surveyIfFar(memo, far, read));
    expect(await Promise.all(jumps)).toEqual([true, true, true, true, true]);
    expect(steps).toEqual([500]);
    expect(memo.marks).toEqual([mark]);
  });

  it('is tried again after it failed', async () => {
    const memo = openMemo();
    await surveyIfFar(memo, far, () => Promise.resolve([]));
    await expect(surveyIfFar(memo, far, () => Promise.reject(new Error('away')))).rejects.toThrow(
      'away',
    );
    expect(await surveyIfFar(memo, far, () => Promise.resolve([mark]))).toBe(true);
  });

  it('never sets more bookmarks than are kept', async () => {
    const memo = openMemo();
    let step = 0;
    const read = async (every: number) => {
      step = every;
      return [];
    };
    await surveyIfFar(memo, { skip: 5_000, total: 10_000_000 }, read);
    await surveyIfFar(memo, { skip: 5_000, total: 10_000_000 }, read);
    expect(10_000_000 / step).toBeLessThanOrEqual(200);
  });
});
