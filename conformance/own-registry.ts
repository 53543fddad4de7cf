import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../server/src/config/index.ts';
import { createDatabase, type Database, openPool } from '../server/src/db/index.ts';
import {
  createExternalAccountRepository,
  createIdentityService,
  createSigningKeyRepository,
  createUserRepository,
} from '../server/src/identity/index.ts';
import { startRegistry } from '../server/src/registry.ts';
import { createSecretBox } from '../server/src/secrets/index.ts';
import { createTestDatabase } from '../server/test/database.ts';
import { quietLog } from '../server/test/log.ts';
import { TEST_SECRET_KEY } from '../server/test/registry.ts';

/** What no route gives, so that only the own server can be tested for it. */
export interface OwnControls {
  createUser(username: string, password: string): Promise<void>;
  /** Groups come with a login by LDAP or OIDC: this is one by hand, before the user's first call. */
  joinGroup(userId: number, groupId: number): Promise<void>;
  /** The key that tokens are signed with, to sign wrong ones. */
  getSigningKey(): Promise<{ kid: string; key: KeyObject }>;
}

export interface OwnRegistry {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly own: OwnControls;
  close(): Promise<void>;
}

const password = 'Conformance-12345';

export interface OwnOptions {
  /** Seconds after which a stalled body is cut. */
  readonly stallSeconds?: number;
  /** Networks (CIDR) that it may call whatever the rules say. */
  readonly egressNetworks?: readonly string[];
  /** How long garbage is left alone; the settings of `gc` in the configuration. */
  readonly gc?: Readonly<Record<string, number>>;
}

/** Our server in this process, on a database and a directory of its own. */
export async function startOwnRegistry({
  stallSeconds = 60,
  egressNetworks = [],
  gc = {},
}: OwnOptions): Promise<OwnRegistry> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-conformance-'));
  const registry = await startRegistry(
    parseConfig({
      values: {
        dataDir,
        http: { port: 0, stallSeconds, drainSeconds: 1 },
        token: {},
        gdpr: {},
        gc,
        scrub: {},
        secretKey: TEST_SECRET_KEY,
        adminPassword: password,
        databaseUrl: database.url,
        egressNetworks,
      },
      sources: new Map(),
      faults: [],
    }),
    quietLog,
  );
  return {
    url: registry.url,
    username: 'admin',
    password,
    own: createControls(database.url),
    async close() {
      await registry.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function createControls(databaseUrl: string): OwnControls {
  async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
    const db = createDatabase(openPool({ url: databaseUrl, poolSize: 1, log: quietLog }));
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  }

  return {
    createUser: (username, password) =>
      withDatabase(async (db) => {
        const identity = createIdentityService(
          createUserRepository(db),
          createExternalAccountRepository(db),
        );
        await identity.createUser({ username, password, isAdmin: false });
      }),
    joinGroup: (userId, groupId) =>
      withDatabase(async (db) => {
        const row = { user_id: userId, group_id: groupId };
        await db.insertInto('user_group_user').values(row).execute();
      }),
    getSigningKey: () =>
      withDatabase(async (db) => {
        const rows = await createSigningKeyRepository(db).list();
        const row = rows.find(({ retiredAt }) => retiredAt === null);
        if (row === undefined) throw new Error('there is no signing key');
        const box = createSecretBox({ key: Buffer.from(TEST_SECRET_KEY, 'hex') });
        const jwk = box.open(row.privateJwk, `signing_key:${row.kid}`);
        const key = createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' });
        return { kid: row.kid, key };
      }),
  };
}
