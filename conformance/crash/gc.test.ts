import { expect, it } from 'vitest';
import { describeGc, GONE_GOAL } from './gc-report.ts';
import { runGc } from './gc-run.ts';

it('loses nothing that it acknowledged to a collector that takes the rest', {
  timeout: 120_000,
}, async () => {
  const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);
  const report = await runGc({
    seconds: 12,
    pushers: 8,
    deleters: 3,
    killEvery: 6,
    leaseSeconds: 2,
    uploadSeconds: 5,
    collectSeconds: 60,
    enough: GONE_GOAL,
    seed,
  });

  const summary = describeGc(report);
  expect(report.violations, `CRASH_SEED=${seed}`).toEqual([]);
  expect(report.garbage.gone, `figures: ${summary}`).toBeGreaterThanOrEqual(GONE_GOAL);
  // A load that does nothing proves nothing.
  const { pushes, deletions, reads, heads } = report.tally;
  expect(Math.min(pushes, deletions, reads, heads), `figures: ${summary}`).toBeGreaterThan(10);
  expect(report.kills).toBe(1);
  expect(report.kept).toBeGreaterThan(0);
});
