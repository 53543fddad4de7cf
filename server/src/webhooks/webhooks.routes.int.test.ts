import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog } from '../../test/log.ts';
import type { ProjectPolicy } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { createEgress } from '../egress/index.ts';
import { createOutbox, createOutboxDispatcher, type DomainEvent } from '../events/index.ts';
import { createHttpServer } from '../http/index.ts';
import { createExecutions, createJobQueue } from '../jobs/index.ts';
import { createSealedColumnRepository, createSecretBox, reseal } from '../secrets/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { createWebhooks } from './webhooks.ts';

const { log, entries } = createRecordingLog();
const oldKey = randomBytes(32);
const secrets = createSecretBox({ key: oldKey });
const metrics = createMetrics();
const outbox = createOutbox();
const audited: AuditEntry[] = [];
const answers: string[] = [];
let database: TestDatabase;
let db: Database;
let app: ReturnType<typeof createHttpServer>;
let dispatcher: ReturnType<typeof createOutboxDispatcher>;
const projects = new Map<string, ProjectPolicy>();

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log }));
  const owner = await db
    .insertInto('app_user')
    .values({ username: 'ann', password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const name of ['one', 'two']) {
    const { id } = await db
      .insertInto('project')
      .values({ name, owner_id: owner.id })
      .returning('id')
      .executeTakeFirstOrThrow();
    projects.set(name, { id, name, isPublic: false, accessEpoch: 0 });
  }
  const webhooks = createWebhooks({
    db,
    secrets,
    egress: createEgress(),
    jobs: createJobQueue(),
    executions: createExecutions(db),
    outbox,
    wake: { jobs: () => undefined, events: () => undefined },
    isEnabled: () => true,
    externalUrl: 'https://registry.example.com',
    log,
    metrics,
  });
  dispatcher = createOutboxDispatcher({ db, subscribers: [webhooks.subscriber], log, metrics });
  app = createHttpServer({ log, idleMs: 10_000 });
  registerApi(app, webhooks.routes, {
    access: { can: () => Promise.resolve(true), listRoles: () => Promise.resolve([]) },
    findProject: (reference) =>
      Promise.resolve(
        [...projects.values()].find(({ id, name }) => id === reference || name === reference),
      ),
    authenticate: () =>
      Promise.resolve({
        principal: { kind: 'user', id: owner.id, username: 'ann', isAdmin: false, groupIds: [] },
      }),
    csrfToken: () => '',
    recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    externalUrl: undefined,
  });
});
beforeEach(async () => {
  await db.deleteFrom('webhook_policy').execute();
  await db.deleteFrom('execution').execute();
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

const target = { type: 'http', address: 'https://hooks.example.com/in' };
const policy = { name: 'ci', enabled: true, targets: [target], event_types: ['PUSH_ARTIFACT'] };
const digest = `sha256:${'ab'.repeat(32)}`;

async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) {
  const url = `/api/v2.0/projects/${path}`;
  const response = await app.inject({ method, url, ...(body !== undefined && { payload: body }) });
  answers.push(response.body);
  return response;
}

async function createPolicy(change: object = {}, project = 'one'): Promise<string> {
  const path = `${project}/webhook/policies`;
  const response = await call('POST', path, { ...policy, ...change });
  expect(`${response.statusCode} ${response.body}`).toBe('201 ');
  const location = String(response.headers.location);
  expect(location).toMatch(new RegExp(`^/api/v2\\.0/projects/${path}/\\d+$`));
  return location.replace('/api/v2.0/projects/', '');
}

async function push(project = 'one'): Promise<void> {
  const event: DomainEvent = {
    type: 'PUSH_ARTIFACT',
    projectId: projects.get(project)?.id ?? 0,
    operator: 'ann',
    requestId: 'r',
    repository: `${project}/app`,
    digest,
    tags: ['v1'],
  };
  await transact(db, (tx) => outbox.publish(tx, [event]));
  await dispatcher.drain();
}

describe('webhook policies over the API', () => {
  it('are created, read, listed, replaced and deleted', async () => {
    const path = await createPolicy({ description: 'tells the CI' });
    const created = (await call('GET', path)).json();
    expect(created).toEqual({
      id: Number(path.split('/').at(-1)),
      name: 'ci',
      description: 'tells the CI',
      project_id: projects.get('one')?.id,
      targets: [{ ...target, skip_cert_verify: false, payload_format: 'Default' }],
      event_types: ['PUSH_ARTIFACT'],
      creator: 'ann',
      creation_time: expect.any(String),
      update_time: expect.any(String),
      enabled: true,
    });
    // A client sends back what it read, with its change.
    const update = await call('PUT', path, { ...created, name: 'cd', enabled: false });
    expect([update.statusCode, update.body]).toEqual([200, '']);
    expect((await call('GET', path)).json()).toMatchObject({ name: 'cd', enabled: false });
    await createPolicy({ name: 'other' });
    const list = await call('GET', 'one/webhook/policies?q=name%3D~C&sort=name');
    expect(list.headers['x-total-count']).toBe('1');
    expect(list.json()).toMatchObject([{ name: 'cd', targets: [target] }]);
    expect((await call('DELETE', path)).statusCode).toBe(200);
    expect((await call('GET', path)).statusCode).toBe(404);
    expect(audited.map(({ operation, resource }) => `${operation} ${resource}`)).toEqual([
      'create ci',
      'update cd',
      'create other',
      'delete cd',
    ]);
  });

  it('refuse what Harbor refuses with its statuses', async () => {
    await createPolicy();
    const path = await createPolicy({ name: 'second' });
    const post = async (change: object) =>
      (await call('POST', 'one/webhook/policies', { ...policy, ...change })).statusCode;
    expect(await post({})).toBe(409);
    expect(await post({ name: 'x', targets: [] })).toBe(400);
    expect(await post({ name: 'x', targets: null })).toBe(400);
    expect(await post({ name: 'x', event_types: ['NOTHING'] })).toBe(400);
    expect(await post({ name: 'x', targets: [{ ...target, type: 'teams' }] })).toBe(400);
    expect(await post({ name: 'x', owner: 'me' })).toBe(400);
    expect(await post({ name: 'x', enabled: 'yes' })).toBe(422);
    expect((await call('PUT', path, policy)).statusCode).toBe(409);
    expect((await call('PUT', path, { ...policy, name: '' })).statusCode).toBe(400);
    const scan = await call('POST', 'one/webhook/policies', {
      ...policy,
      name: 'x',
      targets: [{ ...target, address: 'http://127.0.0.1:5432' }],
    });
    expect(scan.json()).toMatchObject({
      errors: [
        {
          code: 'BAD_REQUEST',
          message: 'the endpoint is at an address that may not be called',
        },
      ],
    });
    expect((await call('GET', 'one/webhook/policies')).headers['x-total-count']).toBe('2');
  });

  it('may have the same name in another project', async () => {
    await createPolicy();
    const path = await createPolicy({}, 'two');
    expect((await call('GET', path)).json()).toMatchObject({ name: 'ci' });
  });

  it('are not found by their ids in another project, nor is anything of theirs', async () => {
    const path = await createPolicy();
    await push();
    const other = await createPolicy({ name: 'other' });
    const executions = (await call('GET', `${path}/executions`)).json();
    const execution = `executions/${executions[0].id}`;
    const tasks = (await call('GET', `${path}/${execution}/tasks`)).json();
    const task = `${execution}/tasks/${tasks[0].id}`;
    expect((await call('GET', `${path}/${task}/log`)).statusCode).toBe(200);
    const foreign = path.replace('one/', 'two/');
    for (const [method, there] of [
      ['GET', foreign],
      ['PUT', foreign],
      ['DELETE', foreign],
      ['GET', `${foreign}/executions`],
      ['GET', `${foreign}/${execution}/tasks`],
      ['GET', `${foreign}/${task}/log`],
      ['POST', `${foreign}/${execution}/replay`],
      ['GET', `two/webhook/jobs?policy_id=${path.split('/').at(-1)}`],
      // The right project, but not the policy's own execution, or not the execution's own task.
      ['GET', `${other}/${execution}/tasks`],
      ['GET', `${other}/${task}/log`],
      ['POST', `${other}/${execution}/replay`],
      ['GET', `${path}/executions/999999/tasks/${tasks[0].id}/log`],
    ] as const) {
      const response = await call(method, there, method === 'PUT' ? policy : undefined);
      expect(`${method} ${there} ${response.statusCode}`).toBe(`${method} ${there} 404`);
    }
    expect((await call('GET', path)).statusCode).toBe(200);
  });

  it('keep their secrets to themselves', async () => {
    const withSecrets = { ...target, auth_header: 'Bearer canary-1', secret: 'canary-2' };
    const path = await createPolicy({ targets: [withSecrets] });
    const read = (await call('GET', path)).json();
    expect(read.targets[0]).toMatchObject({ auth_header: '******', secret: '******' });
    expect((await call('PUT', path, read)).statusCode).toBe(200);
    await push();
    await call('GET', `${path}/executions`);
    const moved = [{ ...read.targets[0], address: 'https://evil.example.net/' }];
    expect((await call('PUT', path, { ...read, targets: moved })).statusCode).toBe(400);
    const wrong = { ...withSecrets, auth_header: 'Bearer canary-3\n' };
    expect((await call('PUT', path, { ...policy, targets: [wrong] })).statusCode).toBe(400);
    const row = await db.selectFrom('webhook_target').selectAll().executeTakeFirstOrThrow();
    const context = `webhook_target:${row.id}`;
    expect(secrets.open(row.auth_header ?? '', `${context}:auth_header`)).toBe('Bearer canary-1');
    expect(secrets.open(row.secret ?? '', `${context}:secret`)).toBe('canary-2');
    const tables = await Promise.all([
      db.selectFrom('webhook_target').selectAll().execute(),
      db.selectFrom('execution').selectAll().execute(),
      db.selectFrom('task').selectAll().execute(),
    ]);
    expect(tables[2]).toHaveLength(1);
    const seen = JSON.stringify([tables, answers, audited, entries]);
    expect(seen).toContain('******');
    expect(seen).not.toContain('canary');
  });

  it('have their secrets sealed anew when the key has changed', async () => {
    const withSecrets = { ...target, auth_header: 'Bearer a', secret: 'key' };
    await createPolicy({ targets: [withSecrets, target] });
    const key = randomBytes(32);
    const both = createSecretBox({ key, retired: [oldKey] });
    expect(await reseal(createSealedColumnRepository(db), both, log)).toBe(2);
    const [row, bare] = await db
      .selectFrom('webhook_target')
      .selectAll()
      .orderBy('position')
      .execute();
    const box = createSecretBox({ key });
    const context = `webhook_target:${row?.id}`;
    expect(box.open(row?.auth_header ?? '', `${context}:auth_header`)).toBe('Bearer a');
    expect(box.open(row?.secret ?? '', `${context}:secret`)).toBe('key');
    expect(bare).toMatchObject({ auth_header: null, secret: null });
  });
});

describe('what webhook policies sent, over the API', () => {
  it('is listed as executions and tasks, and as jobs once were', async () => {
    const path = await createPolicy();
    await createPolicy({ name: 'off', enabled: false });
    await push();
    await push('two');
    const executions = (await call('GET', `${path}/executions`)).json();
    expect(executions).toMatchObject([
      {
        vendor_type: 'WEBHOOK',
        status: 'Running',
        trigger: 'EVENT',
        metrics: { task_count: 1, pending_task_count: 1 },
        extra_attrs: { event_type: 'PUSH_ARTIFACT', payload: expect.any(String) },
      },
    ]);
    const [execution] = executions;
    expect(JSON.parse(execution.extra_attrs.payload).event_data.resources).toEqual([
      { digest, tag: 'v1', resource_url: 'registry.example.com/one/app:v1' },
    ]);
    const jobs = `one/webhook/jobs?policy_id=${execution.vendor_id}`;
    expect((await call('GET', jobs)).json()).toEqual([
      {
        id: execution.id,
        policy_id: execution.vendor_id,
        event_type: 'PUSH_ARTIFACT',
        notify_type: 'http',
        status: 'Running',
        job_detail: execution.extra_attrs.payload,
        creation_time: execution.start_time,
        update_time: execution.start_time,
      },
    ]);
    expect((await call('GET', `${jobs}&status=Error&status=Success`)).json()).toEqual([]);
    expect((await call('GET', `${jobs}&status=Running`)).json()).toHaveLength(1);
    expect((await call('GET', 'one/webhook/jobs')).statusCode).toBe(422);
    const triggers = (await call('GET', 'one/webhook/lasttrigger')).json();
    expect(triggers).toEqual([
      expect.objectContaining({
        policy_name: 'off',
        enabled: false,
        last_trigger_time: '0001-01-01T00:00:00.000Z',
      }),
      expect.objectContaining({
        policy_name: 'ci',
        event_type: 'PUSH_ARTIFACT',
        last_trigger_time: expect.stringMatching(/^20/),
      }),
    ]);
  });

  it('can be sent once more, unless the policy is disabled or the target gone', async () => {
    const targets = [target, { ...target, address: 'https://b.example.com', type: 'slack' }];
    const path = await createPolicy({ targets });
    await push();
    const [slack, http] = (await call('GET', `${path}/executions`)).json();
    const replay = await call('POST', `${path}/executions/${http.id}/replay`);
    expect(replay.statusCode).toBe(201);
    const [again] = (await call('GET', `${path}/executions`)).json();
    expect(String(replay.headers.location)).toBe(
      `/api/v2.0/projects/${path}/executions/${again.id}`,
    );
    expect(again).toMatchObject({ trigger: 'MANUAL', extra_attrs: http.extra_attrs });
    const rows = await db.selectFrom('task').selectAll().orderBy('id').execute();
    expect(rows).toHaveLength(3);
    expect(rows[2]).toMatchObject({ lane: rows[0]?.lane, group_key: rows[0]?.group_key });
    await call('PUT', path, { ...policy, targets: [target] });
    expect((await call('POST', `${path}/executions/${slack.id}/replay`)).statusCode).toBe(412);
    await call('PUT', path, { ...policy, enabled: false });
    expect((await call('POST', `${path}/executions/${http.id}/replay`)).statusCode).toBe(412);
  });

  it('is offered for the events and forms that Harbor has', async () => {
    expect((await call('GET', 'one/webhook/events')).json()).toEqual({
      event_type: expect.arrayContaining(['PUSH_ARTIFACT', 'TAG_RETENTION', 'SCANNING_FAILED']),
      notify_type: ['http', 'slack'],
      payload_formats: [{ notify_type: 'http', formats: ['Default', 'CloudEvents'] }],
    });
  });
});
