import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openTkeWorld,
  type ProviderKind,
  providers,
  type TkeWorld,
  type WorldOptions,
} from './world.ts';

/**
 * The same tests on every back end (scenario 27: users notice nothing), each on a world of its own
 * for the whole file. At last, no answer may have named what is internal.
 */
export function onEachProvider(
  tests: (world: () => TkeWorld, kind: ProviderKind) => void,
  options: WorldOptions = {},
  kinds: readonly ProviderKind[] = providers,
): void {
  describe.each(kinds)('%s', (kind) => {
    let world: TkeWorld | undefined;
    beforeAll(async () => {
      world = await openTkeWorld(kind, options);
    }, 120_000);
    afterAll(() => world?.close(), 60_000);
    const get = () => {
      if (world === undefined) throw new Error('the world was not opened');
      return world;
    };
    tests(get, kind);
    it('names nothing internal in any answer', () => {
      expect(get().leaks()).toEqual([]);
    });
  });
}
