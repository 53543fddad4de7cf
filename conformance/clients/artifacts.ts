import { createHostileChartSteps } from './artifact-hostile-charts.ts';
import { createImageSteps } from './artifact-images.ts';
import { createIndexSteps } from './artifact-indexes.ts';
import { createKindSteps } from './artifact-kinds.ts';
import { createPastSteps } from './artifact-past.ts';
import { createRuleSteps } from './artifact-rules.ts';
import { createWebhookSteps } from './artifact-webhooks.ts';
import { createArtifactWorld } from './artifact-world.ts';
import type { Client } from './client.ts';

/** What real clients push, looked at and governed through the REST API. */
export const artifacts: Client = {
  name: 'artifacts',
  tools: ['skopeo', 'podman', 'regctl', 'helm'],
  createSteps(context) {
    const world = createArtifactWorld(context, 'artifacts');
    return [
      {
        name: 'make a project to push to, and one to copy to',
        async run() {
          await world.createProject(world.project);
          await world.createProject(world.target);
        },
      },
      ...createImageSteps(world),
      ...createIndexSteps(world),
      ...createKindSteps(world),
      ...createRuleSteps(world),
      ...createPastSteps(world),
      ...createHostileChartSteps(world),
      ...createWebhookSteps(world),
    ];
  },
};
