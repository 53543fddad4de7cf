import { describe, expect, it } from 'vitest';
import { expectDone, expectModel, expectPage, expectRefusal, fieldOf } from './model.ts';
import { parametersOf, systemJob } from './work.ts';
import { workModels } from './work-models.ts';
import type { World } from './world.ts';

const path = '/system/gc';
const schedule = `${path}/schedule`;
const standard = { delete_untagged: false, delete_tag: false, dry_run: false, workers: 1 };

/** Garbage collections: schedule and history (harbor.md §1.17, §5.4). */
export function describeGarbageCollection(world: World): void {
  const { admin } = world;
  const gc = systemJob(admin, path);

  describe('the schedule of garbage collections', () => {
    it('is none at first, is set, replaced and removed', async () => {
      const none = await admin('GET', schedule);
      expect([none.status, none.text]).toEqual([200, '']);
      const hourly = {
        schedule: { type: 'Hourly', cron: '0 0 * * * *' },
        parameters: { delete_untagged: true, workers: 3 },
      };
      expectCreatedAt(schedule, await admin('POST', schedule, { body: hourly }));
      const { json } = await admin('GET', schedule);
      expectModel(json, workModels.scheduled);
      expectModel(fieldOf(json, 'schedule'), workModels.scheduleObject);
      expect(json).toMatchObject({ schedule: hourly.schedule, deleted: false });
      expect(parametersOf(json)).toMatchObject({ ...standard, ...hourly.parameters });
      const next = new Date(String(fieldOf(json, 'schedule', 'next_scheduled_time')));
      expect([next.getUTCMinutes(), next.getTime() > Date.now()]).toEqual([0, true]);

      const daily = { schedule: { type: 'Daily', cron: '0 0 0 * * *' } };
      expectDone(await admin('PUT', schedule, { body: daily }));
      expect((await admin('GET', schedule)).json).toMatchObject(daily);
      const custom = { schedule: { type: 'Custom', cron: '0 15 10 ? * MON-FRI' } };
      expectCreatedAt(schedule, await admin('POST', schedule, { body: custom }));
      // What clients read they may send back.
      const read = (await admin('GET', schedule)).json;
      expect(read).toMatchObject(custom);
      const again = { id: fieldOf(read, 'id'), schedule: fieldOf(read, 'schedule') };
      expectDone(await admin('PUT', schedule, { body: again }));
      expectDone(await admin('PUT', schedule, { body: { schedule: { type: 'None' } } }));
      expect((await admin('GET', schedule)).text).toBe('');
    });

    it.each(refusedSchedules)('is refused with %s', async (_, body) => {
      expect.hasAssertions();
      expectRefusal(await admin('POST', schedule, { body }), 400, 'BAD_REQUEST');
      expectRefusal(await admin('PUT', schedule, { body }), 400, 'BAD_REQUEST');
    });

    it.each([
      ['no worker', { workers: 0 }],
      ['11 workers', { workers: 11 }],
      ['a word for a number', { workers: 'many' }],
      ['a word for a flag', { dry_run: 'yes' }],
      ['a parameter that there is not', { dryrun: true }],
    ])('is refused with %s, and nothing runs', async (_, parameters) => {
      const before = (await admin('GET', path)).headers.get('x-total-count');
      const body = { schedule: { type: 'Manual' }, parameters };
      expectRefusal(await admin('POST', schedule, { body }), 400, 'BAD_REQUEST');
      expect((await admin('GET', path)).headers.get('x-total-count')).toBe(before);
    });
  });

  describe('the history of garbage collections', () => {
    it('has each run, with its parameters, what it freed, and its log', async () => {
      const { id, run, log } = await gc.run({ delete_untagged: true, workers: 4 });
      expectModel(run, workModels.history);
      expect(run).toMatchObject({
        id,
        job_name: 'GARBAGE_COLLECTION',
        job_kind: 'MANUAL',
        job_status: 'Success',
        schedule: { type: 'Manual' },
        deleted: false,
      });
      expect(parametersOf(run)).toMatchObject({
        ...standard,
        delete_untagged: true,
        workers: 4,
        freed_space: expect.any(Number),
        purged_blobs: expect.any(Number),
        purged_manifests: expect.any(Number),
      });
      expect(log).toMatch(/\d+ blobs and \d+ manifests eligible for deletion/);
      const answer = await admin('GET', `${path}/${id}/log`);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
      // One that has ended is stopped without an effect.
      expectDone(await admin('PUT', `${path}/${id}`));
      expect((await admin('GET', `${path}/${id}`)).json).toEqual(run);
    });

    it('has the defaults of what was not asked for', async () => {
      const { run } = await gc.run();
      expect(parametersOf(run)).toMatchObject(standard);
    });

    it('runs by PUT too, and comes in pages that are sorted and chosen from', async () => {
      const body = { schedule: { type: 'Manual' }, parameters: { dry_run: true } };
      expectDone(await admin('PUT', schedule, { body }));
      const newest = expectPage(await admin('GET', path), workModels.history);
      expect(newest.length).toBeGreaterThan(2);
      const ids = newest.map(({ id }) => Number(id));
      expect(ids).toEqual(ids.toSorted((one, other) => other - one));
      expect(parametersOf(newest[0])).toMatchObject({ dry_run: true });
      await gc.awaitEnd(ids[0] ?? 0);
      const page = await admin('GET', path, { query: { page: 2, page_size: 1, sort: 'id' } });
      expect(expectPage(page, workModels.history)).toHaveLength(1);
      expect(page.headers.get('link')).toContain('rel="next"');
      const query = { q: 'job_status=Error' };
      expect(expectPage(await admin('GET', path, { query }), workModels.history)).toEqual([]);
      expectRefusal(await admin('GET', path, { query: { q: 'id' } }), 400, 'BAD_REQUEST');
    });

    it.each([
      ['GET', ''],
      ['PUT', ''],
      ['GET', '/log'],
    ])('has no run by %s of another kind of job%s', async (method, rest) => {
      expect.hasAssertions();
      const id = await systemJob(admin, '/system/purgeaudit').start({
        audit_retention_hour: 1,
        include_event_types: '',
        dry_run: true,
      });
      for (const other of [id, 999_999]) {
        expectRefusal(await admin(method, `${path}/${other}${rest}`), 404, 'NOT_FOUND');
      }
    });
  });
}

function expectCreatedAt(at: string, answer: Awaited<ReturnType<World['admin']>>): void {
  expect([answer.status, answer.headers.get('location')]).toEqual([201, `/api/v2.0${at}`]);
}

/** Bodies that no system job takes (harbor.md §1.17, §7). */
export const refusedSchedules: readonly (readonly [why: string, body: object])[] = [
  ['nothing', {}],
  ['no type', { schedule: { cron: '0 0 * * * *' } }],
  ['the type of histories', { schedule: { type: 'Schedule', cron: '0 0 * * * *' } }],
  ...[
    ['no cron expression', ''],
    ['five fields', '0 * * * *'],
    ['seconds', '*/5 * * * * *'],
    ['an hour that there is not', '0 0 24 * * *'],
    ['a day that never comes', '0 0 0 31 2 *'],
    ['words', 'every now and then'],
    ['a nickname', '@daily'],
  ].map(([why = '', cron]) => [why, { schedule: { type: 'Custom', cron } }] as const),
];
