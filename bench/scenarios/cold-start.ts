import { setTimeout as delay } from 'node:timers/promises';
import type { RowSpec } from '../figure.ts';
import { readUsage } from '../targets/usage.ts';
import { fillProject } from './fill-project.ts';
import type { Scale, Scenario } from './scenario.ts';

const TARGETS = ['berth', 'docker-registry', 'bare'] as const;
const IDLE_MS = 3_000;

const rows: RowSpec[] = [
  {
    id: 'B10',
    name: 'cold start to ready',
    unit: 'ms',
    goals: [{ kind: 'limit', metric: 'value', atMost: 1000 }],
  },
  {
    id: 'B10',
    name: 'idle RSS of the server process',
    unit: 'MB',
    goals: [{ kind: 'limit', metric: 'value', atMost: 150 }],
  },
  {
    id: 'B10',
    name: 'idle memory of its PostgreSQL (PSS)',
    unit: 'MB',
    goals: [{ kind: 'limit', metric: 'value', atMost: 100 }],
  },
];

/**
 * B10: from the start of the process to the first 200 of its readiness path, and its memory three
 * seconds later. Berth has 100,000 artifacts, the peers have nothing, which favours them.
 */
export function createColdStart(scale: Scale, berthDirectory: () => string): Scenario {
  return {
    targets: TARGETS,
    measures: [
      {
        rows,
        targets: TARGETS,
        warmUp: false,
        async run(target) {
          await target.stop();
          const begun = performance.now();
          await target.start();
          const elapsed = performance.now() - begun;
          await delay(IDLE_MS);
          const { rssMb = 0, childrenMb = 0 } = await readUsage(target.pid());
          return [{ value: elapsed }, { value: rssMb }, { value: childrenMb }];
        },
      },
    ],
    async seed(target) {
      if (target.id !== 'berth') return undefined;
      const filling = { project: 'cold', repositories: 100, artifacts: scale.artifacts, tags: 1 };
      await fillProject(berthDirectory(), filling);
      return undefined;
    },
  };
}
