import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { reseal } from './reseal.ts';
import { createSealedColumnRepository } from './sealed-column.repository.ts';
import { createSecretBox } from './secret-box.ts';

let database: TestDatabase;
let db: Database;

const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const before = createSecretBox({ key: oldKey });
const both = createSecretBox({ key: newKey, retired: [oldKey] });
const after = createSecretBox({ key: newKey });

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await db.deleteFrom('configuration').execute();
  await db.deleteFrom('user_identity').execute();
});

async function addLink(subject: string): Promise<number> {
  const user = await db
    .insertInto('app_user')
    .values({ username: subject, password_hash: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('user_identity')
    .values({ user_id: user.id, source: 'oidc', issuer: 'https://idp.example.com', subject })
    .returning('id')
    .executeTakeFirstOrThrow();
  const sealed = (column: string) =>
    before.seal(`${subject} ${column}`, `user_identity:${id}:${column}`);
  await db
    .updateTable('user_identity')
    .set({ cli_secret: sealed('cli_secret'), refresh_token: sealed('refresh_token') })
    .where('id', '=', id)
    .execute();
  return id;
}

describe('sealing anew', () => {
  it('makes a retired key needless, however many secrets there are', async () => {
    await db
      .insertInto('configuration')
      .values([
        {
          key: 'ldap_search_password',
          value: before.seal('hidden', 'configuration:ldap_search_password'),
        },
        { key: 'ldap_url', value: 'ldap://directory.example.com' },
      ])
      .execute();
    const ids: number[] = [];
    for (let index = 0; index < 205; index += 1) ids.push(await addLink(`person-${index}`));
    expect(await reseal(createSealedColumnRepository(db), both, quietLog)).toBe(1 + 205 * 2);

    const settings = await db.selectFrom('configuration').selectAll().orderBy('key').execute();
    expect(after.open(settings[0]?.value ?? '', 'configuration:ldap_search_password')).toBe(
      'hidden',
    );
    expect(settings[1]?.value).toBe('ldap://directory.example.com');
    const rows = await db.selectFrom('user_identity').selectAll().orderBy('id').execute();
    expect(rows).toHaveLength(ids.length);
    for (const { id, subject, cli_secret: secret, refresh_token: token } of rows) {
      expect(after.open(secret ?? '', `user_identity:${id}:cli_secret`)).toBe(
        `${subject} cli_secret`,
      );
      expect(after.open(token ?? '', `user_identity:${id}:refresh_token`)).toBe(
        `${subject} refresh_token`,
      );
    }
    expect(await reseal(createSealedColumnRepository(db), both, quietLog)).toBe(0);
  });

  it('leaves what it cannot open, and what was set meanwhile', async () => {
    const id = await addLink('lost');
    const repository = createSealedColumnRepository(db);
    expect(await reseal(repository, after, quietLog)).toBe(0);
    const racing = {
      ...repository,
      async list(...parameters: Parameters<typeof repository.list>) {
        const texts = await repository.list(...parameters);
        await db.updateTable('user_identity').set({ cli_secret: 'newer' }).execute();
        return texts;
      },
    };
    await reseal(racing, both, quietLog);
    const row = await db
      .selectFrom('user_identity')
      .select('cli_secret')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(row.cli_secret).toBe('newer');
  });
});
