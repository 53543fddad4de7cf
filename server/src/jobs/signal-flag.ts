/** Something that happened, until somebody has looked. */
export interface SignalFlag {
  raise(): void;
  lower(): void;
  /** Resolves at once while it is raised, when it is, or after `ms`. Holds no process. */
  wait(ms: number): Promise<void>;
}

export function createSignalFlag(): SignalFlag {
  let isRaised = false;
  let notify: (() => void) | undefined;
  return {
    raise() {
      isRaised = true;
      notify?.();
    },
    lower() {
      isRaised = false;
    },
    wait(ms) {
      if (isRaised) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        timer.unref();
        notify = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
