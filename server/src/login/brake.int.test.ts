import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { createSecretBox } from '../secrets/index.ts';
import { createLoginBrake, type LoginBrake } from './brake.ts';
import { createLoginFailureRepository } from './login-failure.repository.ts';

const HOUR_MS = 3_600_000;

let database: TestDatabase;
let db: Database;
let brake: LoginBrake;
let patient: LoginBrake;
let nowMs: number;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  const rows = createLoginFailureRepository(db);
  const secrets = createSecretBox({ key: randomBytes(32) });
  brake = createLoginBrake({ rows, secrets, now: () => nowMs, patienceMs: 0 });
  patient = createLoginBrake({ rows, secrets, now: Date.now });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 1);
  await db.deleteFrom('login_failure').execute();
});

const at = (address: string, username = 'ann') => ({ username, password: 'x', address });

/** Whether a guess got as far as to be tried. */
async function guess(address: string, username = 'ann'): Promise<boolean> {
  try {
    await brake.check(at(address, username));
  } catch (error) {
    expect(error).toMatchObject({ kind: 'too-many' });
    return false;
  }
  await brake.failed(at(address, username));
  return true;
}

/** Tries `count` guesses, evenly within an hour, and tells how many were evaluated. */
async function attack(count: number, addressOf: (index: number) => string): Promise<number> {
  let evaluated = 0;
  for (let index = 0; index < count; index += 1) {
    nowMs += HOUR_MS / count;
    if (await guess(addressOf(index))) evaluated += 1;
  }
  return evaluated;
}

describe('guessing a password', () => {
  it('evaluates at most 60 guesses an hour from one address, and others still get in', async () => {
    const evaluated = await attack(900, () => '192.0.2.1');
    expect(evaluated).toBeGreaterThan(10);
    expect(evaluated).toBeLessThanOrEqual(60);
    expect(await guess('192.0.2.99')).toBe(true);
  });

  it('evaluates at most 60 guesses an hour from many addresses', async () => {
    const evaluated = await attack(900, (index) => `198.51.100.${index % 250}`);
    expect(evaluated).toBeGreaterThan(10);
    expect(evaluated).toBeLessThanOrEqual(60);
  });

  it('lets the user in from where it logged in before, whatever others do', async () => {
    await brake.check(at('203.0.113.7'));
    await brake.succeeded(at('203.0.113.7'));
    await attack(300, (index) => `198.51.100.${index % 250}`);
    expect(await guess('198.51.100.251')).toBe(false);
    expect(await guess('203.0.113.7')).toBe(true);
  });

  it('counts guesses that come at the same time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => guess('192.0.2.1')));
    expect(outcomes.filter(Boolean).length).toBeLessThanOrEqual(10);
  });

  it('lets many right logins in that come at the same time', async () => {
    const login = async () => {
      await patient.check(at('192.0.2.1'));
      await patient.succeeded(at('192.0.2.1'));
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, login));
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('takes the addresses of an IPv6 network for one', async () => {
    for (let index = 0; index < 10; index += 1) await guess(`2001:db8::${index + 1}`);
    await expect(brake.check(at('2001:db8:0:0:ffff::1'))).rejects.toBeInstanceOf(AppError);
    await expect(brake.check(at('2001:db8:0:1::1'))).resolves.toBeUndefined();
  });

  it('takes spellings of a name for one', async () => {
    for (let index = 0; index < 10; index += 1) await guess('192.0.2.1');
    expect(await guess('192.0.2.1', ' ANN')).toBe(false);
    expect(await guess('192.0.2.1', 'bob')).toBe(true);
  });

  it('stops the trial of many names from one address', async () => {
    let evaluated = 0;
    for (let index = 0; index < 150; index += 1) {
      if (await guess('192.0.2.1', `user${index}`)) evaluated += 1;
    }
    expect(evaluated).toBe(100);
    // What was refused left nothing behind.
    const rows = await db.selectFrom('login_failure').select('key').execute();
    expect(rows.filter(({ key }) => key.startsWith('account:'))).toHaveLength(100);
  });

  it('forgives with a right password, and with time', async () => {
    for (let index = 0; index < 9; index += 1) await guess('192.0.2.1');
    await brake.check(at('192.0.2.1'));
    await brake.succeeded(at('192.0.2.1'));
    // More from where the account has logged in: an old password in a job stops nobody beside it.
    for (let index = 0; index < 30; index += 1) expect(await guess('192.0.2.1')).toBe(true);
    expect(await guess('192.0.2.1')).toBe(false);
    nowMs += 2 * HOUR_MS;
    expect(await guess('192.0.2.1')).toBe(true);
  });

  it('keeps no names', async () => {
    await guess('192.0.2.1', 'hunter2-typed-into-the-wrong-field');
    const rows = await db.selectFrom('login_failure').select('key').execute();
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  it('sweeps what no longer matters', async () => {
    await guess('192.0.2.1');
    expect(await brake.sweep()).toBe(0);
    nowMs += 25 * HOUR_MS;
    expect(await brake.sweep()).toBe(3);
  });
});
