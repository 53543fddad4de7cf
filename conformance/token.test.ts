import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { parseChallenges } from '@berth/client';
import { afterAll, describe, expect, it } from 'vitest';
import { addImage, createDataSet } from './data.ts';
import { joinJwt, parseJwt, signEs256, signHs256 } from './jwt.ts';
import { type Answer, basic, openRegistry, readAnswer } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const { username, password, own } = registry;
const alice = { username: 'alice', password: 'Alice-password-1' };
await own?.createUser(alice.username, alice.password);

const publicProject = await registry.createProject({ isPublic: true });
const privateProject = await registry.createProject();
const missingProject = privateProject.replace('p', 'q');
const publicRepository = `${publicProject}/app`;
const privateRepository = `${privateProject}/app`;
const set = createDataSet();
const image = addImage(set, { tags: ['latest'] });
for (const repository of [publicRepository, privateRepository, 'library/conformance']) {
  for (const [digest, bytes] of set.blobs)
    await registry.client.blobPush(repository, digest, bytes);
  for (const { bytes, descriptor } of set.manifests) {
    await registry.client.manifestPut(repository, 'latest', bytes, descriptor.mediaType);
  }
}

const nobody = registry.createClient();
const service = challengeOf(await call('GET', '/v2/'))?.get('service') ?? '';

/** A request with the given Authorization header, or none; no token flow. */
async function call(method: string, path: string, authorization?: string): Promise<Answer> {
  const headers = authorization === undefined ? {} : { authorization };
  return readAnswer(await fetch(new URL(path, registry.url), { method, headers }));
}

function challengeOf(answer: Answer): ReadonlyMap<string, string> | undefined {
  const [challenge] = parseChallenges(answer.headers.get('www-authenticate') ?? '');
  return challenge?.scheme === 'bearer' ? challenge.parameters : undefined;
}

function getToken(authorization: string | undefined, ...scopes: string[]): Promise<Answer> {
  const query = new URLSearchParams({ service });
  for (const scope of scopes) query.append('scope', scope);
  return call('GET', `/service/token?${query.toString()}`, authorization);
}

async function postToken(fields: Record<string, string>): Promise<Answer> {
  const url = new URL('/service/token', registry.url);
  const body = new URLSearchParams(fields);
  return readAnswer(await fetch(url, { method: 'POST', body }));
}

function tokenOf(answer: Answer): string {
  const { json } = answer;
  if (typeof json !== 'object' || json === null || !('token' in json)) throw new Error(answer.text);
  return String(json.token);
}

/** What a token lets its holder do, as `name:actions`. */
function grantsOf(answer: Answer): string[] {
  const { access } = parseJwt(tokenOf(answer)).claims;
  if (!Array.isArray(access)) throw new Error('the token has no access claim');
  const grants: { name: string; actions: string[] }[] = access;
  return grants.map(({ name, actions }) => `${name}:${actions.toSorted().join(',')}`);
}

const admin = basic(username, password);
const asAlice = basic(alice.username, alice.password);

describe('a challenge', () => {
  it('names the realm and the service', async () => {
    const answer = await call('GET', '/v2/');
    expect([answer.status, ...answer.codes]).toEqual([401, 'UNAUTHORIZED']);
    expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    const challenge = challengeOf(answer);
    expect(challenge?.get('realm')).toBe(`${registry.url}/service/token`);
    expect(challenge?.get('service')).toMatch(/\w/);
    expect(challenge?.has('scope')).toBe(false);
  });

  it.each([
    ['GET', 'manifests/latest', 'pull'],
    ['HEAD', `blobs/${image.digest}`, 'pull'],
    ['GET', 'tags/list', 'pull'],
    ['GET', `referrers/${image.digest}`, 'pull'],
    ['POST', 'blobs/uploads/', 'pull,push'],
    ['PUT', 'manifests/latest', 'pull,push'],
    ['DELETE', 'manifests/latest', 'delete'],
  ])('names the scope that %s %s needs', async (method, rest, actions) => {
    const answer = await call(method, `/v2/${privateRepository}/${rest}`);
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)?.get('scope')).toBe(`repository:${privateRepository}:${actions}`);
  });

  it('does not let a header of the client choose the realm', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    const answer = await readAnswer(await fetch(new URL('/v2/', registry.url), { headers }));
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)?.get('realm')).toBe(`${registry.url}/service/token`);
  });
});

