import { expect, it } from 'vitest';
import { runTkeKills } from './tke-killed.ts';

it('keeps the objects of tenants and their projects together through six kills', {
  timeout: 180_000,
}, async () => {
  const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);
  const report = await runTkeKills({ rounds: 6, seed });

  expect(report.violations, `CRASH_SEED=${seed}`).toEqual([]);
  // A load that does nothing proves nothing.
  expect(report.created).toBeGreaterThan(30);
  expect(report.deleted).toBeGreaterThan(10);
  expect(report.cut).toBeGreaterThan(6);
});
