import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, mediaType } from '@berth/oci';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { imageManifest } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
} from '../../test/registry.ts';

const admin = { authorization: basicHeader() };
const PASSWORD = 'Ordinary-12345';
/** Beats come every half of it, and with them looks at rights. */
const http = { stallSeconds: 1 };

type Headers = Record<string, string>;

interface Message {
  readonly event: string;
  readonly data: unknown;
}

const streams: Stream[] = [];

/** One open stream, as a page reads it. */
class Stream {
  readonly messages: Message[] = [];
  readonly response: Response;
  isOver = false;
  readonly #abort: AbortController;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    void this.#read();
  }

  close(): void {
    this.#abort.abort();
  }

  get topics(): string[] {
    const change = z.object({ topics: z.array(z.string()) });
    return this.messages
      .filter(({ event }) => event === 'change')
      .flatMap(({ data }) => change.parse(data).topics);
  }

  async #read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#note(block);
      }
    } catch {
      // Closed by the test.
    }
    this.isOver = true;
  }

  #note(block: string): void {
    const [, event = 'comment', data = 'null'] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    this.messages.push({ event, data: JSON.parse(data) });
  }
}

async function listen(
  { url }: TestRegistry,
  topics: string,
  headers: Headers = admin,
): Promise<Stream> {
  const abort = new AbortController();
  const query = new URLSearchParams({ topics });
  const response = await fetch(`${url}/api/v2.0/live?${query.toString()}`, {
    headers,
    signal: abort.signal,
  });
  const stream = new Stream(response, abort);
  streams.push(stream);
  if (response.status === 200) {
    await waitFor(() => stream.messages[0]).toEqual({ event: 'ready', data: {} });
  }
  return stream;
}

const statusOf = async (registry: TestRegistry, topics: string, headers?: Headers) =>
  (await listen(registry, topics, headers)).response.status;

const waitFor = <T>(check: () => T | Promise<T>) =>
  expect.poll(check, { timeout: 10_000, interval: 10 });