describe('a token', () => {
  it('is given for the right password, and pulls', async () => {
    const answer = await getToken(admin, `repository:${privateRepository}:pull`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(answer.json).toMatchObject({
      token: tokenOf(answer),
      access_token: tokenOf(answer),
      expires_in: expect.any(Number),
      issued_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const bearer = `Bearer ${tokenOf(answer)}`;
    const pull = await call('GET', `/v2/${privateRepository}/manifests/latest`, bearer);
    expect(pull.status).toBe(200);
    expect((await call('GET', '/v2/', bearer)).status).toBe(200);
  });

  it.each([
    [username, 'wrong-password'],
    ['no-such-user', password],
    [username, ''],
  ])('is not given to %s with %s', async (name, secret) => {
    const answer = await getToken(basic(name, secret), `repository:${publicRepository}:pull`);
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('"token"');
    const form = await postToken({
      grant_type: 'password',
      service,
      username: name,
      password: secret,
    });
    expect(form.status).toBe(401);
    expect(answer.json).toEqual(form.json);
  });

  it('is given for the form of OAuth2', async () => {
    const scope = `repository:${privateRepository}:pull,push`;
    const answer = await postToken({ grant_type: 'password', service, username, password, scope });
    expect(answer.status).toBe(200);
    expect(grantsOf(answer)).toEqual([`${privateRepository}:pull,push`]);
  });

  it('is not given for a refresh token, of which there are none', async () => {
    const answer = await postToken({ grant_type: 'refresh_token', refresh_token: 'x', service });
    expect(answer.status).toBe(400);
  });

  it('holds several scopes, of one parameter or of several', async () => {
    const one = `repository:${privateRepository}:pull`;
    const other = `repository:${publicRepository}:pull,push`;
    const expected = [`${privateRepository}:pull`, `${publicRepository}:pull,push`].toSorted();
    expect(grantsOf(await getToken(admin, `${one} ${other}`)).toSorted()).toEqual(expected);
    expect(grantsOf(await getToken(admin, one, other)).toSorted()).toEqual(expected);
  });

  it.each([
    'repository',
    'repository:x',
    `repository:${privateProject}/../x:pull`,
    `Repository:${privateRepository}:pull`,
    'registry:other:*',
    ':::',
  ])('gives nothing for the scope %s', async (scope) => {
    const answer = await getToken(admin, scope);
    expect(answer.status).toBe(200);
    expect(grantsOf(answer).filter((grant) => grant.includes(privateProject))).toEqual([]);
  });

  it('is not given for another service', async () => {
    const answer = await call('GET', '/service/token?service=other', admin);
    expect(answer.status).toBe(400);
  });

  it('opens its own repository only, for its own actions only', async () => {
    const token = tokenOf(await getToken(admin, `repository:${privateRepository}:pull`));
    const bearer = `Bearer ${token}`;
    for (const [method, path, scope] of [
      ['GET', `/v2/${privateProject}/other/manifests/latest`, `${privateProject}/other:pull`],
      ['POST', `/v2/${privateRepository}/blobs/uploads/`, `${privateRepository}:pull,push`],
      ['DELETE', `/v2/${privateRepository}/manifests/latest`, `${privateRepository}:delete`],
    ] as const) {
      const answer = await call(method, path, bearer);
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)?.get('error')).toBe('insufficient_scope');
      expect(challengeOf(answer)?.get('scope')).toBe(`repository:${scope}`);
    }
  });
});

describe('without logging in', () => {
  it.each([publicRepository, 'library/conformance'])('one pulls from %s', async (repository) => {
    const { bytes } = await nobody.manifestGet(repository, 'latest');
    expect(bytes).toHaveLength(image.size);
    for (const [digest, blob] of set.blobs) {
      expect(Buffer.from(await nobody.blobGet(repository, digest)).equals(blob)).toBe(true);
    }
  });

  it('one does not push or delete', async () => {
    const token = tokenOf(
      await getToken(undefined, `repository:${publicRepository}:pull,push,delete`),
    );
    const bearer = `Bearer ${token}`;
    for (const [method, rest] of [
      ['POST', 'blobs/uploads/'],
      ['PUT', 'manifests/latest'],
      ['DELETE', 'manifests/latest'],
      ['DELETE', `blobs/${image.digest}`],
    ] as const) {
      const answer = await call(method, `/v2/${publicRepository}/${rest}`, bearer);
      expect([401, 403]).toContain(answer.status);
    }
    expect((await nobody.manifestGet(publicRepository, 'latest')).digest).toBe(image.digest);
  });

  it('one makes no project', async () => {
    const answer = await fetch(new URL('/api/v2.0/projects', registry.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"project_name":"anonymous"}',
    });
    expect(answer.status).toBe(401);
  });
});

