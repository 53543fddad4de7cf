import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardFlow } from './flow-guard.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A socket that is connected to nothing, with counters one can turn. */
function setUp(seconds: number) {
  const counters = { bytesRead: 0, bytesWritten: 0 };
  const socket = new Socket();
  Object.defineProperty(socket, 'bytesRead', { get: () => counters.bytesRead });
  Object.defineProperty(socket, 'bytesWritten', { get: () => counters.bytesWritten });
  const onStall = vi.fn();
  const release = guardFlow(socket, seconds, onStall);
  return { counters, onStall, release };
}

describe('guardFlow', () => {
  it('calls once, after a window without bytes', () => {
    const { onStall } = setUp(10);
    vi.advanceTimersByTime(9_999);
    expect(onStall).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onStall).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(100_000);
    expect(onStall).toHaveBeenCalledOnce();
  });

  it.each([
    ['read', 'bytesRead'],
    ['written', 'bytesWritten'],
  ] as const)('is content with 1 KiB/s %s, and not with a byte less', (_what, counter) => {
    const { counters, onStall } = setUp(10);
    for (let window = 0; window < 5; window += 1) {
      counters[counter] += 10 * 1024;
      vi.advanceTimersByTime(10_000);
    }
    expect(onStall).not.toHaveBeenCalled();
    counters[counter] += 10 * 1024 - 1;
    vi.advanceTimersByTime(10_000);
    expect(onStall).toHaveBeenCalledOnce();
  });

  it('does not carry bytes of one window into the next', () => {
    const { counters, onStall } = setUp(1);
    counters.bytesRead += 1024 * 1024;
    vi.advanceTimersByTime(1_000);
    vi.advanceTimersByTime(1_000);
    expect(onStall).toHaveBeenCalledOnce();
  });

  it('ignores what the connection moved before', () => {
    const { counters, release } = setUp(1);
    release();
    counters.bytesRead = 10 ** 9;
    const socket = new Socket();
    Object.defineProperty(socket, 'bytesRead', { get: () => counters.bytesRead });
    const onStall = vi.fn();
    guardFlow(socket, 1, onStall);
    vi.advanceTimersByTime(1_000);
    expect(onStall).toHaveBeenCalledOnce();
  });

  it('ends when released', () => {
    const { onStall, release } = setUp(1);
    release();
    release();
    vi.advanceTimersByTime(100_000);
    expect(onStall).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
