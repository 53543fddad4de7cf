import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EgressError, type EgressRequest, type EgressResponse } from '../egress/index.ts';
import { type JobContext, JobFailed, JobRetry } from '../jobs/index.ts';
import type { Delivery } from './delivery.ts';
import { createWebhookJobs } from './webhook.job.ts';
import type { DeliveryTarget } from './webhook.repository.ts';
import type { WebhookTarget } from './webhook-policy.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const DAY = 24 * 60 * 60_000;
const targetId = '4b2f89a6-548d-4c12-9993-a1f5790b97d2';
const delivery: Delivery = {
  targetId,
  eventType: 'PUSH_ARTIFACT',
  contentType: 'application/json',
  body: '{"type":"PUSH_ARTIFACT"}',
  since: NOW,
};
const target: WebhookTarget = {
  id: targetId,
  type: 'http',
  address: 'https://hooks.example.com/in',
  payloadFormat: 'Default',
  skipCertVerify: false,
  authHeader: `sealed to webhook_target:${targetId}:auth_header: Bearer canary`,
  secret: `sealed to webhook_target:${targetId}:secret: key-canary`,
};

type Answer = { status: number; headers?: Record<string, string> } | Error;

function open(answer: Answer, found: DeliveryTarget | 'none' = { isEnabled: true, target }) {
  const requests: EgressRequest[] = [];
  const lines: string[] = [];
  const world = { requests, lines, answer, now: NOW };
  const [webhook, slack] = createWebhookJobs({
    repository: { findDelivery: async () => (found === 'none' ? undefined : found) },
    secrets: {
      open(sealed, context) {
        const prefix = `sealed to ${context}: `;
        if (!sealed.startsWith(prefix)) throw new Error('sealed to something else');
        return sealed.slice(prefix.length);
      },
    },
    egress: {
      async request(request): Promise<EgressResponse> {
        requests.push(request);
        if (world.answer instanceof Error) throw world.answer;
        const { status, headers = {} } = world.answer;
        return { status, headers: new Headers(headers), body: Buffer.from('secret of the inside') };
      },
    },
    now: () => world.now,
  });
  if (webhook === undefined || slack === undefined) throw new Error('two jobs are expected');
  const context = (attempt = 0): JobContext => ({
    signal: new AbortController().signal,
    taskId: 77,
    executionId: 7,
    vendorId: 3,
    attempt,
    log: (line) => lines.push(line),
    checkIn: () => undefined,
  });
  const run = (change: Partial<Delivery> = {}, attempt = 0) =>
    webhook.run({ ...delivery, ...change }, context(attempt));
  return { world, webhook, run };
}

