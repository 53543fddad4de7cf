type Cleaner = () => void | Promise<void>;

const cleaners = new Set<Cleaner>();

/** Registers what must happen even when the benchmark is interrupted; returns how to forget it. */
export function onCleanup(cleaner: Cleaner): () => void {
  cleaners.add(cleaner);
  return () => {
    cleaners.delete(cleaner);
  };
}

/** Runs all that is registered, newest first; one that fails does not keep back the others. */
export async function cleanUp(): Promise<void> {
  const pending = [...cleaners].toReversed();
  cleaners.clear();
  for (const cleaner of pending) {
    try {
      await cleaner();
    } catch (error) {
      console.error('bench: cleaning up failed:', error);
    }
  }
}

/** Cleans up before the process is ended by a signal. */
export function cleanUpOnSignals(): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void cleanUp().finally(() => process.exit(130));
    });
  }
}
