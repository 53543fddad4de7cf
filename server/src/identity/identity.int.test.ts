import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createSecretBox } from '../secrets/index.ts';
import { createExternalAccountRepository } from './external-account.repository.ts';
import { createIdentityService, type IdentityService } from './identity.service.ts';
import { createSigningKeyRepository } from './signing-key.repository.ts';
import { createSigningKeys } from './signing-keys.ts';
import { createUserRepository } from './user.repository.ts';

const box = createSecretBox({ key: randomBytes(32) });
let database: TestDatabase;
let db: Database;
let identity: IdentityService;

/** One process: nothing is shared with another but the database. */
const openIdentity = () =>
  createIdentityService(createUserRepository(db), createExternalAccountRepository(db));

/** The user, or undefined however the password is wrong. */
async function authenticate(username: string, password: string, service = identity) {
  const verdict = await service.verifyPassword(username, password);
  return typeof verdict === 'string' ? undefined : verdict;
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log: quietLog }));
  identity = openIdentity();
  await identity.createUser({ username: 'ann', password: 'Correct horse 1', isAdmin: false });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('authenticating', () => {
  it('gives the user for the right password, again and again', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await authenticate('ann', 'Correct horse 1')).toMatchObject({
        kind: 'user',
        username: 'ann',
        isAdmin: false,
      });
    }
  });

  it.each([
    ['ann', 'Wrong horse 1'],
    ['ann', ''],
    ['ann', 'Correct horse 1 '],
    ['Ann', 'Correct horse 1'],
    ['ann ', 'Correct horse 1'],
    ['nobody', 'Correct horse 1'],
    ['', ''],
    ['ann', 'x'.repeat(5000)],
    ["' OR 1=1 --", 'Correct horse 1'],
    ['ann\u0000', 'Correct horse 1'],
  ])('gives nobody for %j with %j', async (username, password) => {
    expect(await authenticate(username, password)).toBeUndefined();
  });

  it('does not take a colon for the border of a remembered name', async () => {
    await identity.createUser({ username: 'bob', password: 'c:Secret-word-1', isAdmin: false });
    expect(await authenticate('bob', 'c:Secret-word-1')).toBeDefined();
    expect(await authenticate('bob:c', 'Secret-word-1')).toBeUndefined();
  });
});

