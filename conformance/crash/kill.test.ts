import { expect, it } from 'vitest';
import { describeRound, runKills } from './kill.ts';

it('keeps all it acknowledged through five kills under load', { timeout: 240_000 }, async () => {
  const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);
  const { rounds, told, fsck } = await runKills({ rounds: 5, seed });

  const failures = rounds.filter((round) => round.violations.length > 0).map(describeRound);
  expect(failures, `CRASH_SEED=${seed}`).toEqual([]);
  // A load that does nothing proves nothing.
  expect(rounds.reduce((sum, round) => sum + round.acknowledged, 0)).toBeGreaterThan(50);
  expect(rounds.reduce((sum, round) => sum + round.doubts, 0)).toBeGreaterThan(0);
  expect(told.violations, `CRASH_SEED=${seed}`).toEqual([]);
  expect(told.expected).toBeGreaterThan(10);
  expect(fsck.output).toContain(' 0 miscounted;');
  expect(fsck.output).toContain(' 0 missing, 0 damaged,');
  expect(fsck.output).toContain(' 0 damaged-manifest,');
});
