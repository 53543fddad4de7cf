import type { Client } from '../clients/client.ts';
import { createFirstSteps } from './first-steps.ts';
import { openPortalWorld } from './portal-world.ts';

/** The portal as people use it, in Debian's Chromium, before a Berth with images really pushed. */
export const portal: Client = {
  name: 'portal',
  tools: ['chromium', 'skopeo'],
  createSteps: (context) => [
    {
      name: 'start a registry as anybody does first, and Chromium',
      run: async () => void (await openPortalWorld(context)),
    },
    ...createFirstSteps(context),
  ],
};
