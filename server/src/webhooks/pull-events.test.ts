import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLog } from '../../test/log.ts';
import { createMetrics } from '../telemetry/index.ts';
import { createPullEvents, type PullEvent } from './pull-events.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const pullOf = (projectId: number, tag = 'latest'): PullEvent => ({
  type: 'PULL_ARTIFACT',
  projectId,
  operator: 'ci',
  requestId: 'r',
  repository: `p${projectId}/app`,
  digest,
  tags: [tag],
});

function open() {
  const { log, entries } = createRecordingLog();
  const metrics = createMetrics();
  const world = {
    wanting: [1],
    loads: 0,
    batches: [] as (readonly PullEvent[])[],
    isEnabled: true,
    isDown: false,
    now: 0,
    whileLoading: (): void => undefined,
    entries,
    dropped: async () => {
      const metric = metrics.registry.getSingleMetric('berth_pull_events_dropped_total');
      return (await metric?.get())?.values[0]?.value;
    },
  };
  const pulls = createPullEvents({
    async listProjectsWanting() {
      world.loads += 1;
      const { wanting } = world;
      world.whileLoading();
      return wanting;
    },
    async publish(events) {
      if (world.isDown) throw new Error('down');
      world.batches.push(events);
    },
    isEnabled: () => world.isEnabled,
    log,
    metrics,
    now: () => world.now,
  });
  return { world, pulls };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('telling webhooks of pulls', () => {
  it('writes those of projects that want to know, in order, a quarter of a second later', async () => {
    const { world, pulls } = open();
    for (const tag of ['a', 'b']) pulls.pulled(pullOf(1, tag));
    pulls.pulled(pullOf(2));
    await vi.advanceTimersByTimeAsync(249);
    expect(world.batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.batches).toEqual([[pullOf(1, 'a'), pullOf(1, 'b')]]);
  });

  it('asks nobody again for a while', async () => {
    const { world, pulls } = open();
    pulls.pulled(pullOf(2));
    await pulls.flush();
    world.now = 30_000;
    for (let index = 0; index < 2_000; index += 1) pulls.pulled(pullOf(2));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world).toMatchObject({ loads: 1, batches: [] });
  });

  it('hears of a new policy at once here, and after half a minute on other replicas', async () => {
    const { world, pulls } = open();
    pulls.pulled(pullOf(2));
    await pulls.flush();
    world.wanting = [2];
    pulls.forget();
    pulls.pulled(pullOf(2, 'told'));
    await pulls.flush();
    expect(world.batches).toEqual([[pullOf(2, 'told')]]);
    world.wanting = [3];
    world.now = 30_001;
    pulls.pulled(pullOf(3, 'later'));
    await pulls.flush();
    expect(world.batches).toEqual([[pullOf(2, 'told')], [pullOf(3, 'later')]]);
  });

  it('does not trust an answer that was asked for before a change', async () => {
    const { world, pulls } = open();
    world.whileLoading = () => {
      world.whileLoading = () => undefined;
      world.wanting = [1, 2];
      pulls.forget();
    };
    pulls.pulled(pullOf(2));
    await pulls.flush();
    pulls.pulled(pullOf(2, 'later'));
    await pulls.flush();
    expect(world.batches.flat()).toEqual([pullOf(2), pullOf(2, 'later')]);
  });

  it('writes five hundred at a time, without waiting', async () => {
    const { world, pulls } = open();
    for (let index = 0; index < 1_100; index += 1) pulls.pulled(pullOf(1, `t${index}`));
    await vi.advanceTimersByTimeAsync(0);
    expect(world.batches.map((batch) => batch.length)).toEqual([500, 500, 100]);
    expect(world.batches.flat().map(({ tags }) => tags[0])).toEqual(
      Array.from({ length: 1_100 }, (_, index) => `t${index}`),
    );
  });

  it('keeps what it could not write, up to a limit, and says so', async () => {
    const { world, pulls } = open();
    world.isDown = true;
    for (let index = 0; index < 20_005; index += 1) pulls.pulled(pullOf(1, `t${index}`));
    await pulls.flush();
    expect(await world.dropped()).toBe(5);
    expect(world.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(world.entries.filter(({ level }) => level === 'warn').length).toBeLessThan(4);
    world.isDown = false;
    await pulls.flush();
    const told = world.batches.flat();
    expect(told).toHaveLength(20_000);
    expect(told.at(-1)?.tags).toEqual(['t19999']);
  });

  it('does nothing while webhooks are turned off', async () => {
    const { world, pulls } = open();
    world.isEnabled = false;
    pulls.pulled(pullOf(1));
    await pulls.flush();
    expect(world).toMatchObject({ loads: 0, batches: [] });
  });
});
