/**
 * `read`, asked anew when its last answer is older than `maxAgeMs`; callers that come while it is
 * asked share one answer. A failure is told to those who wait for it, and is not remembered.
 */
export function remember<T>(
  read: () => Promise<T>,
  maxAgeMs: number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly value: T; readonly readAt: number } | undefined;
  let running: Promise<T> | undefined;

  async function readAnew(): Promise<T> {
    try {
      const value = await read();
      last = { value, readAt: now() };
      return value;
    } finally {
      running = undefined;
    }
  }

  return () => {
    if (last !== undefined && now() - last.readAt < maxAgeMs) return Promise.resolve(last.value);
    running ??= readAnew();
    return running;
  };
}
