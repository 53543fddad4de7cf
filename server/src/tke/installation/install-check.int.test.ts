import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
} from '../../../test/registry.ts';
import { createEgress } from '../../egress/index.ts';
import { createCertificate } from '../../identity/certificate.ts';
import type {
  HarborConfiguration,
  RegistryConfiguration,
} from '../config/registry-configuration.ts';
import { createNames } from '../names.ts';
import { describeLines } from './check-line.ts';
import { checkInstallation } from './install-check.ts';

let harbor: TestRegistry;
let stub: Server | undefined;

beforeAll(async () => {
  harbor = await startTestRegistry();
});
afterAll(() => harbor.stop());
afterEach(() => {
  stub?.closeAllConnections();
  stub?.close();
  stub = undefined;
});

function check(
  changes: Partial<HarborConfiguration> = {},
  { now = new Date(), ...others }: Partial<RegistryConfiguration> & { now?: Date } = {},
) {
  const configuration: RegistryConfiguration = {
    defaultTenant: 'default',
    domainSuffix: 'registry.test',
    enableAnonymous: false,
    tokenSeconds: 1800,
    isReadOnly: false,
    systemChartGroups: ['public'],
    harbor: {
      url: harbor.url,
      username: 'admin',
      password: ADMIN_PASSWORD,
      ca: undefined,
      verifyTls: true,
      login: 'tke',
      adopt: false,
      charts: 'auto',
      manifestCacheSeconds: 1,
      ...changes,
    },
    ...others,
  };
  const ports = { egress: createEgress(), names: createNames(), now: () => now };
  return checkInstallation(configuration, ports);
}

async function startStub(listener: RequestListener, tls?: https.ServerOptions): Promise<string> {
  stub = tls === undefined ? createServer(listener) : https.createServer(tls, listener);
  stub.listen(0, '127.0.0.1');
  await once(stub, 'listening');
  const address = stub.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return tls === undefined
    ? `http://127.0.0.1:${address.port}`
    : `https://localhost:${address.port}`;
}

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(`${harbor.url}/api/v2.0/${path}`, {
    method: 'POST',
    headers: { authorization: basicHeader(), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  expect(response.status).toBe(201);
}

describe('checkInstallation', () => {
  it('19: says ok of everything of a Harbor that is right', async () => {
    await post('projects', { project_name: 'default-image-mine' });
    await post('projects', { project_name: 'theirs' });
    const lines = await check();
    expect(lines.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
      'address ok',
      'connection ok',
      'tls ok',
      'version ok',
      'account ok',
      'clock ok',
      'charts ok',
      'projects ok',
      'names ok',
    ]);
    expect(describeLines(lines)).toMatch(/projects\s+1 are ours, 2 are others' and stay untouched/);
  });

  it('19: names a wrong password, and what to do', async () => {
    const lines = await check({ password: 'wrong' });
    expect(lines).toContainEqual({
      check: 'account',
      outcome: 'failed',
      message: 'Harbor does not know admin with this password',
      advice: 'check harborUsername and harborPassword',
    });
    expect(lines.find((line) => line.check === 'projects')?.outcome).toBe('skipped');
    expect(describeLines(lines)).not.toContain(ADMIN_PASSWORD);
  });

  it('asks for a system administrator', async () => {
    const password = 'Another-password-1';
    await post('users', { username: 'bob', realname: 'Bob', email: 'bob@example.com', password });
    const lines = await check({ username: 'bob', password });
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'bob is no system administrator', outcome: 'failed' }),
    );
  });

  it('19: stops where nobody listens, or no such host is', async () => {
    const url = await startStub(() => {});
    stub?.close();
    const lines = await check({ url });
    expect(lines.map(({ outcome }) => outcome).slice(0, 3)).toEqual(['ok', 'failed', 'skipped']);
    expect(lines[1]?.message).toContain('ECONNREFUSED');
    const [address] = await check({ url: 'http://nobody.invalid' });
    expect(address).toMatchObject({ check: 'address', outcome: 'failed' });
  });

  it('19: shows a certificate that is not trusted, and takes it with its authority', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const cert = createCertificate(privateKey, 'localhost');
    const answer: RequestListener = (_request, response) => response.end('{}');
    const url = await startStub(answer, { key, cert });
    const find = async (changes: Partial<HarborConfiguration>) =>
      (await check({ url, ...changes })).find((line) => line.check === 'tls');
    const shown = /CN=localhost, issued by CN=localhost, good until 20\d\d-01-01/;
    expect(await find({})).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(shown),
      advice: expect.stringContaining('harborCAFile'),
    });
    expect(await find({ ca: cert })).toMatchObject({ outcome: 'ok' });
    expect(await find({ verifyTls: false })).toMatchObject({
      outcome: 'ok',
      message: expect.stringContaining('which is not looked at'),
    });
    const elsewhere = url.replace('localhost', '127.0.0.1');
    expect(await find({ url: elsewhere, ca: cert })).toMatchObject({
      outcome: 'failed',
      advice: expect.stringContaining('for another host'),
    });
  });

  it('29: finds projects of our names that somebody else made', async () => {
    const url = await startStub((request, response) => {
      const path = request.url ?? '';
      response.setHeader('content-type', 'application/json');
      if (path.includes('systeminfo')) response.end('{"harbor_version":"v2.5.1-abc"}');
      else if (path.includes('users')) response.end('{"username":"x","sysadmin_flag":true}');
      else response.end('[{"name":"t-chart-x","owner_name":"eve"},{"name":"eves"}]');
    });
    const find = async (adopt: boolean) =>
      (await check({ url, adopt })).find((line) => line.check === 'projects');
    expect(await find(false)).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('1 have names of ours and another owner: t-chart-x'),
    });
    expect((await find(true))?.outcome).toBe('ok');
  });

  it('refuses an old Harbor, and something that is none', async () => {
    let version = '{"harbor_version":"v1.10.4-abc"}';
    const url = await startStub((_request, response) => response.end(version));
    const find = async () => (await check({ url })).find((line) => line.check === 'version');
    expect(await find()).toMatchObject({
      outcome: 'failed',
      advice: expect.stringMatching(/2\.0/),
    });
    version = '<html>';
    expect(await find()).toMatchObject({ outcome: 'failed' });
  });

  it('33: says where charts will be, and refuses a ChartMuseum that is not there', async () => {
    const url = await startStub((_request, response) =>
      response.end('{"harbor_version":"v2.9.0","with_chartmuseum":false}'),
    );
    const find = async (charts: HarborConfiguration['charts']) =>
      (await check({ url, charts })).find((line) => line.check === 'charts');
    expect(await find('auto')).toMatchObject({ message: 'charts are kept as OCI artifacts' });
    expect(await find('chartmuseum')).toMatchObject({ outcome: 'failed' });
  });

  it('tells of clocks that do not agree', async () => {
    const lines = await check({}, { now: new Date(Date.now() + 3_600_000) });
    const clock = lines.find((line) => line.check === 'clock');
    expect(clock?.message).toMatch(/^Harbor's clock is 3\d\d\d s behind ours$/);
  });

  it('28: refuses names that would have no legal project', async () => {
    const lines = await check({}, { systemChartGroups: ['x-image-y'] });
    expect(lines.at(-1)).toMatchObject({ check: 'names', outcome: 'failed' });
  });

  it('has little to check without a Harbor', async () => {
    const lines = await check({}, { harbor: undefined });
    expect(lines.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });
});
