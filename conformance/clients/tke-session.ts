import type { Step } from './client.ts';
import type { Context } from './context.ts';
import { assertNoLeaks, openTkeWorld, type TkeKind, type TkeWorld } from './tke-world.ts';

/** One thing that must work over a back end. */
export type TkeStep = readonly [name: string, run: () => Promise<void>];

/**
 * Steps over one back end, with its name before theirs; after them no answer may have had an
 * internal name.
 */
export function createTkeSteps(context: Context, kind: TkeKind, steps: readonly TkeStep[]): Step[] {
  const last: TkeStep = [
    'no answer had an internal name',
    async () => assertNoLeaks(await openTkeWorld(context, kind)),
  ];
  return [...steps, last].map(([name, run]) => ({ name: `${kind}: ${name}`, run }));
}

/** A container of images or of charts of one tenant. */
export async function createContainer(
  world: TkeWorld,
  kind: 'Namespace' | 'ChartGroup',
  as: 'alice' | 'bob',
  spec: { readonly name: string; readonly visibility: string },
): Promise<void> {
  const json = { apiVersion: 'registry.tkestack.io/v1', kind, metadata: {}, spec };
  const path = kind === 'Namespace' ? '/namespaces' : '/chartgroups';
  await world.api(path, { method: 'POST', as, json }, 201);
}

/**
 * Asks until an answer suits, for what follows a push after a moment.
 *
 * @throws Error with the last complaint when nothing suits within 40 s
 */
export async function waitFor(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 40_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
