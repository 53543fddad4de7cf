import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { findEnglish, findObstacles } from './judges.ts';
import { openSeededWorld } from './seeded-world.ts';
import { type Places, walk } from './walk.ts';

/** All screens: for readers of all kinds, and in Chinese. */
export function createScreenSteps(context: Context): Step[] {
  const places: Places = new Map();
  return [
    {
      name: 'fill a registry as a company has it',
      run: async () => void (await openSeededWorld(context)),
    },
    {
      name: 'axe finds nothing on any screen or dialog, light or dark, and no console complains',
      async run() {
        const world = await openSeededWorld(context);
        report(await walk(world, 'en-US', places, findObstacles));
      },
    },
    {
      name: 'in Chinese no screen or dialog has an English sentence',
      async run() {
        const world = await openSeededWorld(context);
        report(await walk(world, 'zh-CN', places, findEnglish));
      },
    },
  ];
}

function report(found: readonly string[]): void {
  if (found.length > 0)
    throw new Error(`${found.length} findings:\n${[...new Set(found)].join('\n')}`);
}
