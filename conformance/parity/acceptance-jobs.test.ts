import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { pushTagged } from './content.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectPage,
  expectRefusal,
  fieldOf,
  models,
} from './model.ts';
import { awaitAnswer, systemJob } from './work.ts';
import { workModels } from './work-models.ts';
import { openWorld } from './world.ts';

// Acceptance items of Harbor's own tests (harbor.md §10.1) about work that runs by itself.

const world = await openWorld();
afterAll(() => world.registry.close());
const { admin, registry } = world;
const gc = systemJob(admin, '/system/gc');
const purge = systemJob(admin, '/system/purgeaudit');

/** A server that answers no webhook. */
async function openSilence() {
  const heard = Promise.withResolvers<void>();
  const server = createServer((request) => {
    request.resume();
    heard.resolve();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    heard: heard.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('A-17 the dashboard of job queues', () => {
  const change = async (type: string, action: string) =>
    expectDone(await admin('PUT', `/jobservice/queues/${type}`, { body: { action } }));
  const queueOf = async (type: string) => {
    const { json } = await admin('GET', '/jobservice/queues');
    return expectItems(json, workModels.jobQueue).find(({ job_type: name }) => name === type);
  };
  const purgeParameters = { audit_retention_hour: 1, include_event_types: '', dry_run: true };

  it('pauses queues, in which jobs wait until they are resumed or stopped', async () => {
    for (const [type, job, parameters] of [
      ['GARBAGE_COLLECTION', gc, { dry_run: true }],
      ['PURGE_AUDIT_LOG', purge, purgeParameters],
    ] as const) {
      const path = type === 'GARBAGE_COLLECTION' ? '/system/gc' : '/system/purgeaudit';
      await change(type, 'pause');
      const first = [await job.start(parameters), await job.start(parameters)];
      expect(await queueOf(type)).toMatchObject({ paused: true, count: 2 });
      const waiting = await admin('GET', `${path}/${first[0]}`);
      expect(['Pending', 'Running']).toContain(fieldOf(waiting.json, 'job_status'));
      await change(type, 'resume');
      for (const id of first) {
        expect(await job.awaitEnd(id)).toMatchObject({ job_status: 'Success' });
      }
      expect(await queueOf(type)).toMatchObject({ paused: false, count: 0, latency: 0 });

      await change(type, 'pause');
      const second = [await job.start(parameters), await job.start(parameters)];
      await change(type, 'stop');
      expect(await queueOf(type)).toMatchObject({ paused: true, count: 0 });
      for (const id of second) {
        const { json } = await admin('GET', `${path}/${id}`);
        expect(json).toMatchObject({ job_status: 'Stopped' });
      }
      await change(type, 'resume');
    }
  });

  it('lists the schedules, and pauses all of them', async () => {
    const schedule = { type: 'Daily', cron: '0 0 0 * * *' };
    expect(
      (await admin('POST', '/system/gc/schedule', { body: { schedule, parameters: {} } })).status,
    ).toBe(201);
    const listed = await admin('GET', '/schedules', { query: { page_size: 100 } });
    expect(expectPage(listed, workModels.scheduleTask)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ vendor_type: 'GARBAGE_COLLECTION', cron: schedule.cron }),
      ]),
    );
    for (const [action, paused] of [
      ['pause', true],
      ['resume', false],
    ] as const) {
      await change('SCHEDULER', action);
      expect((await admin('GET', '/schedules/all/paused')).json).toEqual({ paused });
      expect(await queueOf('SCHEDULER')).toMatchObject({ paused });
    }
    const none = { schedule: { type: 'None' } };
    expectDone(await admin('PUT', '/system/gc/schedule', { body: none }));
  });

  it('shows the worker that runs a job, and stops it', async () => {
    await using silence = await openSilence();
    const project = await world.createProject();
    const body = {
      name: 'a-17',
      enabled: true,
      targets: [{ type: 'http', address: silence.url }],
      event_types: ['PUSH_ARTIFACT'],
    };
    const policies = `/projects/${project.name}/webhook/policies`;
    const policy = `${policies}/${expectCreated(await admin('POST', policies, { body }))}`;
    await pushTagged(registry, `${project.name}/app`, 'latest');
    await silence.heard;
    const { json } = await admin('GET', '/jobservice/pools/all/workers');
    const busy = expectItems(json, workModels.worker).filter(({ job_id: id }) => id !== undefined);
    expect(busy).toMatchObject([
      { job_name: 'WEBHOOK', job_id: expect.any(String), start_at: expect.any(String) },
    ]);
    const job = String(busy[0]?.['job_id']);
    expect((await admin('GET', `/jobservice/jobs/${job}/log`)).status).toBe(200);
    expectDone(await admin('PUT', `/jobservice/jobs/${job}`));
    await awaitAnswer(
      () => admin('GET', `${policy}/executions`),
      (list) => fieldOf(list, '0', 'status') === 'Stopped',
    );
    const after = await admin('GET', '/jobservice/pools/all/workers');
    expect(expectItems(after.json, workModels.worker).some((one) => 'job_id' in one)).toBe(false);
  });

  it('is for administrators', async () => {
    expect.hasAssertions();
    const person = await world.createPerson();
    const project = await world.createProject();
    const member = { role_id: 1, member_user: { username: person.username } };
    const made = admin('POST', `/projects/${project.name}/members`, { body: member });
    expectCreated(await made);
    const { id } = await gc.run({ dry_run: true });
    for (const [method, path] of [
      ['GET', '/jobservice/pools'],
      ['GET', '/jobservice/pools/all/workers'],
      ['PUT', '/jobservice/jobs/all'],
      ['GET', `/jobservice/jobs/${id}/log`],
      ['GET', '/jobservice/queues'],
      ['PUT', '/jobservice/queues/all'],
      ['GET', '/schedules'],
    ] as const) {
      const options = method === 'PUT' ? { body: { action: 'stop' } } : {};
      expectRefusal(await person.call(method, path, options), 403, 'FORBIDDEN');
      expectRefusal(await world.anonymous(method, path, options), 401, 'UNAUTHORIZED');
    }
  });
});

