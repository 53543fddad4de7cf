import type { Goal, Sample } from '../figure.ts';
import type { Load, LoadResult, ReadOperation } from '../load/load.ts';
import { runOwn } from '../load/own.ts';
import { runRead } from '../load/read.ts';
import type { Measure, Scenario } from './scenario.ts';
import { createBlob, pushBlob, REPOSITORY } from './seed.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const ALL = ['berth', 'docker-registry', 'bare'] as const;
const STORM_CLIENTS = 500;

interface BlobKind {
  readonly label: string;
  readonly size: number;
  readonly count: number;
  readonly connections: number;
  /** Ratio to docker-registry that the plan asks for. */
  readonly ratio: number;
}

const kinds: BlobKind[] = [
  { label: '10 KiB', size: 10 * KIB, count: 64, connections: 64, ratio: 5 },
  { label: '1 MiB', size: MIB, count: 16, connections: 8, ratio: 2 },
  { label: '100 MiB', size: 100 * MIB, count: 2, connections: 4, ratio: 1 },
];

/** B3 and B4: blobs of three sizes, and one blob of 10 MiB pulled by 500 clients at once. */
export function createBlobRead(): Scenario {
  const sets = kinds.map((kind) => ({
    kind,
    blobs: Array.from({ length: kind.count }, () => createBlob(kind.size)),
  }));
  const storm = createBlob(10 * MIB);
  return {
    targets: ALL,
    measures: [
      ...sets.map(({ kind, blobs }) =>
        measureKind(
          kind,
          blobs.map(({ digest }) => digest),
        ),
      ),
      measureStorm(storm.digest, storm.bytes.length),
    ],
    async seed(target) {
      for (const { blobs } of sets) {
        for (const blob of blobs) await pushBlob(target, REPOSITORY, blob);
      }
      await pushBlob(target, REPOSITORY, storm);
      return undefined;
    },
  };
}

function readOf(digests: readonly string[], bytes: number): ReadOperation {
  return {
    kind: 'read',
    method: 'GET',
    paths: digests.map((digest) => `/v2/${REPOSITORY}/blobs/${digest}`),
    order: digests.map((_, index) => index),
    status: 200,
    bytes,
  };
}

function measureKind(kind: BlobKind, digests: readonly string[]): Measure {
  const isSmall = kind.size <= 10 * KIB;
  const goals: Goal[] = [
    { kind: 'ratio', peer: 'docker-registry', atLeast: kind.ratio },
    { kind: 'ratio', peer: 'bare', atLeast: 0.8 },
  ];
  const name = `blob GET ${kind.label}, c=${kind.connections}`;
  return {
    rows: [{ id: 'B3', name, unit: isSmall ? 'blobs/s' : 'MB/s', goals }],
    targets: ALL,
    warmUp: true,
    async run(target, { seconds }) {
      const load = {
        address: target.address(),
        connections: kind.connections,
        headers: await target.authorize([REPOSITORY]),
      };
      const operation = readOf(digests, kind.size);
      // wrk counts completed answers only, which is too coarse for large ones.
      if (isSmall) {
        const result = await runRead(load, operation, seconds);
        return [{ ...result, value: result.operations / result.seconds }];
      }
      return [await readBytes({ ...load, operation, until: { seconds } })];
    },
  };
}

function measureStorm(digest: string, size: number): Measure {
  const goals: Goal[] = [
    { kind: 'ratio', peer: 'bare', atLeast: 0.8 },
    { kind: 'limit', metric: 'peakRssMb', atMost: 250 },
  ];
  return {
    rows: [{ id: 'B4', name: 'pull storm, 500 × 10 MiB', unit: 'MB/s', goals }],
    targets: ALL,
    warmUp: false,
    async run(target) {
      const load: Load = {
        address: target.address(),
        connections: STORM_CLIENTS,
        headers: await target.authorize([REPOSITORY]),
        operation: readOf([digest], size),
        until: { operations: STORM_CLIENTS },
      };
      return [await readBytes(load)];
    },
  };
}

async function readBytes(load: Load): Promise<Sample> {
  const result: LoadResult = await runOwn(load);
  return { ...result, value: result.bytes / 1e6 / result.seconds, generator: 'own' };
}
