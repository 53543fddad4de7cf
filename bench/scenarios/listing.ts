import type { RowSpec } from '../figure.ts';
import type { ReadOperation } from '../load/load.ts';
import { runRead } from '../load/read.ts';
import { createRandom, drawUniform } from '../stats.ts';
import type { Measure, Scale, Scenario } from './scenario.ts';
import { FIRST_NUMBER, seedRepositories, seedTags } from './seed.ts';

const TARGETS = ['berth', 'docker-registry'] as const;
const LARGE = 'library/large';
const SMALL = 'library/small';
const SMALL_TAGS = 1000;
const CONNECTIONS = 8;
const PAGES = 500;

/** B8: pages of 100 from a random place of a long list, and of a short one to compare. */
export function createListing(scale: Scale): Scenario {
  const goals = [{ kind: 'ratio', peer: 'docker-registry', atLeast: 10 }] as const;
  return {
    targets: TARGETS,
    measures: [
      measure(
        { ...specOf(`tag page of 100, ${scale.names} tags, c=8`), goals },
        LARGE,
        scale.names,
      ),
      measure(
        { ...specOf(`tag page of 100, ${SMALL_TAGS} tags, c=8`), goals: [] },
        SMALL,
        SMALL_TAGS,
      ),
      measure(
        { ...specOf(`catalog page of 100, ${scale.names} repositories, c=8`), goals },
        undefined,
        scale.names,
      ),
    ],
    async seed(target) {
      await seedTags(target, LARGE, scale.names);
      await seedTags(target, SMALL, SMALL_TAGS);
      const made = await seedRepositories(target, scale.names);
      if (made === scale.names) return undefined;
      return `${target.id} has ${made} repositories in the catalog: making more took too long`;
    },
  };
}

function specOf(name: string): Omit<RowSpec, 'goals'> {
  return { id: 'B8', name, unit: 'req/s' };
}

/** Pages of the tags of `repository`, or of the catalog when it is undefined. */
function measure(row: RowSpec, repository: string | undefined, names: number): Measure {
  const [path, prefix] =
    repository === undefined ? ['_catalog', 'library/r'] : [`${repository}/tags/list`, 't'];
  const operation: ReadOperation = {
    kind: 'read',
    method: 'GET',
    paths: drawUniform(names, PAGES, createRandom(8)).map((index) => {
      const last = encodeURIComponent(`${prefix}${FIRST_NUMBER + index}`);
      return `/v2/${path}?n=100&last=${last}`;
    }),
    order: Array.from({ length: PAGES }, (_, index) => index),
    status: 200,
  };
  return {
    rows: [row],
    targets: TARGETS,
    warmUp: true,
    async run(target, { seconds }) {
      const load = {
        address: target.address(),
        connections: CONNECTIONS,
        headers: await target.authorize([repository ?? LARGE]),
      };
      const result = await runRead(load, operation, seconds);
      return [{ ...result, value: result.operations / result.seconds }];
    },
  };
}
