import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BundledConnection, startBundledPostgres } from '../../server/src/db/index.ts';
import { quietLog } from '../../server/test/log.ts';
import { type Caller, createCaller } from './http.ts';
import { type CrashServer, createCrashServer } from './server.ts';

/** A process of the registry and a client of it. */
export interface Replica {
  readonly server: CrashServer;
  readonly caller: Caller;
}

/** Two processes on one database and one directory. */
export interface Replicas extends AsyncDisposable {
  /** The collector of the background runs in this one only. */
  readonly first: Replica;
  readonly second: Replica;
}

const env = {
  BERTH_GC_LEASE_SECONDS: '2',
  BERTH_GC_UPLOAD_SECONDS: '5',
  BERTH_GC_TRASH_SECONDS: '1',
};

/** Starts both at once, on an empty database. */
export async function startReplicas(): Promise<Replicas> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-crash-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const directory = join(dataDir, 'postgres');
  const postgres = await startBundledPostgres({ directory, log: quietLog });
  stack.defer(() => postgres.stop());
  const url = urlOf(postgres.connection);
  const create = async (intervalSeconds: number) => {
    const own = { BERTH_DATABASE_URL: url, BERTH_GC_INTERVAL_SECONDS: String(intervalSeconds) };
    const server = stack.use(await createCrashServer({ dataDir, env: { ...env, ...own } }));
    const caller = createCaller(server.url);
    stack.defer(async () => caller.close());
    return { server, caller };
  };
  const first = await create(1);
  const second = await create(0);
  await Promise.all([first.server.start(), second.server.start()]);
  const owned = stack.move();
  return { first, second, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function urlOf({ host, user, password, database }: BundledConnection): string {
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}`;
}
