import type { RowSpec } from '../figure.ts';
import type { LoadResult, ReadOperation } from '../load/load.ts';
import { runRead } from '../load/read.ts';
import { createRandom, drawUniform } from '../stats.ts';
import type { Target } from '../targets/target.ts';
import { fillProject } from './fill-project.ts';
import { createRobot } from './robot.ts';
import type { Measure, Scale, Scenario } from './scenario.ts';

const TARGETS = ['berth'] as const;
const PROJECT = 'load';
const REPOSITORY = 'app-0001';
const TAGS = 5;
const PAGE_SIZE = 20;
const CONNECTIONS = 20;
const PAGES = 500;
/** What people look at. */
const FRONT_PAGES = 50;

/**
 * B9: pages of 20 artifacts with their tags and labels, of one repository with 100,000 artifacts
 * and 500,000 tags. docker-registry has no such list.
 */
export function createArtifactListing(scale: Scale, berthDirectory: () => string): Scenario {
  const last = Math.ceil(scale.artifacts / PAGE_SIZE);
  const robots = new Map<Target, string>();
  const list = (target: Target, pages: readonly number[], seconds: number, connections: number) =>
    listArtifacts(target, robots.get(target) ?? '', { pages, seconds, connections });
  const name = `artifact page of ${PAGE_SIZE}, ${scale.artifacts} artifacts, c=${CONNECTIONS}`;
  return {
    targets: TARGETS,
    measures: [
      measure(`${name}, pages 1–${FRONT_PAGES}`, draw(FRONT_PAGES, 9), list),
      measureTwice(`… pages 1–${last}`, draw(last, 10), list),
      compare(last, list),
    ],
    async seed(target) {
      await fillProject(berthDirectory(), {
        project: PROJECT,
        repositories: 1,
        artifacts: scale.artifacts,
        tags: TAGS,
      });
      robots.set(
        target,
        await createRobot(target, PROJECT, { resource: 'artifact', action: 'list' }),
      );
      return undefined;
    },
  };
}

type List = (
  target: Target,
  pages: readonly number[],
  seconds: number,
  connections: number,
) => ReturnType<typeof listArtifacts>;

function measure(name: string, pages: readonly number[], list: List): Measure {
  const goals = [{ kind: 'limit', metric: 'p95Ms', atMost: 100 }] as const;
  return {
    rows: [{ id: 'B9', name, unit: 'req/s', goals }],
    targets: TARGETS,
    warmUp: true,
    async run(target, { seconds }) {
      const result = await list(target, pages, seconds, CONNECTIONS);
      return [{ ...result, value: result.operations / result.seconds }];
    },
  };
}

/** What configs tell is read when an artifact is first listed, and kept: the second look is usual. */
function measureTwice(name: string, pages: readonly number[], list: List): Measure {
  const goals = [{ kind: 'limit', metric: 'p95Ms', atMost: 100 }] as const;
  return {
    rows: [
      { id: 'B9', name: `${name}, configs not read yet`, unit: 'req/s', goals: [] },
      { id: 'B9', name, unit: 'req/s', goals },
    ],
    targets: TARGETS,
    warmUp: false,
    async run(target, { seconds }) {
      const first = await list(target, pages, seconds, CONNECTIONS);
      const again = await list(target, pages, seconds, CONNECTIONS);
      return [first, again].map((result) => ({
        ...result,
        value: result.operations / result.seconds,
      }));
    },
  };
}

/** One connection, so that nothing waits for anything else. */
function compare(last: number, list: List): Measure {
  const middle = Math.ceil(last / 2);
  const rows: RowSpec[] = [
    { id: 'B9', name: '… page 1 alone, p50', unit: 'ms', goals: [] },
    { id: 'B9', name: `… page ${middle} alone, p50`, unit: 'ms', goals: [] },
    { id: 'B9', name: `… page ${last} alone, p50`, unit: 'ms', goals: [] },
    { id: 'B9', name: '… last page to page 1', unit: 'ratio', goals: [] },
  ];
  return {
    rows,
    targets: TARGETS,
    warmUp: false,
    async run(target, { seconds }) {
      const at = async (page: number) => (await list(target, [page], seconds / 3, 1)).p50Ms;
      const first = await at(1);
      const between = await at(middle);
      const end = await at(last);
      return [{ value: first }, { value: between }, { value: end }, { value: end / first }];
    },
  };
}

function draw(pages: number, seed: number): number[] {
  return drawUniform(pages, PAGES, createRandom(seed)).map((index) => index + 1);
}

function listArtifacts(
  target: Target,
  authorization: string,
  {
    pages,
    seconds,
    connections,
  }: { pages: readonly number[]; seconds: number; connections: number },
): Promise<LoadResult & { readonly generator: 'wrk' | 'own' }> {
  const path = `/api/v2.0/projects/${PROJECT}/repositories/${REPOSITORY}/artifacts`;
  const operation: ReadOperation = {
    kind: 'read',
    method: 'GET',
    paths: pages.map(
      (page) => `${path}?page=${page}&page_size=${PAGE_SIZE}&with_tag=true&with_label=true`,
    ),
    order: pages.map((_, index) => index),
    status: 200,
  };
  const load = { address: target.address(), connections, headers: { authorization } };
  return runRead(load, operation, seconds);
}
