import { afterAll, describe, expect, it } from 'vitest';
import { openTkeWorld, type ProviderKind, type TkeWorld } from '../tke/world.ts';
import { countOf, runTkeFuzz } from './tke-fuzz.ts';
import type { TkePart } from './tke-request.ts';

// Another one looks for what this one does not find: FUZZ_SEED=$RANDOM.
const seed = process.env['FUZZ_SEED'] ?? 'conformance';
const only = process.env['FUZZ_CASE'];
const parts: readonly TkePart[] = ['kube', 'keys', 'gateway', 'images', 'token', 'charts'];

describe.each([
  ['builtin', 5_000],
  ['harbor', 500],
] satisfies [ProviderKind, number][])('the TKE view before %s', (kind, cases) => {
  let world: TkeWorld | undefined;
  afterAll(() => world?.close());

  it(`answers ${cases} requests that nobody sane sends, in the shapes of its APIs (seed ${seed})`, {
    timeout: 300_000,
  }, async () => {
    world = await openTkeWorld(kind);
    const report = await runTkeFuzz({
      world,
      cases: Number(process.env['FUZZ_CASES'] ?? cases),
      seed,
      only: only === undefined ? undefined : Number(only),
    });
    expect(report.violations, `FUZZ_SEED=${seed}`).toEqual([]);
    expect(report.cutOff, `FUZZ_SEED=${seed}`).toBeLessThan(cases / 20);
    if (only !== undefined) return;
    // That it was neither all refused at the door nor all let in.
    for (const part of parts) {
      const { done, refused } = countOf(report, part);
      expect([part, done > 0, refused > 0]).toEqual([part, true, true]);
    }
  });
});
