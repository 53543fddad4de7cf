import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import { createdId, expectStatus, itemsOf } from './api.ts';
import type { Letter } from './caller.ts';
import { createFixture, pushImage } from './fixture.ts';
import { createMatrix } from './matrix.ts';
import { listRoutes, NO_ID, nothing, send, type Target } from './rest-requests.ts';
import { retentionRows, workRows } from './rest-table.ts';
import type { Walk } from './walk.ts';
import { retentionOrder, Work } from './work.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { api, admin, callers, own, foreign } = fixture;
const { routeOf, walkRow, expectAlike } = createMatrix(fixture, await listRoutes(fixture));
const work = new Work(fixture);
const asAdmin = { authorization: admin };

const inOwn: Target = { project: own.name, projectId: own.id, objects: nothing, level: 'project' };
const inForeign: Target = { ...inOwn, project: foreign.name, projectId: foreign.id };
const inMissing: Target = { ...inOwn, project: fixture.missing, projectId: NO_ID };
const notAdmin = (letter: Letter) => letter !== 's';

/** Whoever was let through got what it asked for. */
function expectSuccess({ answers, allowed, faults }: Walk, letters: string): void {
  expect([faults, allowed]).toEqual([[], letters]);
  const failed = [...answers].filter(([letter, { status }]) => {
    return allowed.includes(letter) && status >= 400;
  });
  expect(failed.map(([letter, { status, text }]) => `${letter}: ${status} ${text}`)).toEqual([]);
}

const supplyOf = (id: string, projectId: number) => async () => ({
  ...nothing,
  ...(await work.supplyRetention(id, projectId)),
});

describe('a right on retention in a project', () => {
  it.each(retentionRows)('%s is for %s', async (id, allowed) => {
    expectSuccess(await walkRow(id, inOwn, supplyOf(id, own.id)), allowed);
    const there = await walkRow(id, inForeign, supplyOf(id, foreign.id));
    expectSuccess(there, 's');
    const isRefused = id === 'createRetention' || id === 'deleteRetention';
    // Harbor's statuses for who may see that there is none.
    const success = isRefused ? 400 : 404;
    const absent = await walkRow(id, inMissing, () => nothing, { success });
    expect([absent.faults, absent.allowed]).toEqual([[], 's']);
    expectAlike(there, absent, notAdmin);
  });

  it.each(retentionRows)('%s is open to no visitor of a public project', async (id) => {
    expect.hasAssertions();
    const name = `${own.name}-open-${id.toLowerCase()}`;
    const open = { ...inOwn, project: name, projectId: await fixture.createProject(name, true) };
    await pushImage(registry, `${name}/app`);
    expectSuccess(await walkRow(id, open, supplyOf(id, open.projectId)), 's');
  });

  const narrow = ['pull', 'push'].map((action) => ({ resource: 'repository', action }));

  it.each(retentionRows)('%s is not for a robot without that right', async (id) => {
    const robot = await fixture.createRobot('project', [
      { kind: 'project', namespace: own.name, access: narrow },
    ]);
    const objects = await supplyOf(id, own.id)();
    const caller = { letter: 'r', authorization: robot.authorization, userId: undefined } as const;
    const { status } = await send(fixture, routeOf(id), caller, { ...inOwn, objects });
    expect(status).toBe(403);
  });
});

