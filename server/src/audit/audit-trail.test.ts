import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLog } from '../../test/log.ts';
import { createMetrics } from '../telemetry/index.ts';
import type { AuditEntry, AuditRecord } from './audit-entry.ts';
import { type AuditSettings, createAuditTrail } from './audit-trail.ts';

const entry = (resource: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  operation: 'create',
  resourceType: 'artifact',
  resource,
  username: 'ann',
  succeeded: true,
  ...change,
});
const pull = (resource: string) => entry(resource, { operation: 'pull' });

function setUp(
  insert: (records: readonly AuditRecord[]) => Promise<void> = () => Promise.resolve(),
) {
  const batches: string[][] = [];
  const forwarded: { resources: string[]; endpoint: string }[] = [];
  const { log, entries } = createRecordingLog();
  const metrics = createMetrics();
  const settings: { -readonly [K in keyof AuditSettings]: AuditSettings[K] } & { broken: boolean } =
    {
      disabledEventTypes: [],
      pullDisabled: false,
      forwardEndpoint: '',
      skipDatabase: false,
      broken: false,
    };
  const trail = createAuditTrail({
    rows: {
      async insert(records) {
        batches.push(records.map(({ resource }) => resource));
        await insert(records);
      },
    },
    settings: () =>
      settings.broken ? Promise.reject(new Error('away')) : Promise.resolve({ ...settings }),
    forward: (records, endpoint) =>
      forwarded.push({ resources: records.map(({ resource }) => resource), endpoint }),
    log,
    metrics,
  });
  const dropped = async () =>
    (await metrics.registry.getSingleMetric('berth_audit_entries_dropped_total')?.get())?.values[0]
      ?.value;
  return { trail, batches, forwarded, logged: entries, settings, dropped };
}

const unavailable = () => Promise.reject(new Error('Connection terminated'));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('recording', () => {
  it('resolves when the entry is written', async () => {
    const gate = Promise.withResolvers<void>();
    const { trail, batches } = setUp(() => gate.promise);
    let isDone = false;
    const recorded = trail.record(entry('a')).then(() => {
      isDone = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(batches).toEqual([['a']]);
    expect(isDone).toBe(false);
    gate.resolve();
    await recorded;
  });

  it('writes what comes while a batch is under way together', async () => {
    const gate = Promise.withResolvers<void>();
    const { trail, batches } = setUp(() => gate.promise);
    const first = trail.record(entry('a'));
    await vi.advanceTimersByTimeAsync(0);
    const others = ['b', 'c', 'd'].map((name) => trail.record(entry(name)));
    gate.resolve();
    await Promise.all([first, ...others]);
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('writes at most 500 at once', async () => {
    const { trail, batches } = setUp();
    await Promise.all(Array.from({ length: 1001 }, (_, i) => trail.record(entry(`${i}`))));
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 1]);
  });

  it('takes an entry from whoever has just been answered', async () => {
    const { trail, batches } = setUp();
    for (const name of ['a', 'b', 'c']) await trail.record(entry(name));
    expect(batches).toEqual([['a'], ['b'], ['c']]);
  });

  it('never rejects: what the database does not take is logged with all it says', async () => {
    const { trail, batches, logged } = setUp(unavailable);
    await Promise.all([trail.record(entry('a')), trail.record(entry('b'))]);
    expect(batches).toEqual([['a', 'b']]);
    expect(logged).toMatchObject(
      ['a', 'b'].map((resource) => ({
        level: 'error',
        fields: { entry: { resource, username: 'ann' } },
      })),
    );
  });

  it('does not lose others with one that the database refuses', async () => {
    const { trail, batches, logged } = setUp((records) =>
      records.some(({ resource }) => resource === 'bad')
        ? Promise.reject(new Error('refused'))
        : Promise.resolve(),
    );
    await Promise.all(['a', 'bad', 'c'].map((name) => trail.record(entry(name))));
    expect(batches).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ fields: { entry: { resource: 'bad' } } });
  });

  it('cleans what it is given', async () => {
    const { trail, batches } = setUp();
    await trail.record(entry('a\nb'));
    expect(batches).toEqual([['a\ufffdb']]);
  });
});

