import { describe, expect, it } from 'vitest';
import { pushTagged } from './content.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectModel,
  expectPage,
  expectRefusal,
  fieldOf,
} from './model.ts';
import { retentionPolicy, retentionRule, runRetention } from './work.ts';
import { workModels } from './work-models.ts';
import type { World } from './world.ts';

const path = '/retentions';
const [selector] = retentionRule().tag_selectors;

/** Tag retention: policies, executions and tasks (harbor.md §1.13, §5.1). */
export function describeRetention(world: World): void {
  const { admin } = world;

  describe('what rules of retention are made of', () => {
    it("is told with Harbor's templates and selectors", async () => {
      const { json } = await admin('GET', `${path}/metadatas`);
      expectModel(json, workModels.retentionMetadata);
      expectItems(fieldOf(json, 'templates'), workModels.retentionTemplate);
      expectItems(fieldOf(json, 'tag_selectors'), workModels.retentionSelector);
      expectItems(fieldOf(json, 'scope_selectors'), workModels.retentionSelector);
      const templateOf = (rule_template: string, ...units: string[]) =>
        expect.objectContaining({
          rule_template,
          action: 'retain',
          params: units.map((unit) => ({ type: 'int', unit, required: true })),
        });
      expect(json).toMatchObject({
        templates: expect.arrayContaining([
          templateOf('latestPushedK', 'COUNT'),
          templateOf('latestPulledN', 'COUNT'),
          templateOf('nDaysSinceLastPush', 'DAYS'),
          templateOf('nDaysSinceLastPull', 'DAYS'),
          templateOf('always'),
        ]),
        scope_selectors: expect.arrayContaining([
          expect.objectContaining({
            kind: 'doublestar',
            decorations: ['repoMatches', 'repoExcludes'],
          }),
        ]),
        tag_selectors: expect.arrayContaining([
          expect.objectContaining({ kind: 'doublestar', decorations: ['matches', 'excludes'] }),
        ]),
      });
    });
  });

  describePolicies(world);
  describeRefusals(world);
  describeExecutions(world);
}

function describePolicies({ admin, createProject }: World): void {
  describe('a retention policy', async () => {
    const project = await createProject();
    const metadataOf = async () => {
      const { json } = await admin('GET', `/projects/${project.name}`);
      return fieldOf(json, 'metadata', 'retention_id');
    };

    it('is made once for a project, read, replaced and deleted', async () => {
      const rule = retentionRule({ template: ['latestPushedK', 3], tags: 'v*' });
      const body = retentionPolicy(project.id, [rule], '0 0 0 * * *');
      const id = expectCreated(await admin('POST', path, { body }));
      const item = `${path}/${id}`;
      expect(await metadataOf()).toBe(String(id));
      const { json } = await admin('GET', item);
      expectModel(json, workModels.retentionPolicy);
      expectItems(fieldOf(json, 'rules'), workModels.retentionRule);
      const { disabled: _disabled, ...shown } = rule;
      expect(json).toMatchObject({
        id,
        algorithm: 'or',
        rules: [shown],
        trigger: {
          kind: 'Schedule',
          settings: {
            cron: '0 0 0 * * *',
            next_scheduled_time: expect.stringMatching(/T00:00:00/),
          },
        },
        scope: { level: 'project', ref: project.id },
      });
      expectRefusal(await admin('POST', path, { body }), 400, 'BAD_REQUEST');

      // As Harbor's portal does: with what was read, and one rule more.
      const further = retentionRule({ template: ['nDaysSinceLastPull', 7] });
      const { rules } = Object(json);
      const change = { ...Object(json), rules: [...rules, { ...further, disabled: true }] };
      change.trigger.settings.cron = '';
      expectDone(await admin('PUT', item, { body: change }));
      const changed = (await admin('GET', item)).json;
      expect(changed).toMatchObject({
        rules: [{ template: 'latestPushedK' }, { template: 'nDaysSinceLastPull', disabled: true }],
        trigger: { settings: { cron: '' } },
      });
      expect(fieldOf(changed, 'trigger', 'settings')).toEqual({ cron: '' });
      expectDone(await admin('DELETE', item));
      expect(await metadataOf()).toBeUndefined();
      expectRefusal(await admin('GET', item), 404, 'NOT_FOUND');
      // Harbor's status.
      expectRefusal(await admin('DELETE', item), 400, 'BAD_REQUEST');
      const again = expectCreated(await admin('POST', path, { body }));
      expect(await metadataOf()).toBe(String(again));
    });

    it('is not moved to another project', async () => {
      const mine = await createProject();
      const other = await createProject();
      const made = await admin('POST', path, { body: retentionPolicy(mine.id) });
      const item = `${path}/${expectCreated(made)}`;
      const before = (await admin('GET', item)).text;
      const body = retentionPolicy(other.id);
      expectRefusal(await admin('PUT', item, { body }), 404, 'NOT_FOUND');
      expect((await admin('GET', item)).text).toBe(before);
    });
  });
}