describe('a retention policy', () => {
  const pushers = callers.filter(({ letter }) => 'dmprR'.includes(letter));

  it('is not taken into another project, nor made there', async () => {
    const { id } = await work.supplyRetention('getRetention', own.id);
    const theirs = await work.supplyRetention('createRetention', foreign.id);
    expect(theirs.id).toBe(0);
    const before = (await expectStatus(200, api('GET', `/retentions/${id}`, asAdmin))).text;
    const body = retentionOrder(foreign.id);
    for (const { letter, authorization } of pushers) {
      const options = { authorization, body };
      const answers = [
        await api('PUT', `/retentions/${id}`, options),
        await api('PUT', `/retentions/${id}`, { authorization, body: { ...body, id } }),
        await api('POST', '/retentions', options),
      ];
      expect([letter, ...answers.map(({ status }) => status)]).toEqual([letter, 404, 404, 403]);
    }
    expect((await api('GET', `/retentions/${id}`, asAdmin)).text).toBe(before);
    const { text } = await api('GET', `/projects/${foreign.name}`, asAdmin);
    expect(text).not.toContain('retention_id');
  });

  it('is not what the metadata of a project say', async () => {
    const mine = await work.supplyRetention('getRetention', own.id);
    const theirs = await work.supplyRetention('getRetention', foreign.id);
    for (const { authorization } of callers.filter(({ letter }) => 'p'.includes(letter))) {
      const path = `/projects/${own.name}/metadatas`;
      const body = { retention_id: `${theirs.id}` };
      await api('PUT', `${path}/retention_id`, { authorization, body });
      await api('PUT', `/projects/${own.name}`, { authorization, body: { metadata: body } });
      const read = await api('GET', `/retentions/${theirs.id}`, { authorization });
      expect(read.status).toBe(403);
      const { json } = await api('GET', `/projects/${own.name}`, asAdmin);
      expect(json).toMatchObject({ metadata: { retention_id: `${mine.id}` } });
    }
  });

  const parameters = [
    ['operateRetentionExecution', 'eid'],
    ['listRetentionTasks', 'eid'],
    ['getRetentionTaskLog', 'eid'],
    ['getRetentionTaskLog', 'tid'],
  ] as const;

  it.each(parameters)('finds by %s nothing of another one as %s', async (id, name) => {
    const mine = { ...nothing, ...(await work.supplyRetention(id, own.id)) };
    const theirs = await work.supplyRetention(id, foreign.id);
    const shown = `/retentions/${theirs.id}/executions`;
    const before = (await expectStatus(200, api('GET', shown, asAdmin))).text;
    for (const caller of callers.filter(({ letter }) => 'dmpsrR'.includes(letter))) {
      const ask = (value: number) =>
        send(fixture, routeOf(id), caller, { ...inOwn, objects: { ...mine, [name]: value } });
      const there = await ask(theirs[name]);
      const missing = await ask(NO_ID);
      expect([caller.letter, there.status]).toEqual([caller.letter, 404]);
      expect(there.text.replaceAll(`${theirs[name]}`, '?')).toBe(
        missing.text.replaceAll(`${NO_ID}`, '?'),
      );
    }
    expect((await api('GET', shown, asAdmin)).text).toBe(before);
  });

  it('finds none of the work of the system, nor that of webhooks its own', async () => {
    const mine = await work.supplyRetention('getRetention', own.id);
    const { gc_id: gc } = await work.supplySystem();
    const policy = createdId(
      await expectStatus(
        201,
        api('POST', `/projects/${own.name}/webhook/policies`, {
          ...asAdmin,
          body: {
            name: 'hook',
            enabled: true,
            targets: [{ type: 'http', address: 'http://hooks.invalid/in' }],
            event_types: ['PUSH_ARTIFACT'],
          },
        }),
      ),
    );
    for (const path of [
      `/retentions/${mine.id}/executions/${gc}/tasks`,
      `/system/gc/${mine.eid}`,
      `/system/gc/${mine.eid}/log`,
      `/system/purgeaudit/${mine.eid}`,
      `/projects/${own.name}/webhook/policies/${policy}/executions/${mine.eid}/tasks`,
    ]) {
      expect([path, (await api('GET', path, asAdmin)).status]).toEqual([path, 404]);
    }
  });
});

describe('a right on work of the system', () => {
  it.each(workRows)('%s is for %s', async (id, allowed) => {
    const isLaunch = routeOf(id).path.startsWith('/api/v1/');
    const supply = async () => ({
      ...nothing,
      ...(await work.supplySystem()),
      ...(isLaunch && (await work.supplyLaunch(id))),
    });
    const there = await walkRow(id, inOwn, supply, { isThere: true });
    expectSuccess(there, allowed);
    if (!routeOf(id).path.includes('{')) return;
    const gone = await walkRow(id, inOwn, () => nothing);
    expect([gone.faults, gone.allowed]).toEqual([[], allowed]);
    expectAlike(there, gone, (letter) => !allowed.includes(letter));
  });

  it('of one kind gives none of another to a robot', async () => {
    const { system } = await fixture.getCatalogue();
    const about = (resource: string) =>
      system.filter((entry) => JSON.stringify(entry).includes(`"${resource}"`));
    const { gc_id: gc, purge_id: purge, job_id: job } = await work.supplySystem();
    const requests = [
      ['garbage-collection', 'GET', '/system/gc'],
      ['garbage-collection', 'GET', `/system/gc/${gc}/log`],
      ['purge-audit', 'GET', '/system/purgeaudit'],
      ['purge-audit', 'GET', `/system/purgeaudit/${purge}/log`],
      ['jobservice-monitor', 'GET', '/jobservice/queues'],
      ['jobservice-monitor', 'GET', `/jobservice/jobs/${job}/log`],
      ['jobservice-monitor', 'GET', `/api/v1/jobs/${job}`],
    ] as const;
    for (const resource of new Set(requests.map(([name]) => name))) {
      const access = about(resource);
      expect(access).not.toEqual([]);
      const permission = { kind: 'system', namespace: '/', access } as const;
      const { authorization } = await fixture.createRobot('system', [permission]);
      for (const [needed, method, path] of requests) {
        const { status } = await api(method, path, { authorization });
        expect([resource, path, status]).toEqual([resource, path, needed === resource ? 200 : 403]);
      }
    }
  });

  it('tells a robot of the job service nothing of what jobs are about', async () => {
    await work.supplyRetention('getRetention', foreign.id);
    const { system } = await fixture.getCatalogue();
    const access = system.filter((entry) => JSON.stringify(entry).includes('jobservice-monitor'));
    const permission = { kind: 'system', namespace: '/', access } as const;
    const { authorization } = await fixture.createRobot('system', [permission]);
    for (const path of ['/schedules', '/jobservice/queues', '/jobservice/pools/all/workers']) {
      const answer = await expectStatus(200, api('GET', path, { authorization }));
      expect(answer.text).not.toContain(foreign.name);
      expect(itemsOf(answer)).not.toEqual([]);
    }
  });
});
