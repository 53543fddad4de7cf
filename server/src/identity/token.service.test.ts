import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, exportSPKI, SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  actions,
  anonymous,
  createRepositoryAccess,
  type Principal,
  type ProjectPolicy,
  ROLE,
} from '../access/index.ts';
import { createSecretBox } from '../secrets/index.ts';
import { createPrincipals } from './principals.ts';
import { LEEWAY_SECONDS } from './signed-claims.ts';
import type { SigningKeyRow } from './signing-key.repository.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createTokenService } from './token.service.ts';

const settings = { issuer: 'issuer', service: 'registry', seconds: () => 300 };
const ann: Principal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const admin: Principal = { kind: 'user', id: 1, username: 'admin', isAdmin: true, groupIds: [] };

afterEach(() => {
  vi.useRealTimers();
});

/** Signing keys as rows in memory. */
function createKeys(): SigningKeys {
  let rows: SigningKeyRow[] = [];
  return createSigningKeys(
    {
      list: () => Promise.resolve(rows),
      replace(key) {
        const retired = rows.map((row) => ({ ...row, retiredAt: row.retiredAt ?? new Date() }));
        rows = [{ ...key, retiredAt: null }, ...retired];
        return Promise.resolve();
      },
      ensure(key) {
        if (rows.length === 0) rows = [{ ...key, retiredAt: null }];
        return Promise.resolve();
      },
      putPrivateJwk: () => Promise.resolve(),
      deleteRetired(date) {
        rows = rows.filter(({ retiredAt }) => retiredAt === null || retiredAt >= date);
        return Promise.resolve();
      },
    },
    settings.issuer,
    createSecretBox({ key: Buffer.alloc(32) }),
  );
}

async function setUp() {
  const projects = new Map<string, ProjectPolicy>([
    ['library', { id: 1, name: 'library', isPublic: true, accessEpoch: 5 }],
    ['team', { id: 2, name: 'team', isPublic: false, accessEpoch: 5 }],
    ['closed', { id: 3, name: 'closed', isPublic: false, accessEpoch: 5 }],
  ]);
  const access = createRepositoryAccess({
    peekPolicy: (name) => projects.get(name),
    findPolicy: (name) => Promise.resolve(projects.get(name)),
    findPolicyById: (id) => Promise.resolve([...projects.values()].find((one) => one.id === id)),
    findRoles: (projectId, userId) =>
      Promise.resolve(projectId === 2 && userId === 7 ? [ROLE.developer] : []),
  });
  const keys = createKeys();
  await keys.load();
  const tokens = createTokenService({
    settings,
    keys,
    access,
    principals: createPrincipals({
      identity: {
        peekUser: () => undefined,
        findUser: () => Promise.resolve(undefined),
        getEpoch: (id) => Promise.resolve(id * 10),
      },
      robots: {
        peek: () => undefined,
        find: () => Promise.resolve(undefined),
        getEpoch: (id) => Promise.resolve(id * 100),
      },
      personalTokens: { peekLive: () => true, isLive: () => Promise.resolve(true) },
    }),
  });
  return { tokens, keys, projects };
}

interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

const now = () => Math.floor(Date.now() / 1000);

