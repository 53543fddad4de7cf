import { describe, expect, it } from 'vitest';
import { type Answer, basic, readAnswer } from '../registry.ts';
import {
  expectDone,
  expectItems,
  expectModel,
  expectPage,
  expectRefusal,
  fieldOf,
} from './model.ts';
import { awaitAnswer, systemJob } from './work.ts';
import { workModels } from './work-models.ts';
import type { World } from './world.ts';

const queues = '/jobservice/queues';
const queueNames =
  'GARBAGE_COLLECTION PURGE_AUDIT_LOG RETENTION WEBHOOK SLACK EXECUTION_SWEEP SYSTEM_ARTIFACT_CLEANUP REPLICATION IMAGE_SCAN SCAN_ALL P2P_PREHEAT SCHEDULER'.split(
    ' ',
  );

/** The job service, as administrators see it and as scripts do (harbor.md §1.17, §7). */
export function describeJobService(world: World): void {
  describePools(world);
  describeQueues(world);
  describeSchedules(world);
  describeLaunches(world);
}

function describePools({ admin }: World): void {
  describe('worker pools', () => {
    it('are listed with their workers, by pool and all together', async () => {
      const pools = await awaitAnswer(
        () => admin('GET', '/jobservice/pools'),
        (json) => Array.isArray(json) && json.length > 0,
      );
      const [pool] = expectItems(pools.json, workModels.workerPool);
      const id = String(pool?.['worker_pool_id']);
      const workersOf = async (which: string) => {
        const { json } = await admin('GET', `/jobservice/pools/${which}/workers`);
        return expectItems(json, workModels.worker);
      };
      const workers = await workersOf(id);
      expect(workers).toHaveLength(Number(pool?.['concurrency']));
      expect(new Set(workers.map((worker) => worker['pool_id']))).toEqual(new Set([id]));
      expect(new Set(workers.map((worker) => worker['id'])).size).toBe(workers.length);
      expect(await workersOf('all')).toHaveLength(workers.length);
      expect(await workersOf('ALL')).toHaveLength(workers.length);
      const absent = await admin('GET', '/jobservice/pools/no-such-pool/workers');
      expectRefusal(absent, 404, 'NOT_FOUND');
    });
  });
}

function describeQueues({ admin }: World): void {
  const change = (type: string, action: unknown) =>
    admin('PUT', `${queues}/${type}`, { body: { action } });
  const stateOf = async (type: string) => {
    const { json } = await admin('GET', queues);
    return expectItems(json, workModels.jobQueue).find(({ job_type: name }) => name === type);
  };

  describe('job queues', () => {
    it("are Harbor's", async () => {
      const { json } = await admin('GET', queues);
      const names = expectItems(json, workModels.jobQueue).map(({ job_type: name }) => name);
      expect(names).toEqual(expect.arrayContaining(queueNames));
    });

    it('are paused and resumed, one or all, in any case', async () => {
      for (const [type, named] of [
        ['SCAN_ALL', 'SCAN_ALL'],
        ['SCAN_ALL', 'scan_all'],
        ['WEBHOOK', 'all'],
      ] as const) {
        expectDone(await change(named, 'pause'));
        expectDone(await change(named, 'pause'));
        expect(await stateOf(type)).toMatchObject({ paused: true });
        expectDone(await change(named, 'resume'));
        expect(await stateOf(type)).toMatchObject({ paused: false });
      }
      expectDone(await change('SCAN_ALL', 'stop'));
    });

    it('refuse other actions, and kinds of jobs that there are not', async () => {
      expect.hasAssertions();
      for (const action of ['start', '', undefined]) {
        expectRefusal(await change('WEBHOOK', action), 400, 'BAD_REQUEST');
      }
      expectRefusal(await change('WEBHOOK', 7), 422, 'UNPROCESSABLE_ENTITY');
      expectRefusal(await change('NO_SUCH_JOB', 'pause'), 404, 'NOT_FOUND');
    });
  });
}

