import type { Client } from './client.ts';
import { createCollectionSteps, createReadOnlySteps } from './lifecycle-collection.ts';
import { createPurgeSteps, createQueueSteps, createRetentionSteps } from './lifecycle-rules.ts';
import { LifecycleWorld } from './lifecycle-world.ts';

/** What becomes of images after their push: collected, retained, told of, or frozen. */
export const lifecycle: Client = {
  name: 'lifecycle',
  tools: ['skopeo'],
  createSteps(context) {
    const world = new LifecycleWorld(context);
    return [
      { name: 'a registry starts whose garbage may go after a second', run: () => world.start() },
      ...createCollectionSteps(world),
      ...createRetentionSteps(world),
      ...createPurgeSteps(world),
      ...createQueueSteps(world),
      ...createReadOnlySteps(world),
    ];
  },
};
