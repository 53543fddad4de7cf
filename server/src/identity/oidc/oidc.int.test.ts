import { createServer } from 'node:http';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OidcProvider, startOidcProvider } from '../../../test/oidc-provider.ts';
import {
  createOidcClient,
  createWorkloadVerifier,
  type OidcClient,
  OidcError,
  type OidcSettings,
} from './index.ts';

const redirectUri = 'https://registry.test/c/oidc/callback';
const postLogoutRedirectUri = 'https://registry.test/account/sign-in';

let provider: OidcProvider;
let oidc: OidcClient;
let settings: OidcSettings;

beforeAll(async () => {
  provider = await startOidcProvider({
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [postLogoutRedirectUri],
  });
  oidc = createOidcClient({ fetchFor: () => fetch });
  settings = {
    endpoint: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    userClaim: '',
    groupsClaim: 'groups',
    adminGroup: 'registry-admins',
    groupFilter: '',
    verifyCert: true,
    extraRedirectParams: {},
    logout: true,
  };
});

afterAll(() => provider.stop());

afterEach(() => {
  delete provider.tamper.idToken;
  delete provider.tamper.userinfo;
  delete provider.tamper.discovery;
});

async function reachCallback(username: string, used = settings) {
  const { url, flow } = await oidc.startLogin(used, { redirectUri });
  return { flow, callbackUrl: await provider.signIn(url, username) };
}

async function login(username: string, used = settings) {
  const { flow, callbackUrl } = await reachCallback(username, used);
  return oidc.finishLogin(used, { callbackUrl, flow, redirectUri });
}

async function catchOidcError(attempt: Promise<unknown>): Promise<OidcError> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof OidcError) return error;
  throw error;
}

/** A client that has discovered nothing yet. */
const freshClient = () => createOidcClient({ fetchFor: () => fetch });

