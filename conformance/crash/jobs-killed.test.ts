import { expect, it } from 'vitest';
import { describeJobs } from './jobs-report.ts';
import { runKilledJobs } from './jobs-run.ts';

it('runs jobs again whose process was killed, to the same effect', {
  timeout: 150_000,
}, async () => {
  const [round] = await runKilledJobs({ isLapsed: true });

  expect(round?.violations).toEqual([]);
  // What was over before the kill proves nothing.
  const figures = round === undefined ? '' : describeJobs(round);
  for (const { undone, vendorType } of round?.jobs ?? []) {
    expect(undone, `${vendorType}: ${figures}`).toBeGreaterThan(0);
  }
  expect(round?.jobs).toHaveLength(7);
});
