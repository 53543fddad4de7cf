import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createExternalAccountRepository } from './external-account.repository.ts';
import { createIdentityService, type IdentityService } from './identity.service.ts';
import { createUserRepository } from './user.repository.ts';
import type { ExternalIdentity } from './user.ts';

let database: TestDatabase;
let db: Database;
let identity: IdentityService;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log: quietLog }));
  identity = createIdentityService(createUserRepository(db), createExternalAccountRepository(db));
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const ann: ExternalIdentity = {
  source: 'ldap',
  issuer: 'ldap://directory.example.com',
  subject: 'uid=ann,dc=example,dc=com',
  username: 'ann',
  email: 'ann@example.com',
  realname: 'Ann',
  groups: [{ name: 'developers', dn: 'cn=developers,dc=example,dc=com' }],
  isAdmin: false,
};

describe('a person of a directory', () => {
  it('gets one account, however often and at once', async () => {
    const users = await Promise.all([1, 2, 3, 4].map(() => identity.ensureExternal(ann)));
    expect(new Set(users.map(({ id }) => id)).size).toBe(1);
    expect(users[0]).toMatchObject({ username: 'ann', isAdmin: false });
    expect(await identity.verifyPassword('ann', 'whatever')).toBe('unknown');
  });

  it('keeps it under a new name and loses nothing to one of the same name', async () => {
    const before = await identity.ensureExternal(ann);
    const renamed = await identity.ensureExternal({ ...ann, username: 'ann-married' });
    expect(renamed.id).toBe(before.id);
    const other = { ...ann, subject: 'uid=ann,ou=other,dc=example,dc=com' };
    await expect(identity.ensureExternal(other)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await identity.findExternal(other)).toBeUndefined();
  });

  it('never becomes an account of our own that has the name', async () => {
    await identity.createUser({ username: 'own', password: 'Own-password-1', isAdmin: true });
    const posing = { ...ann, subject: 'uid=own,dc=example,dc=com', username: 'own' };
    await expect(identity.ensureExternal(posing)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('gets no address that another account has', async () => {
    const twin = { ...ann, subject: 'uid=twin', username: 'twin', email: 'ANN@example.com' };
    const { id } = await identity.ensureExternal(twin);
    expect(await identity.find(id)).toMatchObject({ email: null });
  });

  it('has its groups as the directory tells them, and loses its tokens with one', async () => {
    const { id, groupIds } = await identity.ensureExternal(ann);
    expect(groupIds).toHaveLength(1);
    const epoch = await identity.getEpoch(id);
    const dn = 'CN=Developers,dc=example,dc=com';
    const more = [
      { name: 'developers', dn },
      { name: 'guests', dn: 'cn=guests' },
    ];
    expect((await identity.ensureExternal({ ...ann, groups: more })).groupIds).toHaveLength(2);
    expect(await identity.getEpoch(id)).toBe(epoch);
    expect((await identity.ensureExternal({ ...ann, groups: [] })).groupIds).toEqual([]);
    expect(await identity.getEpoch(id)).toBe(epoch + 1);
  });

  it('is an administrator as long as the directory says so', async () => {
    const raised = await identity.ensureExternal({ ...ann, isAdmin: true });
    expect(raised.isAdmin).toBe(true);
    expect(await identity.find(raised.id)).toMatchObject({ isAdmin: false, isAdminBySource: true });
    const epoch = await identity.getEpoch(raised.id);
    expect((await identity.ensureExternal(ann)).isAdmin).toBe(false);
    expect(await identity.getEpoch(raised.id)).toBe(epoch + 1);
  });

  it('is another one at another directory', async () => {
    const elsewhere = { ...ann, issuer: 'ldap://other.example.com', username: 'ann-other' };
    expect((await identity.ensureExternal(elsewhere)).id).not.toBe(
      (await identity.ensureExternal(ann)).id,
    );
  });

  it('whose account was deleted gets a new one', async () => {
    const gone = { ...ann, subject: 'uid=gone', username: 'gone', email: undefined };
    const { id } = await identity.ensureExternal(gone);
    await db.deleteFrom('user_identity').where('user_id', '=', id).execute();
    await db
      .updateTable('app_user')
      .set({ deleted_at: new Date(), username: `gone#${id}` })
      .where('id', '=', id)
      .execute();
    expect((await identity.ensureExternal(gone)).id).not.toBe(id);
  });
});
