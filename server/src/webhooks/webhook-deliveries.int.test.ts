import { createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, type LogEntry } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { createEgress } from '../egress/index.ts';
import {
  createOutbox,
  createOutboxDispatcher,
  type DomainEvent,
  type OutboxDispatcher,
} from '../events/index.ts';
import {
  createExecutions,
  createJobQueue,
  createJobWorker,
  type JobWorker,
} from '../jobs/index.ts';
import { createSecretBox } from '../secrets/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { sealTargets } from './target-secrets.ts';
import { createWebhookRepository } from './webhook.repository.ts';
import type { WebhookEventType } from './webhook-policy.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

const secrets = createSecretBox({ key: randomBytes(32) });
const outbox = createOutbox();
const executions = () => createExecutions(db);
const digest = `sha256:${'ab'.repeat(32)}`;

let database: TestDatabase;
let db: Database;
let projectId: number;
let entries: LogEntry[];
let webhooks: Webhooks;
let dispatcher: OutboxDispatcher;
let worker: JobWorker;
let isEnabled: boolean;
let receiver: Receiver;

beforeEach(async () => {
  database = await createTestDatabase();
  isEnabled = true;
  receiver = createReceiver();
  const recording = createRecordingLog();
  entries = recording.entries;
  const { log } = recording;
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log }));
  projectId = await insertProject();
  const metrics = createMetrics();
  webhooks = createWebhooks({
    db,
    secrets,
    // Only 127.0.0.1: the next address of loopback stays private.
    egress: createEgress({
      allowedNetworks: ['127.0.0.1/32'],
      resolve: () => Promise.resolve(['10.0.0.1']),
    }),
    jobs: createJobQueue(),
    executions: executions(),
    outbox,
    wake: { jobs: () => worker.wake(), events: () => undefined },
    isEnabled: () => isEnabled,
    externalUrl: 'https://registry.example.com',
    log,
    metrics,
  });
  worker = createJobWorker({ db, jobs: webhooks.deliveries, log, metrics });
  dispatcher = createOutboxDispatcher({
    db,
    subscribers: [webhooks.subscriber],
    log,
    metrics,
    dispatched: () => worker.wake(),
  });
  worker.start();
});
afterEach(async () => {
  await worker.stop();
  await receiver.close();
  await db.destroy();
  await database.drop();
});

