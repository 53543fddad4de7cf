import type { RowSpec } from '../figure.ts';
import type { ReadOperation } from '../load/load.ts';
import { runRead } from '../load/read.ts';
import type { Target } from '../targets/target.ts';
import { createRobot } from './robot.ts';
import type { Measure, Scenario } from './scenario.ts';
import { FIRST_NUMBER, IMAGE, imageSeries, REPOSITORY, seedTags } from './seed.ts';

const TOKEN_CONNECTIONS = 8;
const PULL_CONNECTIONS = 16;
const TAGS = 100;

const alone: RowSpec = {
  id: 'B12',
  name: 'token for a robot, c=8',
  unit: 'req/s',
  goals: [{ kind: 'floor', atLeast: 500 }],
};
const beside: RowSpec = {
  id: 'B12',
  name: 'token for a robot, c=8, beside manifest GETs, c=16',
  unit: 'req/s',
  goals: [{ kind: 'floor', atLeast: 500 }],
};
const pulls: RowSpec = {
  id: 'B12',
  name: 'manifest GETs, c=16, beside it',
  unit: 'req/s',
  goals: [],
};

/** B12: `/service/token` with the secret of a robot. */
export function createTokenIssue(): Scenario {
  const robots = new Map<Target, string>();
  return {
    targets: ['berth'],
    measures: [
      {
        rows: [alone],
        targets: ['berth'],
        warmUp: true,
        run: async (target, { seconds }) => [await runTokens(target, robots, seconds)],
      },
      besideMeasure(robots),
    ],
    async seed(target) {
      await seedTags(target, REPOSITORY, TAGS);
      robots.set(
        target,
        await createRobot(target, 'library', { resource: 'repository', action: 'pull' }),
      );
      return undefined;
    },
  };
}

function besideMeasure(robots: ReadonlyMap<Target, string>): Measure {
  return {
    rows: [beside, pulls],
    targets: ['berth'],
    warmUp: false,
    run: (target, { seconds }) =>
      Promise.all([runTokens(target, robots, seconds), runPulls(target, seconds)]),
  };
}

async function runTokens(target: Target, robots: ReadonlyMap<Target, string>, seconds: number) {
  const operation: ReadOperation = {
    kind: 'read',
    method: 'GET',
    paths: [`/service/token?service=harbor-registry&scope=repository:${REPOSITORY}:pull`],
    order: [0],
    status: 200,
  };
  const headers = { authorization: robots.get(target) ?? '' };
  const load = { address: target.address(), connections: TOKEN_CONNECTIONS, headers };
  const result = await runRead(load, operation, seconds);
  return { ...result, value: result.operations / result.seconds };
}

async function runPulls(target: Target, seconds: number) {
  const { prefix } = imageSeries(REPOSITORY);
  const operation: ReadOperation = {
    kind: 'read',
    method: 'GET',
    paths: Array.from({ length: TAGS }, (_, index) => `${prefix}${FIRST_NUMBER + index}`),
    order: Array.from({ length: TAGS }, (_, index) => index),
    status: 200,
  };
  const headers = { ...(await target.authorize([REPOSITORY])), accept: IMAGE };
  const load = { address: target.address(), connections: PULL_CONNECTIONS, headers };
  const result = await runRead(load, operation, seconds);
  return { ...result, value: result.operations / result.seconds };
}
