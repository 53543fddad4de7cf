import { expect, it } from 'vitest';
import { runBacklog } from './backlog.ts';

const EVENTS = 1_000;
/** A process that has just started grows under any load: much more would be events kept in it. */
const GROWTH_LIMIT_MB = 250;

it('tells of 1,000 pushes a receiver that is down, then slow, then well', {
  timeout: 180_000,
}, async () => {
  const options = { events: EVENTS, downMs: 2_500, slowMs: 1_000, drainLimitMs: 120_000 };
  const report = await runBacklog(options);
  expect(report.violations).toEqual([]);
  expect(report.pushes).toBe(EVENTS);
  expect(report.latencies.down.count).toBe(EVENTS / 2);
  expect(report.rssMb.peak - report.rssMb.before).toBeLessThan(GROWTH_LIMIT_MB);
});
