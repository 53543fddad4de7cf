import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Client, type ClientConfig, Pool, type PoolConfig, types } from 'pg';
import type { Log } from '../telemetry/index.ts';
import { isConflict } from './db.errors.ts';
import { PreparingClient } from './preparing-client.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;
export type DatabaseTransaction = Transaction<Schema>;
/** One connection outside any pool. */
export type DatabaseClient = Client;

/** Where the database is: a URL, or the bundled server's socket. */
export type DatabaseAddress =
  | { url: string }
  | { connection: { host: string; user: string; database: string; password: string } };

export type PoolOptions = DatabaseAddress & {
  /** Connections kept at most; 10 unless told. */
  poolSize?: number;
  /** 10 s unless told; 0 means no limit. */
  statementTimeoutMs?: number;
  /** Prepares statements; not through a pooler that shares sessions. */
  prepare?: boolean;
  log: Log;
};

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_MS = 30_000;

/** A database over a pool of its own, which `destroy()` ends. Connects on first use. */
export function openDatabase(options: PoolOptions): Database {
  return createDatabase(openPool(options));
}

/** A database over an existing pool; its `destroy()` ends that pool. */
export function createDatabase(pool: Pool): Database {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** Connects on first use; waits 3 s at most for a connection. */
export function openPool(options: PoolOptions): Pool {
  const pool = new Pool({
    ...clientConfig(options),
    ...(options.prepare === true && { Client: PreparingClient }),
    max: options.poolSize ?? 10,
    idleTimeoutMillis: 60_000,
  } satisfies PoolConfig);
  const report = (error: Error) => {
    // `end` does not wait for the last bytes, and the bundled server ends right after it.
    if (pool.ending) return;
    // Only its words: pg hangs the whole client on it, with the key that cancels queries.
    options.log.warn({ reason: error.message }, 'a database connection was lost');
  };
  pool.on('error', report);
  // A client that breaks while it is checked out emits `error` itself, which would otherwise end
  // the process; the query under way rejects in any case.
  pool.on('connect', (client) => {
    client.on('error', ignore);
  });
  return pool;
}

function ignore(): void {}

/** One connection outside any pool, already open; for LISTEN. The caller watches its `end`. */
export async function connectClient(options: PoolOptions): Promise<Client> {
  const client = new Client(clientConfig(options));
  client.on('error', ignore);
  await client.connect();
  return client;
}

function clientConfig(options: PoolOptions): ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return {
    ...('url' in options ? { connectionString: options.url } : options.connection),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'berth',
    options: [
      `-c statement_timeout=${statementTimeoutMs}`,
      `-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS}`,
    ].join(' '),
    types: { getTypeParser },
  };
}

/** pg's parsers, except that int8 becomes a number; a value beyond 2^53 rejects the query. */
const getTypeParser: typeof types.getTypeParser = (oid, format) => {
  if (oid === types.builtins.INT8 && format !== 'binary') return parseInt8;
  return types.getTypeParser(oid, format);
};

export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is not a safe integer`);
  return value;
}

const MAX_RETRIES = 3;
const RETRY_BASE_MS = 20;

/**
 * Runs `fn` in a transaction and returns its result. A deadlock or serialization failure runs it
 * again, three times at most, so `fn` must do nothing that a rollback does not undo. Nothing is
 * repeated once COMMIT was sent, since it may have taken effect. Given a transaction, joins it.
 */
export async function transact<T>(
  db: Database | DatabaseTransaction,
  fn: (tx: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  if (isTransaction(db)) return fn(db);
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attemptTransaction(db, fn);
    if (outcome.done) {
      for (const hook of outcome.hooks) hook();
      return outcome.value;
    }
    if (outcome.committing || attempt === MAX_RETRIES || !isConflict(outcome.error)) {
      throw outcome.error;
    }
    await delay(RETRY_BASE_MS * 2 ** attempt * Math.random());
  }
}

/**
 * Runs one statement, again when it lost to a deadlock or a serialization failure: then it was
 * rolled back for certain.
 */
export async function retryConflicts<T>(statement: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await statement();
    } catch (error) {
      if (attempt === MAX_RETRIES || !isConflict(error)) throw error;
      await delay(RETRY_BASE_MS * 2 ** attempt * Math.random());
    }
  }
}

function isTransaction(db: Database | DatabaseTransaction): db is DatabaseTransaction {
  return db.isTransaction;
}

const hooksOf = new WeakMap<DatabaseTransaction, (() => void)[]>();

/** Has `hook` called once a transaction of `transact` is committed; never, when it is not. */
export function afterCommit(tx: DatabaseTransaction, hook: () => void): void {
  const hooks = hooksOf.get(tx);
  if (hooks === undefined) hooksOf.set(tx, [hook]);
  else hooks.push(hook);
}

type Outcome<T> =
  | { done: true; value: T; hooks: readonly (() => void)[] }
  | { done: false; committing: boolean; error: unknown };

async function attemptTransaction<T>(
  db: Database,
  fn: (tx: DatabaseTransaction) => Promise<T>,
): Promise<Outcome<T>> {
  let committing = false;
  let failure: { error: unknown } | undefined;
  let hooks: readonly (() => void)[] = [];
  try {
    const value = await db.transaction().execute(async (tx) => {
      try {
        const value = await fn(tx);
        hooks = hooksOf.get(tx) ?? [];
        committing = true;
        return value;
      } catch (error) {
        failure = { error };
        throw error;
      }
    });
    return { done: true, value, hooks };
  } catch (error) {
    // A failing ROLLBACK (lost connection) would hide what went wrong first.
    return { done: false, committing, error: failure === undefined ? error : failure.error };
  }
}
