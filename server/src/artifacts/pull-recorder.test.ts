import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLog } from '../../test/log.ts';
import { createPullRecorder } from './pull-recorder.ts';
import type {
  ArtifactPull,
  PullStatsRepository,
  RepositoryPulls,
  TagPull,
} from './pull-stats.repository.ts';

const noon = new Date('2026-11-21T12:00:00Z');
beforeEach(() => {
  vi.useFakeTimers({ now: noon });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Rows in memory, which can be made to fail. */
function setUp(settings = {}) {
  const written: { artifacts: ArtifactPull[]; tags: TagPull[]; repositories: RepositoryPulls[] } = {
    artifacts: [],
    tags: [],
    repositories: [],
  };
  const failing = new Set<keyof typeof written>();
  let flushes = 0;
  async function write<T>(name: keyof typeof written, into: T[], items: readonly T[]) {
    flushes += 1;
    if (failing.has(name)) throw new Error('the database is away');
    into.push(...items);
  }
  const rows: PullStatsRepository = {
    putArtifactPulls: (pulls) => write('artifacts', written.artifacts, pulls),
    putTagPulls: (pulls) => write('tags', written.tags, pulls),
    addRepositoryPulls: (pulls) => write('repositories', written.repositories, pulls),
  };
  const { log, entries } = createRecordingLog();
  const current = {
    pull_time_update_disable: false,
    pull_count_update_disable: false,
    ...settings,
  };
  const recorder = createPullRecorder({ rows, settings: () => current, log });
  return { recorder, written, failing, entries, flushes: () => flushes };
}

const pull = { repository: 'team/app', digest: 'sha256:1', tag: 'v1' };
const at = noon.getTime();

describe('the pull recorder', () => {
  it('writes the last times and the counts after ten seconds, and then nothing more', async () => {
    const { recorder, written, flushes } = setUp();
    recorder.pulled(pull);
    vi.setSystemTime(at + 2000);
    recorder.pulled(pull);
    recorder.pulled({ repository: 'team/app', digest: 'sha256:2' });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(flushes()).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written).toEqual({
      artifacts: [
        { repository: 'team/app', digest: 'sha256:1', at: at + 2000 },
        { repository: 'team/app', digest: 'sha256:2', at: at + 2000 },
      ],
      tags: [{ repository: 'team/app', tag: 'v1', digest: 'sha256:1', at: at + 2000 }],
      repositories: [{ repository: 'team/app', pulls: 3 }],
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flushes()).toBe(3);
  });

  it('keeps the later of two times, whatever the order', async () => {
    const { recorder, written } = setUp();
    recorder.pulled({ ...pull, at: new Date(at + 5) });
    recorder.pulled({ ...pull, digest: 'sha256:0', at: new Date(at) });
    recorder.pulled({ ...pull, at: new Date(at) });
    await recorder.flush();
    expect(written.artifacts[0]).toEqual({
      repository: 'team/app',
      digest: 'sha256:1',
      at: at + 5,
    });
    expect(written.tags).toEqual([{ ...pull, at: at + 5 }]);
  });

  it.each([
    [{ pull_time_update_disable: true }, 0, 1],
    [{ pull_count_update_disable: true }, 1, 0],
    [{ pull_time_update_disable: true, pull_count_update_disable: true }, 0, 0],
  ])('leaves out what %o switches off', async (settings, times, counts) => {
    const { recorder, written } = setUp(settings);
    recorder.pulled(pull);
    await recorder.flush();
    expect(written.artifacts).toHaveLength(times);
    expect(written.tags).toHaveLength(times);
    expect(written.repositories).toHaveLength(counts);
  });

  it('keeps what cannot be written for the next try, and that alone', async () => {
    const { recorder, written, failing, entries } = setUp();
    failing.add('repositories');
    recorder.pulled(pull);
    await recorder.flush();
    expect(entries).toMatchObject([{ level: 'warn' }]);
    expect(written.artifacts).toHaveLength(1);
    recorder.pulled({ ...pull, tag: 'v2' });
    failing.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written.repositories).toEqual([{ repository: 'team/app', pulls: 2 }]);
    expect(written.tags.map(({ tag }) => tag)).toEqual(['v1', 'v2']);
  });

  it('tries again by itself', async () => {
    const { recorder, written, failing } = setUp();
    failing.add('artifacts').add('tags').add('repositories');
    recorder.pulled(pull);
    await vi.advanceTimersByTimeAsync(10_000);
    failing.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written).toEqual({
      artifacts: [{ repository: 'team/app', digest: 'sha256:1', at }],
      tags: [{ ...pull, at }],
      repositories: [{ repository: 'team/app', pulls: 1 }],
    });
  });

  it('flushes early when it has much', async () => {
    const { recorder, written } = setUp();
    for (let index = 0; index < 20_000; index += 1) {
      recorder.pulled({ repository: 'team/app', digest: `sha256:${index}` });
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(written.artifacts.length).toBeGreaterThan(19_000);
    await recorder.flush();
    expect(written.artifacts).toHaveLength(20_000);
    expect(written.repositories.reduce((sum, { pulls }) => sum + pulls, 0)).toBe(20_000);
  });

  it('keeps no more than it may while nothing can be written, and tells', async () => {
    const { recorder, written, failing, entries, flushes } = setUp();
    failing.add('artifacts').add('tags').add('repositories');
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 20_000; index += 1) {
        recorder.pulled({ repository: 'team/app', digest: `sha256:${round}-${index}` });
      }
      await vi.advanceTimersByTimeAsync(0);
    }
    // Full, it does not try again with every pull.
    expect(flushes()).toBe(2);
    failing.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written.artifacts).toHaveLength(19_999);
    expect(written.repositories).toEqual([{ repository: 'team/app', pulls: 60_000 }]);
    expect(entries.some(({ fields }) => 'lost' in fields)).toBe(true);
  });
});
