import { describe, expect, it } from 'vitest';
import { remember } from './remember.ts';

function counting() {
  let calls = 0;
  return () => {
    calls += 1;
    return Promise.resolve(calls);
  };
}

describe('a remembered answer', () => {
  it('is read again only when it is too old', async () => {
    let now = 0;
    const get = remember(counting(), 60, () => now);
    expect(await get()).toBe(1);
    now = 59;
    expect(await get()).toBe(1);
    now = 60;
    expect(await get()).toBe(2);
  });

  it('is read once for all who ask at the same time', async () => {
    const get = remember(counting(), 60, () => 0);
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  });

  it('does not remember a failure', async () => {
    const answers = [Promise.reject(new Error('down')), Promise.resolve('up')];
    const get = remember(() => answers.shift() ?? Promise.reject(new Error('asked too often')), 60);
    await expect(get()).rejects.toThrow('down');
    expect(await get()).toBe('up');
    expect(await get()).toBe('up');
  });
});
