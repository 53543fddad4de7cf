import { describe, expect, it } from 'vitest';
import { createThrottle } from './throttle.ts';

function streamOf(...sizes: number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const size of sizes) controller.enqueue(new Uint8Array(size));
      controller.close();
    },
  });
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.byteLength;
  return size;
}

describe('createThrottle', () => {
  it('gives all streams together the bytes per second that it was told', async () => {
    let clock = 1000;
    const waits: number[] = [];
    const throttle = createThrottle(100, {
      now: () => clock,
      wait: (ms) => {
        waits.push(ms);
        clock += ms;
        return Promise.resolve();
      },
    });
    expect(await drain(throttle.slow(streamOf(50, 50)))).toBe(100);
    expect(await drain(throttle.slow(streamOf(200)))).toBe(200);
    expect(clock - 1000).toBe(3000);
    expect(waits).toEqual([500, 500, 2000]);
  });

  it('leaves streams alone without a limit', () => {
    const stream = streamOf(1);
    expect(createThrottle(undefined).slow(stream)).toBe(stream);
  });
});