describe('delivering a webhook', () => {
  it('sends the message as it was written, with its credential and its signature', async () => {
    const { world, run } = open({ status: 204 });
    await run({}, 2);
    expect(world.requests).toEqual([
      {
        method: 'POST',
        url: 'https://hooks.example.com/in',
        body: delivery.body,
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer canary',
          'x-berth-event': 'PUSH_ARTIFACT',
          'x-berth-delivery': '77',
          'x-berth-attempt': '3',
          'x-berth-signature-256': `sha256=${createHmac('sha256', 'key-canary').update(delivery.body).digest('hex')}`,
        },
        policy: 'public',
        tls: { verify: true },
        timeoutMs: 10_000,
        maxBytes: 65_536,
        signal: expect.any(AbortSignal),
      },
    ]);
    expect(world.lines).toEqual([
      'POST https://hooks.example.com/in: PUSH_ARTIFACT, try 3',
      expect.stringMatching(/^answered 204 after \d+ ms$/),
    ]);
  });

  it('sends a target without secrets none, and Slack no credential', async () => {
    const bare = { ...target, authHeader: undefined, secret: undefined, skipCertVerify: true };
    const plain = open({ status: 200 }, { isEnabled: true, target: bare });
    await plain.run();
    expect(Object.keys(plain.world.requests[0]?.headers ?? {})).toEqual([
      'content-type',
      'x-berth-event',
      'x-berth-delivery',
      'x-berth-attempt',
    ]);
    expect(plain.world.requests[0]?.tls).toEqual({ verify: false });
    const slackTarget = { ...target, type: 'slack' as const };
    const slack = open({ status: 200 }, { isEnabled: true, target: slackTarget });
    await slack.run();
    expect(slack.world.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(slack.world.lines[0]).toBe('POST https://hooks.example.com: PUSH_ARTIFACT, try 1');
  });

  it.each([500, 503, 599, 408, 425, 429])('tries a %i again for a day', async (status) => {
    const { world, run } = open({ status });
    for (let tries = 0; tries < 5; tries += 1) {
      await expect(run()).rejects.toEqual(new JobRetry(`the endpoint answered ${status}`));
    }
    world.now = NOW + DAY - 1;
    await expect(run()).rejects.toBeInstanceOf(JobRetry);
    world.now = NOW + DAY;
    await expect(run()).rejects.toEqual(
      new JobFailed(`given up after a day: the endpoint answered ${status}`),
    );
  });

  it.each([301, 400, 401, 404, 410])('believes a %i the third time', async (status) => {
    const { world, run } = open({ status });
    await expect(run()).rejects.toBeInstanceOf(JobRetry);
    world.answer = { status: 503 };
    await expect(run()).rejects.toBeInstanceOf(JobRetry);
    world.answer = { status };
    await expect(run()).rejects.toBeInstanceOf(JobRetry);
    await expect(run()).rejects.toEqual(new JobFailed(`the endpoint answered ${status}`));
  });

  it('waits as long as the receiver asks for', async () => {
    const { world, run } = open({ status: 429, headers: { 'Retry-After': '90' } });
    await expect(run()).rejects.toMatchObject({ name: 'JobRetry', delayMs: 90_000 });
    expect(world.lines).toContain('it asks for 90 s of patience');
    world.answer = { status: 500 };
    await expect(run()).rejects.toMatchObject({ name: 'JobRetry', delayMs: undefined });
  });

  it('tries network errors again, with a sentence that tells nothing of the network', async () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.1:22');
    const { world, run } = open(new EgressError('unreachable', { cause }));
    await expect(run()).rejects.toEqual(new JobRetry('the endpoint cannot be reached'));
    expect(world.lines).toHaveLength(1);
    world.now = NOW + DAY;
    await expect(run()).rejects.toBeInstanceOf(JobFailed);
  });

  it('gives up a refused address at once', async () => {
    const cause = new Error('hooks.example.com is at 10.0.0.1');
    const { world, run } = open(new EgressError('refused-address', { cause }));
    await expect(run()).rejects.toEqual(
      new JobFailed('the endpoint is at an address that may not be called'),
    );
    expect(world.lines).toEqual(['POST https://hooks.example.com/in: PUSH_ARTIFACT, try 1']);
  });

  it('sends nothing for a policy that is gone or disabled, nor what it cannot read', async () => {
    const cases: [string, DeliveryTarget | 'none', Partial<Delivery>][] = [
      ['the webhook policy or its target was deleted', 'none', {}],
      ['the webhook policy is disabled', { isEnabled: false, target }, {}],
      ['the task cannot be read', { isEnabled: true, target }, { targetId: 'x' }],
    ];
    for (const [sentence, found, change] of cases) {
      const { world, run } = open({ status: 200 }, found);
      await expect(run(change)).rejects.toEqual(new JobFailed(sentence));
      expect(world.requests).toEqual([]);
    }
  });

  it('never writes a secret, or what the receiver said, where users read', async () => {
    const answers: Answer[] = [
      { status: 200 },
      { status: 500 },
      { status: 403 },
      new EgressError('tls'),
    ];
    const told: string[] = [];
    for (const answer of answers) {
      const { world, run } = open(answer);
      await run().catch((error: unknown) => told.push(String(error)));
      told.push(...world.lines);
    }
    expect(told.join('\n')).not.toMatch(/canary|inside/);
  });

  it('doubles its patience from a second to five minutes', () => {
    const { webhook } = open({ status: 200 });
    const delays = [1, 2, 3, 9, 10, 300, 5_000].map((attempt) => webhook.retryDelay(attempt));
    expect(delays).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000, 300_000]);
  });
});
