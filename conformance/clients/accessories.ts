import { createNotationSteps } from './accessory-notation.ts';
import { createCosignSteps } from './accessory-signatures.ts';
import { createArtifactWorld } from './artifact-world.ts';
import type { Client } from './client.ts';

/** What is attached to images, by cosign and as notation does it, looked at through the REST API. */
export const accessories: Client = {
  name: 'accessories',
  tools: ['cosign', 'skopeo'],
  createSteps(context) {
    const world = createArtifactWorld(context, 'accessories');
    return [
      {
        name: 'make a project to push to, and one to copy to',
        async run() {
          await world.createProject(world.project);
          await world.createProject(world.target);
        },
      },
      ...createCosignSteps(world),
      ...createNotationSteps(world),
    ];
  },
};
