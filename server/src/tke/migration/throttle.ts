import { setTimeout as sleep } from 'node:timers/promises';

/** A limit on bytes per second, shared by all streams that go through it. */
export interface Throttle {
  /** The stream at its share of the limit. */
  slow(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
}

export interface ThrottlePorts {
  /** Milliseconds */
  now(): number;
  wait(ms: number): Promise<unknown>;
}

const system: ThrottlePorts = { now: () => performance.now(), wait: (ms) => sleep(ms) };

/** @param bytesPerSecond undefined for no limit */
export function createThrottle(
  bytesPerSecond: number | undefined,
  { now, wait }: ThrottlePorts = system,
): Throttle {
  if (bytesPerSecond === undefined) return { slow: (stream) => stream };
  /** When the bytes that were let through so far have had their time. */
  let freeAt = now();
  return {
    slow: (stream) =>
      stream.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          async transform(chunk, controller) {
            const at = Math.max(freeAt, now());
            freeAt = at + (chunk.byteLength / bytesPerSecond) * 1000;
            const ms = freeAt - now();
            if (ms > 0) await wait(ms);
            controller.enqueue(chunk);
          },
        }),
      ),
  };
}