function describeSchedules({ admin, createProject }: World): void {
  describe('schedules', () => {
    it('are listed, whatever they are for', async () => {
      const project = await createProject();
      const trigger = { kind: 'Schedule', settings: { cron: '0 0 3 * * *' } };
      const scope = { level: 'project', ref: project.id };
      const body = { algorithm: 'or', rules: [], trigger, scope };
      const { headers } = await admin('POST', '/retentions', { body });
      const id = Number(headers.get('location')?.split('/').at(-1));
      const query = { page_size: 100 };
      const listed = await admin('GET', '/schedules', { query });
      const schedules = expectPage(listed, workModels.scheduleTask);
      expect(schedules).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ vendor_type: 'RETENTION', vendor_id: id, cron: '0 0 3 * * *' }),
          // Harbor's own (harbor.md §7).
          expect.objectContaining({ vendor_type: 'EXECUTION_SWEEP', cron: '0 0 0 * * *' }),
          expect.objectContaining({ vendor_type: 'SYSTEM_ARTIFACT_CLEANUP' }),
        ]),
      );
      const page = await admin('GET', '/schedules', { query: { page: 2, page_size: 1 } });
      expect(expectPage(page, workModels.scheduleTask)).toHaveLength(1);
      expectDone(await admin('DELETE', `/retentions/${id}`));
      const after = await admin('GET', '/schedules', { query });
      expect(expectPage(after, workModels.scheduleTask)).toHaveLength(schedules.length - 1);
    });

    it('are paused together', async () => {
      const isPaused = async () => {
        const { json } = await admin('GET', '/schedules/all/paused');
        expectModel(json, workModels.schedulerStatus);
        return fieldOf(json, 'paused');
      };
      expect(await isPaused()).toBe(false);
      expectDone(await admin('PUT', `${queues}/SCHEDULER`, { body: { action: 'pause' } }));
      expect(await isPaused()).toBe(true);
      expectDone(await admin('PUT', `${queues}/SCHEDULER`, { body: { action: 'resume' } }));
      expect(await isPaused()).toBe(false);
      expectRefusal(await admin('GET', '/schedules/RETENTION/paused'), 400, 'BAD_REQUEST');
    });
  });
}

