import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../stats.ts';
import { openConnection } from './connection.ts';
import type { Load, LoadResult } from './load.ts';
import { createStep } from './operations.ts';

const MARK_OPERATIONS = 1000;

/**
 * Runs a load to its end: each connection does one operation after another. Rejects at the first
 * wrong answer, since a run with failures is void.
 */
export async function runLoad(load: Load, connect = openConnection): Promise<LoadResult> {
  const step = createStep(load);
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => connect(load.address)),
  );
  const limit = 'operations' in load.until ? load.until.operations : Number.POSITIVE_INFINITY;
  const latencies: number[] = [];
  const marks: number[] = [];
  let bytes = 0;
  let next = 0;
  const start = performance.now();
  const seconds = 'seconds' in load.until ? load.until.seconds : Number.POSITIVE_INFINITY;
  const deadline = start + seconds * 1000;

  async function work(connection: (typeof connections)[number]): Promise<void> {
    let now = performance.now();
    while (next < limit && now < deadline) {
      const index = next;
      next += 1;
      const begun = now;
      const moved = await step(connection, index);
      now = performance.now();
      bytes += moved;
      latencies.push(now - begun);
      if (latencies.length % MARK_OPERATIONS === 0) marks.push((now - start) / 1000);
      if (load.pauseMs !== undefined) {
        await delay(load.pauseMs);
        now = performance.now();
      }
    }
  }

  try {
    await Promise.all(connections.map(work));
  } finally {
    for (const connection of connections) connection.close();
  }
  const elapsed = (performance.now() - start) / 1000;
  const sorted = Float64Array.from(latencies).toSorted();
  return {
    operations: latencies.length,
    seconds: elapsed,
    bytes,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    marks,
  };
}
