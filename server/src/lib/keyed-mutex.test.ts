import { describe, expect, it } from 'vitest';
import { createKeyedMutex } from './keyed-mutex.ts';

describe('a keyed mutex', () => {
  it('runs work of one key in the order it came, one at a time', async () => {
    const mutex = createKeyedMutex();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all(['a', 'b', 'c'].map((name) => mutex.run('k', work(name))));
    expect(results).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('lets other keys run meanwhile', async () => {
    const mutex = createKeyedMutex();
    const gate = Promise.withResolvers<void>();
    const held = mutex.run('held', () => gate.promise);
    await expect(mutex.run('free', () => Promise.resolve(1))).resolves.toBe(1);
    gate.resolve();
    await held;
  });

  it('tells a failure to its caller alone and goes on', async () => {
    const mutex = createKeyedMutex();
    const failing = mutex.run('k', () => Promise.reject(new Error('broken')));
    const next = mutex.run('k', () => Promise.resolve('fine'));
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('fine');
    await expect(mutex.run('k', () => Promise.resolve('later'))).resolves.toBe('later');
  });

  it('keeps the order when new work arrives while the last one ends', async () => {
    const mutex = createKeyedMutex();
    const seen: number[] = [];
    const first = mutex.run('k', async () => {
      await Promise.resolve();
      seen.push(1);
    });
    const second = first.then(() => mutex.run('k', async () => void seen.push(2)));
    const third = first.then(() => mutex.run('k', async () => void seen.push(3)));
    await Promise.all([second, third]);
    expect(seen).toEqual([1, 2, 3]);
  });
});
