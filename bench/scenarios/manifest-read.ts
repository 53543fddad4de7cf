import type { Goal, RowSpec } from '../figure.ts';
import type { ReadOperation } from '../load/load.ts';
import { runRead } from '../load/read.ts';
import { createRandom, drawZipf } from '../stats.ts';
import type { Target } from '../targets/target.ts';
import type { Measure, Scenario } from './scenario.ts';
import {
  digestOf,
  FIRST_NUMBER,
  IMAGE,
  imageSeries,
  manifestText,
  REPOSITORY,
  seedTags,
} from './seed.ts';

const TAGS = 10_000;
const DRAWS = 50_000;
const CONNECTIONS = 64;

const goals: Goal[] = [
  { kind: 'ratio', peer: 'bare', atLeast: 0.5 },
  { kind: 'ratio', peer: 'docker-registry', atLeast: 10 },
];

const series = imageSeries(REPOSITORY);
const numbers = Array.from({ length: TAGS }, (_, index) => FIRST_NUMBER + index);

/** What B1 asks for, of a target that `seedTagRead` has filled. */
export function createTagRead(): ReadOperation {
  return {
    kind: 'read',
    method: 'GET',
    paths: numbers.map((number) => `${series.prefix}${number}`),
    order: drawZipf(TAGS, DRAWS, createRandom(1)),
    status: 200,
    bytes: Buffer.byteLength(manifestText(series, FIRST_NUMBER)),
  };
}

export function seedTagRead(target: Target): Promise<void> {
  return seedTags(target, REPOSITORY, TAGS);
}

/** Reads manifests by tag over 64 connections. */
export async function readByTag(target: Target, operation: ReadOperation, seconds: number) {
  const load = {
    address: target.address(),
    connections: CONNECTIONS,
    headers: { ...(await target.authorize([REPOSITORY])), accept: IMAGE },
  };
  return runRead(load, operation, seconds);
}

/** B1 and B2: manifests by tag, 10,000 tags drawn by Zipf's law, bearer token, 64 connections. */
export function createManifestRead(): Scenario {
  const get = createTagRead();
  const etags = numbers.map((number) => `"${digestOf(manifestText(series, number))}"`);
  return {
    targets: ['berth', 'docker-registry', 'bare'],
    measures: [
      measure('B1', 'manifest GET by tag, c=64', get),
      measure('B2', 'manifest HEAD by tag, c=64', { ...get, method: 'HEAD', bytes: 0 }),
      measure('B2', 'manifest GET → 304, c=64', { ...get, etags, status: 304, bytes: 0 }),
    ],
    async seed(target) {
      await seedTagRead(target);
      return undefined;
    },
  };
}

function measure(id: string, name: string, operation: ReadOperation): Measure {
  const row: RowSpec = { id, name, unit: 'req/s', goals };
  return {
    rows: [row],
    targets: ['berth', 'docker-registry', 'bare'],
    warmUp: true,
    async run(target, { seconds }) {
      const result = await readByTag(target, operation, seconds);
      return [{ ...result, value: result.operations / result.seconds }];
    },
  };
}
