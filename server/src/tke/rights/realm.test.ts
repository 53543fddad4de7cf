import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createRealmOf } from './realm.ts';

function request(headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  return message;
}

const trusting = { externalUrl: undefined, isTrustedProxy: () => true };
const doubting = { externalUrl: undefined, isTrustedProxy: () => false };

describe('B39: the realm of a challenge', () => {
  it('is at the host that the client called', () => {
    const realmOf = createRealmOf({ ...doubting, externalUrl: 'https://registry.example.com' });
    for (const host of ['t1.example.com', 't1.example.com:8443', '127.0.0.1:80', '[::1]:80']) {
      expect(realmOf(request({ host }))).toBe(`https://${host}/registry/auth`);
    }
  });

  it('has the scheme that a trusted proxy tells, and no other tells one', () => {
    const headers = { host: 't1.example.com', 'x-forwarded-proto': 'https' };
    expect(createRealmOf(trusting)(request(headers))).toBe('https://t1.example.com/registry/auth');
    expect(createRealmOf(doubting)(request(headers))).toBe('http://t1.example.com/registry/auth');
    const forged = { ...headers, 'x-forwarded-proto': 'javascript' };
    expect(createRealmOf(trusting)(request(forged))).toBe('http://t1.example.com/registry/auth');
  });

  it.each([
    'evil.com"',
    'evil.com/x',
    'evil.com, service=x',
    'user@evil.com',
    'a..b',
    '-a.com',
    'evil.com:',
    'evil.com:x',
    'evil.com:123456',
    '[::1',
    `${'a'.repeat(300)}.com`,
  ])('never repeats %s', (host) => {
    expect(() => createRealmOf(doubting)(request({ host }))).toThrow('not a host name');
  });

  it('is where the registry is known to be for a client that names no host', () => {
    const realmOf = createRealmOf({ ...doubting, externalUrl: 'https://registry.example.com/' });
    expect(realmOf(request({}))).toBe('https://registry.example.com/registry/auth');
  });
});
