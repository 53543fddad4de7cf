import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAddressOf, createProxyTrust } from './client-address.ts';

function request(remote: string, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remote });
  const message = new IncomingMessage(socket);
  if (forwarded !== undefined) message.headers['x-forwarded-for'] = forwarded;
  return message;
}

describe('the address of a client', () => {
  it.each([
    ['no proxy is trusted', [], '192.0.2.1', '10.9.9.9', '192.0.2.1'],
    ['the peer is no trusted proxy', ['10.0.0.0/8'], '192.0.2.1', '203.0.113.7', '192.0.2.1'],
    ['a trusted proxy tells it', ['10.0.0.0/8'], '10.1.1.1', '203.0.113.7', '203.0.113.7'],
    [
      'the client wrote a lie before it',
      ['10.0.0.0/8'],
      '10.1.1.1',
      '1.1.1.1, 203.0.113.7',
      '203.0.113.7',
    ],
    [
      'two trusted proxies pass it on',
      ['10.0.0.0/8'],
      '10.1.1.1',
      '203.0.113.7, 10.2.2.2',
      '203.0.113.7',
    ],
    ['the proxy tells nothing', ['10.0.0.0/8'], '10.1.1.1', undefined, '10.1.1.1'],
    ['the proxy tells nonsense', ['10.0.0.0/8'], '10.1.1.1', 'unknown', '10.1.1.1'],
    ['all are proxies', ['10.0.0.0/8'], '10.1.1.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['IPv4 comes over IPv6', ['10.0.0.0/8'], '::ffff:10.1.1.1', '203.0.113.7', '203.0.113.7'],
    ['the proxy is one address', ['::1'], '::1', '2001:db8::5', '2001:db8::5'],
  ])('when %s', (_when, trusted, remote, forwarded, expected) => {
    expect(createAddressOf(trusted)(request(remote, forwarded))).toBe(expected);
  });
});

describe('the trust in a peer', () => {
  it.each([
    [['10.0.0.0/8'], '10.1.1.1', true],
    [['10.0.0.0/8'], '::ffff:10.1.1.1', true],
    [['10.0.0.0/8'], '192.0.2.1', false],
    [[], '127.0.0.1', false],
  ])('of proxies in %j is %s: %s', (trusted, remote, isTrusted) => {
    // Whatever it says of others.
    expect(createProxyTrust(trusted)(request(remote, '10.1.1.1'))).toBe(isTrusted);
  });
});
