import { type IncomingMessage, request } from 'node:http';
import type { RowSpec, Sample } from '../figure.ts';
import type { ReadOperation } from '../load/load.ts';
import { runRead } from '../load/read.ts';
import { adminHeaders } from '../targets/berth.ts';
import type { Target } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';
import { baseOf, builtinConfiguration, createNamespace, KUBE_API } from './tke-registry.ts';

const NAMESPACES = 200;
const CONNECTIONS = 8;
const CHANGES = 300;
const WATCHERS = 8;

const rows: RowSpec[] = [
  { id: 'B17', name: `kube get of a namespace, c=${CONNECTIONS}`, unit: 'req/s', goals: [] },
  {
    id: 'B17',
    name: `kube list of ${NAMESPACES} namespaces, c=${CONNECTIONS}`,
    unit: 'req/s',
    goals: [],
  },
  {
    id: 'B17',
    name: `changes of an object one after the other, heard by ${WATCHERS} watchers`,
    unit: 'req/s',
    goals: [],
  },
];

/** B17: TKE's Kubernetes-style API. */
export function createKubeApi(): Scenario {
  let path = '';
  return {
    targets: ['berth'],
    measures: [
      {
        rows,
        targets: ['berth'],
        warmUp: true,
        run: async (target, { seconds }) => [
          await read(target, path, seconds),
          await read(target, `${KUBE_API}/namespaces`, seconds),
          await change(target, path),
        ],
      },
    ],
    registryConfiguration: () => builtinConfiguration,
    async seed(target) {
      const names = Array.from({ length: NAMESPACES }, (_, index) => `n${index}`);
      for (const name of names) path = await createNamespace(target, name);
      return undefined;
    },
  };
}

async function read(target: Target, path: string, seconds: number): Promise<Sample> {
  const operation: ReadOperation = {
    kind: 'read',
    method: 'GET',
    paths: [path],
    order: [0],
    status: 200,
  };
  const load = { address: target.address(), connections: CONNECTIONS, headers: adminHeaders() };
  const result = await runRead(load, operation, seconds);
  return { ...result, value: result.operations / result.seconds };
}

/** Until all watchers have heard of all of them. */
async function change(target: Target, path: string): Promise<Sample> {
  const watchers = await Promise.all(Array.from({ length: WATCHERS }, () => watch(target)));
  const began = performance.now();
  const run = String(began);
  for (let index = 1; index <= CHANGES; index += 1) {
    const answer = await fetch(`${baseOf(target)}${path}`, {
      method: 'PATCH',
      headers: { ...adminHeaders(), 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { annotations: { bench: `${run} ${index}.` } } }),
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`a change: ${answer.status}`);
  }
  await Promise.all(watchers.map((watcher) => hear(watcher, `${run} ${CHANGES}.`)));
  return { value: CHANGES / ((performance.now() - began) / 1000) };
}

async function watch(target: Target): Promise<IncomingMessage> {
  const { host, port } = target.address();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const path = `${KUBE_API}/namespaces?watch=true&timeoutSeconds=120`;
  request({ host, port, path, headers: adminHeaders(), agent: false }, resolve)
    .on('error', reject)
    .end();
  const answer = await promise;
  if (answer.statusCode !== 200) throw new Error(`a watch: ${answer.statusCode}`);
  return answer;
}

/** Reads until the text comes. */
async function hear(watcher: IncomingMessage, text: string): Promise<void> {
  let tail = '';
  for await (const piece of watcher) {
    const seen = tail + String(piece);
    if (seen.includes(text)) return;
    tail = seen.slice(-text.length);
  }
  throw new Error('a watch ended early');
}
