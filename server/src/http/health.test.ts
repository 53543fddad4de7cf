import { afterEach, describe, expect, it, vi } from 'vitest';
import { quietLog } from '../../test/log.ts';
import { AppError } from '../lib/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { type HealthCheck, registerHealthRoutes } from './health.routes.ts';
import { createHttpServer } from './http-server.ts';

afterEach(() => {
  vi.useRealTimers();
});

function setUp(checks: readonly HealthCheck[], isStopping = false) {
  const app = createHttpServer({ log: quietLog, idleMs: 1000 });
  registerHealthRoutes(app, { checks, metrics: createMetrics(), isStopping: () => isStopping });
  return app;
}

const fine: HealthCheck = { name: 'database', check: () => Promise.resolve() };
const broken: HealthCheck = { name: 'storage', check: () => Promise.reject(new Error('secret')) };

describe('/readyz', () => {
  it.each<[string, HealthCheck[], boolean, number]>([
    ['all is well', [fine], false, 200],
    ['one part is broken', [fine, broken], false, 503],
    ['the registry is stopping', [fine], true, 503],
  ])('when %s', async (_when, checks, isStopping, status) => {
    const answer = await setUp(checks, isStopping).inject('/readyz');
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status: status === 200 ? 'ready' : 'unavailable' });
    expect(answer.body).not.toContain('secret');
  });

  it('names what is broken', async () => {
    const answer = await setUp([fine, broken]).inject('/readyz');
    expect(answer.json().components).toEqual([
      { name: 'database', status: 'ok' },
      { name: 'storage', status: 'unavailable' },
    ]);
  });

  it('tells why, where the part has a sentence for everybody', async () => {
    const refused: HealthCheck = {
      name: 'harbor',
      check: () => Promise.reject(new AppError('unavailable', 'the account is refused')),
    };
    const answer = await setUp([refused]).inject('/readyz');
    expect(answer.json().components).toEqual([
      { name: 'harbor', status: 'unavailable', reason: 'the account is refused' },
    ]);
  });

  it('waits five seconds for a part, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const app = setUp([{ name: 'slow', check: () => new Promise(() => undefined) }]);
    await app.ready();
    const asking = app.inject('/readyz');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await asking).statusCode).toBe(503);
  });
});

describe('the other pages', () => {
  it('tell that the process lives, whatever is broken', async () => {
    expect((await setUp([broken], true).inject('/healthz')).statusCode).toBe(200);
  });

  it('show metrics to Prometheus', async () => {
    const answer = await setUp([]).inject('/metrics');
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('process_cpu_user_seconds_total');
  });
});

describe('the server', () => {
  it("answers what it does not know in Harbor's envelope, with a request id", async () => {
    const answer = await setUp([]).inject({ url: '/nowhere', headers: { 'x-request-id': 'r-1' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['x-request-id']).toBe('r-1');
    expect(answer.json()).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  });

  it('leaks nothing of an error it does not know', async () => {
    const app = setUp([]);
    app.get('/broken', () => Promise.reject(new Error('secret')));
    const answer = await app.inject('/broken');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
  });
});