/** A token as ours are, signed with our key, but for what `forgery` changes. */
function forge(keys: SigningKeys, { header, claims, key }: Forgery = {}): Promise<string> {
  const { kid, privateKey } = keys.current();
  return new SignJWT({
    iss: settings.issuer,
    aud: settings.service,
    sub: 'ann',
    iat: now(),
    nbf: now(),
    exp: now() + 300,
    jti: 'x',
    access: [],
    uid: 7,
    epoch: 70,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid, ...header })
    .sign(key ?? privateKey);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('issuing', () => {
  it('gives what of the asked scopes the caller may do, and no more', async () => {
    const { tokens } = await setUp();
    const { token, expires_in: seconds } = await tokens.issue(ann, [
      'repository:team/app:pull,push,delete',
      'repository:library/app:pull,push repository:closed/app:pull',
      'repository:absent/app:pull',
      'nonsense',
    ]);
    expect(seconds).toBe(300);
    const verified = await tokens.verify(token);
    expect([...(verified?.grants ?? [])]).toEqual([
      ['team/app', { projectId: 2, accessEpoch: 5, allowed: actions.pull | actions.push }],
      ['library/app', { projectId: 1, accessEpoch: 5, allowed: actions.pull }],
    ]);
    expect(verified).toMatchObject({ subject: { kind: 'user', id: 7, epoch: 70 } });
  });

  it('gives an administrator all it asks for, in projects that exist', async () => {
    const { tokens } = await setUp();
    const { token } = await tokens.issue(admin, ['repository:closed/app:*', 'repository:no/app:*']);
    expect([...((await tokens.verify(token))?.grants ?? [])]).toEqual([
      ['closed/app', { projectId: 3, accessEpoch: 5, allowed: actions.all }],
    ]);
  });

  it('gives an anonymous caller a token of nobody', async () => {
    const { tokens } = await setUp();
    const { token } = await tokens.issue(anonymous, [
      'repository:library/app:pull,push',
      'repository:team/app:pull',
    ]);
    const verified = await tokens.verify(token);
    expect(verified?.subject).toBeUndefined();
    expect([...(verified?.grants ?? [])]).toEqual([
      ['library/app', { projectId: 1, accessEpoch: 5, allowed: actions.pull }],
    ]);
  });

  it('asks for nothing when nothing is asked', async () => {
    const { tokens } = await setUp();
    const { token } = await tokens.issue(ann, []);
    expect((await tokens.verify(token))?.grants.size).toBe(0);
  });

  it('adds up scopes of one repository', async () => {
    const { tokens } = await setUp();
    const { token } = await tokens.issue(ann, [
      'repository:team/app:pull',
      'repository:team/app:push',
    ]);
    expect((await tokens.verify(token))?.grants.get('team/app')?.allowed).toBe(
      actions.pull | actions.push,
    );
  });

  it('binds to the project itself, so that one made again under the name is another', async () => {
    const { tokens, projects } = await setUp();
    const before = await tokens.issue(admin, ['repository:team/app:pull']);
    projects.set('team', { id: 99, name: 'team', isPublic: false, accessEpoch: 5 });
    const after = await tokens.issue(admin, ['repository:team/app:pull']);
    const idIn = async (token: string) =>
      (await tokens.verify(token))?.grants.get('team/app')?.projectId;
    expect([await idIn(before.token), await idIn(after.token)]).toEqual([2, 99]);
  });

  it('makes no two tokens alike', async () => {
    const { tokens } = await setUp();
    const [first, second] = [await tokens.issue(ann, []), await tokens.issue(ann, [])];
    expect(first.token).not.toBe(second.token);
  });
});

describe('verifying', () => {
  it('takes what the forger of this test makes unchanged', async () => {
    const { tokens, keys } = await setUp();
    expect(await tokens.verify(await forge(keys))).toMatchObject({
      subject: { kind: 'user', id: 7, epoch: 70 },
    });
  });

  it.each<[string, (keys: SigningKeys) => Forgery]>([
    ['another issuer', () => ({ claims: { iss: 'other' } })],
    ['another audience', () => ({ claims: { aud: 'other' } })],
    ['no audience', () => ({ claims: { aud: undefined } })],
    ['no expiry', () => ({ claims: { exp: undefined } })],
    ['no identifier', () => ({ claims: { jti: undefined } })],
    ['no subject', () => ({ claims: { sub: undefined } })],
    ['no beginning', () => ({ claims: { nbf: undefined } })],
    ['no time of issue', () => ({ claims: { iat: undefined } })],
    ['an expiry in the past', () => ({ claims: { exp: now() - LEEWAY_SECONDS - 1 } })],
    ['a beginning in the future', () => ({ claims: { nbf: now() + LEEWAY_SECONDS + 5 } })],
    ['a time of issue in the future', () => ({ claims: { iat: now() + LEEWAY_SECONDS + 5 } })],
    ['a time of issue that is text', () => ({ claims: { iat: 'yesterday' } })],
    ['a user id that is text', () => ({ claims: { uid: '1' } })],
    ['a fraction of a user id', () => ({ claims: { uid: 1.5 } })],
    ['access that is no list', () => ({ claims: { access: 'all' } })],
    ['no access', () => ({ claims: { access: undefined } })],
    ['another type', () => ({ header: { typ: 'at+jwt' } })],
    ['no type', () => ({ header: { typ: undefined } })],
    ['a foreign key id', () => ({ header: { kid: 'AAAA:BBBB' } })],
    ['no key id', () => ({ header: { kid: undefined } })],
    ['a critical extension', () => ({ header: { crit: ['x'], x: 1 } })],
    ['a foreign key under our id', () => ({ key: makePrivateKey() })],
  ])('refuses %s', async (_what, make) => {
    const { tokens, keys } = await setUp();
    let token: string;
    try {
      token = await forge(keys, make(keys));
    } catch {
      // What the signer itself will not make, such as an unknown critical extension.
      token = `${encode({ alg: 'ES256', typ: 'JWT', kid: keys.current().kid, crit: ['x'] })}.e30.AA`;
    }
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('refuses a key that the token brings along', async () => {
    const { tokens, keys } = await setUp();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = await exportJWK(publicKey);
    for (const kid of [keys.current().kid, 'mine', undefined]) {
      const token = await forge(keys, { key: privateKey, header: { jwk, kid } });
      expect(await tokens.verify(token)).toBeUndefined();
    }
  });

  it.each(['none', 'None', 'HS256', 'RS256', 'ES384', ''])('refuses algorithm %j', async (alg) => {
    const { tokens, keys } = await setUp();
    const token = await forge(keys);
    const [, payload = '', signature = ''] = token.split('.');
    const head = encode({ alg, typ: 'JWT', kid: keys.current().kid });
    for (const end of ['', signature]) {
      expect(await tokens.verify(`${head}.${payload}.${end}`)).toBeUndefined();
    }
  });

  it('refuses an HMAC made with the public key', async () => {
    const { tokens, keys } = await setUp();
    const [, payload = ''] = (await forge(keys)).split('.');
    const head = encode({ alg: 'HS256', typ: 'JWT', kid: keys.current().kid });
    const secrets = [await exportSPKI(keys.current().publicKey), keys.current().certificate];
    for (const secret of secrets) {
      const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
      expect(await tokens.verify(`${head}.${payload}.${mac}`)).toBeUndefined();
    }
  });

  it('refuses any change of a token', async () => {
    const { tokens } = await setUp();
    const { token } = await tokens.issue(ann, ['repository:team/app:pull']);
    const [head = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const changed = encode({ ...claims, uid: 1 });
    // The last character of a signature carries unused bits; all others count.
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const forged of [
      `${head}.${changed}.${signature}`,
      `${head}.${payload}.${flipped}`,
      `${head}.${payload}.${signature.slice(0, -2)}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${token}.`,
      `${token}.x`,
    ]) {
      expect(await tokens.verify(forged)).toBeUndefined();
    }
    expect(await tokens.verify(token)).toBeDefined();
  });

  it.each([
    ['nothing', ''],
    ['a word', 'token'],
    ['two dots', '..'],
    ['5,000 dots', '.'.repeat(5000)],
    ['9 KiB', 'a'.repeat(9 * 1024)],
    ['9 KiB in three parts', `${'a'.repeat(4000)}.${'b'.repeat(4000)}.${'c'.repeat(1216)}`],
    ['JSON that is no object', `${encode([])}.${encode(1)}.AAAA`],
    ['bytes', '\u0000.\uFFFD.\u{1F600}'],
  ])('refuses %s', async (_what, token) => {
    const { tokens } = await setUp();
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('allows for clocks that differ a little, and no more', async () => {
    const { tokens, keys } = await setUp();
    vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] });
    const { token } = await tokens.issue(ann, []);
    const at = (seconds: number) => {
      vi.setSystemTime(1_800_000_000_000 + seconds * 1000);
      return tokens.verify(token);
    };
    expect(await at(-LEEWAY_SECONDS)).toBeDefined();
    expect(await at(-LEEWAY_SECONDS - 1)).toBeUndefined();
    expect(await at(300 + LEEWAY_SECONDS - 1)).toMatchObject({
      expiresAt: 1_800_000_000_000 + (300 + LEEWAY_SECONDS) * 1000,
    });
    expect(await at(300 + LEEWAY_SECONDS)).toBeUndefined();
    expect(keys.certificates()).toHaveLength(1);
  });

  it('passes on that keys cannot be read, which is no fault of the token', async () => {
    const { keys } = await setUp();
    const tokens = createTokenService({
      settings,
      keys: { ...keys, find: () => Promise.reject(new Error('database')) },
      access: { decide: () => Promise.reject(new Error('unused')) },
      principals: { subjectOf: () => Promise.resolve(undefined) },
    });
    await expect(tokens.verify(await forge(keys))).rejects.toThrow('database');
  });
});

describe('rotating keys', () => {
  it('signs with the new key and verifies with both', async () => {
    const { tokens, keys } = await setUp();
    const old = await tokens.issue(ann, []);
    const retired = keys.current().kid;
    const { kid } = await keys.rotate();
    expect(kid).not.toBe(retired);
    const fresh = await tokens.issue(ann, []);
    expect(await tokens.verify(old.token)).toBeDefined();
    expect(await tokens.verify(fresh.token)).toBeDefined();
    expect(keys.certificates()[0]).toBe(keys.current().certificate);
    expect(keys.certificates()).toHaveLength(2);
  });

  it('forgets the old key when all its tokens have expired', async () => {
    const { tokens, keys } = await setUp();
    const old = await tokens.issue(ann, []);
    await keys.rotate();
    await keys.refresh(300);
    expect(await tokens.verify(old.token)).toBeDefined();
    vi.useFakeTimers({ now: Date.now() + (300 + 601) * 1000, toFake: ['Date'] });
    await keys.refresh(300);
    expect(keys.certificates()).toHaveLength(1);
    expect(await tokens.verify(old.token)).toBeUndefined();
  });

  it('cannot sign before the keys are loaded', () => {
    expect(() => createKeys().current()).toThrow('no signing key');
  });
});

function makePrivateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}
