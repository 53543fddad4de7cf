import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { type Database, openDatabase } from '../db/index.ts';
import { ensureSecretKey } from './key-check.ts';
import { createSecretBox } from './secret-box.ts';
import { loadSecretKey } from './secret-key.ts';
import { SecretKeyError } from './secrets.errors.ts';
import { createSecretsRepository, type SecretsRepository } from './secrets.repository.ts';

describe('the key file', () => {
  let directory = '';
  let file = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-secrets-'));
    file = join(directory, 'data', 'secret-key');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is created once, for its owner alone, and read from then on', async () => {
    const key = await loadSecretKey({ file });
    expect(key).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(`${key.toString('base64')}\n`);
    expect(await loadSecretKey({ file })).toEqual(key);
    expect(await readdir(join(directory, 'data'))).toEqual(['secret-key']);
  });

  it('is the same for all that start at about the same time', async () => {
    async function startAfter(turns: number): Promise<string> {
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      return (await loadSecretKey({ file })).toString('hex');
    }
    for (let round = 0; round < 10; round += 1) {
      const keys = await Promise.all(Array.from({ length: 20 }, (_, turns) => startAfter(turns)));
      expect(new Set(keys).size).toBe(1);
      expect(await readdir(join(directory, 'data'))).toEqual(['secret-key']);
      await rm(file);
    }
  });

  it('is not touched when a key is configured', async () => {
    const key = randomBytes(32);
    expect(await loadSecretKey({ configured: key.toString('hex'), file })).toEqual(key);
    expect(await readdir(directory)).toEqual([]);
    await expect(loadSecretKey({ configured: '', file })).rejects.toThrow('BERTH_SECRET_KEY');
  });

  it.each([0o640, 0o604, 0o620, 0o610])('with mode %o is refused', async (mode) => {
    await loadSecretKey({ file });
    await chmod(file, mode);
    await expect(loadSecretKey({ file })).rejects.toThrow(/chmod 600/);
    await chmod(file, 0o400);
    await expect(loadSecretKey({ file })).resolves.toHaveLength(32);
  });

  it.each(['', 'short', 'x'.repeat(2000)])('that holds %.10j is refused and kept', async (text) => {
    await mkdir(join(directory, 'data'));
    await writeFile(file, text, { mode: 0o600 });
    await expect(loadSecretKey({ file })).rejects.toThrow(SecretKeyError);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('that is a directory, or below a file, is refused', async () => {
    await mkdir(file, { recursive: true });
    await expect(loadSecretKey({ file })).rejects.toThrow(/is not a file/);
    await writeFile(join(directory, 'plain'), '');
    const below = join(directory, 'plain', 'secret-key');
    await expect(loadSecretKey({ file: below })).rejects.toThrow(SecretKeyError);
  });
});

describe('the check of the key', () => {
  let database: TestDatabase;
  let db: Database;
  let repository: SecretsRepository;
  const first = randomBytes(32);
  const second = randomBytes(32);
  const FILE = 'data/secret-key';

  beforeEach(async () => {
    database = await createTestDatabase();
    db = openDatabase({ connection: database.connection, poolSize: 8, log: quietLog });
    repository = createSecretsRepository(db);
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  /** One start of the registry with these keys. */
  const start = (key: Buffer, ...retired: Buffer[]) =>
    ensureSecretKey(repository, createSecretBox({ key, retired }), FILE);
  const idOf = (key: Buffer) => createSecretBox({ key }).keyId;
  const listKeyIds = async () => {
    const rows = await db
      .selectFrom('secret_key_check')
      .select('key_id')
      .orderBy('created_at')
      .execute();
    return rows.map((row) => row.key_id);
  };

  it('lets the same key start again and again', async () => {
    expect(await start(first)).toEqual([]);
    const proofs = await db.selectFrom('secret_key_check').selectAll().execute();
    expect(proofs).toMatchObject([{ key_id: idOf(first) }]);
    expect(await start(first)).toEqual([]);
    expect(await db.selectFrom('secret_key_check').selectAll().execute()).toEqual(proofs);
  });

  it('refuses another key, says what to restore, and changes nothing', async () => {
    await start(first);
    const starting = start(second);
    await expect(starting).rejects.toThrow(SecretKeyError);
    await expect(starting).rejects.toThrow(idOf(first));
    await expect(starting).rejects.toThrow(/data\/secret-key.*BERTH_SECRET_KEY/);
    expect(await listKeyIds()).toEqual([idOf(first)]);
  });

  it('takes a new key that comes with the old one, and then does not need the old one', async () => {
    await start(first);
    expect(await start(second, first)).toEqual([]);
    expect(await listKeyIds()).toEqual([idOf(first), idOf(second)]);
    expect(await start(second)).toEqual([idOf(first)]);
  });

  it('refuses the old key alone after a rotation', async () => {
    await start(first);
    await start(second, first);
    await expect(start(first)).rejects.toThrow(idOf(second));
  });

  it('takes the old key back, and then does not need the new one', async () => {
    await start(first);
    await start(second, first);
    await start(first, second);
    expect(await listKeyIds()).toEqual([idOf(second), idOf(first)]);
    expect(await start(first)).toEqual([idOf(second)]);
  });

  it('lets only one of several keys win the first start', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => start(randomBytes(32))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await listKeyIds()).toHaveLength(1);
  });

  it('refuses a proof that is damaged', async () => {
    await start(first);
    await db.updateTable('secret_key_check').set({ proof: 'x' }).execute();
    await expect(start(first)).rejects.toThrow(/damaged/);
    const forged = createSecretBox({ key: second }).seal('berth', 'elsewhere');
    await db.updateTable('secret_key_check').set({ proof: forged }).execute();
    await expect(start(second)).rejects.toThrow(/damaged/);
  });
});