function describeLaunches({ admin, registry }: World): void {
  const { url, username, password } = registry;
  async function v1(method: string, path: string, body?: object): Promise<Answer> {
    return readAnswer(
      await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: basic(username, password), 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  }
  const launch = (name: string, metadata: object, parameters: object = { dry_run: true }) =>
    v1('POST', '/jobs', { job: { name, parameters, metadata } });
  const isIn = (status: string) => (json: unknown) => fieldOf(json, 'job', 'status') === status;
  const idIn = ({ json }: Answer) => String(fieldOf(json, 'job', 'id'));

  describe('jobs that scripts launch', () => {
    it('are told of by their id, with their log, in both APIs', async () => {
      const launched = await launch('GARBAGE_COLLECTION', { kind: 'Generic' });
      expect(launched.status).toBe(202);
      expect(launched.json).toMatchObject({
        job: {
          name: 'GARBAGE_COLLECTION',
          kind: 'Generic',
          unique: false,
          ref_link: `/api/v1/jobs/${idIn(launched)}`,
          enqueue_time: expect.any(Number),
          run_at: expect.any(Number),
        },
      });
      const id = idIn(launched);
      await awaitAnswer(() => v1('GET', `/jobs/${id}`), isIn('Success'));
      const log = await admin('GET', `/jobservice/jobs/${id}/log`);
      expect([log.status, log.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(/^text\/plain/),
      ]);
      expect(log.text).toContain('Garbage Collection parameters');
      expect((await v1('GET', `/jobs/${id}/log`)).text).toBe(log.text);
      // One that has ended is stopped without an effect.
      expectDone(await admin('PUT', `/jobservice/jobs/${id}`));
      expect((await v1('GET', `/jobs/${id}`)).json).toMatchObject({ job: { status: 'Success' } });
    });

    it('are stopped in both APIs while they wait', async () => {
      const later = { kind: 'Scheduled', schedule_delay: 3600 };
      for (const stop of [
        async (id: string) => expectDone(await admin('PUT', `/jobservice/jobs/${id}`)),
        async (id: string) => {
          const { status, text } = await v1('POST', `/jobs/${id}`, { action: 'stop' });
          expect([status, text]).toEqual([204, '']);
        },
      ]) {
        const id = idIn(await launch('GARBAGE_COLLECTION', later));
        expect((await v1('GET', `/jobs/${id}`)).json).toMatchObject({
          job: { status: 'Scheduled' },
        });
        await stop(id);
        expect((await v1('GET', `/jobs/${id}`)).json).toMatchObject({ job: { status: 'Stopped' } });
      }
    });

    it('are one at a time when they are unique', async () => {
      const metadata = { kind: 'Scheduled', schedule_delay: 3600, unique: true };
      const first = await launch('GARBAGE_COLLECTION', metadata);
      const second = await launch('GARBAGE_COLLECTION', metadata);
      expect([first.status, second.status]).toEqual([202, 409]);
      await v1('POST', `/jobs/${idIn(first)}`, { action: 'stop' });
      const third = await launch('GARBAGE_COLLECTION', metadata);
      expect(third.status).toBe(202);
      await v1('POST', `/jobs/${idIn(third)}`, { action: 'stop' });
    });

    it('are periodic, with their schedule in the list, until they are stopped', async () => {
      const periodic = { kind: 'Periodic', cron_spec: '0 0 4 * * *' };
      const launched = await launch('GARBAGE_COLLECTION', periodic);
      const id = idIn(launched);
      expect(launched.json).toMatchObject({ job: { kind: 'Periodic', cron_spec: '0 0 4 * * *' } });
      const listed = await v1('GET', '/jobs?page_size=100');
      expect(listed.headers.get('total-count')).toBe('1');
      expect(listed.json).toMatchObject([{ job: { id } }]);
      expect((await v1('GET', `/jobs/${id}/executions`)).json).toEqual([]);
      expect((await v1('POST', `/jobs/${id}`, { action: 'stop' })).status).toBe(204);
      expect((await v1('GET', `/jobs/${id}`)).status).toBe(404);
      expect((await v1('GET', '/jobs')).json).toEqual([]);
    });

    it.each<[string, string, object, object?]>([
      ['a name that there is not', 'NO_SUCH_JOB', { kind: 'Generic' }],
      [
        'parameters that it does not know',
        'GARBAGE_COLLECTION',
        { kind: 'Generic' },
        { workers: 11 },
      ],
      ['no delay', 'GARBAGE_COLLECTION', { kind: 'Scheduled' }],
      ['no cron expression', 'GARBAGE_COLLECTION', { kind: 'Periodic' }],
    ])('are refused with %s', async (_, name, metadata, parameters = {}) => {
      const { status, json } = await launch(name, metadata, parameters);
      expect([status, fieldOf(json, 'code')]).toEqual([400, expect.any(Number)]);
    });

    it('are not there under other ids', async () => {
      for (const id of [
        '00000000-0000-4000-8000-000000000000',
        'periodic-1',
        '..',
        'x'.repeat(64),
      ]) {
        expect((await v1('GET', `/jobs/${encodeURIComponent(id)}`)).status).toBe(404);
      }
    });
  });

  describe("the registry controller's API", () => {
    it('starts a collection, and is well', async () => {
      const authorization = basic(username, password);
      const started = await fetch(`${url}/api/registry/gc`, {
        method: 'POST',
        headers: { authorization },
      });
      const { status, msg, starttime } = Object(await started.json());
      expect([started.status, status, starttime]).toEqual([200, true, expect.any(String)]);
      const id = Number(/system\/gc\/(\d+)/.exec(String(msg))?.[1]);
      const run = await systemJob(admin, '/system/gc').awaitEnd(id);
      expect(run).toMatchObject({ job_status: 'Success' });
      const health = await fetch(`${url}/api/health`);
      expect([health.status, await health.json()]).toEqual([200, 'healthy']);
    });
  });
}