/** Status, body and challenge, with the project's name taken out. */
function shapeOf(answer: Answer, project: string): unknown {
  return [
    answer.status,
    answer.text.replaceAll(project, '(project)'),
    answer.headers.get('www-authenticate')?.replaceAll(project, '(project)'),
    answer.headers.get('content-type'),
  ];
}

describe.skipIf(own === undefined)('a private project looks like one that is missing', () => {
  const paths: [string, string][] = [
    ['GET', 'app/manifests/latest'],
    ['HEAD', 'app/manifests/latest'],
    ['GET', `app/blobs/${image.digest}`],
    ['GET', 'app/tags/list'],
    ['GET', `app/referrers/${image.digest}`],
    ['POST', 'app/blobs/uploads/'],
    ['PUT', 'app/manifests/latest'],
    ['DELETE', 'app/manifests/latest'],
  ];

  it.each(paths)('for %s %s', async (method, rest) => {
    const { pathname } = new URL(`/v2/${privateProject}/${rest}`, registry.url);
    const [, scopeName = ''] = /^\/v2\/([^/]+\/app)\//.exec(pathname) ?? [];
    const missingName = scopeName.replace(privateProject, missingProject);
    for (const who of [undefined, asAlice]) {
      const foreignToken = tokenOf(await getToken(who, `repository:${scopeName}:pull,push,delete`));
      const missingToken = tokenOf(
        await getToken(who, `repository:${missingName}:pull,push,delete`),
      );
      for (const [foreignAuth, missingAuth] of [
        [who, who],
        [`Bearer ${foreignToken}`, `Bearer ${missingToken}`],
      ]) {
        const foreign = await call(method, `/v2/${privateProject}/${rest}`, foreignAuth);
        const missing = await call(method, `/v2/${missingProject}/${rest}`, missingAuth);
        expect([401, 403, 404]).toContain(foreign.status);
        expect(shapeOf(foreign, privateProject)).toEqual(shapeOf(missing, missingProject));
      }
    }
  });

  it('in a token', async () => {
    for (const who of [undefined, asAlice]) {
      for (const project of [privateProject, missingProject]) {
        expect(grantsOf(await getToken(who, `repository:${project}/app:pull,push`))).toEqual([]);
      }
    }
  });

  it('in the REST API', async () => {
    for (const who of [asAlice, undefined]) {
      const foreign = await call('GET', `/api/v2.0/projects/${privateProject}`, who);
      const missing = await call('GET', `/api/v2.0/projects/${missingProject}`, who);
      expect(shapeOf(foreign, privateProject)).toEqual(shapeOf(missing, missingProject));
      const list = await call('GET', '/api/v2.0/projects?page_size=100', who);
      expect(list.text).toContain(publicProject);
      expect(list.text).not.toContain(privateProject);
    }
  });

  it('to a mount', async () => {
    const owned = `a${privateProject}`;
    const made = await registry.call('POST', '/api/v2.0/projects', {
      headers: { 'content-type': 'application/json', authorization: asAlice },
      body: JSON.stringify({ project_name: owned }),
    });
    expect(made.status).toBe(201);
    const [digest] = set.blobs.keys();
    for (const from of [
      privateRepository,
      privateRepository.replace(privateProject, missingProject),
    ]) {
      const path = `/v2/${owned}/app/blobs/uploads/?mount=${digest}&from=${from}`;
      expect((await call('POST', path, asAlice)).status).toBe(202);
    }
  });
});

