import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const { signal } = new AbortController();

describe('createSlots', () => {
  it('runs no more at a time than it has slots, and all in the end', async () => {
    const slots = createSlots(2);
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    await Promise.all(Array.from({ length: 9 }, () => slots.run(signal, work)));
    expect(most).toBe(2);
    expect(running).toBe(0);
  });

  it('frees the slot of work that fails', async () => {
    const slots = createSlots(1);
    const failure = slots.run(signal, () => Promise.reject(new Error('failed')));
    await expect(failure).rejects.toThrow('failed');
    expect(await slots.run(signal, () => Promise.resolve('next'))).toBe('next');
  });

  it('lets the one that waits too long go, and the next one in', async () => {
    const slots = createSlots(1);
    const busy = Promise.withResolvers<undefined>();
    const first = slots.run(signal, () => busy.promise);
    const impatient = new AbortController();
    const second = slots.run(impatient.signal, () => Promise.resolve());
    const third = slots.run(signal, () => Promise.resolve('third'));
    impatient.abort(new Error('too late'));
    await expect(second).rejects.toThrow('too late');
    busy.resolve(undefined);
    await first;
    expect(await third).toBe('third');
  });

  it('does not start what is too late already', async () => {
    let started = false;
    const late = createSlots(1).run(AbortSignal.abort(new Error('late')), async () => {
      started = true;
    });
    await expect(late).rejects.toThrow('late');
    expect(started).toBe(false);
  });
});
