import type { Client } from '../clients/client.ts';
import { createFirstSteps } from './first-steps.ts';
import { createHostileSteps } from './hostile-steps.ts';
import { createKeyboardSteps } from './keyboard-steps.ts';
import { createPolicySteps } from './policy-steps.ts';
import { openPortalWorld } from './portal-world.ts';
import { createProjectSteps } from './project-steps.ts';
import { createScreenSteps } from './screen-steps.ts';
import { createSessionSteps } from './session-steps.ts';
import { createSpeedSteps } from './speed-steps.ts';

/**
 * The portal as people use it, in Debian's Chromium, before a Berth with images really pushed.
 * PORTAL_STEPS, a regular expression, chooses steps by their names.
 */
export const portal: Client = {
  name: 'portal',
  tools: ['chromium', 'skopeo'],
  createSteps: (context) => [
    {
      name: 'start a registry as anybody does first, and Chromium',
      run: async () => void (await openPortalWorld(context)),
    },
    ...[
      ...createFirstSteps(context),
      ...createProjectSteps(context),
      ...createPolicySteps(context),
      ...createSessionSteps(context),
      ...createScreenSteps(context),
      ...createKeyboardSteps(context),
      ...createSpeedSteps(context),
      ...createHostileSteps(context),
    ].filter(({ name }) => chosen.test(name)),
  ],
};

const chosen = new RegExp(process.env['PORTAL_STEPS'] ?? '');
