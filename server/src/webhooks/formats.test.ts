import { describe, expect, it } from 'vitest';
import { formatMessage } from './formats.ts';
import { type EventPlace, presentPayload, type WebhookEvent } from './payload.ts';

const digest = `sha256:${'954b'.repeat(16)}`;
const occurredAt = new Date('2023-04-03T07:11:33.900Z');
const place: EventPlace = {
  projectName: 'library',
  isPublic: true,
  repositoryCreatedAt: new Date('2023-02-22T14:12:45.001Z'),
  host: 'harbor.dev:8443',
};
const base = {
  projectId: 1,
  operator: 'robot$library+ci',
  requestId: '2eedfab8-61d3-4f3c-8ec3-8f82d1ec4c84',
};
const artifact = { ...base, repository: 'library/tools/debian', digest };
const quota = {
  ...base,
  repository: 'library/debian',
  digest,
  tags: ['latest'],
  details: 'adding 330.1 MiB of storage resource will exceed the configured upper limit of 1 GiB',
};
const repository = {
  date_created: 1677075165,
  name: 'tools/debian',
  namespace: 'library',
  repo_full_name: 'library/tools/debian',
  repo_type: 'public',
};
const latest = {
  digest,
  tag: 'latest',
  resource_url: 'harbor.dev:8443/library/tools/debian:latest',
};
const quotaData = {
  resources: [{ digest, tag: 'latest' }],
  repository: {
    name: 'debian',
    namespace: 'library',
    repo_full_name: 'library/debian',
    repo_type: 'public',
  },
  custom_attributes: { Details: quota.details },
};

const retentionRule = {
  template: 'latestPushedK',
  params: { latestPushedK: 2 },
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: '**' }],
  scope_selectors: {
    repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
  },
};

/** Each event, Harbor's name for it in CloudEvents, and what it tells. */
const goldens: [WebhookEvent, string, object][] = [
  [
    { ...artifact, type: 'PUSH_ARTIFACT', tags: ['latest'] },
    'harbor.artifact.pushed',
    { resources: [latest], repository },
  ],
  [
    { ...artifact, type: 'PULL_ARTIFACT', tags: [] },
    'harbor.artifact.pulled',
    {
      resources: [
        {
          digest,
          tag: digest,
          resource_url: `harbor.dev:8443/library/tools/debian@${digest}`,
        },
      ],
      repository,
    },
  ],
  [
    { ...artifact, type: 'DELETE_ARTIFACT', tags: ['latest', 'v1'], labels: [] },
    'harbor.artifact.deleted',
    {
      resources: [
        latest,
        { digest, tag: 'v1', resource_url: 'harbor.dev:8443/library/tools/debian:v1' },
      ],
      repository,
    },
  ],
  [{ ...quota, type: 'QUOTA_EXCEED' }, 'harbor.quota.exceeded', quotaData],
  [{ ...quota, type: 'QUOTA_WARNING' }, 'harbor.quota.warned', quotaData],
  [
    {
      ...base,
      type: 'TAG_RETENTION',
      repository: 'library/tools/debian',
      policyId: 4,
      total: 3,
      retained: 2,
      rules: [retentionRule],
      deleted: ['tools/debian:v1'],
    },
    'harbor.tag_retention.finished',
    {
      retention: {
        total: 3,
        retained: 2,
        harbor_hostname: 'harbor.dev',
        project_name: 'library',
        retention_policy_id: 4,
        retention_rule: [retentionRule],
        result: 'SUCCESS',
        deleted_artifact: [{ type: 'image', status: 'SUCCESS', name_tag: 'tools/debian:v1' }],
      },
    },
  ],
];

const origin = {
  id: '4b2f89a6-548d-4c12-9993-a1f5790b97d2',
  requestId: base.requestId,
  projectId: 1,
  policyId: 3,
};
const payloadOf = (event: WebhookEvent, at = place) => presentPayload({ occurredAt }, event, at);