describe('creating a user', () => {
  it.each(['', 'a b', 'a:b', 'a,b', 'a~b', 'a#b', 'a%b', 'a$b', 'a"b', 'a\nb', 'x'.repeat(256)])(
    'named %j is refused',
    async (username) => {
      const creating = identity.createUser({ username, password: 'Long enough 1', isAdmin: false });
      await expect(creating).rejects.toMatchObject({ kind: 'invalid' });
    },
  );

  it.each([
    '',
    'Aa34567',
    'aA1'.repeat(43),
    `Aa1${'é'.repeat(63)}`,
    'lower case 1',
    'UPPER CASE 1',
    'No digits',
  ])('with the password %j is refused', async (password) => {
    const creating = identity.createUser({ username: 'carl', password, isAdmin: false });
    await expect(creating).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('of a name that is taken is refused, also at the same time', async () => {
    const create = () =>
      identity.createUser({ username: 'dora', password: 'Long enough 1', isAdmin: false });
    const outcomes = await Promise.allSettled([create(), create(), create()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(create()).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('a new password', () => {
  it('ends the old one and every token at once', async () => {
    const { id } = await identity.createUser({
      username: 'eve',
      password: 'Old password 1',
      isAdmin: false,
    });
    await authenticate('eve', 'Old password 1');
    const epoch = await identity.getEpoch(id);
    expect(await identity.findUser(id, epoch)).toBeDefined();
    await identity.resetPassword('eve', 'New password 1');
    expect(await authenticate('eve', 'Old password 1')).toBeUndefined();
    expect(await authenticate('eve', 'New password 1')).toBeDefined();
    expect(await identity.findUser(id, epoch)).toBeUndefined();
    expect(identity.peekUser(id, epoch)).toBeUndefined();
    expect(await identity.getEpoch(id)).not.toBe(epoch);
  });

  it('set elsewhere counts when what is known is forgotten', async () => {
    const { id } = await identity.createUser({
      username: 'fay',
      password: 'Old password 1',
      isAdmin: false,
    });
    await authenticate('fay', 'Old password 1');
    const epoch = await identity.getEpoch(id);
    await openIdentity().resetPassword('fay', 'New password 1');
    expect(await authenticate('fay', 'New password 1')).toBeDefined();
    identity.forget();
    expect(await authenticate('fay', 'Old password 1')).toBeUndefined();
    expect(await identity.findUser(id, epoch)).toBeUndefined();
  });

  it.each([
    ['nobody', 'Long enough 1', 'not-found'],
    ['ann', 'short', 'invalid'],
  ])('of %s, %s, is refused as %s', async (username, password, kind) => {
    await expect(identity.resetPassword(username, password)).rejects.toMatchObject({ kind });
    expect(await authenticate('ann', 'Correct horse 1')).toBeDefined();
  });
});

describe('the administrator', () => {
  it('is made once, whoever comes first', async () => {
    const [first, second] = await Promise.all([
      openIdentity().ensureAdmin('Password 1'),
      openIdentity().ensureAdmin('Password 2'),
    ]);
    expect(first.user).toEqual(second.user);
    expect(first.created).not.toBe(second.created);
    expect(first.user).toMatchObject({ username: 'admin', isAdmin: true });
    const works = await Promise.all([
      authenticate('admin', 'Password 1', openIdentity()),
      authenticate('admin', 'Password 2', openIdentity()),
    ]);
    expect(works.filter((user) => user !== undefined)).toHaveLength(1);
  });
});

describe('a user that is not there', () => {
  it('has no epoch', async () => {
    await expect(identity.getEpoch(999_999)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await identity.findUser(999_999, 0)).toBeUndefined();
    expect(await identity.findByName('nobody')).toBeUndefined();
  });
});

describe('signing keys', () => {
  it('lie sealed in the database, also those that an older version left', async () => {
    const rows = createSigningKeyRepository(db);
    const keys = createSigningKeys(rows, 'issuer', box);
    await keys.load();
    const [row] = await rows.list();
    if (row === undefined) throw new Error('a key was made');
    expect(row.privateJwk).toMatch(/^\$berth\$v1\$/);
    await rows.putPrivateJwk(row.kid, box.open(row.privateJwk, `signing_key:${row.kid}`));
    await keys.load();
    expect((await rows.list())[0]?.privateJwk).toMatch(/^\$berth\$v1\$/);
    expect(keys.current().kid).toBe(row.kid);
  });

  it('are one for replicas that start at once, and follow a rotation', async () => {
    const replicas = [1, 2, 3].map(() =>
      createSigningKeys(createSigningKeyRepository(db), 'issuer', box),
    );
    await Promise.all(replicas.map((keys) => keys.load()));
    const [first, second] = replicas;
    if (first === undefined || second === undefined) throw new Error('three were made');
    expect(new Set(replicas.map((keys) => keys.current().kid)).size).toBe(1);
    const old = first.current();
    const rotated = await first.rotate();
    expect(second.current().kid).toBe(old.kid);
    await second.refresh(1800);
    expect(second.current().kid).toBe(rotated.kid);
    expect((await second.find(old.kid))?.certificate).toBe(old.certificate);
    expect(await second.find('AAAA')).toBeUndefined();
  });

  it('rotated by two at once leave one that signs', async () => {
    const [first, second] = [1, 2].map(() =>
      createSigningKeys(createSigningKeyRepository(db), 'issuer', box),
    );
    await Promise.all([first?.load(), second?.load()]);
    await Promise.allSettled([first?.rotate(), second?.rotate()]);
    await Promise.all([first?.load(), second?.load()]);
    expect(first?.current().kid).toBe(second?.current().kid);
  });
});
