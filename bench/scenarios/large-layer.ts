import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RowSpec } from '../figure.ts';
import type { Target } from '../targets/target.ts';
import { readUsage, resetPeak } from '../targets/usage.ts';
import type { Measure, Scale, Scenario } from './scenario.ts';
import { createNamespace, harborConfiguration, NAMESPACE } from './tke-registry.ts';

const BLOCK_BYTES = 1024 * 1024;
const GIB = 1024 ** 3;
const REPOSITORY = `${NAMESPACE}/large`;

/** B18: one very large layer through the proxy of TKE's view, there and back. */
export function createLargeLayer(scale: Scale): Scenario {
  const size = Math.round(scale.layerGiB * GIB);
  const name = `a layer of ${scale.layerGiB} GiB through the proxy`;
  const growth = { unit: 'MB', goals: [{ kind: 'limit', metric: 'value', atMost: 100 }] } as const;
  const rows: RowSpec[] = [
    { id: 'B18', name: `push of ${name}`, unit: 'MB/s', goals: [] },
    { id: 'B18', name: '… growth of its memory meanwhile', ...growth },
    { id: 'B18', name: `pull of ${name}`, unit: 'MB/s', goals: [] },
    { id: 'B18', name: '… growth of its memory meanwhile', ...growth },
  ];
  let harbor: Target | undefined;
  const measure: Measure = {
    rows,
    targets: ['berth'],
    warmUp: false,
    async run(target) {
      const layer = await createLayer(size);
      const push = await watch(target, () => pushLayer(target, layer));
      const pull = await watch(target, () => pullLayer(target, layer));
      return [push, pull].flatMap(({ seconds, grownMb }) => [
        { value: size / 1e6 / seconds },
        { value: grownMb },
      ]);
    },
  };
  return {
    targets: ['native', 'berth'],
    measures: [measure],
    registryConfiguration: () => harborConfiguration(harbor),
    async seed(target) {
      if (target.id === 'native') harbor = target;
      else await createNamespace(target);
      return undefined;
    },
  };
}

interface Layer {
  readonly digest: string;
  readonly size: number;
  read(): Generator<Buffer>;
}

/** The same block over and over, after one that makes the layer another one each time. */
async function createLayer(size: number): Promise<Layer> {
  const [first, block] = [randomBytes(BLOCK_BYTES), randomBytes(BLOCK_BYTES)];
  function* read(): Generator<Buffer> {
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      yield (at === 0 ? first : block).subarray(0, Math.min(BLOCK_BYTES, size - at));
    }
  }
  const hash = createHash('sha256');
  for (const piece of read()) hash.update(piece);
  return { digest: `sha256:${hash.digest('hex')}`, size, read };
}

/** How long it took, and by how much the server's memory was above what it was, at most. */
async function watch(target: Target, work: () => Promise<void>) {
  await resetPeak(target.pid());
  const { rssMb = 0 } = await readUsage(target.pid());
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const { peakRssMb = Number.NaN } = await readUsage(target.pid());
  return { seconds, grownMb: peakRssMb - rssMb };
}

/** POST, PATCH with all bytes, PUT: as docker does it. */
async function pushLayer(target: Target, { digest, size, read }: Layer): Promise<void> {
  const begun = await send(target, 'POST', `/v2/${REPOSITORY}/blobs/uploads/`);
  check(begun, 202);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
  const body = Readable.from(read(), { highWaterMark: 1 });
  const sent = await send(target, 'PATCH', begun.headers.location ?? '', headers, body);
  check(sent, 202);
  const { location = '' } = sent.headers;
  const joint = location.includes('?') ? '&' : '?';
  check(await send(target, 'PUT', `${location}${joint}digest=${digest}`), 201);
}

async function pullLayer(target: Target, { digest, size }: Layer): Promise<void> {
  const { host, port } = target.address();
  const headers = await target.authorize([REPOSITORY]);
  const path = `/v2/${REPOSITORY}/blobs/${digest}`;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({ host, port, path, headers }, resolve).on('error', reject).end();
  const answer = await promise;
  const hash = createHash('sha256');
  let received = 0;
  for await (const piece of answer) {
    hash.update(piece);
    received += piece.length;
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (answer.statusCode !== 200 || received !== size || actual !== digest) {
    throw new Error(`${answer.statusCode}: ${received} of ${size} bytes, ${actual}`);
  }
}

async function send(
  target: Target,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Readable = Readable.from([]),
): Promise<IncomingMessage> {
  const { host, port } = target.address();
  const authorization = await target.authorize([REPOSITORY]);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const length = { 'content-length': '0', ...headers };
  const call = request({ host, port, path, method, headers: { ...authorization, ...length } });
  call.on('response', resolve).on('error', reject);
  // It fails with the request, if it does.
  await Promise.all([promise, pipeline(body, call)]);
  const answer = await promise;
  answer.resume();
  return answer;
}

function check({ statusCode }: IncomingMessage, expected: number): void {
  if (statusCode !== expected) throw new Error(`${statusCode} instead of ${expected}`);
}
