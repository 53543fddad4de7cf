import type { RowSpec } from '../figure.ts';
import type { LoadResult } from '../load/load.ts';
import { runOwn } from '../load/own.ts';
import type { Scale, Scenario } from './scenario.ts';
import { imageSeries, pushImageBlobs } from './seed.ts';

const TARGETS = ['berth', 'docker-registry'] as const;
const CONNECTIONS = 8;

/** B7: one new repository for each run is filled to 20,000 tags with different manifests. */
export function createManifestWrite(scale: Scale): Scenario {
  return {
    targets: TARGETS,
    measures: [
      {
        rows: rowsOf(scale.names),
        targets: TARGETS,
        warmUp: false,
        async run(target, { index }) {
          const repository = `library/fill-${index}`;
          await pushImageBlobs(target, repository);
          const result = await runOwn({
            address: target.address(),
            connections: CONNECTIONS,
            headers: await target.authorize([repository]),
            until: { operations: scale.names },
            operation: { kind: 'manifest-put', puts: imageSeries(repository) },
          });
          const { first, last } = ends(result);
          return [
            { ...result, value: result.operations / result.seconds, generator: 'own' },
            { value: first },
            { value: last },
            { value: last / first },
          ];
        },
      },
    ],
    seed: async () => undefined,
  };
}

function rowsOf(tags: number): RowSpec[] {
  const name = `manifest PUT, one repository to ${tags} tags, c=${CONNECTIONS}`;
  const goal = { kind: 'ratio', peer: 'docker-registry', atLeast: 3 } as const;
  return [
    { id: 'B7', name, unit: 'req/s', goals: [goal] },
    { id: 'B7', name: '… its first 1,000', unit: 'req/s', goals: [] },
    { id: 'B7', name: '… its last 1,000', unit: 'req/s', goals: [] },
    {
      id: 'B7',
      name: '… last to first',
      unit: 'ratio',
      goals: [{ kind: 'floor', atLeast: 0.85 }],
    },
  ];
}

/** Requests per second of the first and of the last 1,000. Throws when there were fewer than 2,000. */
export function ends({ marks }: Pick<LoadResult, 'marks'>): { first: number; last: number } {
  const [first, second] = [marks.at(0), marks.at(-2)];
  const last = marks.at(-1);
  if (first === undefined || second === undefined || last === undefined) {
    throw new RangeError('fewer than 2,000 requests have no first and last 1,000');
  }
  return { first: 1000 / first, last: 1000 / (last - second) };
}
