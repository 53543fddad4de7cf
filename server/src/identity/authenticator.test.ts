import { describe, expect, it } from 'vitest';
import type { RobotPrincipal, UserPrincipal } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import {
  type Authenticator,
  type Brake,
  type CredentialSource,
  type Credentials,
  createAuthenticator,
  type Verdict,
} from './authenticator.ts';

const ann: UserPrincipal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const robot: RobotPrincipal = {
  kind: 'robot',
  id: 1,
  username: 'robot$ci',
  projectId: undefined,
  permissions: [],
};

/** A source that knows some pairs, and says what it was asked. */
function sourceOf(name: string, known: Record<string, Verdict>) {
  const asked: string[] = [];
  const source: CredentialSource = {
    name,
    authenticate({ username, password }) {
      asked.push(username);
      return Promise.resolve(known[`${username}:${password}`] ?? known[username] ?? 'unknown');
    },
  };
  return { source, asked };
}

function setUp(options: { brake?: Partial<Brake> } = {}) {
  const machines = sourceOf('robots', { 'robot$ci:s': robot, robot$ci: 'wrong' });
  const database = sourceOf('database', { 'ann:right': ann, ann: 'wrong' });
  const directory = sourceOf('ldap', { 'bob:right': { ...ann, id: 8, username: 'bob' } });
  const events: string[] = [];
  const epochs = new Map([
    [7, 0],
    [8, 0],
  ]);
  const authenticator = createAuthenticator({
    identity: {
      findUser: (id, epoch) =>
        Promise.resolve(epochs.get(id) === epoch ? { ...ann, id } : undefined),
      getEpoch: (id) => Promise.resolve(epochs.get(id) ?? 0),
    },
    machines: [machines.source],
    people: [database.source, directory.source],
    brake: {
      check: () => Promise.resolve(void events.push('check')),
      failed: () => Promise.resolve(void events.push('failed')),
      succeeded: () => Promise.resolve(void events.push('succeeded')),
      ...options.brake,
    },
  });
  return { authenticator, machines, database, directory, events, epochs };
}

const credentials = (username: string, password: string): Credentials => ({
  username,
  password,
  address: '192.0.2.1',
});

async function timeOf(authenticator: Authenticator, shown: Credentials): Promise<number> {
  const began = performance.now();
  await authenticator.authenticate(shown);
  return performance.now() - began;
}

describe('the chain of sources', () => {
  it('ends at the one that knows the caller', async () => {
    const { authenticator, database, directory } = setUp();
    expect(await authenticator.authenticate(credentials('ann', 'right'))).toEqual(ann);
    expect(await authenticator.authenticate(credentials('bob', 'right'))).toMatchObject({ id: 8 });
    expect(database.asked).toEqual(['ann', 'bob']);
    expect(directory.asked).toEqual(['bob']);
  });

  it('ends at the one that knows the name and not the password', async () => {
    const { authenticator, directory } = setUp();
    expect(await authenticator.authenticate(credentials('ann', 'nope'))).toBeUndefined();
    expect(directory.asked).toEqual([]);
  });

  it('never shows the secret of a machine to sources of people', async () => {
    const { authenticator, database, events } = setUp();
    expect(await authenticator.authenticate(credentials('robot$ci', 's'))).toEqual(robot);
    expect(await authenticator.authenticate(credentials('robot$ci', 'nope'))).toBeUndefined();
    expect(database.asked).toEqual([]);
    expect(events).toEqual([]);
  });

  it('slows down who shows wrong secrets for a machine, and nobody else', async () => {
    const { authenticator } = setUp();
    for (let round = 0; round < 20; round += 1) {
      await authenticator.authenticate(credentials('robot$ci', 'nope'));
    }
    const elsewhere = { ...credentials('robot$ci', 's'), address: '192.0.2.9' };
    expect(await authenticator.authenticate(elsewhere)).toEqual(robot);
    const again = authenticator.authenticate(credentials('robot$ci', 's'));
    await expect(again).rejects.toMatchObject({ kind: 'too-many' });
  });

  it('takes no empty password to anybody', async () => {
    const { authenticator, database, directory } = setUp();
    expect(await authenticator.authenticate(credentials('bob', ''))).toBeUndefined();
    expect([...database.asked, ...directory.asked]).toEqual([]);
  });
});

describe('a right password', () => {
  it('is remembered, so that a source is asked once', async () => {
    const { authenticator, database, events } = setUp();
    for (let round = 0; round < 3; round += 1) {
      expect(await authenticator.authenticate(credentials('ann', 'right'))).toBeDefined();
    }
    expect(database.asked).toHaveLength(1);
    expect(events).toEqual(['check', 'succeeded']);
  });

  it('is forgotten once the account is in another epoch', async () => {
    const { authenticator, database, epochs } = setUp();
    await authenticator.authenticate(credentials('ann', 'right'));
    epochs.set(7, 1);
    await authenticator.authenticate(credentials('ann', 'right'));
    expect(database.asked).toHaveLength(2);
  });

  it('says nothing of a pair that is cut elsewhere', async () => {
    const { authenticator } = setUp();
    await authenticator.authenticate(credentials('ann', 'right'));
    expect(await authenticator.authenticate(credentials('an', 'nright'))).toBeUndefined();
  });
});

describe('a failure', () => {
  it('is told to the brake and takes as long for known and unknown names', async () => {
    const { authenticator, events } = setUp();
    const known = await timeOf(authenticator, credentials('ann', 'nope'));
    const unknown = await timeOf(authenticator, credentials('nobody', 'nope'));
    expect(events).toEqual(['check', 'failed', 'check', 'failed']);
    expect(Math.min(known, unknown)).toBeGreaterThan(250);
  });

  it('is not even tried when the brake holds', async () => {
    const check = () => Promise.reject(new AppError('too-many', 'slow down'));
    const { authenticator, database } = setUp({ brake: { check } });
    await expect(authenticator.authenticate(credentials('ann', 'right'))).rejects.toMatchObject({
      kind: 'too-many',
    });
    expect(database.asked).toEqual([]);
  });
});
