import { describe, expect, it } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

interface Timer {
  readonly ms: number;
  readonly work: () => void;
}

/** A queue of texts with timers that go off by hand. */
function createStand(run: (job: string) => Promise<number | undefined>, concurrency = 2) {
  const timers: Timer[] = [];
  const failures: { job: string; retryInMs: number }[] = [];
  const queue = createWorkQueue<string>({
    keyOf: (job) => job,
    run,
    onFailure: (job, _error, retryInMs) => failures.push({ job, retryInMs }),
    concurrency,
    schedule: (ms, work) => {
      const timer = { ms, work };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
  });
  return { queue, timers, failures, fire: () => timers.shift()?.work() };
}

/** A run that ends when the test says so. */
function createGate() {
  let open = (_result: number | undefined) => undefined as void;
  const runs: string[] = [];
  return {
    runs,
    run: (job: string) => {
      runs.push(job);
      return new Promise<number | undefined>((resolve) => {
        open = resolve;
      });
    },
    open: () => open(undefined),
  };
}

describe('work of a controller', () => {
  it('that is asked for many times is done once', async () => {
    const runs: string[] = [];
    const { queue } = createStand(async (job) => void runs.push(job));
    for (let index = 0; index < 100; index += 1) queue.add('a');
    await queue.settle();
    expect(runs).toEqual(['a']);
  });

  it('that is asked for while it runs is done once more, and never beside itself', async () => {
    const gate = createGate();
    const { queue } = createStand(gate.run);
    queue.add('a');
    await Promise.resolve();
    expect(gate.runs).toEqual(['a']);
    queue.add('a');
    queue.add('a');
    await Promise.resolve();
    expect(gate.runs).toEqual(['a']);
    gate.open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(gate.runs).toEqual(['a', 'a']);
    gate.open();
    await queue.settle();
    expect(gate.runs).toHaveLength(2);
  });

  it('runs at most so much at once', async () => {
    let running = 0;
    let most = 0;
    const { queue } = createStand(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return undefined;
    });
    for (let index = 0; index < 10; index += 1) queue.add(`job ${index}`);
    await queue.settle();
    expect(most).toBe(2);
  });

  it('is tried again after 1 s, 2 s, 4 s … up to 5 minutes, until it succeeds', async () => {
    let attempts = 0;
    const { queue, failures, fire, timers } = createStand(async () => {
      attempts += 1;
      if (attempts <= 11) throw new Error('down');
      return undefined;
    });
    queue.add('a');
    await queue.settle();
    for (let index = 0; index < 11; index += 1) {
      fire();
      await queue.settle();
    }
    expect(failures.map(({ retryInMs }) => retryInMs / 1_000)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300,
    ]);
    expect(timers).toEqual([]);
  });

  it('is left to its own pace by who is patient, and hurried by who is not', async () => {
    const runs: string[] = [];
    const { queue, timers } = createStand(async (job) => {
      runs.push(job);
      if (runs.length === 1) throw new Error('down');
      return undefined;
    });
    queue.add('a');
    await queue.settle();
    queue.add('a', { isPatient: true });
    await queue.settle();
    expect(runs).toHaveLength(1);
    queue.add('a');
    await queue.settle();
    expect(runs).toHaveLength(2);
    expect(timers).toEqual([]);
  });

  it('runs again when it says so', async () => {
    const runs: string[] = [];
    const { queue, timers, fire } = createStand(async (job) => {
      runs.push(job);
      return runs.length === 1 ? 500 : undefined;
    });
    queue.add('a');
    await queue.settle();
    expect(timers.map(({ ms }) => ms)).toEqual([500]);
    fire();
    await queue.settle();
    expect(runs).toHaveLength(2);
  });

  it('tells who waits of an attempt, also of one that failed', async () => {
    const { queue } = createStand(async () => {
      throw new Error('down');
    });
    await expect(queue.attempt('a')).resolves.toBeUndefined();
  });

  it('ends with the queue, and so does waiting for it', async () => {
    const gate = createGate();
    const { queue } = createStand(gate.run, 1);
    queue.add('a');
    const waiting = queue.attempt('b');
    await Promise.resolve();
    const stopped = queue.stop();
    gate.open();
    await Promise.all([stopped, waiting]);
    queue.add('c');
    await queue.settle();
    expect(gate.runs).toEqual(['a']);
  });
});
