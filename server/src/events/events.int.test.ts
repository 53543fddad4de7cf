import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, type LogEntry } from '../../test/log.ts';
import { createDatabase, type Database, openPool, transact } from '../db/index.ts';
import { createMetrics, type Metrics } from '../telemetry/index.ts';
import type { DomainEvent, RecordedEvent } from './event.ts';
import { createOutbox } from './outbox.repository.ts';
import { createOutboxDispatcher, type OutboxDispatcher } from './outbox-dispatcher.ts';
import type { Subscriber } from './subscriber.ts';

let database: TestDatabase;
let db: Database;
let projectId: number;
let metrics: Metrics;
let entries: LogEntry[];
const outbox = createOutbox();
const running: OutboxDispatcher[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  const { log, entries: logged } = createRecordingLog();
  entries = logged;
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log }));
  const owner = await db
    .insertInto('app_user')
    .values({ username: 'ann', password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const project = await db
    .insertInto('project')
    .values({ name: 'p', owner_id: owner.id })
    .returning('id')
    .executeTakeFirstOrThrow();
  projectId = project.id;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatcher) => dispatcher.stop()));
  await db.destroy();
  await database.drop();
});

function dispatch(...subscribers: readonly Subscriber[]): OutboxDispatcher {
  const { log, entries: logged } = createRecordingLog();
  entries = logged;
  metrics = createMetrics();
  const ports = { db, subscribers, log, metrics, retryMs: 1, pollMs: 10 };
  const dispatcher = createOutboxDispatcher(ports);
  running.push(dispatcher);
  return dispatcher;
}

function push(tag: string): DomainEvent {
  return {
    type: 'PUSH_ARTIFACT',
    projectId,
    operator: 'ann',
    requestId: 'r1',
    repository: 'p/a',
    digest: 'sha256:00',
    tags: [tag],
  };
}

const publish = (...events: DomainEvent[]) => transact(db, (tx) => outbox.publish(tx, events));

function tagOf({ event }: RecordedEvent): string {
  return 'tags' in event ? (event.tags[0] ?? '') : event.type;
}

/** Remembers tags in the order told; fails when `fails` says so. */
function createReader(fails: (tag: string) => boolean = () => false) {
  const told: string[] = [];
  const subscriber: Subscriber = {
    name: 'reader',
    handle(_tx, events) {
      const tags = events.map(tagOf);
      if (tags.some(fails)) return Promise.reject(new Error('indigestible'));
      told.push(...tags);
      return Promise.resolve();
    },
  };
  return { told, subscriber };
}

