import { describe, expect, it } from 'vitest';
import { eachBounded } from './each-bounded.ts';

describe('eachBounded', () => {
  it('works on all items, never on more at once than told', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await eachBounded([1, 2, 3, 4, 5], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      done.push(item);
    });
    expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(most).toBe(2);
  });

  it('after a rejection begins nothing, and waits for what runs', async () => {
    const begun: number[] = [];
    const held = Promise.withResolvers<void>();
    let isSettled = false;
    const running = eachBounded([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 2) throw new Error('the second');
      await held.promise;
    }).finally(() => {
      isSettled = true;
    });
    running.catch(() => undefined);
    await new Promise(setImmediate);
    expect([begun, isSettled]).toEqual([[1, 2], false]);
    held.resolve();
    await expect(running).rejects.toThrow('the second');
  });
});
