import { describe, expect, it } from 'vitest';
import { createHealthMonitor } from './health-monitor.ts';

const works = () => Promise.resolve();
const fails = () => Promise.reject(new Error('host db-7 is down'));

const failing = async (monitor: ReturnType<typeof createHealthMonitor>) =>
  (await monitor.listComponents()).filter(({ error }) => error !== undefined);

describe('the health monitor', () => {
  it('names all components of Harbor in order, and our own further checks', async () => {
    const monitor = createHealthMonitor([
      { name: 'database', check: works },
      { name: 'storage', check: works },
      { name: 'trivy', check: works },
    ]);
    await monitor.poll();
    expect((await monitor.listComponents()).map(({ name }) => name)).toEqual([
      'core',
      'database',
      'jobservice',
      'portal',
      'redis',
      'registry',
      'registryctl',
      'trivy',
    ]);
    expect(await failing(monitor)).toEqual([]);
  });

  it('tells which components fail, and not why', async () => {
    const monitor = createHealthMonitor([
      { name: 'database', check: works },
      { name: 'storage', check: fails },
    ]);
    await monitor.poll();
    expect(await failing(monitor)).toEqual([
      { name: 'registry', error: 'the check failed' },
      { name: 'registryctl', error: 'the check failed' },
    ]);
  });

  it('runs no check when it is asked', async () => {
    let runs = 0;
    const monitor = createHealthMonitor([
      {
        name: 'database',
        check: () => {
          runs += 1;
          return works();
        },
      },
    ]);
    await monitor.poll();
    await Promise.all(Array.from({ length: 5 }, () => monitor.listComponents()));
    expect(runs).toBe(1);
  });

  it('waits for the first poll', async () => {
    const gate = Promise.withResolvers<void>();
    const monitor = createHealthMonitor([{ name: 'database', check: () => gate.promise }]);
    const polling = monitor.poll();
    const asked = monitor.listComponents();
    gate.reject(new Error('no'));
    await polling;
    expect((await asked).find(({ name }) => name === 'database')?.error).toBe('the check failed');
  });

  it('gives up on a check that hangs, and does not start it once more', async () => {
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const check = () => {
      runs += 1;
      return gate.promise;
    };
    const monitor = createHealthMonitor([{ name: 'database', check }], { deadlineMs: 1 });
    await monitor.poll();
    await monitor.poll();
    expect(runs).toBe(1);
    expect(await failing(monitor)).toMatchObject([{ name: 'database' }]);
    gate.resolve();
    await gate.promise;
    await monitor.poll();
    await monitor.poll();
    expect(await failing(monitor)).toEqual([]);
    expect(runs).toBeGreaterThan(1);
  });

  it('does not take an old poll for health', async () => {
    let now = 1000;
    const monitor = createHealthMonitor([{ name: 'database', check: works }], { now: () => now });
    await monitor.poll();
    now += 60_000;
    expect(await failing(monitor)).toEqual([]);
    now += 1;
    expect(await failing(monitor)).toEqual([
      { name: 'database', error: 'not checked for a minute' },
    ]);
  });
});