function describeRefusals({ admin, createProject }: World): void {
  describe('a retention policy', async () => {
    const project = await createProject();
    const rule = retentionRule();
    const policy = retentionPolicy(project.id);
    const many = Array.from({ length: 16 }, (_, n) => retentionRule({ tags: `v${n}` }));
    const withRule = (change: object) => ({ ...policy, rules: [{ ...rule, ...change }] });
    const withCron = (cron: unknown) => ({
      ...policy,
      trigger: { kind: 'Schedule', settings: { cron } },
    });

    it.each<[string, object, number]>([
      ['more than 15 rules', retentionPolicy(project.id, many), 400],
      ['the same rule twice', retentionPolicy(project.id, [rule, rule]), 409],
      ['another level', { ...policy, scope: { level: 'system', ref: project.id } }, 400],
      ['a project that there is not', retentionPolicy(999_999), 400],
      ['another algorithm', { ...policy, algorithm: 'and' }, 400],
      ['another trigger', { ...policy, trigger: { kind: 'Event', settings: {} } }, 400],
      ['a cron expression that is none', withCron('now and then'), 400],
      ['a cron expression of seconds', withCron('* * * * * *'), 400],
      ['a cron expression that is no text', withCron(7), 400],
      ['a template that there is not', withRule({ template: 'theBest' }), 400],
      ['another action', withRule({ action: 'delete' }), 400],
      [
        'a count below 0',
        withRule({ template: 'latestPushedK', params: { latestPushedK: -1 } }),
        400,
      ],
      [
        'a count above 32766',
        withRule({ template: 'latestPushedK', params: { latestPushedK: 32_767 } }),
        400,
      ],
      [
        'days above 20190904',
        withRule({ template: 'nDaysSinceLastPush', params: { nDaysSinceLastPush: 20_190_905 } }),
        400,
      ],
      [
        'a count that is no number',
        withRule({ template: 'latestPushedK', params: { latestPushedK: 'x' } }),
        400,
      ],
      ['no selector of tags', withRule({ tag_selectors: [] }), 400],
      ['no selector of repositories', withRule({ scope_selectors: {} }), 400],
      ['another kind of selector', withRule({ tag_selectors: [{ ...selector, kind: 'x' }] }), 400],
      [
        'a decoration of repositories',
        withRule({ tag_selectors: [{ ...selector, decoration: 'repoMatches' }] }),
        400,
      ],
      ['a pattern that is none', withRule({ tag_selectors: [{ ...selector, pattern: '[' }] }), 400],
      ['an unknown field', { ...policy, colour: 'red' }, 400],
    ])('is refused with %s', async (_, body, status) => {
      const code = status === 409 ? 'CONFLICT' : 'BAD_REQUEST';
      expectRefusal(await admin('POST', path, { body }), status, code);
      const { json } = await admin('GET', `/projects/${project.name}`);
      expect(fieldOf(json, 'metadata', 'retention_id')).toBeUndefined();
    });
  });
}

