import { describe, expect, it, vi } from 'vitest';
import { NextFlight } from './next-flight.ts';

describe('work that is shared', () => {
  it('gives nobody an answer that was begun before its call', async () => {
    const flights = new NextFlight<number>();
    const gates: PromiseWithResolvers<void>[] = [];
    const work = async () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      const begun = gates.length;
      await gate.promise;
      return begun;
    };
    const first = flights.run('a', work);
    const second = flights.run('a', work);
    const third = flights.run('a', work);
    expect(gates.length).toBe(1);
    gates[0]?.resolve();
    expect(await first).toBe(1);
    await Promise.resolve();
    gates[1]?.resolve();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    const later = flights.run('a', work);
    expect(gates.length).toBe(3);
    gates[2]?.resolve();
    expect(await later).toBe(3);
  });

  it('goes on after a failure, and keeps keys apart', async () => {
    const flights = new NextFlight<string>();
    const failed = flights.run('a', () => Promise.reject(new Error('down')));
    const next = flights.run('a', () => Promise.resolve('up'));
    const other = flights.run('b', () => Promise.resolve('b'));
    await expect(failed).rejects.toThrow('down');
    expect(await Promise.all([next, other])).toEqual(['up', 'b']);
  });

  it('gives the work that runs to who may have an answer so old', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const flights = new NextFlight<number>();
    const landing = Promise.withResolvers<number>();
    const first = flights.run('a', () => landing.promise);
    vi.advanceTimersByTime(10);
    const joined = flights.run('a', () => Promise.resolve(2), 11);
    const late = flights.run('a', () => Promise.resolve(3), 10);
    landing.resolve(1);
    expect(await Promise.all([first, joined, late])).toEqual([1, 1, 3]);
    vi.useRealTimers();
  });
});