describe('the payloads of webhooks', () => {
  it.each(goldens)('are in the default form what Harbor sends: %j', (event, _, data) => {
    const target = { type: 'http', payloadFormat: 'Default' } as const;
    const message = formatMessage(target, payloadOf(event), origin);
    expect(message.contentType).toBe('application/json');
    // As text: the order of the fields is part of it.
    expect(message.body).toBe(
      JSON.stringify({
        type: event.type,
        occur_at: 1680505893,
        operator: 'robot$library+ci',
        event_data: data,
      }),
    );
  });

  it.each(goldens)('are CloudEvents where these are asked for: %j', (event, type, data) => {
    const target = { type: 'http', payloadFormat: 'CloudEvents' } as const;
    const message = formatMessage(target, payloadOf(event), origin);
    expect(message.contentType).toBe('application/cloudevents+json');
    expect(JSON.parse(message.body)).toEqual({
      specversion: '1.0',
      id: origin.id,
      requestid: base.requestId,
      source: '/projects/1/webhook/policies/3',
      type,
      datacontenttype: 'application/json',
      time: '2023-04-03T07:11:33Z',
      operator: 'robot$library+ci',
      data,
    });
  });

  it.each(goldens)('are blocks for Slack: %j', (event, _, data) => {
    const target = { type: 'slack', payloadFormat: '' } as const;
    const message = formatMessage(target, payloadOf(event), origin);
    expect(message.contentType).toBe('application/json');
    const texts = textsOf(message.body);
    expect(texts.slice(0, 5)).toEqual([
      '*Harbor webhook events*',
      `*event_type:* ${event.type}`,
      '*occur_at:* <!date^1680505893^{date} at {time}|2023-04-03T07:11:33Z>',
      '*operator:* robot$library+ci',
      '*event_data:*',
    ]);
    expect(JSON.parse((texts[5] ?? '').replaceAll('```', ''))).toEqual(data);
  });

  it('leave out what is not known, and no empty extension of CloudEvents in', () => {
    const gone = { ...place, isPublic: false, repositoryCreatedAt: undefined };
    const event = { ...artifact, type: 'DELETE_ARTIFACT', tags: [], labels: [] } as const;
    expect(payloadOf(event, gone).event_data.repository).toEqual({
      name: 'tools/debian',
      namespace: 'library',
      repo_full_name: 'library/tools/debian',
      repo_type: 'private',
    });
    const unknown = payloadOf({ ...quota, type: 'QUOTA_EXCEED', digest: undefined, tags: [] });
    expect(unknown.event_data).not.toHaveProperty('resources');
    const target = { type: 'http', payloadFormat: 'CloudEvents' } as const;
    const { body } = formatMessage(
      target,
      { ...payloadOf(event), operator: '' },
      { ...origin, requestId: '' },
    );
    expect(JSON.parse(body)).not.toHaveProperty('requestid');
    expect(JSON.parse(body)).not.toHaveProperty('operator');
  });

  it('give nobody the means to call a Slack channel, and fit what Slack takes', () => {
    const tags = Array.from({ length: 100 }, (_, index) => `tag-${index}`);
    const event = {
      ...artifact,
      type: 'DELETE_ARTIFACT',
      operator: '<!channel> & ```',
      tags,
      labels: [],
    } as const;
    const target = { type: 'slack', payloadFormat: '' } as const;
    const texts = textsOf(formatMessage(target, payloadOf(event), origin).body);
    expect(texts[3]).toBe("*operator:* &lt;!channel&gt; &amp; '''");
    expect(texts[5]).toHaveLength(3_000);
    expect(texts[5]).toMatch(/^```[^`]*…```$/);
  });
});

function textsOf(body: string): string[] {
  const { blocks }: { blocks: { type: string; text: { type: string; text: string } }[] } =
    JSON.parse(body);
  expect(blocks.every(({ type, text }) => type === 'section' && text.type === 'mrkdwn')).toBe(true);
  return blocks.map(({ text }) => text.text);
}
