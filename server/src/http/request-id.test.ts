import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requestId } from './request-id.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function request(headers: Record<string, string | string[]>): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { headers });
}

describe('requestId', () => {
  it.each(['abc', 'a1-b2_c3.d4:e5', 'x'.repeat(128)])('keeps the harmless id %s', (id) => {
    expect(requestId(request({ 'x-request-id': id }))).toBe(id);
  });

  it.each([
    {},
    { 'x-request-id': '' },
    { 'x-request-id': 'x'.repeat(129) },
    { 'x-request-id': 'a b' },
    { 'x-request-id': 'a\r\nSet-Cookie: x' },
    { 'x-request-id': 'a\n' },
    { 'x-request-id': '<script>' },
    { 'x-request-id': ['a', 'b'] },
  ])('makes a fresh one for %j', (headers) => {
    const [first, second] = [requestId(request(headers)), requestId(request(headers))];
    expect(first).toMatch(UUID);
    expect(first).not.toBe(second);
  });
});
