import { describe, expect, it } from 'vitest';
import { openHookReceiver, pushTagged } from './content.ts';
import { contentModels } from './content-models.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectModel,
  expectPage,
  expectRefusal,
  fieldOf,
} from './model.ts';
import { workModels } from './work-models.ts';
import type { World } from './world.ts';

const address = 'http://127.0.0.1:9/hook';
const target = { type: 'http', address };
const policy = {
  name: 'ci',
  enabled: true,
  targets: [target],
  event_types: ['PUSH_ARTIFACT', 'DELETE_ARTIFACT'],
};

/** Webhook policies, and what they sent (harbor.md §1.15, §8.6). */
export function describeWebhooks(world: World): void {
  const { admin, registry } = world;

  describe('webhook policies', async () => {
    const project = await world.createProject();
    const other = await world.createProject();
    const path = `/projects/${project.name}/webhook`;

    it('have the event types, targets and formats of Harbor', async () => {
      const { json } = await admin('GET', `${path}/events`);
      expectModel(json, contentModels.webhookEvents);
      expect(json).toMatchObject({
        event_type: expect.arrayContaining(['PUSH_ARTIFACT', 'PULL_ARTIFACT', 'QUOTA_EXCEED']),
        notify_type: ['http', 'slack'],
        payload_formats: [{ notify_type: 'http', formats: ['Default', 'CloudEvents'] }],
      });
    });

    it('are made, read, changed, listed and deleted (A-53)', async () => {
      const made = await admin('POST', `${path}/policies`, { body: policy });
      const item = `${path}/policies/${expectCreated(made)}`;
      expectRefusal(await admin('POST', `${path}/policies`, { body: policy }), 409, 'CONFLICT');
      const read = (await admin('GET', item)).json;
      expectModel(read, contentModels.webhookPolicy);
      expectItems(fieldOf(read, 'targets'), contentModels.webhookTarget);
      expect(read).toMatchObject({
        name: 'ci',
        project_id: project.id,
        creator: 'admin',
        enabled: true,
        event_types: policy.event_types,
        targets: [{ type: 'http', address, payload_format: 'Default' }],
      });
      const change = { ...Object(read), name: 'cd', enabled: false, description: 'x' };
      expectDone(await admin('PUT', item, { body: change }));
      expect((await admin('GET', item)).json).toMatchObject({
        name: 'cd',
        enabled: false,
        description: 'x',
      });
      const listed = await admin('GET', `${path}/policies`, { query: { q: 'name=~C' } });
      expect(expectPage(listed, contentModels.webhookPolicy)).toHaveLength(1);
      const triggers = (await admin('GET', `${path}/lasttrigger`)).json;
      expect(expectItems(triggers, contentModels.lastTrigger)).toHaveLength(2);
      const foreign = item.replace(project.name, other.name);
      expectRefusal(await admin('GET', foreign), 404, 'NOT_FOUND');
      expectRefusal(await admin('PUT', foreign, { body: policy }), 404, 'NOT_FOUND');
      expectRefusal(await admin('DELETE', foreign), 404, 'NOT_FOUND');
      expectDone(await admin('DELETE', item));
      expectRefusal(await admin('GET', item), 404, 'NOT_FOUND');
      expect((await admin('GET', `${path}/policies`)).json).toEqual([]);
    });

    it.each([
      ['no targets', { targets: [] }],
      ['another kind of target', { targets: [{ ...target, type: 'teams' }] }],
      ['no address', { targets: [{ type: 'http', address: '' }] }],
      ['another scheme', { targets: [{ ...target, address: 'file:///etc/passwd' }] }],
      [
        'a format for Slack',
        { targets: [{ ...target, type: 'slack', payload_format: 'CloudEvents' }] },
      ],
      ['an unknown format', { targets: [{ ...target, payload_format: 'XML' }] }],
      ['no event types', { event_types: [] }],
      ['an unknown event type', { event_types: ['COFFEE'] }],
      ['no name', { name: '' }],
      ['an unknown field', { colour: 'red' }],
    ])('are refused with %s', async (_, change) => {
      expect.hasAssertions();
      const body = { ...policy, name: 'refused', ...change };
      expectRefusal(await admin('POST', `${path}/policies`, { body }), 400, 'BAD_REQUEST');
    });
  });

  describe('what a webhook policy sent', async () => {
    const project = await world.createProject();
    const path = `/projects/${project.name}/webhook`;

    it('is an execution with a task and its log, a job, and the last trigger', async () => {
      await using receiver = await openHookReceiver();
      const targets = [{ type: 'http', address: receiver.url, auth_header: 'Bearer open' }];
      const body = { ...policy, targets };
      const id = expectCreated(await admin('POST', `${path}/policies`, { body }));
      const before = (await admin('GET', `${path}/lasttrigger`)).json;
      expect(fieldOf(before, '0', 'last_trigger_time')).toBe('0001-01-01T00:00:00.000Z');
      const { digest } = await pushTagged(registry, `${project.name}/app`, 'latest');
      const { headers, json } = await receiver.next();
      expect(headers).toMatchObject({
        authorization: 'Bearer open',
        'content-type': 'application/json',
      });
      expect(json).toEqual({
        type: 'PUSH_ARTIFACT',
        occur_at: expect.any(Number),
        operator: 'admin',
        event_data: {
          resources: [
            { digest, tag: 'latest', resource_url: expect.stringMatching(/\/app:latest$/) },
          ],
          repository: {
            date_created: expect.any(Number),
            name: 'app',
            namespace: project.name,
            repo_full_name: `${project.name}/app`,
            repo_type: 'private',
          },
        },
      });

      const executions = await admin('GET', `${path}/policies/${id}/executions`);
      const [execution] = expectPage(executions, contentModels.execution);
      expect(execution).toMatchObject({
        vendor_type: 'WEBHOOK',
        vendor_id: id,
        trigger: 'EVENT',
        extra_attrs: { event_type: 'PUSH_ARTIFACT' },
      });
      expectModel(execution?.['metrics'], workModels.metrics);
      const item = `${path}/policies/${id}/executions/${Number(execution?.['id'])}/tasks`;
      const [task] = expectPage(await admin('GET', item), contentModels.task);
      const log = await admin('GET', `${item}/${Number(task?.['id'])}/log`);
      expect(log.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(log.status).toBe(200);
      expectRefusal(await admin('GET', `${item}/999999/log`), 404, 'NOT_FOUND');
      const jobs = await admin('GET', `${path}/jobs`, { query: { policy_id: id } });
      expect(expectPage(jobs, contentModels.webhookJob)).toMatchObject([
        { id: execution?.['id'], policy_id: id, event_type: 'PUSH_ARTIFACT', notify_type: 'http' },
      ]);
      const after = (await admin('GET', `${path}/lasttrigger`)).json;
      expect(
        expectItems(after, contentModels.lastTrigger).find(
          ({ event_type }) => event_type === 'PUSH_ARTIFACT',
        )?.['last_trigger_time'],
      ).toMatch(/^2/);
      const told = await admin('GET', `${path}/policies/${id}`);
      expect(told.text).not.toContain('Bearer open');
      const jobless = await admin('GET', `${path}/jobs`);
      expectRefusal(jobless, 422, 'UNPROCESSABLE_ENTITY');
    });
  });
}
