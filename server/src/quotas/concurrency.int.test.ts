import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, mediaType } from '@berth/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { imageManifest } from '../../test/content.ts';
import { basicHeader, startTestRegistry, type TestRegistry } from '../../test/registry.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PUSHERS = 64;
const REPOSITORIES = ['a', 'b', 'c/deep'];
const octets = { 'content-type': 'application/octet-stream' };

let registry: TestRegistry;
let project = '';
let names = 0;

beforeAll(async () => {
  registry = await startTestRegistry({ storage: 'filesystem' });
});
afterAll(() => registry.stop());
beforeEach(() => {
  names += 1;
  project = `busy-${names}`;
});

async function createProject(limit: number): Promise<void> {
  const answer = await fetch(`${registry.url}/api/v2.0/projects`, {
    method: 'POST',
    headers: { authorization: basicHeader(), 'content-type': 'application/json' },
    body: JSON.stringify({ project_name: project, storage_limit: limit }),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
}

async function usedStorage(): Promise<number> {
  const headers = { authorization: basicHeader() };
  const found = await fetch(`${registry.url}/api/v2.0/projects/${project}`, { headers });
  const id: unknown = JSON.parse(await found.text()).project_id;
  const url = `${registry.url}/api/v2.0/quotas?reference=project&reference_id=${String(id)}`;
  const [quota] = JSON.parse(await (await fetch(url, { headers })).text());
  return quota.used.storage;
}

async function fetchToken(): Promise<{ status: number; authorization: string }> {
  const query = new URLSearchParams({ service: 'harbor-registry' });
  for (const name of REPOSITORIES) {
    query.append('scope', `repository:${project}/${name}:pull,push`);
  }
  const headers = { authorization: basicHeader() };
  const answer = await fetch(`${registry.url}/service/token?${query.toString()}`, { headers });
  const { token }: { token?: unknown } = JSON.parse(await answer.text());
  return { status: answer.status, authorization: `Bearer ${String(token)}` };
}

interface Client {
  readonly number: number;
  readonly repository: string;
  readonly authorization: string;
}

/** Does what a client does; those with the same number do it the same way. */
async function pushAll<T>(work: (client: Client) => Promise<T>): Promise<T[]> {
  return Promise.all(
    Array.from({ length: PUSHERS }, async (_, number) => {
      const { authorization } = await fetchToken();
      const name = REPOSITORIES[number % REPOSITORIES.length] ?? '';
      return work({ number, repository: `${project}/${name}`, authorization });
    }),
  );
}

function send(client: Client, method: string, path: string, body?: Buffer | ReadableStream) {
  return fetch(new URL(path, registry.url), {
    method,
    headers: { authorization: client.authorization, ...octets },
    ...(body !== undefined && { body }),
    ...(body instanceof ReadableStream && { duplex: 'half' as const }),
  });
}

const streamOf = (bytes: Buffer) =>
  Readable.toWeb(Readable.from(Array.from(chunksOf(bytes, 40_000))));

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** One of five ways. @returns the first status that was none of success, or 201 */
async function pushBlob(client: Client, bytes: Buffer, way: number): Promise<number> {
  const start = `/v2/${client.repository}/blobs/uploads/`;
  const query = `?digest=${digestOf(bytes)}`;
  if (way < 2) {
    const body = way === 0 ? bytes : streamOf(bytes);
    return statusOf(send(client, 'POST', start + query, body));
  }
  const opened = await send(client, 'POST', start);
  await opened.arrayBuffer();
  if (opened.status !== 202) return opened.status;
  const path = opened.headers.get('location') ?? '';
  if (way === 2) return statusOf(send(client, 'PUT', path + query, bytes));
  const pieces = way === 3 ? [...chunksOf(bytes, Math.ceil(bytes.length / 3))] : [streamOf(bytes)];
  for (const piece of pieces) {
    const status = await statusOf(send(client, 'PATCH', path, piece));
    if (status !== 202) return status;
  }
  return statusOf(send(client, 'PUT', path + query));
}

async function statusOf(answering: Promise<Response>): Promise<number> {
  const answer = await answering;
  await answer.arrayBuffer();
  return answer.status;
}

interface Outcome {
  readonly statuses: readonly number[];
  /** Sizes of what was acknowledged, by digest. */
  readonly taken: ReadonlyMap<string, number>;
}

/** Two layers of its own and one that others have too, in ways of its own, and the manifest. */
async function pushImage(client: Client, shared: readonly Buffer[]): Promise<Outcome> {
  const { number } = client;
  const taken = new Map<string, number>();
  const statuses: number[] = [];
  const own = [randomBytes(1 + number * 37), randomBytes(20 * KIB + number * 4 * KIB)];
  const blobs = [...own, shared[number % shared.length] ?? randomBytes(1)];
  const pushed = blobs.map(async (bytes, index) => {
    const status = await pushBlob(client, bytes, (number + index) % 5);
    statuses.push(status);
    if (status === 201) taken.set(digestOf(bytes), bytes.length);
  });
  await Promise.all(pushed);
  if (taken.size < blobs.length) return { statuses, taken };
  const [config, layer] = own.map((bytes) => ({ digest: digestOf(bytes), size: bytes.length }));
  if (config === undefined || layer === undefined) throw new Error('nothing was made');
  const manifest = imageManifest(config, layer);
  const answer = await fetch(`${registry.url}/v2/${client.repository}/manifests/t${number}`, {
    method: 'PUT',
    headers: { authorization: client.authorization, 'content-type': mediaType.ociManifest },
    body: manifest,
  });
  await answer.arrayBuffer();
  statuses.push(answer.status);
  if (answer.status === 201) taken.set(digestOf(manifest), manifest.length);
  return { statuses, taken };
}

function summarize(outcomes: readonly Outcome[]) {
  const unique = new Map(outcomes.flatMap(({ taken }) => [...taken]));
  return {
    statuses: new Set(outcomes.flatMap(({ statuses }) => statuses)),
    bytes: [...unique.values()].reduce((sum, size) => sum + size, 0),
  };
}

/** Asks for tokens until the work is done. @returns their statuses */
async function askMeanwhile(work: Promise<unknown>): Promise<number[]> {
  const statuses: number[] = [];
  const done = new AbortController();
  const ending = work.finally(() => done.abort());
  while (!done.signal.aborted) statuses.push((await fetchToken()).status);
  await ending;
  return statuses;
}

const uploads = () => join(registry.config.dataDir, 'registry', 'uploads');

async function stagedBytes(): Promise<number[]> {
  const staged = await readdir(uploads());
  const sizes = staged.map((name) => stat(join(uploads(), name)).catch(() => undefined));
  return (await Promise.all(sizes)).map((file) => file?.size ?? 0);
}

/** @returns the most bytes that were staged at once */
async function watchStaged(signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    const sizes = await stagedBytes();
    const sum = sizes.reduce((total, size) => total + size, 0);
    most = Math.max(most, sum);
    await delay(5);
  }
  return most;
}

const sharedLayers = () => [5 * KIB, 100 * KIB, 300 * KIB].map((size) => randomBytes(size));

describe('64 clients that push into one project with a quota', () => {
  it('all succeed where there is room, and are counted to the byte', async () => {
    await createProject(64 * MIB);
    const shared = sharedLayers();
    const pushing = pushAll((client) => pushImage(client, shared));
    const tokens = await askMeanwhile(pushing);
    const { statuses, bytes } = summarize(await pushing);
    expect(statuses).toEqual(new Set([201]));
    expect(await usedStorage()).toBe(bytes);
    expect(new Set(tokens)).toEqual(new Set([200]));
    expect(await stagedBytes()).toEqual([]);
  });

  it('are refused what does not fit, and nothing else is counted', async () => {
    const limit = 4 * MIB;
    await createProject(limit);
    const shared = sharedLayers();
    const pushing = pushAll((client) => pushImage(client, shared));
    const tokens = await askMeanwhile(pushing);
    const { statuses, bytes } = summarize(await pushing);
    expect(statuses).toEqual(new Set([201, 403]));
    expect(await usedStorage()).toBe(bytes);
    expect(bytes).toBeLessThanOrEqual(limit);
    // Full but for what may be reserved twice near the limit.
    expect(bytes).toBeGreaterThan(limit / 2);
    expect(new Set(tokens)).toEqual(new Set([200]));
    expect(await stagedBytes()).toEqual([]);
  });
});

/** What a socket may hold on its way between two ends of one machine. */
const IN_FLIGHT = 12 * MIB;
const STEP = 4 * MIB;

describe('clients that never stop sending', () => {
  it('are cut within a chunk of the limit, and leave nothing behind', async () => {
    const limit = 2 * MIB;
    const clients = 8;
    await createProject(limit);
    const { authorization } = await fetchToken();
    const path = `/v2/${project}/a/blobs/uploads/?digest=${digestOf(Buffer.from('endless'))}`;
    const done = new AbortController();
    const watching = watchStaged(done.signal);
    const outcomes = await Promise.all(
      Array.from({ length: clients }, () => sendForever(path, authorization)),
    );
    done.abort();
    const mostStaged = await watching;
    expect(outcomes.map(({ status }) => status)).toEqual(Array(clients).fill(403));
    for (const { sent } of outcomes) expect(sent).toBeLessThan(limit + STEP + IN_FLIGHT);
    expect(mostStaged).toBeGreaterThan(0);
    expect(mostStaged).toBeLessThanOrEqual(limit + STEP);
    expect(await usedStorage()).toBe(0);
    expect(await stagedBytes()).toEqual([]);
  });
});

const MOST = 256 * MIB;

/** Sends, without a length, until it is answered. */
async function sendForever(path: string, authorization: string) {
  const piece = randomBytes(64 * KIB);
  const sending = request(new URL(path, registry.url), {
    method: 'POST',
    agent: false,
    headers: { authorization, ...octets },
  });
  const end = new AbortController();
  const answered = new Promise<number>((resolve) => {
    sending.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    sending.on('error', () => resolve(0));
  }).finally(() => end.abort());
  let sent = 0;
  while (!end.signal.aborted && sent < MOST) {
    sent += piece.length;
    if (!sending.write(piece)) await Promise.race([once(sending, 'drain'), answered]);
  }
  const status = await answered;
  sending.destroy();
  return { status, sent };
}