async function countRows(table: 'event_outbox' | 'failed_event' | 'label'): Promise<number> {
  const { count } = await db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

describe('the outbox', () => {
  it('tells every kind of event as it was published', async () => {
    const base = { projectId, operator: 'ann', requestId: 'r1', repository: 'p/a' };
    const artifact = { ...base, digest: 'sha256:00', tags: ['a', 'b'] };
    const events: DomainEvent[] = [
      { ...artifact, type: 'PUSH_ARTIFACT' },
      { ...artifact, type: 'PULL_ARTIFACT' },
      { ...artifact, type: 'DELETE_ARTIFACT', labels: ['l'] },
      { ...base, type: 'CREATE_TAG', digest: 'sha256:00', tag: 'a' },
      { ...base, type: 'DELETE_TAG', digest: 'sha256:00', tag: 'a' },
      { ...base, type: 'DELETE_REPOSITORY' },
      { ...artifact, type: 'QUOTA_WARNING', details: 'much' },
      { ...artifact, type: 'QUOTA_EXCEED', digest: undefined, details: 'too much' },
    ];
    await publish(...events);
    const told: DomainEvent[] = [];
    const handle: Subscriber['handle'] = async (_tx, batch) => {
      told.push(...batch.map(({ event }) => event));
    };
    await dispatch({ name: 'x', handle }).drain();
    expect(told).toEqual(events);
    expect(await countRows('event_outbox')).toBe(0);
  });

  it('tells nothing of what was rolled back', async () => {
    const failing = transact(db, async (tx) => {
      await outbox.publish(tx, [push('x')]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const { told, subscriber } = createReader();
    await dispatch(subscriber).drain();
    expect(told).toEqual([]);
  });

  it('skips what is no event it knows, with a warning', async () => {
    const row = { project_id: projectId, repository_name: 'p/a', type: 'NEW' };
    await db
      .insertInto('event_outbox')
      .values([
        { ...row, payload: '{"type":"NEW"}' },
        { ...row, payload: '[1]' },
      ])
      .execute();
    await publish(push('x'));
    const { told, subscriber } = createReader();
    await dispatch(subscriber).drain();
    expect(told).toEqual(['x']);
    expect(entries.filter(({ level }) => level === 'warn')).toHaveLength(2);
    expect(await countRows('event_outbox')).toBe(0);
  });
});

describe('the dispatcher', () => {
  it('tells all events in order, in batches, to every subscriber', async () => {
    const tags = Array.from({ length: 1_001 }, (_, index) => String(index));
    await publish(...tags.map(push));
    const first = createReader();
    const second = createReader();
    await dispatch(first.subscriber, second.subscriber).drain();
    expect(first.told).toEqual(tags);
    expect(second.told).toEqual(tags);
  });

  it('finds events by itself once started, and hears of them when woken', async () => {
    const told = Promise.withResolvers<void>();
    const handle: Subscriber['handle'] = async () => told.resolve();
    const dispatcher = dispatch({ name: 'x', handle });
    dispatcher.start();
    await dispatcher.drain();
    await publish(push('x'));
    await expect(told.promise).resolves.toBeUndefined();
  });

  it('works one at a time, however many there are, so that the order is kept', async () => {
    const tags = Array.from({ length: 3_000 }, (_, index) => String(index));
    await publish(...tags.map(push));
    const told: string[] = [];
    let atWork = 0;
    const subscriber: Subscriber = {
      name: 'watcher',
      async handle(tx, events) {
        atWork += 1;
        expect(atWork).toBe(1);
        await tx.selectFrom('project').select('id').execute();
        told.push(...events.map(tagOf));
        atWork -= 1;
      },
    };
    const dispatchers = [dispatch(subscriber), dispatch(subscriber), dispatch(subscriber)];
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.drain()));
    expect(told).toEqual(tags);
  });

  it('undoes what subscribers wrote when one of them fails, and tells all again', async () => {
    await publish(push('x'));
    const write: Subscriber['handle'] = async (tx, events) => {
      const labels = events.map((event) => ({ name: tagOf(event) }));
      await tx.insertInto('label').values(labels).execute();
    };
    let failures = 0;
    const fail: Subscriber['handle'] = async () => {
      if (failures++ < 3) throw new Error('not now');
    };
    // Labels are unique: one that was left behind would make the next attempt fail.
    const dispatcher = dispatch({ name: 'w', handle: write }, { name: 'f', handle: fail });
    await dispatcher.drain();
    expect(failures).toBe(4);
    expect(await countRows('label')).toBe(1);
    expect(await countRows('failed_event')).toBe(0);
  });

  it('puts a poisonous event aside after some attempts, and tells the others', async () => {
    const tags = Array.from({ length: 250 }, (_, index) => String(index));
    await publish(...tags.map(push));
    const { told, subscriber } = createReader((tag) => tag === '7');
    const dispatcher = dispatch(subscriber);
    await dispatcher.drain();
    expect(told).toEqual(tags.filter((tag) => tag !== '7'));
    expect(await countRows('event_outbox')).toBe(0);
    expect(await countRows('failed_event')).toBe(1);
    expect(entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    const text = await metrics.registry.metrics();
    expect(text).toContain('berth_outbox_failed_events_total 1');
    expect(text).toContain('berth_outbox_events 0');

    const mended = createReader();
    const next = dispatch(mended.subscriber);
    expect(await next.restoreFailedEvents()).toBe(1);
    await next.drain();
    expect(mended.told).toEqual(['7']);
    expect(await countRows('failed_event')).toBe(0);
  });

  it('puts nothing aside because the database goes away', async () => {
    await publish(push('x'));
    let failures = 0;
    const subscriber: Subscriber = {
      name: 'unlucky',
      async handle() {
        if (failures++ < 9)
          throw Object.assign(new Error('down'), { code: 'ECONNRESET', syscall: 'read' });
      },
    };
    await dispatch(subscriber).drain();
    expect(failures).toBe(10);
    expect(await countRows('failed_event')).toBe(0);
  });

  it('tells how many events wait', async () => {
    await publish(...Array.from({ length: 500 }, (_, index) => push(String(index))));
    const seen: string[] = [];
    const subscriber: Subscriber = {
      name: 'gauge',
      async handle() {
        const line = (await metrics.registry.metrics()).match(/^berth_outbox_events (\d+)$/m);
        seen.push(line?.[1] ?? '');
      },
    };
    await dispatch(subscriber).drain();
    expect(seen).toEqual(['0', '300', '100']);
  });

  it('can be stopped while it fails', async () => {
    await publish(push('x'));
    const failed = Promise.withResolvers<void>();
    const handle: Subscriber['handle'] = async () => {
      failed.resolve();
      throw new Error('never');
    };
    const dispatcher = dispatch({ name: 'f', handle });
    dispatcher.start();
    await failed.promise;
    await dispatcher.stop();
    expect((await countRows('event_outbox')) + (await countRows('failed_event'))).toBe(1);
  });
});