const without = (claims: JWTPayload, name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('a login', () => {
  it('brings the identity with its groups and the rights of the admin group', async () => {
    const identity = await login('ann');
    expect(identity).toMatchObject({
      issuer: provider.issuer,
      subject: 'sub-ann',
      username: 'Ann_Smith',
      email: 'ann@example.com',
      emailVerified: true,
      groups: ['developers', 'registry-admins'],
      groupsKnown: true,
      isAdmin: true,
    });
    expect(identity.refreshToken).toEqual(expect.any(String));
    expect(identity.expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it('takes one group as a string and makes nobody else an administrator', async () => {
    const identity = await login('bob', { ...settings, userClaim: 'preferred_username' });
    expect(identity).toMatchObject({ username: 'bob', groups: ['developers'], isAdmin: false });
  });

  it('does not call a borrowed email verified', async () => {
    const identity = await login('carol', { ...settings, userClaim: 'preferred_username' });
    expect(identity).toMatchObject({
      subject: 'sub-carol',
      username: 'carol,_the_first',
      email: 'ann@example.com',
      emailVerified: false,
    });
  });

  it('asks with state, nonce and a SHA-256 challenge that extra parameters cannot replace', async () => {
    const extraRedirectParams = { prompt: 'login', nonce: 'mine', Code_Challenge_Method: 'plain' };
    const used = { ...settings, scopes: ['profile'], extraRedirectParams };
    const { url, flow } = await oidc.startLogin(used, { redirectUri });
    const asked = Object.fromEntries(url.searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      scope: 'openid profile',
      prompt: 'login',
      state: flow.state,
      nonce: flow.nonce,
      code_challenge_method: 'S256',
      redirect_uri: redirectUri,
    });
    expect(asked['Code_Challenge_Method']).toBeUndefined();
    expect(url.href).not.toContain(flow.codeVerifier);
  });

  it('uses only the query of the callback, whatever host a proxy made of it', async () => {
    const { flow, callbackUrl } = await reachCallback('bob');
    const inner = new URL(callbackUrl.search, 'http://10.0.0.7:8080/c/oidc/callback');
    const identity = await oidc.finishLogin(settings, { callbackUrl: inner, flow, redirectUri });
    expect(identity.subject).toBe('sub-bob');
  });

  it('discovers the provider once', async () => {
    const client = freshClient();
    const path = '/.well-known/openid-configuration';
    const before = provider.countRequests(path);
    await Promise.all([
      client.startLogin(settings, { redirectUri }),
      client.startLogin(settings, { redirectUri }),
    ]);
    await client.startLogin(settings, { redirectUri });
    expect(provider.countRequests(path) - before).toBe(1);
  });
});

describe('an attack on the login', () => {
  it('fails with the state of another browser', async () => {
    const { flow, callbackUrl } = await reachCallback('ann');
    const attempt = { callbackUrl, flow: { ...flow, state: 'another' }, redirectUri };
    expect((await catchOidcError(oidc.finishLogin(settings, attempt))).kind).toBe('invalid');
  });

  it('fails without a started login', async () => {
    const { callbackUrl } = await reachCallback('ann');
    callbackUrl.searchParams.delete('state');
    const flow = { state: '', nonce: '', codeVerifier: '' };
    const attempt = oidc.finishLogin(settings, { callbackUrl, flow, redirectUri });
    expect((await catchOidcError(attempt)).kind).toBe('invalid');
  });

  it('fails with another nonce', async () => {
    const { flow, callbackUrl } = await reachCallback('ann');
    const attempt = { callbackUrl, flow: { ...flow, nonce: 'another' }, redirectUri };
    expect((await catchOidcError(oidc.finishLogin(settings, attempt))).kind).toBe('invalid');
  });

  it('fails with another code verifier', async () => {
    const { flow, callbackUrl } = await reachCallback('ann');
    const codeVerifier = 'x'.repeat(43);
    const attempt = { callbackUrl, flow: { ...flow, codeVerifier }, redirectUri };
    const error = await catchOidcError(oidc.finishLogin(settings, attempt));
    expect(error).toMatchObject({
      kind: 'refused',
      message: 'the identity provider refused: invalid_grant',
    });
  });

  it('fails with a code that was used before', async () => {
    const { flow, callbackUrl } = await reachCallback('ann');
    await oidc.finishLogin(settings, { callbackUrl, flow, redirectUri });
    const replay = oidc.finishLogin(settings, { callbackUrl, flow, redirectUri });
    expect((await catchOidcError(replay)).kind).toBe('refused');
  });

  it.each([['https://evil.test'], [undefined]])('fails with iss %s', async (iss) => {
    const { flow, callbackUrl } = await reachCallback('ann');
    callbackUrl.searchParams.delete('iss');
    if (iss !== undefined) callbackUrl.searchParams.set('iss', iss);
    const tokenRequests = provider.countRequests('/token');
    const attempt = oidc.finishLogin(settings, { callbackUrl, flow, redirectUri });
    expect((await catchOidcError(attempt)).kind).toBe('invalid');
    // The code never reached a token endpoint: that is what the mix-up attack is after.
    expect(provider.countRequests('/token')).toBe(tokenRequests);
  });

  it('repeats an error of the provider without its markup', async () => {
    const { flow } = await oidc.startLogin(settings, { redirectUri });
    const callbackUrl = new URL(redirectUri);
    callbackUrl.search = new URLSearchParams({
      state: flow.state,
      iss: provider.issuer,
      error: 'access_denied',
      error_description: `no\r\n<script>alert("1")</script>\u202e${'x'.repeat(999)}`,
    }).toString();
    const error = await catchOidcError(
      oidc.finishLogin(settings, { callbackUrl, flow, redirectUri }),
    );
    expect(error.kind).toBe('refused');
    expect(error.message).toMatch(/^the identity provider refused: access_denied \(no /);
    expect(error.message).not.toMatch(/[<>"\r\n\u202e]/);
    expect(error.message.length).toBeLessThan(300);
  });

  it.each<[string, (claims: JWTPayload) => JWTPayload]>([
    ['another nonce', (claims) => ({ ...claims, nonce: 'another' })],
    ['no nonce', (claims) => without(claims, 'nonce')],
    ['another audience', (claims) => ({ ...claims, aud: 'another' })],
    ['a second audience', (claims) => ({ ...claims, aud: ['registry', 'another'] })],
    ['another authorized party', (claims) => ({ ...claims, azp: 'another' })],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.test' })],
    ['an end in the past', (claims) => ({ ...claims, exp: nowSeconds() - 120 })],
    ['no end', (claims) => without(claims, 'exp')],
    ['another subject than userinfo', (claims) => ({ ...claims, sub: 'sub-bob' })],
  ])('fails with an id token with %s', async (_, change) => {
    provider.tamper.idToken = change;
    expect((await catchOidcError(login('ann'))).kind).toBe('invalid');
  });

  it('fails with an id token without a signature', async () => {
    provider.tamper.idToken = (claims) => new UnsecuredJWT(claims).encode();
    expect((await catchOidcError(login('ann'))).kind).toBe('invalid');
  });

  it('fails with an id token whose signature was changed', async () => {
    const { idToken } = await login('ann');
    const [header = '', , signature = ''] = idToken.split('.');
    provider.tamper.idToken = (claims) =>
      [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect((await catchOidcError(login('ann'))).kind).toBe('invalid');
  });

  it('fails with a userinfo about somebody else', async () => {
    provider.tamper.userinfo = (body) => ({ ...body, sub: 'sub-bob' });
    expect((await catchOidcError(login('ann'))).kind).toBe('invalid');
  });

  it('judges a ReDoS group filter in no time', async () => {
    const group = `${'a'.repeat(28)}!`;
    provider.tamper.userinfo = (body) => ({ ...body, groups: [group, 'aaa'] });
    const { idToken } = await login('ann');
    const hostile = await provider.mintToken({
      sub: 'sub-ann',
      aud: 'registry',
      groups: [group, 'aaa'],
    });
    const used = { ...settings, groupFilter: '^(a+)+$' };
    await oidc.verifyIdToken(used, idToken);
    const began = performance.now();
    const identity = await oidc.verifyIdToken(used, hostile);
    expect(performance.now() - began).toBeLessThan(50);
    expect(identity?.groups).toEqual(['aaa']);
  });
});

describe('a provider that is not well', () => {
  it('is unreachable when nothing listens', async () => {
    const gone = await startOidcProvider({ redirectUris: [redirectUri] });
    await gone.stop();
    const error = await catchOidcError(
      oidc.startLogin({ ...settings, endpoint: gone.issuer }, { redirectUri }),
    );
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: 'the identity provider cannot be reached',
    });
  });

  it('is asked again after a failed discovery', async () => {
    const client = freshClient();
    provider.tamper.discovery = (body) => ({ ...body, issuer: 'https://evil.test' });
    const error = await catchOidcError(client.startLogin(settings, { redirectUri }));
    expect(error.kind).toBe('invalid');
    delete provider.tamper.discovery;
    expect((await client.startLogin(settings, { redirectUri })).flow.state).not.toBe('');
  });

  it('cannot fill the memory with its discovery document', async () => {
    provider.tamper.discovery = (body) => ({ ...body, filler: 'x'.repeat(2 * 1024 * 1024) });
    const error = await catchOidcError(freshClient().ping(settings));
    expect(error.kind).toBe('invalid');
  });

  it.each([301, 404, 500])(
    'never leads elsewhere or leaks its body with status %i',
    async (status) => {
      const server = createServer((_, response) => {
        response.writeHead(status, { location: `${provider.issuer}/elsewhere` }).end('secret body');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const endpoint = `http://127.0.0.1:${port}`;
      const error = await catchOidcError(oidc.ping({ endpoint, verifyCert: true }));
      server.close();
      expect(error.kind).toBe(status === 500 ? 'unreachable' : 'invalid');
      expect(error.message).not.toContain('secret');
      expect(provider.countRequests('/elsewhere')).toBe(0);
    },
  );

  it.each(['', 'nonsense', 'http://192.0.2.1', 'https://u:p@idp.test', 'https://idp.test/?a=b'])(
    'is not even tried at %j',
    async (endpoint) => {
      const error = await catchOidcError(oidc.ping({ endpoint, verifyCert: true }));
      expect(error.kind).toBe('settings');
    },
  );

  it('refuses a wrong client secret with its code alone', async () => {
    const used = { ...settings, clientSecret: 'wrong' };
    const error = await catchOidcError(login('ann', used));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).not.toContain('wrong');
  });

  it('answers a ping', async () => {
    await expect(
      oidc.ping({ endpoint: provider.issuer, verifyCert: true }),
    ).resolves.toBeUndefined();
  });

  it('is reached with the wanted strictness about certificates', async () => {
    const asked: unknown[] = [];
    const client = createOidcClient({
      fetchFor: (verifyCert, ca) => {
        asked.push([verifyCert, ca]);
        return fetch;
      },
    });
    await client.ping({ endpoint: provider.issuer, verifyCert: false, ca: 'pem' });
    await client.startLogin({ ...settings, verifyCert: true }, { redirectUri });
    expect(asked).toEqual([
      [false, 'pem'],
      [true, undefined],
    ]);
  });
});

describe('a bearer id token', () => {
  const claims = () => ({ sub: 'sub-ann', aud: provider.clientId, name: 'Ann' });

  it('identifies its subject', async () => {
    const token = await provider.mintToken({ ...claims(), groups: ['registry-admins'] });
    expect(await oidc.verifyIdToken(settings, token)).toMatchObject({
      subject: 'sub-ann',
      issuer: provider.issuer,
      isAdmin: true,
      idToken: token,
    });
  });

  it.each<[string, () => Promise<string>]>([
    ['another audience', () => provider.mintToken({ ...claims(), aud: 'another' })],
    ['another party', () => provider.mintToken({ ...claims(), azp: 'another' })],
    ['two audiences', () => provider.mintToken({ ...claims(), aud: ['registry', 'another'] })],
    ['another issuer', () => provider.mintToken({ ...claims(), iss: 'https://evil.test' })],
    ['an end in the past', () => provider.mintToken({ ...claims(), exp: nowSeconds() - 61 })],
    ['a start in the future', () => provider.mintToken({ ...claims(), iat: nowSeconds() + 120 })],
    ['no subject', () => provider.mintToken({ aud: provider.clientId })],
    ['an unknown key', () => provider.mintToken(claims(), { kid: 'unknown' })],
    ['the type of an access token', () => provider.mintToken(claims(), { typ: 'at+jwt' })],
    ['the claim of an access token', () => provider.mintToken({ ...claims(), typ: 'Bearer' })],
    ['more than 8 KiB', () => provider.mintToken({ ...claims(), filler: 'x'.repeat(8192) })],
    ['no signature', async () => forgeUnsigned(claims())],
    ['the public key as a secret', () => forgeWithPublicKey(claims())],
    ['5000 dots', async () => '.'.repeat(5000)],
    ['nothing in it', async () => ''],
  ])('is worth nothing with %s', async (_, mint) => {
    expect(await oidc.verifyIdToken(settings, await mint())).toBeUndefined();
  });
});

function forgeUnsigned(claims: JWTPayload): string {
  return new UnsecuredJWT({ iss: provider.issuer, ...claims })
    .setIssuedAt()
    .setExpirationTime('5m')
    .encode();
}

function forgeWithPublicKey(claims: JWTPayload): Promise<string> {
  return new SignJWT({ iss: provider.issuer, ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: 'test-key' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(provider.publicKey));
}

describe('a refresh', () => {
  it('brings new tokens and the groups of now', async () => {
    const { refreshToken = '', subject, idToken } = await login('ann');
    provider.tamper.userinfo = (body) => ({ ...body, groups: ['testers'] });
    const identity = await oidc.refresh(settings, { refreshToken, subject, idToken });
    expect(identity).toMatchObject({ subject, groups: ['testers'], isAdmin: false });
    expect(identity.refreshToken).not.toBe(refreshToken);
  });

  it('cannot change the subject', async () => {
    const { refreshToken = '', idToken } = await login('ann');
    const session = { refreshToken, subject: 'sub-bob', idToken };
    expect((await catchOidcError(oidc.refresh(settings, session))).kind).toBe('invalid');
  });

  it('cannot change the subject where there is no userinfo', async () => {
    provider.tamper.discovery = (body) => ({ ...body, userinfo_endpoint: undefined });
    const client = freshClient();
    const { refreshToken = '', subject, idToken } = await login('ann');
    provider.tamper.idToken = (claims) => ({ ...claims, sub: 'sub-bob' });
    const attempt = client.refresh(settings, { refreshToken, subject, idToken });
    expect((await catchOidcError(attempt)).kind).toBe('invalid');
  });

  it('is refused after the token was revoked', async () => {
    const { refreshToken = '', subject, idToken } = await login('ann');
    expect(await oidc.revoke(settings, refreshToken)).toBe(true);
    const error = await catchOidcError(oidc.refresh(settings, { refreshToken, subject, idToken }));
    expect(error).toMatchObject({
      kind: 'refused',
      message: 'the identity provider refused: invalid_grant',
    });
  });
});

describe('a logout', () => {
  it('leads to the page of the provider with the hint and the way back', async () => {
    const { idToken } = await login('ann');
    const url = await oidc.logoutUrl(settings, { idToken, postLogoutRedirectUri });
    expect(url?.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url?.searchParams ?? [])).toMatchObject({
      id_token_hint: idToken,
      post_logout_redirect_uri: postLogoutRedirectUri,
    });
    const page = await fetch(url ?? '');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('/session/end/confirm');
  });

  it('stays here if it is switched off', async () => {
    const used = { ...settings, logout: false };
    const session = { idToken: 'any', postLogoutRedirectUri };
    expect(await oidc.logoutUrl(used, session)).toBeUndefined();
  });
});

describe('a workload', () => {
  const audience = 'https://registry.test';
  const claims = {
    sub: 'repo:acme/app:ref:refs/heads/main',
    aud: audience,
    repository: 'acme/app',
  };
  const trust = (conditions = [{ claim: 'repository', pattern: 'acme/*' }]) => ({
    issuer: provider.issuer,
    conditions,
  });
  const createVerifier = () => createWorkloadVerifier({ fetch, audience });

  it('is known by its issuer, audience and claims', async () => {
    const other = trust([{ claim: 'repository', pattern: 'other/*' }]);
    const meant = trust();
    const token = await provider.mintToken(claims);
    const identity = await createVerifier().verify(token, [other, meant]);
    expect(identity?.trust).toBe(meant);
    expect(identity).toMatchObject({ issuer: provider.issuer, subject: claims.sub });
  });

  it('is known by a nested claim', async () => {
    const nested = { ...claims, 'kubernetes.io': { namespace: 'ci' } };
    const token = await provider.mintToken(nested);
    const conditions = [{ claim: '/kubernetes.io/namespace', pattern: 'ci' }];
    expect(await createVerifier().verify(token, [trust(conditions)])).toBeDefined();
  });

  it('needs the audience of its own trust', async () => {
    const named = { ...trust(), audience: 'berth' };
    const verifier = createVerifier();
    const others = trust([{ claim: 'repository', pattern: 'other/*' }]);
    const common = await provider.mintToken(claims);
    expect(await verifier.verify(common, [named, others])).toBeUndefined();
    const token = await provider.mintToken({ ...claims, aud: ['berth', 'sts'] });
    expect(await verifier.verify(token, [named, trust()])).toMatchObject({ trust: named });
  });

  it.each<[string, () => Promise<string>]>([
    ['another audience', () => provider.mintToken({ ...claims, aud: 'https://other.test' })],
    ['another repository', () => provider.mintToken({ ...claims, repository: 'evil/acme' })],
    ['no repository', () => provider.mintToken({ sub: claims.sub, aud: audience })],
    [
      'a day and a second of life',
      () => provider.mintToken({ ...claims, exp: nowSeconds() + 86_401 }),
    ],
    ['an end a minute ago', () => provider.mintToken({ ...claims, exp: nowSeconds() - 61 })],
    ['a start in the future', () => provider.mintToken({ ...claims, nbf: nowSeconds() + 120 })],
    ['another issuer', () => provider.mintToken({ ...claims, iss: `${provider.issuer}/` })],
    ['no signature', async () => forgeUnsigned(claims)],
    ['the public key as a secret', () => forgeWithPublicKey(claims)],
    ['more than 8 KiB', () => provider.mintToken({ ...claims, filler: 'x'.repeat(8192) })],
  ])('is nobody with %s', async (_, mint) => {
    expect(await createVerifier().verify(await mint(), [trust()])).toBeUndefined();
  });

  it('is nobody under a trust without conditions', async () => {
    const token = await provider.mintToken(claims);
    expect(await createVerifier().verify(token, [trust([])])).toBeUndefined();
  });

  it('does not make us talk to an issuer that nobody trusts', async () => {
    let calls = 0;
    const send: typeof fetch = (...request) => {
      calls += 1;
      return fetch(...request);
    };
    const verifier = createWorkloadVerifier({ fetch: send, audience });
    const token = await provider.mintToken({ ...claims, iss: 'https://evil.test' });
    expect(await verifier.verify(token, [trust()])).toBeUndefined();
    expect(calls).toBe(0);
  });

  it('fetches the keys once, whatever unknown keys are named', async () => {
    const verifier = createVerifier();
    const before = provider.countRequests('/jwks');
    await verifier.verify(await provider.mintToken(claims), [trust()]);
    for (const kid of ['a', 'b', 'c']) {
      const token = await provider.mintToken(claims, { kid });
      expect(await verifier.verify(token, [trust()])).toBeUndefined();
    }
    expect(provider.countRequests('/jwks') - before).toBe(1);
  });

  it('asks an issuer that failed only once in a while', async () => {
    provider.tamper.discovery = (body) => ({ ...body, issuer: 'https://evil.test' });
    const verifier = createVerifier();
    const token = await provider.mintToken(claims);
    const path = '/.well-known/openid-configuration';
    const before = provider.countRequests(path);
    expect((await catchOidcError(verifier.verify(token, [trust()]))).kind).toBe('invalid');
    expect((await catchOidcError(verifier.verify(token, [trust()]))).kind).toBe('invalid');
    expect(provider.countRequests(path) - before).toBe(1);
  });

  it('does not take keys over plain http', async () => {
    provider.tamper.discovery = (body) => ({ ...body, jwks_uri: 'http://192.0.2.1/jwks' });
    const token = await provider.mintToken(claims);
    const error = await catchOidcError(createVerifier().verify(token, [trust()]));
    expect(error.kind).toBe('invalid');
  });
});
