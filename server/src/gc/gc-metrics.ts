import type { Metrics } from '../telemetry/index.ts';

export interface GcMetrics {
  swept(blobs: number, bytes: number): void;
  failed(): void;
  ran(): void;
}

export function createGcMetrics(metrics: Metrics): GcMetrics {
  const blobs = metrics.counter('berth_gc_blobs_total', 'Blobs that garbage collection deleted.');
  const bytes = metrics.counter('berth_gc_bytes_total', 'Bytes of the blobs it deleted.');
  const failures = metrics.counter(
    'berth_gc_failures_total',
    'Blobs and batches that could not be deleted, and are tried again.',
  );
  let lastRun = 0;
  metrics.gauge(
    'berth_gc_last_run_timestamp_seconds',
    'When garbage collection last ended without a failure; 0 before.',
    () => lastRun,
  );
  return {
    swept(count, size) {
      blobs.value += count;
      bytes.value += size;
    },
    failed() {
      failures.value += 1;
    },
    ran() {
      lastRun = Date.now() / 1000;
    },
  };
}