describe('A-18 the rotation of the audit log', () => {
  const parameters = {
    audit_retention_hour: 1,
    include_event_types: 'create_artifact,delete_artifact,pull_artifact,create_project',
  };
  const path = '/system/purgeaudit';
  const countLogs = async (project: string) => {
    const logs = await admin('GET', `/projects/${project}/auditlog-exts`);
    return expectPage(logs, models.auditLogExt).length;
  };

  it('is stopped before it begins, runs by hand, and has a log', async () => {
    const queue = '/jobservice/queues/PURGE_AUDIT_LOG';
    expectDone(await admin('PUT', queue, { body: { action: 'pause' } }));
    const waiting = await purge.start(parameters);
    expectDone(await admin('PUT', `${path}/${waiting}`));
    expect(await purge.awaitEnd(waiting)).toMatchObject({ job_status: 'Stopped' });
    expectDone(await admin('PUT', queue, { body: { action: 'resume' } }));
    const { run, log } = await purge.run(parameters);
    expect(run).toMatchObject({ job_status: 'Success', job_name: 'PURGE_AUDIT_LOG' });
    expect(log).toMatch(/Purged \d+ audit logs/);
  });

  it('keeps what is young enough, and by a dry run everything', async () => {
    const project = await world.createProject();
    await pushTagged(registry, `${project.name}/app`, 'latest');
    const before = await countLogs(project.name);
    expect(before).toBeGreaterThan(1);
    for (const change of [{ dry_run: true }, { dry_run: false }, { audit_retention_hour: 0 }]) {
      const { run } = await purge.run({ ...parameters, ...change });
      expect(run).toMatchObject({ job_status: 'Success' });
      expect(await countLogs(project.name)).toBe(before);
    }
  });

  it('has a schedule', async () => {
    const schedule = { type: 'Hourly', cron: '0 0 * * * *' };
    const body = { schedule, parameters };
    expect((await admin('POST', `${path}/schedule`, { body })).status).toBe(201);
    expect((await admin('GET', `${path}/schedule`)).json).toMatchObject({ schedule });
    const daily = { type: 'Daily', cron: '0 0 0 * * *' };
    expectDone(await admin('PUT', `${path}/schedule`, { body: { schedule: daily, parameters } }));
    expect((await admin('GET', `${path}/schedule`)).json).toMatchObject({ schedule: daily });
  });

  it('is for administrators, and refuses parameters that are wrong', async () => {
    expect.hasAssertions();
    const person = await world.createPerson();
    const { id } = await purge.run({ ...parameters, dry_run: true });
    const body = { schedule: { type: 'Manual' }, parameters };
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', `/${id}`],
      ['GET', `/${id}/log`],
      ['PUT', `/${id}`],
      ['GET', '/schedule'],
      ['POST', '/schedule'],
      ['PUT', '/schedule'],
    ] as const) {
      const options = rest === '/schedule' && method !== 'GET' ? { body } : {};
      expectRefusal(await person.call(method, path + rest, options), 403, 'FORBIDDEN');
    }
    const wrong = { ...body, parameters: { ...parameters, audit_retention_hour: 240_001 } };
    expectRefusal(await admin('POST', `${path}/schedule`, { body: wrong }), 400, 'BAD_REQUEST');
  });
});
