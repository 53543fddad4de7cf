import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { connectClient, openPool } from './database.ts';
import { createNotifications, type Notifications, type NotificationsOptions } from './notify.ts';

let database: TestDatabase;
let pool: Pool;
let notifications: Notifications;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  pool = openPool({ connection: database.connection, log: quietLog });
});
afterEach(async () => {
  await notifications.close();
  await pool.end();
  await database.drop();
});

function listen(options: Partial<NotificationsOptions> = {}): Notifications {
  return createNotifications({
    connect: () => connectClient({ connection: database.connection, log: quietLog }),
    log: quietLog,
    channel: 'berth "cache"',
    ...options,
  });
}

/** What happened, in order. */
function record(): string[] {
  const events: string[] = [];
  notifications.onUp(() => events.push('up'));
  notifications.onDown(() => events.push('down'));
  notifications.onMessage((payload) => events.push(payload));
  return events;
}

function notify(payload: string): Promise<unknown> {
  return pool.query('SELECT pg_notify($1, $2)', ['berth "cache"', payload]);
}

const PATIENCE = { timeout: 10_000 };

describe('notifications', () => {
  it('arrive in order, also when one of their handlers throws', async () => {
    notifications = listen();
    notifications.onMessage(() => {
      throw new Error('broken subscriber');
    });
    const events = record();
    await expect.poll(() => notifications.connected, PATIENCE).toBe(true);
    await notify('one');
    await notify('two');
    await expect.poll(() => events, PATIENCE).toEqual(['up', 'one', 'two']);
  });

  it('tell when they are down, and come back after the backend was terminated', async () => {
    notifications = listen();
    const events = record();
    await expect.poll(() => events, PATIENCE).toEqual(['up']);
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
    );
    await expect.poll(() => events, PATIENCE).toEqual(['up', 'down', 'up']);
    await notify('again');
    await expect.poll(() => events, PATIENCE).toEqual(['up', 'down', 'up', 'again']);
  });

  it('keep trying while the database is away', async () => {
    let attempts = 0;
    notifications = listen({
      connect: async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        return connectClient({ connection: database.connection, log: quietLog });
      },
    });
    const events = record();
    await expect.poll(() => events, PATIENCE).toEqual(['up']);
    expect(attempts).toBe(3);
  });

  it('notice a connection that went silent without closing', async () => {
    const upstream = `${database.connection.host}/.s.PGSQL.5432`;
    const proxy = createServer((socket) => {
      const server = connect(upstream);
      socket.pipe(server).pipe(socket);
      socket.on('error', () => server.destroy());
      socket.on('close', () => server.destroy());
      silence.promise.then(
        () => socket.unpipe(server),
        () => undefined,
      );
    }).listen(0, '127.0.0.1');
    const silence = Promise.withResolvers<void>();
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { user, password, database: name } = database.connection;
    const url = `postgres://${user}:${password}@127.0.0.1:${port ?? 0}/${name}`;
    notifications = listen({
      connect: () => connectClient({ url, log: quietLog }),
      pingMs: 20,
      pongMs: 500,
    });
    const events = record();
    await expect.poll(() => events[0], PATIENCE).toBe('up');
    silence.resolve();
    await expect.poll(() => events[1], PATIENCE).toBe('down');
    expect(notifications.connected).toBe(false);
    await notifications.close();
    proxy.close();
  });

  it('call no hook when they are closed', async () => {
    notifications = listen();
    const events = record();
    await expect.poll(() => events, PATIENCE).toEqual(['up']);
    await notifications.close();
    await notifications.close();
    expect(events).toEqual(['up']);
    expect(notifications.connected).toBe(false);
  });
});
