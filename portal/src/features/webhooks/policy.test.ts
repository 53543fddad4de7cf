import { describe, expect, it } from 'vitest';
import {
  bodyOfDraft,
  draftOfPolicy,
  isComplete,
  isEndpoint,
  lastTimes,
  switched,
  type WebhookPolicy,
} from './policy.ts';

const policy: WebhookPolicy = {
  id: 1,
  name: 'ci',
  project_id: 3,
  targets: [
    {
      type: 'http',
      address: 'https://ci.example.com/hook',
      auth_header: '******',
      payload_format: 'CloudEvents',
      skip_cert_verify: true,
    },
    { type: 'slack', address: 'https://hooks.slack.com/x', skip_cert_verify: false },
  ],
  event_types: ['PUSH_ARTIFACT'],
  creator: 'admin',
  creation_time: '2026-11-21T20:00:00.000Z',
  update_time: '2026-11-21T20:00:00.000Z',
  enabled: false,
};

describe('a webhook policy', () => {
  it('keeps secrets, further targets and whether it is on when nothing was typed', () => {
    const [target, slack] = policy.targets;
    expect(bodyOfDraft(draftOfPolicy(policy), policy)).toEqual({
      name: 'ci',
      description: '',
      enabled: false,
      event_types: ['PUSH_ARTIFACT'],
      targets: [{ ...target, secret: '' }, slack],
    });
  });

  it('sends a secret that was typed, and none that was taken away', () => {
    const draft = draftOfPolicy(policy);
    const typed = { ...draft, authHeader: { ...draft.authHeader, value: 'Bearer new' } };
    expect(bodyOfDraft(typed, policy).targets?.[0]?.auth_header).toBe('Bearer new');
    const cleared = { ...typed, authHeader: { ...typed.authHeader, isCleared: true } };
    expect(bodyOfDraft(cleared, policy).targets?.[0]?.auth_header).toBe('');
  });

  it('has neither a format nor an authorization for Slack', () => {
    const body = bodyOfDraft({ ...draftOfPolicy(policy), type: 'slack' }, policy);
    expect(body.targets?.[0]).not.toHaveProperty('payload_format');
    expect(body.targets?.[0]).not.toHaveProperty('auth_header');
  });

  it('is new and on at first, and not complete', () => {
    const draft = draftOfPolicy(undefined);
    expect(bodyOfDraft(draft, undefined).enabled).toBe(true);
    expect(isComplete(draft)).toBe(false);
    const whole = { name: 'ci', address: 'https://a.example', eventTypes: ['PUSH_ARTIFACT'] };
    expect(isComplete({ ...draft, ...whole })).toBe(true);
  });

  it('is switched with everything else as it is', () => {
    expect(switched(policy, true)).toMatchObject({ enabled: true, targets: policy.targets });
  });

  it.each([
    ['https://ci.example.com/hook?k=1', true],
    ['HTTP://ci.example.com', true],
    ['ci.example.com', false],
    ['ftp://ci.example.com', false],
    ['https://', false],
    ['https://a b', false],
  ])('%s is an endpoint: %s', (address, is) => {
    expect(isEndpoint(address)).toBe(is);
  });

  it('was last triggered by the newest of its events', () => {
    const trigger = (policy_name: string, last_trigger_time: string) =>
      ({
        policy_name,
        last_trigger_time,
        event_type: 'PUSH_ARTIFACT',
        enabled: true,
        creation_time: policy.creation_time,
      }) as const;
    const times = lastTimes([
      trigger('ci', '2026-11-21T20:00:00.000Z'),
      trigger('ci', '2026-11-21T21:00:00.000Z'),
      trigger('ci', '0001-01-01T00:00:00.000Z'),
      trigger('new', '0001-01-01T00:00:00.000Z'),
    ]);
    expect(times.get('ci')).toBe('2026-11-21T21:00:00.000Z');
    expect(times.get('new')).toBe('0001-01-01T00:00:00.000Z');
  });
});