async function call(
  { url }: TestRegistry,
  method: string,
  path: string,
  body?: object,
  headers: Headers = admin,
): Promise<Response> {
  const answer = await fetch(`${url}/api/v2.0${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(answer.status, `${method} ${path}`).toBeLessThan(300);
  return answer;
}

const idOf = (answer: Response) =>
  Number(answer.headers.get('location')?.split('/').at(-1) ?? Number.NaN);

async function createProject(registry: TestRegistry, name: string, isPublic = false) {
  return idOf(
    await call(registry, 'POST', '/projects', {
      project_name: name,
      metadata: { public: String(isPublic) },
    }),
  );
}

async function createUser(registry: TestRegistry, username: string): Promise<Headers> {
  const email = `${username}@example.com`;
  const body = { username, email, realname: username, password: PASSWORD };
  await call(registry, 'POST', '/users', body);
  return { authorization: basicHeader(username, PASSWORD) };
}

async function addMember(registry: TestRegistry, project: string, username: string) {
  const body = { role_id: 3, member_user: { username } };
  return idOf(await call(registry, 'POST', `/projects/${project}/members`, body));
}

async function pushImage({ url }: TestRegistry, repository: string, tag = 'v1'): Promise<string> {
  const blobs = [];
  for (let count = 0; count < 2; count += 1) {
    const bytes = randomBytes(64);
    const blob = { digest: digestOf(bytes), size: bytes.length };
    const path = `${url}/v2/${repository}/blobs/uploads/?digest=${blob.digest}`;
    const answer = await fetch(path, { method: 'POST', headers: admin, body: bytes });
    expect(answer.status).toBe(201);
    blobs.push(blob);
  }
  const [config, layer] = blobs;
  if (config === undefined || layer === undefined) throw new Error('no blobs');
  const body = imageManifest(config, layer);
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...admin, 'content-type': mediaType.ociManifest },
    body,
  });
  expect(answer.status).toBe(201);
  return digestOf(body);
}

afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

describe('a stream of changes', () => {
  let registry: TestRegistry;
  let database: TestDatabase;
  let team = 0;
  let member: Headers;
  let outsider: Headers;
  beforeAll(async () => {
    database = await createTestDatabase();
    registry = await startTestRegistry({ databaseUrl: database.url, http });
    team = await createProject(registry, 'team');
    member = await createUser(registry, 'mia');
    outsider = await createUser(registry, 'otto');
    await addMember(registry, 'team', 'mia');
  });
  afterAll(async () => {
    await registry.stop();
    await database.drop();
  });

  it('is one of events that no proxy and no cache keeps', async () => {
    const { response } = await listen(registry, 'projects');
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('tells a push within a second to who may see it, and to nobody else', async () => {
    const topics = `project:${team},repository:team/app`;
    const seeing = await listen(registry, `projects,${topics}`, member);
    const hidden = await listen(registry, 'projects', outsider);
    const nobody = await listen(registry, 'projects', {});
    const other = await listen(registry, 'repository:team/other', member);
    for (const topic of topics.split(',')) {
      expect(await statusOf(registry, topic, outsider)).toBe(403);
      expect(await statusOf(registry, topic, {})).toBe(401);
    }
    const start = performance.now();
    await pushImage(registry, 'team/app');
    await waitFor(() => new Set(seeing.topics)).toEqual(
      new Set(['projects', ...topics.split(',')]),
    );
    expect(performance.now() - start).toBeLessThan(1_000);
    // What all may see comes to them, and so would have that.
    await pushImage(registry, 'library/app');
    await waitFor(() => [hidden.topics, nobody.topics]).toEqual([['projects'], ['projects']]);
    expect(other.topics).toEqual([]);
  });

  it('tells everybody of a public project', async () => {
    const stream = await listen(registry, 'repository:library/app', {});
    expect(stream.response.status).toBe(200);
    await pushImage(registry, 'library/app', 'v2');
    await waitFor(() => stream.topics).toContain('repository:library/app');
  });

  it('tells what the REST API does to artifacts, soon after it', async () => {
    const digest = await pushImage(registry, 'team/rest');
    const stream = await listen(registry, 'repository:team/rest', member);
    const path = `/projects/team/repositories/rest/artifacts/${digest}`;
    const steps = [
      () => call(registry, 'POST', `${path}/tags`, { name: 'more' }),
      () => call(registry, 'DELETE', `${path}/tags/more`),
      () => call(registry, 'DELETE', path),
    ];
    // That of the push may still be on its way.
    await waitFor(() => stream.messages.some(({ event }) => event === 'comment')).toBe(true);
    for (const step of steps) {
      const before = stream.topics.length;
      await step();
      const start = performance.now();
      await waitFor(() => stream.topics.length).toBeGreaterThan(before);
      expect(performance.now() - start).toBeLessThan(700);
    }
  });

  it('tells of projects that are made, changed and deleted', async () => {
    const stream = await listen(registry, 'projects');
    const id = await createProject(registry, 'short');
    await waitFor(() => stream.topics.length).toBeGreaterThan(0);
    const own = await listen(registry, `project:${id}`);
    await call(registry, 'PUT', '/projects/short', { metadata: { public: 'true' } });
    await waitFor(() => own.topics).toContain(`project:${id}`);
    await waitFor(() => stream.messages.some(({ event }) => event === 'comment')).toBe(true);
    const before = stream.topics.length;
    await call(registry, 'DELETE', '/projects/short');
    await waitFor(() => stream.topics.length).toBeGreaterThan(before);
    await waitFor(() => own.isOver).toBe(true);
    expect(own.messages.at(-1)).toEqual({ event: 'end', data: { reason: 'forbidden' } });
  });

  it('ends when its caller is no member any more', async () => {
    await createProject(registry, 'leaving');
    const path = `/projects/leaving/members/${await addMember(registry, 'leaving', 'mia')}`;
    const stream = await listen(registry, 'projects,repository:leaving/app', member);
    await waitFor(() => stream.messages.length).toBeGreaterThan(2);
    await call(registry, 'DELETE', path);
    await waitFor(() => stream.isOver).toBe(true);
    expect(stream.messages.at(-1)).toEqual({ event: 'end', data: { reason: 'forbidden' } });
    await pushImage(registry, 'leaving/app');
    expect(stream.topics).not.toContain('repository:leaving/app');
  });

  it('ends when its caller logs out, and keeps no login alive', async () => {
    const login = await fetch(`${registry.url}/c/login`, {
      method: 'POST',
      body: new URLSearchParams({ principal: 'admin', password: ADMIN_PASSWORD }),
    });
    expect(login.status).toBe(200);
    const cookie = login.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ');
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const usedAt = async () =>
      String((await client.query('SELECT used_at FROM session')).rows[0]?.used_at);
    await client.query("UPDATE session SET used_at = now() - interval '10 minutes'");
    const before = await usedAt();
    const stream = await listen(registry, 'jobs', { cookie });
    await waitFor(() => stream.messages.length).toBeGreaterThan(2);
    expect(await usedAt()).toBe(before);
    const me = await call(registry, 'GET', '/users/current', undefined, { cookie });
    expect(await usedAt()).not.toBe(before);
    await client.end();
    const csrf = me.headers.get('x-harbor-csrf-token') ?? '';
    const sessions = z
      .array(z.object({ id: z.string() }))
      .parse(await (await call(registry, 'GET', '/users/current/sessions')).json());
    expect(sessions).toHaveLength(1);
    expect(stream.isOver).toBe(false);
    await call(registry, 'DELETE', `/users/current/sessions/${sessions[0]?.id}`, undefined, {
      cookie,
      'x-harbor-csrf-token': csrf,
    });
    await waitFor(() => stream.isOver).toBe(true);
    expect(stream.messages.at(-1)).toEqual({ event: 'end', data: { reason: 'unauthenticated' } });
  });

  it('tells of a collection, its progress and its log to administrators', async () => {
    const queue = '/jobservice/queues/GARBAGE_COLLECTION';
    await call(registry, 'PUT', queue, { action: 'pause' });
    const pages = await listen(registry, 'gc,jobs');
    const purges = await listen(registry, 'purge-audit');
    const started = await call(registry, 'POST', '/system/gc/schedule', {
      schedule: { type: 'Manual' },
      parameters: { dry_run: true },
    });
    await waitFor(() => new Set(pages.topics)).toEqual(new Set(['gc', 'jobs']));
    const topic = `execution:${idOf(started)}`;
    const run = await listen(registry, topic);
    for (const one of [topic, 'gc', 'jobs', 'purge-audit']) {
      expect(await statusOf(registry, one, member)).toBe(403);
    }
    // That it was started a moment ago, a page may have missed.
    await waitFor(() => run.topics).toEqual([topic]);
    await call(registry, 'PUT', queue, { action: 'resume' });
    await waitFor(() => run.topics.length).toBeGreaterThan(1);
    expect(new Set(run.topics)).toEqual(new Set([topic]));
    expect(purges.topics).toEqual([]);
  });

  it('of a policy is for who may read the policy', async () => {
    const target = { type: 'http', address: 'https://hooks.example.com/in' };
    const made = await call(registry, 'POST', '/projects/team/webhook/policies', {
      name: 'ci',
      enabled: false,
      targets: [target],
      event_types: ['PUSH_ARTIFACT'],
    });
    const topic = `webhook:${idOf(made)}`;
    expect(await statusOf(registry, topic)).toBe(200);
    expect(await statusOf(registry, topic, member)).toBe(403);
    expect(await statusOf(registry, 'webhook:999999')).toBe(403);
    expect(await statusOf(registry, 'retention:999999')).toBe(403);
    expect(await statusOf(registry, 'execution:999999')).toBe(403);
  });

  it('refuses what is no topic, and too many', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => `repository:team/r${at}`).join(',');
    expect(await statusOf(registry, '')).toBe(422);
    expect(await statusOf(registry, 'projects,nonsense')).toBe(422);
    expect(await statusOf(registry, many(21))).toBe(400);
    expect(await statusOf(registry, many(20))).toBe(200);
  });

  it('is opened 16 times by one user, and again once one is closed', async () => {
    const crowd = await createUser(registry, 'crowd');
    const open = [];
    for (let count = 0; count < 16; count += 1) {
      open.push(await listen(registry, 'projects', crowd));
    }
    expect(await statusOf(registry, 'projects', crowd)).toBe(429);
    expect(await statusOf(registry, 'projects', member)).toBe(200);
    open[0]?.close();
    await waitFor(() => statusOf(registry, 'projects', crowd)).toBe(200);
  });
});

describe('the end of a registry', () => {
  it('ends streams, and does not wait for them', async () => {
    const registry = await startTestRegistry({ http: { drainSeconds: 25 } });
    const stream = await listen(registry, 'projects');
    const start = performance.now();
    await registry.stop();
    expect(performance.now() - start).toBeLessThan(10_000);
    await waitFor(() => stream.isOver).toBe(true);
    expect(stream.messages.map(({ event }) => event)).toEqual(['ready']);
  });
});

describe('two replicas of one database', () => {
  let database: TestDatabase;
  let dataDir = '';
  let here: TestRegistry;
  let there: TestRegistry;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'berth-live-'));
    const options = { databaseUrl: database.url, dataDir, storage: 'filesystem' } as const;
    [here, there] = await Promise.all([startTestRegistry(options), startTestRegistry(options)]);
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await database.drop();
    await rm(dataDir, { recursive: true });
  });

  it('tell pushes, jobs and projects to the pages of both', async () => {
    const topics = 'projects,repository:library/app,jobs';
    const [first, second] = [await listen(here, topics), await listen(there, topics)];
    const wanted = new Set(topics.split(','));
    await pushImage(here, 'library/app');
    await call(here, 'PUT', '/jobservice/queues/GARBAGE_COLLECTION', { action: 'resume' });
    await waitFor(() => new Set(first.topics)).toEqual(wanted);
    await waitFor(() => new Set(second.topics)).toEqual(wanted);
    const late = await listen(there, 'projects');
    await createProject(here, 'made-here');
    await waitFor(() => late.topics.length).toBeGreaterThan(0);
    expect(late.topics).toEqual(['projects']);
  });
});

describe('a client that does not read', () => {
  it('does not keep the registry from telling others', async () => {
    const registry = await startTestRegistry();
    const { hostname, port } = new URL(registry.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /api/v2.0/live?topics=projects HTTP/1.1\r\nhost: x\r\nauthorization: ${admin.authorization}\r\n\r\n`,
    );
    socket.pause();
    const stream = await listen(registry, 'projects');
    await createProject(registry, 'noise');
    await waitFor(() => stream.topics.length).toBeGreaterThan(0);
    expect(stream.topics).toEqual(['projects']);
    socket.destroy();
    await registry.stop();
  });
});
