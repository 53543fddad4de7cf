import { setTimeout as delay } from 'node:timers/promises';
import type { RowSpec } from '../figure.ts';
import type { ReadOperation } from '../load/load.ts';
import { runOwn } from '../load/own.ts';
import { adminHeaders } from '../targets/berth.ts';
import type { Target } from '../targets/target.ts';
import { fillProject } from './fill-project.ts';
import { createTagRead, readByTag, seedTagRead } from './manifest-read.ts';
import type { Scale, Scenario } from './scenario.ts';

const TARGETS = ['berth'] as const;
const REPOSITORIES = 20;
/** Above what is kept in the database, so these are files. */
const FILE_BYTES = 20 * 1024;
/** Images for each file. */
const FILE_SHARE = 5;
const PUSHERS = 16;
const POLL_MS = 100;
const COLLECT_MS = 300_000;
const SLICE_SECONDS = 2;
const API = '/api/v2.0';

/** A lease over before anything is measured, and no collection but the one that is. */
const settings = { BERTH_GC_LEASE_SECONDS: '1', BERTH_GC_INTERVAL_SECONDS: '0' };

function rowsOf(images: number): RowSpec[] {
  const collected = `collection of half of ${images} images and ${images / FILE_SHARE} files`;
  return [
    {
      id: 'B11',
      name: collected,
      unit: 'blobs/min',
      goals: [{ kind: 'floor', atLeast: 20_000 }],
    },
    { id: 'B11', name: 'manifest GET by tag beside it, c=64', unit: 'req/s', goals: [] },
    { id: 'B11', name: '… before and after', unit: 'req/s', goals: [] },
    {
      id: 'B11',
      name: '… beside it to before and after',
      unit: 'ratio',
      goals: [{ kind: 'floor', atLeast: 0.85 }],
    },
  ];
}

/** B11: how fast garbage goes, and what those notice of it who pull. */
export function createCollection(scale: Scale, berthDirectory: () => string): Scenario {
  const read = createTagRead();
  return {
    targets: TARGETS,
    settings,
    measures: [
      {
        rows: rowsOf(scale.names),
        targets: TARGETS,
        warmUp: true,
        async run(target, { index, seconds }) {
          const alone = (length: number) => readRate(target, read, length);
          if (index < 0) return [{ value: await alone(seconds) }];
          await makeGarbage(target, berthDirectory(), `collect-${index}`, scale.names);
          const before = await alone(seconds);
          const { blobs, blobsPerMinute, beside } = await collectBeside(target, read);
          // Of 20 artifacts one is an index, without blobs of its own.
          const least = scale.names * (0.45 + 1 / FILE_SHARE);
          if (blobs < least) throw new Error(`only ${blobs} of ${least} blobs were collected`);
          const after = await alone(seconds);
          const quiet = (before + after) / 2;
          return [
            { value: blobsPerMinute },
            { value: beside },
            { value: quiet },
            { value: beside / quiet },
          ];
        },
      },
    ],
    async seed(target) {
      await seedTagRead(target);
      await call(target, 'PUT', '/configurations', { undelete_days: 0 });
      return undefined;
    },
  };
}

async function readRate(target: Target, read: ReadOperation, seconds: number): Promise<number> {
  const result = await readByTag(target, read, seconds);
  return result.operations / result.seconds;
}

/** A project of images in 20 repositories, of which the first ten are deleted, with their files. */
async function makeGarbage(
  target: Target,
  directory: string,
  project: string,
  artifacts: number,
): Promise<void> {
  await fillProject(directory, { project, repositories: REPOSITORIES, artifacts, tags: 1 });
  const path = `/projects/${project}/repositories`;
  const { body } = await call(target, 'GET', `${path}?page_size=100&sort=name`);
  const names = Array.isArray(body) ? body.map((one) => String(textOf(one, 'name'))) : [];
  const half = names.slice(0, REPOSITORIES / 2);
  for (const repository of half) {
    await runOwn({
      address: target.address(),
      connections: PUSHERS,
      headers: await target.authorize([repository]),
      until: { operations: Math.ceil(artifacts / FILE_SHARE / half.length) },
      operation: { kind: 'blob-put', repository, size: FILE_BYTES },
    });
  }
  for (const repository of half) {
    const name = encodeURIComponent(repository.slice(project.length + 1));
    await call(target, 'DELETE', `${path}/${name}`);
  }
  // What was just pushed is leased for a second.
  await delay(1_500);
}

/** Reads in slices while a manual run goes; the slice in which it ends counts only if it is alone. */
async function collectBeside(
  target: Target,
  read: ReadOperation,
): Promise<{ blobs: number; blobsPerMinute: number; beside: number }> {
  const begun = performance.now();
  const ended: number[] = [];
  const collecting = collect(target).finally(() => ended.push(performance.now()));
  const rates: number[] = [];
  while (ended.length === 0) {
    const rate = await Promise.race([readRate(target, read, SLICE_SECONDS), failureOf(collecting)]);
    if (ended.length === 0 || rates.length === 0) rates.push(rate);
  }
  const blobs = await collecting;
  const beside = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const [end = begun] = ended;
  return { blobs, blobsPerMinute: blobs / ((end - begun) / 60_000), beside };
}

/** Rejects when the work does; never resolves. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch(reject);
  });
}

/** Resolves the number of blobs that the run says are gone. */
async function collect(target: Target): Promise<number> {
  const { location } = await call(target, 'POST', '/system/gc/schedule', {
    schedule: { type: 'Manual' },
    parameters: { delete_untagged: false, workers: 1 },
  });
  const id = location?.slice(location.lastIndexOf('/') + 1) ?? '';
  const deadline = performance.now() + COLLECT_MS;
  while (performance.now() < deadline) {
    const { body } = await call(target, 'GET', `/system/gc/${id}`);
    const status = textOf(body, 'job_status');
    if (status === 'Success') {
      const told: unknown = JSON.parse(String(textOf(body, 'job_parameters')));
      return Number(textOf(told, 'purged_blobs') ?? 0);
    }
    if (status === 'Error' || status === 'Stopped') throw new Error(`the collection: ${status}`);
    await delay(POLL_MS);
  }
  throw new Error('the collection takes too long');
}

function textOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** A call of the REST API. Rejects unless it succeeds. */
async function call(
  target: Target,
  method: string,
  path: string,
  document?: object,
): Promise<{ body: unknown; location: string | null }> {
  const { host, port } = target.address();
  const response = await fetch(`http://${host}:${port}${API}${path}`, {
    method,
    headers: { ...adminHeaders(), 'content-type': 'application/json' },
    ...(document && { body: JSON.stringify(document) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.trim()}`);
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { body, location: response.headers.get('location') };
}
