import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { DomainEvent } from './event.ts';

/** Takes what happened down, in the transaction that made it happen. */
export interface Outbox {
  /**
   * Call it after the statements that lock what changed (the tag, the repository): then events of
   * one repository are told in the order in which they took effect. `wake()` of the dispatcher
   * after the commit saves the second until it looks by itself.
   */
  publish(tx: DatabaseTransaction, events: readonly DomainEvent[]): Promise<void>;
}

export function createOutbox(): Outbox {
  return {
    async publish(tx, events) {
      if (events.length === 0) return;
      const rows = eventRows(events);
      await sql`
        INSERT INTO event_outbox (type, project_id, repository_name, payload)
        SELECT type, project_id, repository_name, payload FROM unnest(
          ${rows.map((row) => row.type)}::text[],
          ${rows.map((row) => row.project_id)}::bigint[],
          ${rows.map((row) => row.repository_name)}::text[],
          ${rows.map((row) => row.payload)}::jsonb[]
        ) WITH ORDINALITY AS new (type, project_id, repository_name, payload, position)
        ORDER BY position`.execute(tx);
    },
  };
}

/** The columns of `event_outbox`, for writers with a statement of their own; payload is JSON. */
function eventRows(events: readonly DomainEvent[]) {
  return events.map((event) => ({
    type: event.type,
    project_id: event.projectId,
    repository_name: event.repository,
    payload: JSON.stringify(event),
  }));
}

/** An event as read, its payload not looked at yet. */
export interface OutboxRow {
  readonly id: number;
  readonly payload: unknown;
  readonly occurred_at: Date;
}

/** What one look into the outbox came to; `busy` when another process is at it. */
export type Taken = number | 'busy';

export interface OutboxRows {
  /**
   * Takes up to `limit` of the oldest events out, if `handle` takes them: one transaction. One
   * process at a time, so that the order is kept.
   *
   * @returns how many
   */
  take(
    limit: number,
    handle: (tx: DatabaseTransaction, rows: readonly OutboxRow[]) => Promise<void>,
  ): Promise<Taken>;
  /** Puts an event aside. Resolves false when it is not there any more. */
  putAside(id: number): Promise<boolean>;
  /** Puts all events that were put aside back, behind those that wait. @returns how many */
  restore(): Promise<number>;
  /** How many wait, about: gaps in the ids count. */
  estimate(): Promise<number>;
}

/** Any constant will do, as long as every replica uses the same one. */
const DISPATCH_LOCK = 0x65_76_65_6e_74_73;

export function createOutboxRows(db: Database): OutboxRows {
  return {
    take: (limit, handle) =>
      transact(db, async (tx) => {
        if (!(await lock(tx))) return 'busy';
        const rows = await select(tx, limit);
        if (rows.length === 0) return 0;
        await handle(tx, rows);
        await remove(tx, rows);
        return rows.length;
      }),
    async putAside(id) {
      const { numAffectedRows = 0n } = await sql`
        WITH event AS (DELETE FROM event_outbox WHERE id = ${id} RETURNING *)
        INSERT INTO failed_event (id, type, project_id, repository_name, payload, occurred_at)
        SELECT id, type, project_id, repository_name, payload, occurred_at FROM event`.execute(db);
      return numAffectedRows > 0n;
    },
    async restore() {
      const { numAffectedRows = 0n } = await sql`
        WITH back AS (DELETE FROM failed_event RETURNING *)
        INSERT INTO event_outbox (type, project_id, repository_name, payload, occurred_at)
        SELECT type, project_id, repository_name, payload, occurred_at FROM back
        ORDER BY id`.execute(db);
      return Number(numAffectedRows);
    },
    async estimate() {
      const { rows } = await sql<{ count: number }>`
        SELECT coalesce(max(id) - min(id) + 1, 0) AS count FROM event_outbox`.execute(db);
      return rows[0]?.count ?? 0;
    },
  };
}

async function lock(tx: DatabaseTransaction): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    SELECT pg_try_advisory_xact_lock(${DISPATCH_LOCK}) AS locked`.execute(tx);
  return rows[0]?.locked === true;
}

async function select(tx: DatabaseTransaction, limit: number): Promise<OutboxRow[]> {
  return tx
    .selectFrom('event_outbox')
    .select(['id', 'payload', 'occurred_at'])
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

async function remove(tx: DatabaseTransaction, rows: readonly OutboxRow[]): Promise<void> {
  await sql`
    DELETE FROM event_outbox WHERE id = ANY(${rows.map(({ id }) => id)}::bigint[])`.execute(tx);
}