async function insertProject(): Promise<number> {
  const owner = await db
    .insertInto('app_user')
    .values({ username: 'ann', password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('project')
    .values({ name: 'p', owner_id: owner.id, is_public: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('repository')
    .values({ project_id: id, name: 'p/r0', created_at: new Date(1_677_053_165_000) })
    .execute();
  return id;
}

interface Received {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Receiver {
  readonly received: Received[];
  /** Given how many requests there were before. */
  answer: (index: number, response: http.ServerResponse) => void;
  readonly address: string;
  listen(port?: number): Promise<void>;
  close(): Promise<void>;
}

function createReceiver(): Receiver {
  let port = 0;
  let server: http.Server | undefined;
  const receiver: Receiver = {
    received: [],
    answer: (_index, response) => response.end(),
    get address() {
      return `http://127.0.0.1:${port}/in`;
    },
    async listen() {
      server = http.createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const index = receiver.received.length;
          const body = Buffer.concat(chunks).toString();
          receiver.received.push({ headers: request.headers, body });
          receiver.answer(index, response);
        });
      });
      const { promise, resolve } = Promise.withResolvers<void>();
      server.listen(port, '127.0.0.1', resolve);
      await promise;
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') port = bound.port;
    },
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (server === undefined) return;
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
  return receiver;
}

interface PolicyOptions {
  readonly address?: string;
  readonly eventTypes?: readonly WebhookEventType[];
  readonly authHeader?: string;
  readonly secret?: string;
}

async function createPolicy(options: PolicyOptions = {}): Promise<number> {
  const targets = sealTargets(
    secrets,
    [
      {
        type: 'http',
        address: options.address ?? receiver.address,
        payloadFormat: 'Default',
        skipCertVerify: false,
        authHeader: options.authHeader ?? '',
        secret: options.secret,
      },
    ],
    [],
  );
  const eventTypes = options.eventTypes ?? ['PUSH_ARTIFACT'];
  const content = { name: randomBytes(8).toString('hex'), description: '', isEnabled: true };
  const id = await createWebhookRepository(db).create(projectId, {
    content: { ...content, eventTypes },
    creator: 'ann',
    targets,
  });
  if (typeof id !== 'number') throw new Error(id);
  return id;
}

const pushOf = (repository: string, tag: string): DomainEvent => ({
  type: 'PUSH_ARTIFACT',
  projectId,
  operator: 'ann',
  requestId: 'r',
  repository,
  digest,
  tags: [tag],
});

async function tell(...events: readonly DomainEvent[]): Promise<void> {
  await transact(db, (tx) => outbox.publish(tx, events));
  await dispatcher.drain();
}

const statusesOf = async (policyId: number) =>
  (await db.selectFrom('execution').select('status').where('vendor_id', '=', policyId).execute())
    .map(({ status }) => status)
    .toSorted();

async function logOf(policyId: number): Promise<string> {
  const scope = { vendorTypes: ['WEBHOOK'] as const, vendorId: policyId };
  const task = await db.selectFrom('task').select('id').executeTakeFirstOrThrow();
  return executions().getTaskLog(scope, task.id);
}

const until = (check: () => Promise<void> | void) =>
  vi.waitFor(check, { timeout: 25_000, interval: 50 });

describe('delivering webhooks', () => {
  it('sends what happened, signed, and keeps the secrets', async () => {
    await receiver.listen();
    const policyId = await createPolicy({ authHeader: 'Bearer canary', secret: 'key-canary' });
    await tell(pushOf('p/r0', 'v1'));
    await until(async () => expect(await statusesOf(policyId)).toEqual(['Success']));
    expect(receiver.received).toHaveLength(1);
    const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' };
    expect(JSON.parse(body)).toMatchObject({
      type: 'PUSH_ARTIFACT',
      operator: 'ann',
      event_data: {
        resources: [{ digest, tag: 'v1', resource_url: 'registry.example.com/p/r0:v1' }],
        repository: {
          date_created: 1_677_053_165,
          name: 'r0',
          namespace: 'p',
          repo_full_name: 'p/r0',
          repo_type: 'public',
        },
      },
    });
    const signature = createHmac('sha256', 'key-canary').update(body).digest('hex');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer canary',
      'x-berth-signature-256': `sha256=${signature}`,
      'x-berth-event': 'PUSH_ARTIFACT',
      'x-berth-delivery': expect.stringMatching(/^\d+$/),
    });
    const log = await logOf(policyId);
    expect(log).toContain(`POST ${receiver.address}: PUSH_ARTIFACT, try 1`);
    expect(log).toMatch(/answered 200 after \d+ ms/);
    const rows = await Promise.all([
      db.selectFrom('execution').selectAll().execute(),
      db.selectFrom('task').selectAll().execute(),
    ]);
    expect(JSON.stringify([log, rows, entries])).not.toContain('canary');
  });

  it('delivers 500 events in the order of each repository to a receiver that was down, then slow', async () => {
    await receiver.listen();
    const policyId = await createPolicy();
    await receiver.close();
    const events = Array.from({ length: 500 }, (_, index) =>
      pushOf(`p/r${index % 10}`, `v${Math.floor(index / 10)}`),
    );
    await tell(...events);
    await until(async () => {
      const tried = db.selectFrom('task').select('status_message').where('run_count', '>', 0);
      const message = (await tried.executeTakeFirst())?.status_message;
      expect(message).toBe('the endpoint cannot be reached');
    });
    // Up again, it first says that it is busy, and then takes its time now and then.
    receiver.answer = (index, response) => {
      if (index === 0) response.writeHead(503).end();
      else if (index % 50 === 0) setTimeout(() => response.end(), 200);
      else response.end();
    };
    await receiver.listen();
    await until(async () =>
      expect(new Set(await statusesOf(policyId))).toEqual(new Set(['Success'])),
    );
    const [refused, ...taken] = receiver.received;
    expect(taken).toHaveLength(500);
    expect(new Set(taken.map(({ headers }) => headers['x-berth-delivery'])).size).toBe(500);
    const retried = taken.find(
      ({ headers }) => headers['x-berth-delivery'] === refused?.headers['x-berth-delivery'],
    );
    expect(Number(retried?.headers['x-berth-attempt'])).toBeGreaterThan(
      Number(refused?.headers['x-berth-attempt']),
    );
    const urls = taken.map(({ body }) => JSON.parse(body).event_data.resources[0].resource_url);
    for (let repository = 0; repository < 10; repository += 1) {
      const own = urls.filter((url) => url.startsWith(`registry.example.com/p/r${repository}:`));
      expect(own.map((url) => url.split(':')[1])).toEqual(
        Array.from({ length: 50 }, (_, index) => `v${index}`),
      );
    }
  }, 60_000);

  it.each([
    'http://127.0.0.2:1/',
    // A public name, at a private address by the time of the call.
    'http://hooks.example.com/',
  ])('never calls %s, at a private address that nobody listed', async (address) => {
    const policyId = await createPolicy({ address });
    await tell(pushOf('p/r0', 'v1'));
    await until(async () => expect(await statusesOf(policyId)).toEqual(['Error']));
    const log = await logOf(policyId);
    expect(log).toContain('the endpoint is at an address that may not be called');
    expect(log).not.toMatch(/ms|ECONN/);
  });

  it('sends nothing for a policy that was disabled meanwhile', async () => {
    await receiver.listen();
    await worker.stop();
    const policyId = await createPolicy();
    await tell(pushOf('p/r0', 'v1'));
    await db.updateTable('webhook_policy').set({ is_enabled: false }).execute();
    worker.start();
    await until(async () => expect(await statusesOf(policyId)).toEqual(['Error']));
    expect(await logOf(policyId)).toContain('the webhook policy is disabled');
    expect(receiver.received).toEqual([]);
  });

  it('tells of pulls those who want to know', async () => {
    await receiver.listen();
    const policyId = await createPolicy({ eventTypes: ['PULL_ARTIFACT'] });
    webhooks.pullEvents.pulled({
      type: 'PULL_ARTIFACT',
      projectId,
      operator: 'ann',
      requestId: 'r',
      repository: 'p/r0',
      digest,
      tags: ['v1'],
    });
    await webhooks.pullEvents.flush();
    await dispatcher.drain();
    await until(async () => expect(await statusesOf(policyId)).toEqual(['Success']));
    expect(receiver.received).toHaveLength(1);
  });
});

