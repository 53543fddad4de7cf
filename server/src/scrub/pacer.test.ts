import { describe, expect, it } from 'vitest';
import { type Clock, createPacer } from './pacer.ts';

/** Time that passes only while somebody sleeps, or is told to. */
function createTestClock() {
  let now = 1_000_000;
  const sleeps: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
  };
  return { clock, sleeps, pass: (ms: number) => void (now += ms) };
}

const { signal } = new AbortController();
const MIB = 1024 * 1024;

describe('the pace', () => {
  it('is kept, however the bytes come', async () => {
    const { clock } = createTestClock();
    const pace = createPacer(20 * MIB, clock);
    const began = clock.now();
    for (let left = 200 * MIB; left > 0; left -= 64 * 1024) await pace(64 * 1024, signal);
    const seconds = (clock.now() - began) / 1_000;
    expect(seconds).toBeGreaterThan(9.9);
    expect(seconds).toBeLessThan(10.1);
  });

  it('is not made up for after a rest', async () => {
    const { clock, pass } = createTestClock();
    const pace = createPacer(MIB, clock);
    pass(3_600_000);
    const began = clock.now();
    await pace(10 * MIB, signal);
    expect(clock.now() - began).toBeGreaterThanOrEqual(9_900);
  });

  it('costs no timer for what is read anyway', async () => {
    const { clock, sleeps, pass } = createTestClock();
    const pace = createPacer(MIB, clock);
    for (let count = 0; count < 100; count += 1) {
      await pace(1024, signal);
      pass(1);
    }
    expect(sleeps).toEqual([]);
  });

  it('is without a limit when it is 0', async () => {
    const { clock, sleeps } = createTestClock();
    await createPacer(0, clock)(1e15, signal);
    expect(sleeps).toEqual([]);
  });

  it('ends its sleep with the signal', async () => {
    const controller = new AbortController();
    const { clock } = createTestClock();
    const sleep = async () => controller.abort();
    await createPacer(1, { ...clock, sleep })(1_000_000, controller.signal);
    expect(controller.signal.aborted).toBe(true);
  });
});