function describeExecutions({ admin, createProject, createPerson, registry }: World): void {
  describe('executions of a retention policy', async () => {
    const project = await createProject();
    for (const name of ['app', 'team/app']) {
      await pushTagged(registry, `${project.name}/${name}`, 'v1');
      await pushTagged(registry, `${project.name}/${name}`, 'v2');
    }
    const rule = retentionRule({ template: ['latestPushedK', 1], repositories: '{app,none}' });
    const body = retentionPolicy(project.id, [rule]);
    const policyId = expectCreated(await admin('POST', path, { body }));
    const policy = `${path}/${policyId}`;
    const executions = `${policy}/executions`;
    const elsewhere = await createProject();
    const made = await admin('POST', path, { body: retentionPolicy(elsewhere.id) });
    const foreign = `${path}/${expectCreated(made)}/executions`;

    it('have a task for each repository, with counts and a log', async () => {
      const { id, execution } = await runRetention(admin, policy, { dry_run: true });
      expectModel(execution, workModels.retentionExecution);
      expect(execution).toMatchObject({
        id,
        policy_id: policyId,
        status: 'Success',
        trigger: 'MANUAL',
        dry_run: true,
      });
      const tasks = await admin('GET', `${executions}/${id}/tasks`);
      const [task, ...others] = expectPage(tasks, workModels.retentionTask);
      expect(others).toEqual([]);
      expect(task).toMatchObject({
        execution_id: id,
        repository: 'app',
        status: 'Success',
        status_code: 3,
        total: 2,
        retained: 1,
      });
      const item = `${executions}/${id}/tasks/${Number(task?.['id'])}`;
      const log = await admin('GET', item);
      expect(log.headers.get('content-type')).toMatch(/^text\/plain/);
      for (const column of ['Digest', 'Tag', 'Labels', 'PushedTime', 'Retention']) {
        expect(log.text).toContain(column);
      }
      expect(log.text).toMatch(/\| v2 .*\| RETAIN/);
      expect(log.text).toMatch(/\| v1 .*\| DEL/);
      // Below another policy neither is there, nor is the task below another execution.
      for (const wrong of [
        `${foreign}/${id}/tasks`,
        item.replace(executions, foreign),
        item.replace(`/${id}/tasks`, '/999999/tasks'),
        `${executions}/${id}/tasks/999999`,
      ]) {
        expectRefusal(await admin('GET', wrong), 404, 'NOT_FOUND');
      }
    });

    it('are done at once when no rule is for any repository', async () => {
      const { execution } = await runRetention(admin, foreign.replace('/executions', ''), {
        dry_run: false,
      });
      expect(execution).toMatchObject({ status: 'Success', dry_run: false });
      const tasks = await admin('GET', `${foreign}/${Number(fieldOf(execution, 'id'))}/tasks`);
      expect(expectPage(tasks, workModels.retentionTask)).toEqual([]);
    });

    it('come in pages, the newest first', async () => {
      await runRetention(admin, policy, { dry_run: true });
      const all = expectPage(await admin('GET', executions), workModels.retentionExecution);
      const ids = all.map(({ id }) => Number(id));
      expect(ids.length).toBeGreaterThan(1);
      expect(ids).toEqual(ids.toSorted((one, other) => other - one));
      const page = await admin('GET', executions, { query: { page: 2, page_size: 1 } });
      expect(expectPage(page, workModels.retentionExecution)).toMatchObject([{ id: ids[1] }]);
      expect(page.headers.get('x-total-count')).toBe(String(ids.length));
    });

    it('are stopped, while they wait, before they delete anything', async () => {
      const queue = '/jobservice/queues/RETENTION';
      expectDone(await admin('PUT', queue, { body: { action: 'pause' } }));
      const started = await admin('POST', executions, { body: { dry_run: false } });
      const item = `${executions}/${expectCreated(started)}`;
      const stop = { body: { action: 'stop' } };
      expectRefusal(await admin('PATCH', item, { body: { action: 'pause' } }), 400, 'BAD_REQUEST');
      expectRefusal(await admin('PATCH', `${executions}/999999`, stop), 404, 'NOT_FOUND');
      expectRefusal(
        await admin('PATCH', item.replace(executions, foreign), stop),
        404,
        'NOT_FOUND',
      );
      const outsider = await createPerson();
      expectRefusal(await outsider.call('PATCH', item, stop), 403, 'FORBIDDEN');
      expectDone(await admin('PATCH', item, stop));
      expectDone(await admin('PATCH', item, stop));
      expectDone(await admin('PUT', queue, { body: { action: 'resume' } }));
      const [latest] = expectPage(await admin('GET', executions), workModels.retentionExecution);
      expect(latest).toMatchObject({ status: 'Stopped' });
      const left = await admin('GET', `/projects/${project.name}/repositories/app/artifacts`);
      expect(left.headers.get('x-total-count')).toBe('2');
    });
  });
}