describe('Basic', () => {
  it('works for pull and push', async () => {
    const path = `/v2/${privateRepository}`;
    expect((await call('GET', '/v2/', admin)).status).toBe(200);
    expect((await call('GET', `${path}/manifests/latest`, admin)).status).toBe(200);
    expect((await call('POST', `${path}/blobs/uploads/`, admin)).status).toBe(202);
  });

  it.each([
    basic(username, 'wrong'),
    basic('nobody', password),
    'Basic !!!',
    `Basic ${btoa('x')}`,
    'Basic',
  ])('is refused as %s', async (authorization) => {
    for (const path of ['/v2/', `/v2/${publicRepository}/manifests/latest`, '/v2/_catalog']) {
      const answer = await call('GET', path, authorization);
      expect([answer.status, ...answer.codes]).toEqual([401, 'UNAUTHORIZED']);
      expect(challengeOf(answer)?.get('realm')).toMatch(/\/service\/token$/);
    }
  });
});

describe.skipIf(own === undefined)('the catalog', () => {
  it('shows everything to an administrator', async () => {
    const names = await registry.client.catalogList();
    expect(names).toEqual(
      expect.arrayContaining([publicRepository, privateRepository, 'library/conformance']),
    );
  });

  it.each([
    ['nobody', undefined],
    ['a user of no project', alice],
  ])('shows the public repositories to %s', async (_name, who) => {
    const client = registry.createClient(who?.username, who?.password);
    const names = await client.catalogList();
    expect(names).toContain(publicRepository);
    expect(names).not.toContain(privateRepository);
  });
});

