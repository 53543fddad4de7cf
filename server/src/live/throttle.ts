/** Runs something soon after it was asked for, and not again within some time. */
export interface Throttle {
  request(): void;
  /** What was asked for and is not done yet is dropped. */
  stop(): void;
}

export function createThrottle(ms: number, run: () => void): Throttle {
  let timer: NodeJS.Timeout | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let isStopped = false;
  return {
    request() {
      if (timer !== undefined || isStopped) return;
      const wait = Math.max(0, last + ms - performance.now());
      timer = setTimeout(() => {
        timer = undefined;
        last = performance.now();
        run();
      }, wait);
      timer.unref();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
