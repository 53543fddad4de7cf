import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, type Principal } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { createJobMonitor, createJobQueue, createJobQueues } from '../jobs/index.ts';
import { createSchedules } from '../schedules/index.ts';
import {
  createJobService,
  createLaunches,
  createLaunchService,
  jobServiceRoutes,
  launchRoutes,
} from './index.ts';

const ann: Principal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const admin: Principal = { ...ann, id: 1, username: 'admin', isAdmin: true };
const callers: Readonly<Record<string, Principal>> = { ann, admin };

let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let audited: AuditEntry[];

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  audited = [];
  app = createHttpServer({ log: quietLog, idleMs: 10_000 });
  const monitor = createJobMonitor(db);
  const schedules = createSchedules(db);
  const queues = createJobQueues(db);
  const jobService = createJobService({ monitor, queues, schedules, resumed: () => undefined });
  const launcher = createLaunchService({
    monitor,
    schedules,
    launches: createLaunches(db, createJobQueue()),
    enqueued: () => undefined,
    submittable: new Map([
      [
        'DATA_SCRUB',
        () => ({
          vendorType: 'DATA_SCRUB',
          vendorId: -1,
          trigger: 'MANUAL',
          extraAttrs: {},
          tasks: [{ payload: {} }],
        }),
      ],
    ]),
  });
  registerApi(
    app,
    [...jobServiceRoutes({ jobService }), ...launchRoutes({ launcher, jobService })],
    {
      access: { can: () => Promise.resolve(false), listRoles: () => Promise.resolve([]) },
      findProject: () => Promise.resolve(undefined),
      authenticate: ({ headers }) =>
        Promise.resolve({ principal: callers[headers.authorization ?? ''] ?? anonymous }),
      csrfToken: () => '',
      recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
      isReadOnly: () => false,
      addressOf: () => '192.0.2.1',
      externalUrl: undefined,
    },
  );
});
afterEach(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

type Method = 'GET' | 'POST' | 'PUT';

const send = (method: Method, url: string, who = 'admin', payload?: object) =>
  app.inject({
    method,
    url,
    headers: { authorization: who },
    ...(payload !== undefined && { payload }),
  });

const generic = { job: { name: 'DATA_SCRUB', parameters: {}, metadata: { kind: 'Generic' } } };

const all: readonly [Method, string, object?][] = [
  ['GET', '/api/v2.0/jobservice/pools'],
  ['GET', '/api/v2.0/jobservice/pools/all/workers'],
  ['PUT', '/api/v2.0/jobservice/jobs/all'],
  ['GET', '/api/v2.0/jobservice/jobs/x/log'],
  ['GET', '/api/v2.0/jobservice/queues'],
  ['PUT', '/api/v2.0/jobservice/queues/all', { action: 'pause' }],
  ['GET', '/api/v2.0/schedules'],
  ['POST', '/api/v1/jobs', generic],
  ['GET', '/api/v1/jobs'],
  ['GET', '/api/v1/jobs/x'],
  ['POST', '/api/v1/jobs/x', { action: 'stop' }],
  ['GET', '/api/v1/jobs/x/log'],
  ['GET', '/api/v1/jobs/x/executions'],
  ['GET', '/api/v1/stats'],
];

describe('the job service over HTTP', () => {
  it.each(all)('%s %s is for administrators', async (method, url, payload) => {
    expect((await send(method, url, '', payload)).statusCode).toBe(401);
    expect((await send(method, url, 'ann', payload)).statusCode).toBe(403);
    const answer = await send(method, url, 'admin', payload);
    const success = method === 'POST' ? 202 : 200;
    expect(answer.statusCode).toBe(url.includes('/x') ? 404 : success);
  });

  it('tells anybody who is logged in whether schedules are paused', async () => {
    const url = '/api/v2.0/schedules/all/paused';
    expect((await send('GET', url, '')).statusCode).toBe(401);
    expect((await send('GET', url, 'ann')).json()).toEqual({ paused: false });
    await send('PUT', '/api/v2.0/jobservice/queues/SCHEDULER', 'admin', { action: 'pause' });
    expect((await send('GET', url, 'ann')).json()).toEqual({ paused: true });
    expect((await send('GET', '/api/v2.0/schedules/GC/paused')).statusCode).toBe(400);
    expect(audited).toMatchObject([
      { operation: 'update', resourceType: 'job-queue', resource: 'SCHEDULER: pause' },
    ]);
  });

  it('refuses actions that there are none of', async () => {
    const url = '/api/v2.0/jobservice/queues/WEBHOOK';
    expect((await send('PUT', url, 'admin', { action: 'burn' })).statusCode).toBe(400);
    expect((await send('PUT', url, 'admin', {})).statusCode).toBe(400);
    expect((await send('PUT', url, 'admin', { action: 'stop', x: 1 })).statusCode).toBe(400);
  });

  it('lists schedules by the page', async () => {
    const metadata = { kind: 'Periodic', cron_spec: '0 0 4 * * *' };
    for (let count = 0; count < 3; count += 1) {
      await send('POST', '/api/v1/jobs', 'admin', { job: { ...generic.job, metadata } });
    }
    const answer = await send('GET', '/api/v2.0/schedules?page_size=2');
    expect(answer.json()).toHaveLength(2);
    expect(answer.headers['x-total-count']).toBe('3');
    const periodic = await send('GET', '/api/v1/jobs?page_number=2&page_size=2');
    expect(periodic.headers['total-count']).toBe('3');
    expect(periodic.json()).toMatchObject([{ job: { cron_spec: '0 0 4 * * *' } }]);
  });

  it('launches a job, shows and stops it', async () => {
    const unique = { job: { ...generic.job, metadata: { kind: 'Generic', unique: true } } };
    const launched = await send('POST', '/api/v1/jobs', 'admin', unique);
    const { id } = launched.json().job;
    expect((await send('GET', `/api/v1/jobs/${id}`)).json()).toEqual(launched.json());
    const again = await send('POST', '/api/v1/jobs', 'admin', unique);
    expect([again.statusCode, again.json().code]).toEqual([409, 10_012]);
    const stopped = await send('POST', `/api/v1/jobs/${id}`, 'admin', { action: 'stop' });
    expect([stopped.statusCode, stopped.body]).toEqual([204, '']);
    expect((await send('GET', `/api/v1/jobs/${id}`)).json().job.status).toBe('Stopped');
    const log = await send('GET', `/api/v2.0/jobservice/jobs/${id}/log`);
    expect([log.statusCode, log.headers['content-type']]).toEqual([
      200,
      'text/plain; charset=utf-8',
    ]);
  });

  it('does not promise to call anybody back', async () => {
    const status_hook = 'http://127.0.0.1/';
    const answer = await send('POST', '/api/v1/jobs', 'admin', {
      job: { ...generic.job, status_hook },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 10_013]);
  });
});
