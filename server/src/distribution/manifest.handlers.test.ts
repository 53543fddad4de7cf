import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isPull } from './manifest.handlers.ts';

function requestOf(method: string, agent?: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  if (agent !== undefined) request.headers['user-agent'] = agent;
  return request;
}

describe('reading a manifest', () => {
  it.each([
    ['GET', undefined, true],
    ['GET', 'docker/28.0', true],
    ['HEAD', 'docker/28.0', false],
    ['GET', 'harbor-registry-client', false],
  ])('by %s of %s is a pull: %s', (method, agent, expected) => {
    expect(isPull(requestOf(method, agent))).toBe(expected);
  });
});
