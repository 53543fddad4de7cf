import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../server/src/config/index.ts';
import { createDatabase, openPool } from '../server/src/db/index.ts';
import { createIdentityService, createUserRepository } from '../server/src/identity/index.ts';
import { startRegistry } from '../server/src/registry.ts';
import { createTestDatabase } from '../server/test/database.ts';
import { quietLog } from '../server/test/log.ts';

export interface OwnRegistry {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly own: { createUser(username: string, password: string): Promise<void> };
  close(): Promise<void>;
}

const password = 'Conformance-12345';

/** Our server in this process, on a database and a directory of its own. */
export async function startOwnRegistry({
  stallSeconds = 60,
}: {
  stallSeconds?: number;
}): Promise<OwnRegistry> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-conformance-'));
  const registry = await startRegistry(
    parseConfig({
      values: {
        dataDir,
        http: { port: 0, stallSeconds, drainSeconds: 1 },
        token: {},
        adminPassword: password,
        databaseUrl: database.url,
      },
      sources: new Map(),
    }),
    quietLog,
  );
  return {
    url: registry.url,
    username: 'admin',
    password,
    own: {
      /** There is no route that makes users yet. */
      async createUser(username, password) {
        const db = createDatabase(openPool({ url: database.url, poolSize: 1, log: quietLog }));
        try {
          const identity = createIdentityService(createUserRepository(db));
          await identity.createUser({ username, password, isAdmin: false });
        } finally {
          await db.destroy();
        }
      },
    },
    async close() {
      await registry.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