describe.skipIf(own === undefined)('a token is refused', async () => {
  const scope = `repository:${privateRepository}:pull`;
  const token = own === undefined ? '' : tokenOf(await getToken(admin, scope));
  const { header, claims, signature } = own
    ? parseJwt(token)
    : { header: {}, claims: {}, signature: '' };
  const { kid, key } = (await own?.getSigningKey()) ?? {
    kid: '',
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  };
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(key);
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const certificate =
    own === undefined ? '' : (await call('GET', '/service/token/certificates')).text;
  const now = Math.floor(Date.now() / 1000);
  const hs = { ...header, alg: 'HS256' };
  const jwk = foreign.publicKey.export({ format: 'jwk' });
  const grown = {
    ...claims,
    access: [{ type: 'repository', name: privateRepository, actions: ['*'] }],
  };
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

  function changed(change: object, headerChange: object = {}): string {
    return signEs256({ ...header, ...headerChange }, { ...claims, ...change }, key);
  }

  it('unless it is signed right', async () => {
    expect(new X509Certificate(certificate).publicKey.equals(publicKey)).toBe(true);
    expect(header).toMatchObject({ alg: 'ES256', kid });
    const answer = await call(
      'GET',
      `/v2/${privateRepository}/manifests/latest`,
      `Bearer ${changed({})}`,
    );
    expect(answer.status).toBe(200);
  });

  it.each<[string, string]>([
    ['a changed signature', joinJwt(header, claims, flipped)],
    ['no signature', joinJwt(header, claims, '')],
    ['half a signature', joinJwt(header, claims, signature.slice(0, 40))],
    ['a signature of zeros', joinJwt(header, claims, Buffer.alloc(64).toString('base64url'))],
    ['changed claims', joinJwt(header, grown, signature)],
    ['alg none', joinJwt({ ...header, alg: 'none' }, claims, '')],
    ['alg None', joinJwt({ ...header, alg: 'None' }, claims, '')],
    ['alg none and a signature', joinJwt({ ...header, alg: 'none' }, claims, signature)],
    ['no alg', signEs256({ typ: 'JWT', kid }, claims, key)],
    ['HS256 with the public key as PEM', signHs256(hs, claims, pem)],
    ['HS256 with the public key as DER', signHs256(hs, claims, Buffer.from(der))],
    ['HS256 with the certificate', signHs256(hs, claims, certificate)],
    ['HS256 with an empty secret', signHs256(hs, claims, '')],
    ['ES256 of a foreign key under our kid', signEs256(header, claims, foreign.privateKey)],
    ['a foreign kid', signEs256({ ...header, kid: 'foreign' }, claims, foreign.privateKey)],
    ['our key under a foreign kid', changed({}, { kid: 'foreign' })],
    ['a kid that is a path', changed({}, { kid: '../../../../dev/null' })],
    ['a kid that is SQL', changed({}, { kid: "x' OR '1'='1" })],
    ['a kid that is a number', changed({}, { kid: 1 })],
    ['no kid', signEs256({ alg: 'ES256', typ: 'JWT' }, claims, key)],
    ['an embedded jwk', signEs256({ ...header, jwk }, claims, foreign.privateKey)],
    [
      'an embedded jwk and no kid',
      signEs256({ alg: 'ES256', typ: 'JWT', jwk }, claims, foreign.privateKey),
    ],
    [
      'a jku',
      signEs256({ ...header, kid: 'x', jku: `${registry.url}/jwks` }, claims, foreign.privateKey),
    ],
    ['an unknown critical header', changed({}, { crit: ['x'], x: 1 })],
    ['another typ', changed({}, { typ: 'at+jwt' })],
    ['its time over', changed({ exp: now - 120, iat: now - 1000, nbf: now - 1000 })],
    ['its time to come', changed({ nbf: now + 600 })],
    ['a birth in the future', changed({ iat: now + 600 })],
    ['no end', changed({ exp: undefined })],
    ['no birth', changed({ iat: undefined })],
    ['an end that is text', changed({ exp: 'never' })],
    ['another audience', changed({ aud: 'other' })],
    ['no audience', changed({ aud: undefined })],
    ['another issuer', changed({ iss: 'other' })],
    ['no issuer', changed({ iss: undefined })],
    ['an access claim that is no list', changed({ access: 'all' })],
    ['an epoch that is over', changed({ epoch: -1 })],
    ['a user that is gone', changed({ uid: 999_999 })],
    ['four parts', `${token}.x`],
    ['two parts', token.split('.').slice(0, 2).join('.')],
    ['five parts, as if encrypted', `${token}.x.y`],
    ['5,000 dots', '.'.repeat(5000)],
    ['10,000 letters', 'a'.repeat(10_000)],
  ])('with %s', async (_name, bad) => {
    for (const path of ['/v2/', `/v2/${privateRepository}/manifests/latest`, '/v2/_catalog']) {
      const answer = await call('GET', path, `Bearer ${bad}`);
      expect([answer.status, ...answer.codes]).toEqual([401, 'UNAUTHORIZED']);
      expect(challengeOf(answer)?.get('error')).toBe('invalid_token');
    }
  });

  it('for a project that was made again under its name', async () => {
    const name = await registry.createProject();
    const before = tokenOf(await getToken(admin, `repository:${name}/app:pull,push`));
    const path = `/v2/${name}/app/manifests/latest`;
    expect((await call('GET', path, `Bearer ${before}`)).status).toBe(404);
    const gone = await call('DELETE', `/api/v2.0/projects/${name}`, admin);
    expect(gone.status).toBe(200);
    await registry.createProject({ name });
    expect((await call('GET', path, `Bearer ${before}`)).status).toBe(401);
  });
});
