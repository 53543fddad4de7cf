import type { Load } from '../load/load.ts';
import { runOwn } from '../load/own.ts';
import type { Target } from '../targets/target.ts';
import type { Measure, Scale, Scenario } from './scenario.ts';
import { IMAGE, imageSeries, REPOSITORY, seedTags } from './seed.ts';

const LARGE = 100 * 1024 * 1024;
const SMALL = 10 * 1024;
const TARGETS = ['berth', 'docker-registry'] as const;
const PROBE_TAGS = 100;
/** The probe asks at most 400 times a second: it stands for other users and is no second load. */
const PROBE = { connections: 8, pauseMs: 20 };

/** B5 and B6: durable uploads of 100 MiB and of 10 KiB, and what other users notice of them. */
export function createBlobWrite(scale: Scale): Scenario {
  return {
    targets: TARGETS,
    measures: [measureLarge(1, scale), measureLarge(4, scale), measureSmall()],
    async seed(target) {
      await seedTags(target, REPOSITORY, PROBE_TAGS);
      return undefined;
    },
  };
}

async function loadOf(target: Target, connections: number) {
  return {
    address: target.address(),
    connections,
    headers: await target.authorize([REPOSITORY]),
  };
}

function measureLarge(connections: number, scale: Scale): Measure {
  const name = `blob PUT 100 MiB, c=${connections}`;
  return {
    rows: [
      {
        id: 'B5',
        name,
        unit: 'MB/s',
        goals: [{ kind: 'ratio', peer: 'docker-registry', atLeast: 2 }],
      },
      {
        id: 'B5',
        name: `manifest GET beside it (c=${connections}), p99`,
        unit: 'ms',
        goals: [{ kind: 'limit', metric: 'value', atMost: 50 }],
      },
    ],
    targets: TARGETS,
    warmUp: false,
    async run(target) {
      const load: Load = {
        ...(await loadOf(target, connections)),
        until: { operations: connections * scale.largeUploads },
        operation: { kind: 'blob-put', repository: REPOSITORY, size: LARGE },
      };
      // The first upload is alone, the second has the probe beside it.
      const alone = await runOwn(load);
      const [, probed] = await Promise.all([runOwn(load), probe(target, alone.seconds)]);
      const value = alone.bytes / 1e6 / alone.seconds;
      return [
        { ...alone, value, operations: alone.operations * 2, generator: 'own' },
        { value: probed.p99Ms, p50Ms: probed.p50Ms, p99Ms: probed.p99Ms, generator: 'own' },
      ];
    },
  };
}

async function probe(target: Target, seconds: number) {
  const { prefix, first } = imageSeries(REPOSITORY);
  const load = await loadOf(target, PROBE.connections);
  return runOwn({
    ...load,
    headers: { ...load.headers, accept: IMAGE },
    pauseMs: PROBE.pauseMs,
    until: { seconds },
    operation: {
      kind: 'read',
      method: 'GET',
      paths: Array.from({ length: PROBE_TAGS }, (_, index) => `${prefix}${first + index}`),
      order: Array.from({ length: PROBE_TAGS }, (_, index) => index),
      status: 200,
    },
  });
}

function measureSmall(): Measure {
  return {
    rows: [
      {
        id: 'B6',
        name: 'blob PUT 10 KiB, c=16',
        unit: 'blobs/s',
        goals: [{ kind: 'ratio', peer: 'docker-registry', atLeast: 5 }],
      },
    ],
    targets: TARGETS,
    warmUp: true,
    async run(target, { seconds }) {
      const result = await runOwn({
        ...(await loadOf(target, 16)),
        until: { seconds },
        operation: { kind: 'blob-put', repository: REPOSITORY, size: SMALL },
      });
      return [{ ...result, value: result.operations / result.seconds, generator: 'own' }];
    },
  };
}
