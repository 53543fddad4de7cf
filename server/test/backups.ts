import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { BackupDirectory, type BackupPorts, type RestorePorts } from '../src/backup/index.ts';
import { createFilesystemBlobStore } from '../src/blobstore/index.ts';
import { connectClient, type DatabaseAddress, migrate, openPool } from '../src/db/index.ts';
import { holdGarbageCollection } from '../src/gc/index.ts';
import { type Content, openContent } from './content.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { quietLog } from './log.ts';

export const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

/** Directories and databases of one test. */
export class BackupBench implements AsyncDisposable {
  readonly #undo = new AsyncDisposableStack();
  readonly root: string;
  readonly directory: BackupDirectory;

  constructor(root: string) {
    this.root = root;
    this.directory = new BackupDirectory(join(root, 'backup'));
    this.#undo.defer(() => rm(root, { recursive: true, force: true }));
  }

  /** A registry's services over a database and files of its own. */
  async openRegistry(): Promise<Content & { readonly address: DatabaseAddress }> {
    const database = await this.createDatabase();
    const name = `registry-${randomBytes(4).toString('hex')}`;
    const store = await createFilesystemBlobStore({ root: join(this.root, name) });
    const content = openContent(database, store);
    this.#undo.defer(() => content.close());
    return { ...content, address: { connection: database.connection } };
  }

  async createDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
    const database = await createTestDatabase(options);
    this.#undo.defer(() => database.drop());
    return database;
  }

  backupPorts({ address, db, store }: Content & { readonly address: DatabaseAddress }) {
    return {
      store,
      connect: () => connect(address),
      holdGarbageCollection: () => holdGarbageCollection(db),
    } satisfies BackupPorts;
  }

  /** Where a restore can go: an empty database and store. */
  async restorePorts(database: TestDatabase): Promise<RestorePorts> {
    const root = join(this.root, `restored-${randomBytes(4).toString('hex')}`);
    const address = { connection: database.connection };
    return {
      store: await createFilesystemBlobStore({ root }),
      connect: () => connect(address),
      migrate: (upTo) => migrateTo(address, upTo),
    };
  }

  /** What was restored, as services. */
  openRestored(database: TestDatabase, { store }: RestorePorts) {
    const content = openContent(database, store);
    this.#undo.defer(() => content.close());
    return { ...content, address: { connection: database.connection } };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync();
  }
}

export async function createBackupBench(): Promise<BackupBench> {
  return new BackupBench(await mkdtemp(join(tmpdir(), 'berth-backup-')));
}

function connect(address: DatabaseAddress): Promise<Client> {
  return connectClient({ ...address, statementTimeoutMs: 0, log: quietLog });
}

export async function migrateTo(address: DatabaseAddress, upTo?: number): Promise<void> {
  const pool = openPool({ ...address, poolSize: 1, log: quietLog });
  try {
    await migrate(pool, MIGRATIONS, quietLog, upTo === undefined ? {} : { upTo });
  } finally {
    await pool.end();
  }
}

/** An empty database whose owner may nothing else. */
export async function createOwnedDatabase(bench: BackupBench): Promise<TestDatabase> {
  const database = await bench.createDatabase({ empty: true });
  const name = `owner_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const client = new Client(database.connection);
  await client.connect();
  await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
  await client.query(`ALTER DATABASE ${database.connection.database} OWNER TO ${name}`);
  await client.end();
  return { ...database, connection: { ...database.connection, user: name, password } };
}

/** Keys, checks and indexes of a database, as PostgreSQL would write them. */
export async function listDefinitions(database: TestDatabase): Promise<string[]> {
  const client = await connect({ connection: database.connection });
  try {
    const { rows } = await client.query<{ text: string }>(`
      SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS text
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text
      FROM pg_trigger WHERE NOT tgisinternal
      ORDER BY 1`);
    return rows.map(({ text }) => text);
  } finally {
    await client.end();
  }
}
