import { describe, expect, it } from 'vitest';
import { refusedSchedules } from './gc-scenario.ts';
import { expectDone, expectModel, expectPage, expectRefusal, fieldOf } from './model.ts';
import { parametersOf, systemJob } from './work.ts';
import { workModels } from './work-models.ts';
import type { World } from './world.ts';

const path = '/system/purgeaudit';
const schedule = `${path}/schedule`;
const parameters = {
  audit_retention_hour: 24,
  include_event_types: 'create_artifact,delete_artifact,pull_artifact',
};

/** Purges of the audit log: schedule and history (harbor.md §1.17). */
export function describePurge(world: World): void {
  const { admin } = world;
  const purge = systemJob(admin, path);

  describe('the schedule of purges', () => {
    it('is none at first, is set, replaced and removed', async () => {
      const none = await admin('GET', schedule);
      expect([none.status, none.text]).toEqual([200, '']);
      const weekly = { schedule: { type: 'Weekly', cron: '0 0 0 * * 0' }, parameters };
      const made = await admin('POST', schedule, { body: weekly });
      expect([made.status, made.headers.get('location')]).toEqual([201, `/api/v2.0${schedule}`]);
      const { json } = await admin('GET', schedule);
      expectModel(json, workModels.scheduled);
      expectModel(fieldOf(json, 'schedule'), workModels.scheduleObject);
      expect(json).toMatchObject({ schedule: weekly.schedule });
      expect(parametersOf(json)).toEqual({ ...parameters, dry_run: false });
      const daily = { ...weekly, schedule: { type: 'Daily', cron: '0 0 0 * * *' } };
      expectDone(await admin('PUT', schedule, { body: daily }));
      expect((await admin('GET', schedule)).json).toMatchObject({ schedule: daily.schedule });
      const body = { schedule: { type: 'None', cron: '' }, parameters };
      expectDone(await admin('PUT', schedule, { body }));
      expect((await admin('GET', schedule)).text).toBe('');
    });

    it.each(refusedSchedules)('is refused with %s', async (_, body) => {
      expect.hasAssertions();
      const whole = { ...body, parameters };
      expectRefusal(await admin('POST', schedule, { body: whole }), 400, 'BAD_REQUEST');
      expectRefusal(await admin('PUT', schedule, { body: whole }), 400, 'BAD_REQUEST');
    });

    it.each([
      ['no parameters', undefined],
      ['no hours', { include_event_types: 'create_artifact' }],
      ['no event types', { audit_retention_hour: 24 }],
      ['too many hours', { ...parameters, audit_retention_hour: 240_001 }],
      ['hours before now', { ...parameters, audit_retention_hour: -1 }],
      ['a part of an hour', { ...parameters, audit_retention_hour: 1.5 }],
      ['hours as a text', { ...parameters, audit_retention_hour: '24' }],
      ['an event type that there is not', { ...parameters, include_event_types: 'sing' }],
      ['a list of event types', { ...parameters, include_event_types: ['create_artifact'] }],
      ['a parameter that there is not', { ...parameters, dryrun: true }],
    ])('is refused with %s (A-18)', async (_, wrong) => {
      const before = (await admin('GET', path)).headers.get('x-total-count');
      for (const type of ['Manual', 'Daily']) {
        const body = { schedule: { type, cron: '0 0 0 * * *' }, parameters: wrong };
        expectRefusal(await admin('POST', schedule, { body }), 400, 'BAD_REQUEST');
        expectRefusal(await admin('PUT', schedule, { body }), 400, 'BAD_REQUEST');
      }
      expect((await admin('GET', path)).headers.get('x-total-count')).toBe(before);
      expect((await admin('GET', schedule)).text).toBe('');
    });
  });

  describe('the history of purges', () => {
    it('has each run, with its parameters and its log', async () => {
      const { id, run, log } = await purge.run({ ...parameters, dry_run: true });
      expectModel(run, workModels.history);
      expect(run).toMatchObject({
        id,
        job_name: 'PURGE_AUDIT_LOG',
        job_kind: 'MANUAL',
        job_status: 'Success',
        schedule: { type: 'Manual' },
      });
      expect(parametersOf(run)).toMatchObject({ ...parameters, dry_run: true });
      expect(log).toMatch(/Purged 0 audit logs/);
      const answer = await admin('GET', `${path}/${id}/log`);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
      expectDone(await admin('PUT', `${path}/${id}`));
    });

    it('runs by PUT too, and comes in pages, the newest first', async () => {
      const body = { schedule: { type: 'Manual' }, parameters };
      expectDone(await admin('PUT', schedule, { body }));
      const [newest, before] = expectPage(await admin('GET', path), workModels.history);
      expect(Number(newest?.['id'])).toBeGreaterThan(Number(before?.['id']));
      expect(parametersOf(newest)).toMatchObject({ dry_run: false });
      await purge.awaitEnd(Number(newest?.['id']));
      const page = await admin('GET', path, { query: { page: 2, page_size: 1 } });
      expect(expectPage(page, workModels.history)).toMatchObject([{ id: before?.['id'] }]);
      expectRefusal(await admin('GET', path, { query: { q: 'id' } }), 400, 'BAD_REQUEST');
    });

    it.each([
      ['GET', ''],
      ['PUT', ''],
      ['GET', '/log'],
    ])('has no collection of garbage by %s %s', async (method, rest) => {
      expect.hasAssertions();
      const id = await systemJob(admin, '/system/gc').start({ dry_run: true });
      for (const other of [id, 999_999]) {
        expectRefusal(await admin(method, `${path}/${other}${rest}`), 404, 'NOT_FOUND');
      }
    });
  });
}
