import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import { runFuzz } from './fuzz.ts';
import { createSender } from './send.ts';

const registry = await openRegistry({ egressNetworks: ['127.0.0.0/8'] });
afterAll(() => registry.close());

describe('the REST API under requests that nobody sane sends', () => {
  it('answers 2,000 of them without a 5xx, in its envelope and by its own schemas', async () => {
    const { url, username, password } = registry;
    const administrator = { username, password };
    const report = await runFuzz({ url, administrator, cases: 2_000, seed: 'conformance' });
    expect(report.violations).toEqual([]);
    expect(report.cutOff).toBeLessThan(5);
    // That it was not all refused at the door.
    expect(report.operations).toBeGreaterThan(120);
    expect(report.neverSucceeded.length).toBeLessThan(report.operations / 3);
  });

  it.each([
    ['an expectation that cannot be met', { expect: 'nothing' }, 417, 'EXPECTATION_FAILED'],
    [
      'headers beyond 16 KiB',
      { 'x-long': 'x'.repeat(20_000) },
      431,
      'REQUEST_HEADER_FIELDS_TOO_LARGE',
    ],
  ])('refuses %s in the envelope, with a request id', async (_, headers, status, code) => {
    const sender = createSender(registry.url);
    const request = { method: 'GET', target: '/api/v2.0/ping', headers, body: undefined };
    const answer = await sender.send(request).finally(() => sender.close());
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ errors: [{ code }] });
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('refuses a HEAD that is too long without a body, which would be the next answer', async () => {
    const sender = createSender(registry.url);
    const target = `/api/v2.0/projects?project_name=${'x'.repeat(20_000)}`;
    const request = { method: 'HEAD', target, headers: {}, body: undefined };
    const answer = await sender.send(request).finally(() => sender.close());
    expect([answer.status, answer.body.length]).toEqual([431, 0]);
  });
});
