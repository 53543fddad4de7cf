import { readdir, stat } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import {
  authorization,
  type Caller,
  createCaller,
  createProject,
  locationOf,
  waitFor,
} from './http.ts';
import { contentOf } from './random.ts';
import { type CrashServer, createCrashServer, isRunning, listChildren } from './server.ts';

const KIB = 1024;
const COUNT = 20;
const STEPS = 10;
const REPOSITORY = 'stop/a';

describe('SIGTERM', { timeout: 60_000 }, () => {
  it('lets 20 uploads and 20 downloads end, and leaves no process', async () => {
    await using server = await createCrashServer({ env: { BERTH_HTTP_DRAIN_SECONDS: '15' } });
    const { caller, digest } = await prepare(server);
    const pieces = Array.from({ length: STEPS }, (_, index) => contentOf(`${index}`, 32 * KIB));
    const sessions = await openUploads(caller, server.url);
    const uploads = sessions.map((path) => sendSlowly(server.url + path, pieces, 150));
    const downloads = Array.from({ length: COUNT }, () =>
      readSlowly(`${server.url}/v2/${REPOSITORY}/blobs/${digest}`, 1024 * KIB, 100),
    );
    await delay(400);
    const database = await server.databasePid();
    const processes = [server.pid(), database, ...(await listChildren(database))];
    const start = performance.now();
    const stopping = server.stop();

    await waitFor('it says that it stops', 1_000, async () => isUnavailable(server.url));
    expect(await Promise.all(uploads)).toEqual(Array.from({ length: COUNT }, () => 202));
    const read = await Promise.all(downloads);
    expect(new Set(read.map((bytes) => digestOf(bytes)))).toEqual(new Set([digest]));
    expect(await stopping).toBe(0);
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(await Promise.all(processes.map(isRunning))).not.toContain(true);
    caller.close();
  });

  it('cuts what takes too long, and keeps what has come of it', async () => {
    await using server = await createCrashServer({ env: { BERTH_HTTP_DRAIN_SECONDS: '1' } });
    const { caller, digest } = await prepare(server);
    const sessions = await openUploads(caller, server.url);
    const piece = contentOf('piece', 2048 * KIB);
    const uploads = sessions.map((path) => sendSlowly(server.url + path, [piece], undefined));
    const downloads = await Promise.all(
      Array.from({ length: COUNT }, () =>
        stallDownload(`${server.url}/v2/${REPOSITORY}/blobs/${digest}`),
      ),
    );
    await waitFor('all uploads have bytes on disk', 10_000, () => areStaged(server));
    const start = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - start).toBeLessThan(8_000);
    await Promise.all(uploads);
    caller.close();
    for (const download of downloads) download.destroy();

    await server.start();
    const again = createCaller(server.url);
    const answers = await Promise.all(sessions.map((path) => again.call('GET', path)));
    again.close();
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: COUNT }, () => 204));
    const without = answers.filter(({ headers }) => headers.range === '0-0');
    expect(without.length, 'uploads whose bytes do not count any more').toBe(0);
  });

  it('during the start leaves no PostgreSQL behind', async () => {
    await using server = await createCrashServer();
    const starting = server.start().catch(() => undefined);
    const database = await waitForValue('PostgreSQL starts', () => server.databasePid());
    await server.stop();
    await starting;
    const isLeft = await isRunning(database);
    if (isLeft) process.kill(database, 'SIGQUIT');
    expect(isLeft).toBe(false);
  });
});

async function prepare(server: CrashServer): Promise<{ caller: Caller; digest: string }> {
  await server.start();
  const caller = createCaller(server.url);
  await createProject(caller, 'stop');
  const bytes = contentOf('download', 16 * 1024 * KIB);
  const digest = digestOf(bytes);
  const path = `/v2/${REPOSITORY}/blobs/uploads/?digest=${digest}`;
  const pushed = await caller.call('POST', path, { body: bytes });
  expect(pushed.status).toBe(201);
  return { caller, digest };
}

function openUploads(caller: Caller, url: string): Promise<string[]> {
  const path = `/v2/${REPOSITORY}/blobs/uploads/`;
  return Promise.all(
    Array.from({ length: COUNT }, async () => locationOf(await caller.call('POST', path), url)),
  );
}

/** One PATCH in pieces, which ends only with `pauseMs`. @returns the status, 0 when it was cut */
async function sendSlowly(url: string, pieces: readonly Buffer[], pauseMs: number | undefined) {
  const headers = {
    authorization: authorization(),
    'content-type': 'application/octet-stream',
  };
  const sent = request(url, { method: 'PATCH', agent: false, headers });
  const status = new Promise<number>((resolve) => {
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    sent.on('error', () => resolve(0));
  });
  for (const piece of pieces) {
    sent.write(piece);
    if (pauseMs !== undefined) await delay(pauseMs);
  }
  if (pauseMs !== undefined) sent.end();
  return status;
}

/** Takes `step` bytes at a time and then waits. Rejects when the answer is cut. */
async function readSlowly(url: string, step: number, pauseMs: number): Promise<Buffer> {
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    const sent = request(url, { agent: false, headers: { authorization: authorization() } });
    sent.on('response', resolve).on('error', reject).end();
  });
  const chunks: Buffer[] = [];
  let credit = step;
  for await (const chunk of response) {
    chunks.push(chunk);
    credit -= chunk.length;
    if (credit > 0) continue;
    credit = step;
    await delay(pauseMs);
  }
  return Buffer.concat(chunks);
}

/** Whether every upload has bytes on disk, acknowledged or not. */
async function areStaged({ dataDir }: CrashServer): Promise<boolean> {
  const directory = join(dataDir, 'registry', 'uploads');
  const names = await readdir(directory);
  const files = await Promise.all(names.map((name) => stat(join(directory, name))));
  return files.filter((file) => file.size > 0).length === COUNT;
}

/** Begins to download and takes nothing. */
function stallDownload(url: string): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, headers: { authorization: authorization() } });
    sent.once('response', (response) => {
      response.on('error', () => undefined);
      resolve(sent);
    });
    sent.on('error', reject).end();
  });
}

async function isUnavailable(url: string): Promise<boolean> {
  const caller = createCaller(url);
  try {
    return (await caller.call('GET', '/readyz')).status === 503;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  } finally {
    caller.close();
  }
}

async function waitForValue<T>(what: string, read: () => Promise<T>): Promise<T> {
  const found: T[] = [];
  await waitFor(what, 40_000, async () => {
    found.push(await read());
    return true;
  });
  const [value] = found;
  if (value === undefined) throw new Error(`${what}: nothing`);
  return value;
}
