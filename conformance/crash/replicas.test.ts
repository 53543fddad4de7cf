import { expect, it } from 'vitest';
import { checkPause, checkPools, fireSchedules } from './replicas-jobs.ts';
import { loadBeside } from './replicas-load.ts';
import { startReplicas } from './replicas-world.ts';

it('two replicas share their work and lose nothing to each other', {
  timeout: 150_000,
}, async () => {
  const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);
  await using replicas = await startReplicas();

  expect(await checkPools(replicas)).toEqual([]);
  const firings = await fireSchedules(replicas, 10);
  expect(firings.violations).toEqual([]);
  expect(await checkPause(replicas)).toEqual([]);
  const load = await loadBeside(replicas, 8, seed);
  expect(load.violations, `CRASH_SEED=${seed}`).toEqual([]);
  const { pushes, deletions, reads } = load.tally;
  const figures = JSON.stringify(load.tally);
  expect(Math.min(pushes, deletions, reads), `figures: ${figures}`).toBeGreaterThan(5);
  expect(load.collected[0]).toBeGreaterThan(0);
});