describe('noting', () => {
  it('writes soon, in one batch, and without being asked', async () => {
    const { trail, batches } = setUp();
    trail.note(pull('a'));
    trail.note(pull('b'));
    await vi.advanceTimersByTimeAsync(499);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([['a', 'b']]);
    trail.note(pull('c'));
    await vi.advanceTimersByTimeAsync(500);
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });

  it('goes with entries that are recorded', async () => {
    const { trail, batches } = setUp();
    trail.note(pull('a'));
    await trail.record(entry('b'));
    expect(batches).toEqual([['b', 'a']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('drops the oldest beyond 10,000 and counts them', async () => {
    const gate = Promise.withResolvers<void>();
    const { trail, batches, dropped } = setUp(() => gate.promise);
    const first = trail.record(entry('first'));
    await vi.advanceTimersByTimeAsync(0);
    for (let i = 0; i < 10_003; i += 1) trail.note(pull(`${i}`));
    gate.resolve();
    await first;
    await trail.flush();
    expect(batches.flat()).toHaveLength(10_001);
    expect(batches[1]?.[0]).toBe('3');
    expect(batches.at(-1)?.at(-1)).toBe('10002');
    expect(await dropped()).toBe(3);
  });

  it('counts what the database did not take', async () => {
    const { trail, logged, dropped } = setUp(unavailable);
    trail.note(pull('a'));
    trail.note(pull('b'));
    await trail.flush();
    expect(await dropped()).toBe(2);
    expect(logged).toMatchObject([{ level: 'error', fields: { count: 2 } }]);
  });

  it('is written by a flush', async () => {
    const { trail, batches } = setUp();
    trail.note(pull('a'));
    await trail.flush();
    expect(batches).toEqual([['a']]);
    await trail.flush();
    expect(batches).toEqual([['a']]);
  });
});

describe('the settings', () => {
  it('leave out event types, other ones not', async () => {
    const { trail, batches, forwarded, settings } = setUp();
    settings.disabledEventTypes = ['create_artifact'];
    settings.forwardEndpoint = 'logs:514';
    await Promise.all([
      trail.record(entry('a')),
      trail.record(entry('b', { operation: 'delete' })),
    ]);
    expect(batches).toEqual([['b']]);
    expect(forwarded).toEqual([{ resources: ['b'], endpoint: 'logs:514' }]);
  });

  it('leave out pulls', async () => {
    const { trail, batches, settings } = setUp();
    settings.pullDisabled = true;
    trail.note(pull('a'));
    await trail.record(entry('b'));
    expect(batches).toEqual([['b']]);
  });

  it('forward beside the database, or only forward', async () => {
    const { trail, batches, forwarded, settings } = setUp();
    settings.forwardEndpoint = 'logs:514';
    await trail.record(entry('a'));
    settings.skipDatabase = true;
    await trail.record(entry('b'));
    expect(batches).toEqual([['a']]);
    expect(forwarded.map(({ resources }) => resources)).toEqual([['a'], ['b']]);
  });

  it('never lose an entry: without an endpoint the database is not skipped', async () => {
    const { trail, batches, settings } = setUp();
    settings.skipDatabase = true;
    await trail.record(entry('a'));
    expect(batches).toEqual([['a']]);
  });

  it('are the last known ones when they cannot be read', async () => {
    const { trail, batches, settings } = setUp();
    settings.disabledEventTypes = ['create_artifact'];
    await trail.record(entry('a'));
    settings.broken = true;
    await Promise.all([
      trail.record(entry('b')),
      trail.record(entry('c', { operation: 'delete' })),
    ]);
    expect(batches).toEqual([['c']]);
  });
});