describe('the subscriber of webhooks', () => {
  it('tells each policy what it wants to know, and nobody else', async () => {
    await worker.stop();
    const pushes = await createPolicy();
    const both = await createPolicy({ eventTypes: ['PUSH_ARTIFACT', 'QUOTA_EXCEED'] });
    const scans = await createPolicy({ eventTypes: ['SCANNING_COMPLETED'] });
    await tell(
      pushOf('p/r0', 'v1'),
      { ...pushOf('p/r0', 'v1'), projectId: projectId + 1 },
      {
        type: 'CREATE_TAG',
        projectId,
        operator: 'ann',
        requestId: 'r',
        repository: 'p/r0',
        digest,
        tag: 'v1',
      },
      {
        type: 'QUOTA_EXCEED',
        projectId,
        operator: 'ann',
        requestId: 'r',
        repository: 'p/new',
        digest: undefined,
        tags: [],
        details: 'too much',
      },
    );
    expect(await statusesOf(pushes)).toHaveLength(1);
    expect(await statusesOf(both)).toHaveLength(2);
    expect(await statusesOf(scans)).toHaveLength(0);
    const triggers = await db.selectFrom('webhook_trigger').selectAll().execute();
    expect(triggers).toHaveLength(3);
  });

  it('starts nothing while webhooks are turned off', async () => {
    const policyId = await createPolicy();
    isEnabled = false;
    await tell(pushOf('p/r0', 'v1'));
    expect(await statusesOf(policyId)).toEqual([]);
  });
});
