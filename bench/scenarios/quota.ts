import type { RowSpec, Sample } from '../figure.ts';
import type { LoadResult } from '../load/load.ts';
import { runOwn } from '../load/own.ts';
import { adminHeaders } from '../targets/berth.ts';
import type { Target } from '../targets/target.ts';
import { createRobot } from './robot.ts';
import type { Measure, Scenario } from './scenario.ts';

const TARGETS = ['berth'] as const;
const LIMITED = 'limited';
const FREE = 'free';
/** Far away, but a limit: each push asks for its room. */
const LIMIT_BYTES = 2 ** 50;
const PUSHERS = 64;
const SIZE = 10 * 1024;
/** At most 400 a second: other users, and no second load. */
const PROBE = { connections: 8, pauseMs: 20 };

const pushers = `${PUSHERS} pushers of 10 KiB into one project`;

const tokens: readonly RowSpec[] = [
  { id: 'B13', name: 'token for a robot, at most 400 a second, p99', unit: 'ms', goals: [] },
  {
    id: 'B13',
    name: `… beside ${pushers} with a quota, p99`,
    unit: 'ms',
    goals: [{ kind: 'limit', metric: 'value', atMost: 300 }],
  },
];

const pushes: readonly RowSpec[] = [
  { id: 'B13', name: `${pushers} with a quota`, unit: 'blobs/s', goals: [] },
  { id: 'B13', name: '… without one', unit: 'blobs/s', goals: [] },
  {
    id: 'B13',
    name: '… with to without',
    unit: 'ratio',
    goals: [{ kind: 'floor', atLeast: 0.8 }],
  },
];

/** B13: what a quota costs the pushes of its project, and what everybody notices of them. */
export function createQuota(): Scenario {
  const robots = new Map<Target, string>();
  return {
    targets: TARGETS,
    measures: [measureTokens(robots), measurePushes()],
    async seed(target) {
      await createProject(target, LIMITED, LIMIT_BYTES);
      await createProject(target, FREE, -1);
      const right = { resource: 'repository', action: 'pull' };
      robots.set(target, await createRobot(target, LIMITED, right));
      return undefined;
    },
  };
}

function measureTokens(robots: ReadonlyMap<Target, string>): Measure {
  return {
    rows: tokens,
    targets: TARGETS,
    warmUp: true,
    async run(target, { seconds }) {
      const robot = robots.get(target) ?? '';
      const alone = await askForTokens(target, robot, seconds);
      const [beside] = await Promise.all([
        askForTokens(target, robot, seconds),
        push(target, LIMITED, seconds),
      ]);
      return [alone, beside].map((result) => sampleOf(result, result.p99Ms));
    },
  };
}

function measurePushes(): Measure {
  return {
    rows: pushes,
    targets: TARGETS,
    warmUp: true,
    async run(target, { index, seconds }) {
      // In turns: who comes second finds more rows, and warmer code.
      const order = index % 2 === 0 ? [LIMITED, FREE] : [FREE, LIMITED];
      const rates = new Map<string, Sample>();
      for (const project of order) {
        const result = await push(target, project, seconds);
        rates.set(project, sampleOf(result, result.operations / result.seconds));
      }
      const [limited, free] = [rates.get(LIMITED), rates.get(FREE)];
      if (limited === undefined || free === undefined) throw new Error('nothing was pushed');
      return [limited, free, { value: limited.value / free.value }];
    },
  };
}

function sampleOf(result: LoadResult, value: number): Sample {
  return { ...result, value, generator: 'own' };
}

function askForTokens(target: Target, robot: string, seconds: number): Promise<LoadResult> {
  return runOwn({
    address: target.address(),
    ...PROBE,
    headers: { authorization: robot },
    until: { seconds },
    operation: {
      kind: 'read',
      method: 'GET',
      paths: [`/service/token?service=harbor-registry&scope=repository:${LIMITED}/app:pull`],
      order: [0],
      status: 200,
    },
  });
}

async function push(target: Target, project: string, seconds: number): Promise<LoadResult> {
  const repository = `${project}/app`;
  return runOwn({
    address: target.address(),
    connections: PUSHERS,
    headers: await target.authorize([repository]),
    until: { seconds },
    operation: { kind: 'blob-put', repository, size: SIZE },
  });
}

async function createProject(target: Target, name: string, limit: number): Promise<void> {
  const { host, port } = target.address();
  const response = await fetch(`http://${host}:${port}/api/v2.0/projects`, {
    method: 'POST',
    headers: { ...adminHeaders(), 'content-type': 'application/json' },
    body: JSON.stringify({ project_name: name, storage_limit: limit }),
  });
  if (response.status !== 201) throw new Error(`no project: ${response.status}`);
}
