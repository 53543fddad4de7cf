import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLog, quietLog } from '../../test/log.ts';
import { createBackground, pause } from './background.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('background work', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
  ])('that %s is logged and goes nowhere else', async (_how, work) => {
    const { log, entries } = createRecordingLog();
    const background = createBackground(log);
    background.run('cleaning', work);
    await vi.waitFor(() => expect(entries).toHaveLength(1));
    expect(entries[0]).toMatchObject({ level: 'error', fields: { work: 'cleaning' } });
    await background.stop();
  });

  it('is awaited by stop, which aborts it first', async () => {
    const background = createBackground(quietLog);
    const seen: string[] = [];
    background.run('waiting', async (signal) => {
      await pause(3_600_000, signal);
      seen.push(`aborted ${signal.aborted}`);
      await Promise.resolve();
      seen.push('ended');
    });
    await background.stop();
    expect(seen).toEqual(['aborted true', 'ended']);
  });

  it('that fails because it is stopped is not reported', async () => {
    const { log, entries } = createRecordingLog();
    const background = createBackground(log);
    background.run('waiting', async (signal) => {
      await pause(3_600_000, signal);
      signal.throwIfAborted();
    });
    await background.stop();
    expect(entries).toEqual([]);
  });

  it('repeats with a pause after each run, failures included, until it is stopped', async () => {
    vi.useFakeTimers();
    const { log, entries } = createRecordingLog();
    const background = createBackground(log);
    let runs = 0;
    background.repeat('sweep', 1000, async () => {
      runs += 1;
      if (runs === 2) throw new Error('broken');
      await Promise.resolve();
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toBe(3);
    expect(entries).toHaveLength(1);
    await background.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toBe(3);
  });

  it('never runs twice at once', async () => {
    vi.useFakeTimers();
    const background = createBackground(quietLog);
    let active = 0;
    let most = 0;
    background.repeat('slow', 10, async (signal) => {
      active += 1;
      most = Math.max(most, active);
      await pause(100, signal);
      active -= 1;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(most).toBe(1);
    await background.stop();
  });
});

describe('pause', () => {
  it('ends at once for a signal that has fired, and leaves no listener after its time', async () => {
    await pause(3_600_000, AbortSignal.abort());
    vi.useFakeTimers();
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const paused = pause(50, controller.signal);
    await vi.advanceTimersByTimeAsync(50);
    await paused;
    expect(remove).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });
});
