import { describe, expect, it } from 'vitest';
import { createEgress } from '../egress/index.ts';
import { checkPolicy, type PolicyOrder, type TargetOrder } from './policy-rules.ts';

const egress = createEgress();
const parseUrl = (url: string) => egress.parseUrl(url, 'public');

const target: TargetOrder = {
  type: 'http',
  address: 'https://hooks.example.com/in',
  payloadFormat: '',
  skipCertVerify: false,
  authHeader: '',
  secret: undefined,
};
const order: PolicyOrder = {
  name: 'ci',
  description: '',
  isEnabled: true,
  eventTypes: ['PUSH_ARTIFACT'],
  targets: [target],
};
const check = (change: Partial<PolicyOrder>) => checkPolicy({ ...order, ...change }, parseUrl);
const checkTarget = (change: Partial<TargetOrder>) =>
  check({ targets: [{ ...target, ...change }] }).targets[0];

describe('the rules for webhook policies', () => {
  it('take a policy, and the default form for HTTP when none is named', () => {
    expect(check({ eventTypes: ['PULL_ARTIFACT', 'PUSH_ARTIFACT', 'PULL_ARTIFACT'] })).toEqual({
      content: {
        name: 'ci',
        description: '',
        isEnabled: true,
        eventTypes: ['PULL_ARTIFACT', 'PUSH_ARTIFACT'],
      },
      targets: [{ ...target, payloadFormat: 'Default' }],
    });
    expect(checkTarget({ payloadFormat: 'CloudEvents' })).toMatchObject({
      payloadFormat: 'CloudEvents',
    });
    expect(checkTarget({ type: 'slack' })).toMatchObject({ payloadFormat: '' });
  });

  it.each<[string, Partial<PolicyOrder>]>([
    ['no name', { name: ' ' }],
    ['no event types', { eventTypes: [] }],
    ['an unknown event type', { eventTypes: ['PUSH_ARTIFACT', 'MELT_ARTIFACT'] }],
    ['an event of ours alone', { eventTypes: ['CREATE_TAG'] }],
    ['no targets', { targets: [] }],
  ])('refuse %s', (_, change) => {
    expect(() => check(change)).toThrowError(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each<[string, Partial<TargetOrder>]>([
    ['a Teams target', { type: 'teams' }],
    ['no target type', { type: '' }],
    ['a payload format for Slack', { type: 'slack', payloadFormat: 'Default' }],
    ['an unknown payload format', { payloadFormat: 'XML' }],
    ['no address', { address: ' ' }],
    ['an address that is only slashes', { address: '///' }],
    ['another scheme', { address: 'ftp://hooks.example.com' }],
    ['an address with credentials', { address: 'https://a:b@hooks.example.com' }],
    ['a header with a line end', { authHeader: 'Bearer a\r\nX-Other: b' }],
    ['a header that Node cannot send', { authHeader: 'Bearer ł' }],
  ])('refuse %s', (_, change) => {
    expect(() => checkTarget(change)).toThrowError(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each([
    ['https://hooks.example.com/', 'https://hooks.example.com'],
    [' hooks.example.com/a/b/ ', 'http://hooks.example.com/a/b'],
    ['https://HOOKS.example.com:443/a?token=x#y', 'https://hooks.example.com/a?token=x'],
    ['https://hooks.example.com:8443/a', 'https://hooks.example.com:8443/a'],
  ])('keep of %s scheme, host, path and query', (address, kept) => {
    expect(checkTarget({ address })?.address).toBe(kept);
  });

  it.each([
    'http://127.0.0.1',
    'http://0x7f.1/',
    'http://2130706433',
    '①②⑦.0.0.1',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b:1::7f00:1]',
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1:2375',
    'http://localhost:5432',
    'http://db.internal',
    'http://0.0.0.0',
  ])('refuse the private address %s with one constant sentence', (address) => {
    expect(() => checkTarget({ address })).toThrowError(
      'the endpoint is at an address that may not be called',
    );
  });

  it('take a private address of a network that the operator listed', () => {
    const listed = createEgress({ allowedNetworks: ['10.1.0.0/16'] });
    const targets = [{ ...target, address: 'http://10.1.2.3/hook' }];
    const checked = checkPolicy({ ...order, targets }, (url) => listed.parseUrl(url, 'public'));
    expect(checked.targets[0]?.address).toBe('http://10.1.2.3/hook');
  });
});
