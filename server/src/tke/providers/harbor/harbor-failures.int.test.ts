import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../../egress/index.ts';
import { createChartReader } from '../../../helm/index.ts';
import { createCertificate } from '../../../identity/certificate.ts';
import type { HarborConfiguration } from '../../config/registry-configuration.ts';
import { kindOf } from '../provider.contract.ts';
import { ProviderError, type RegistryProvider } from '../provider.ts';
import { harborConfiguration } from './configuration.fixture.ts';
import { createHarborProvider } from './harbor-provider.ts';
import {
  type HarborStub,
  type StubAnswer,
  type StubRequest,
  startHarborStub,
} from './harbor-stub.fixture.ts';

const PROJECT = 'acme-image-secret';
const hidden = { isPublic: false, adopt: false };
const info = { harbor_version: 'v2.1.6-4aa2a0d2', with_chartmuseum: true };
const admin = { username: 'admin', sysadmin_flag: true, some_future_field: [1] };

let stub: HarborStub | undefined;
let waits: number[] = [];

afterEach(() => stub?.close());

async function openHarbor(
  answer: (request: StubRequest) => StubAnswer,
  over: Partial<HarborConfiguration> = {},
  timeoutMs = 10_000,
): Promise<{ provider: RegistryProvider; stub: HarborStub }> {
  waits = [];
  const started = await startHarborStub(answer);
  stub = started;
  const provider = createHarborProvider({
    egress: createEgress(),
    configuration: harborConfiguration(started.url, over),
    reader: createChartReader(),
    timeoutMs,
    pause: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { provider, stub: started };
}

/** Answers in turn, and then the last one for ever. */
function inTurn(...answers: StubAnswer[]): () => StubAnswer {
  return () => (answers.length > 1 ? answers.shift() : answers[0]) ?? 'never';
}

async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderError) return error;
  throw new TypeError(`expected a ProviderError, got ${String(error)}`, { cause: error });
}

describe('what a status of Harbor means', () => {
  it.each([
    [409, 'conflict'],
    [401, 'denied'],
    [403, 'denied'],
    [400, 'invalid'],
    [422, 'invalid'],
    [500, 'unavailable'],
    [302, 'unavailable'],
  ])('B14: %d is %s, without a project or a host in its words', async (status, kind) => {
    const errors = [{ code: 'X', message: `project ${PROJECT} of harbor.internal` }];
    const { provider, stub } = await openHarbor(({ method }) =>
      method === 'HEAD' ? { status: 404 } : { status, json: { errors } },
    );
    const error = await failureOf(provider.createProject(PROJECT, hidden));
    expect(error.kind).toBe(kind);
    expect(error.message).not.toMatch(/secret|acme|internal|127\.0\.0\.1|\d{3}/);
    expect(stub.calls()).toContain('POST /api/v2.0/projects');
  });

  it.each([
    [412, 'matches an immutable rule', 'invalid', /protected/],
    [403, 'Quota exceeded when processing', 'invalid', /quota/],
    [403, 'The system is in read only mode.', 'unavailable', /read-only/],
    [403, 'no', 'denied', /account/],
  ])('is found in its words too: %d, %s', async (status, message, kind, sentence) => {
    const errors = [{ code: 'X', message }];
    const { provider } = await openHarbor(() => ({ status, json: { errors } }));
    const error = await failureOf(provider.deleteRepository(PROJECT, 'app'));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(sentence);
  });

  it('is lost on what is no answer of its API', async () => {
    const { provider } = await openHarbor(() => ({ status: 200, body: '<html>Welcome</html>' }));
    expect(await kindOf(provider.listRepositories(PROJECT))).toBe('unavailable');
  });

  it('is lost on a document without what is needed', async () => {
    const { provider } = await openHarbor(() => ({ status: 200, json: [{ title: 'x' }] }));
    expect(await kindOf(provider.listRepositories(PROJECT))).toBe('unavailable');
  });
});

describe('a Harbor that fails', () => {
  it('is asked three times in all, waiting longer each time', async () => {
    const { provider, stub } = await openHarbor(() => ({ status: 502 }));
    expect(await kindOf(provider.listRepositories(PROJECT))).toBe('unavailable');
    expect(stub.requests).toHaveLength(3);
    expect(waits).toEqual([250, 500]);
  });

  it('is believed when it comes back', async () => {
    const answer = inTurn({ status: 503 }, 'cut', { status: 200, json: [] });
    const { provider, stub } = await openHarbor(answer);
    expect(await provider.listRepositories(PROJECT)).toEqual([]);
    expect(stub.requests).toHaveLength(3);
  });

  it('is given the time that it asks for', async () => {
    const busy = { status: 429, headers: { 'retry-after': '2' } };
    const { provider } = await openHarbor(inTurn(busy, { status: 200, json: [] }));
    expect(await provider.listRepositories(PROJECT)).toEqual([]);
    expect(waits).toEqual([2000]);
  });

  it('is not waited for when it asks for minutes', async () => {
    const busy = { status: 429, headers: { 'retry-after': '600' } };
    const { provider, stub } = await openHarbor(() => busy);
    expect(await kindOf(provider.listRepositories(PROJECT))).toBe('unavailable');
    expect(stub.requests).toHaveLength(1);
  });

  it.each<StubAnswer>([{ status: 500 }, 'cut'])(
    'is not asked twice for what may have been done: %j',
    async (answer) => {
      const { provider, stub } = await openHarbor(({ method }) =>
        method === 'POST' ? answer : { status: 404 },
      );
      expect(await kindOf(provider.createProject(PROJECT, hidden))).toBe('unavailable');
      expect(stub.calls().filter((call) => call.startsWith('POST'))).toHaveLength(1);
    },
  );

  it('is not waited for beyond the time for an answer', async () => {
    const { provider } = await openHarbor(() => 'never', {}, 200);
    const error = await failureOf(provider.setPublic(PROJECT, true));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toContain('in time');
    expect(waits).toEqual([250, 500]);
  });

  it('is not there', async () => {
    const { provider, stub } = await openHarbor(() => 'never');
    await stub.close();
    const error = await failureOf(provider.checkHealth());
    expect(error.kind).toBe('unavailable');
    expect(error.message).toContain('cannot be reached');
    expect(error.message).not.toContain('127.0.0.1');
  });
});

describe('a project whose creation was cut off', () => {
  function half(owner: string, repositories: number) {
    let isThere = false;
    return ({ method, path }: StubRequest): StubAnswer => {
      if (method === 'POST') {
        isThere = true;
        return 'cut';
      }
      if (!isThere) return { status: 404 };
      if (method === 'HEAD' || !path.includes(PROJECT)) return { status: 200 };
      const project = { project_id: 5, name: PROJECT, owner_name: owner };
      return { status: 200, json: { ...project, repo_count: repositories } };
    };
  }

  it('B41: is created when Harbor has it, empty and as ours', async () => {
    const { provider } = await openHarbor(half('admin', 0));
    await expect(provider.createProject(PROJECT, hidden)).resolves.toBeUndefined();
  });

  it.each([
    ['another account', half('mallory', 0)],
    ['something in it', half('admin', 1)],
  ])('B41: is not taken with %s', async (_what, answer) => {
    const { provider } = await openHarbor(answer);
    expect(await kindOf(provider.createProject(PROJECT, hidden))).toBe('unavailable');
  });
});

describe('projects of a Harbor', () => {
  it('B43: are never chosen from a list by likeness', async () => {
    const similar = [{ project_id: 9, name: `${PROJECT}-2` }];
    const { provider, stub } = await openHarbor(({ method, path }) => {
      if (method === 'HEAD') return { status: 200 };
      if (path.startsWith('/api/v2.0/projects?')) return { status: 200, json: similar };
      return path.includes(PROJECT) ? { status: 404 } : { status: 200, json: [] };
    });
    await provider.deleteProject(PROJECT);
    expect(stub.calls().filter((call) => call.startsWith('DELETE'))).toEqual([]);
  });

  it('B43: are found on a later page of a Harbor whose paths know no names', async () => {
    const all = Array.from({ length: 150 }, (_, n) => ({ project_id: n + 1, name: `p${n}` }));
    const wanted = all[140]?.name ?? '';
    const { provider, stub } = await openHarbor(
      ({ method, path }) => {
        if (method === 'HEAD') return { status: 200 };
        if (path.includes('/repositories')) return { status: 200, json: [] };
        const page = Number(new URL(path, 'http://x').searchParams.get('page') ?? 0);
        if (page > 0) return { status: 200, json: all.slice((page - 1) * 100, page * 100) };
        return { status: method === 'DELETE' ? 200 : 422 };
      },
      { charts: 'oci' },
    );
    await provider.deleteProject(wanted);
    expect(stub.calls().at(-1)).toBe('DELETE /api/v2.0/projects/141');
  });

  it('B43: that fill meanwhile are emptied again', async () => {
    let round = 0;
    const { provider, stub } = await openHarbor(
      ({ method, path }) => {
        if (method === 'HEAD') return { status: 200 };
        if (path.includes('/repositories?')) {
          round += 1;
          return { status: 200, json: [{ name: `${PROJECT}/late${round}` }] };
        }
        if (method === 'GET') return { status: 200, json: { project_id: 3, name: PROJECT } };
        return { status: path.endsWith('/projects/3') && round < 3 ? 412 : 200 };
      },
      { charts: 'oci' },
    );
    await provider.deleteProject(PROJECT);
    const deleted = stub.calls().filter((call) => call.startsWith('DELETE'));
    expect(deleted.map((call) => call.replace(/^.*\//, ''))).toEqual([
      'late1',
      '3',
      'late2',
      '3',
      'late3',
      '3',
    ]);
  });

  it('lose no repository of another project, whatever the list says', async () => {
    const { provider } = await openHarbor(() => ({
      status: 200,
      json: [{ name: `${PROJECT}/own` }, { name: `${PROJECT}2/foreign` }, { name: 'odd' }],
    }));
    expect(await provider.listRepositories(PROJECT)).toEqual(['own']);
  });

  it('B44: have nested repositories, encoded twice, and those that are gone are deleted', async () => {
    const { provider, stub } = await openHarbor(() => ({ status: 404 }));
    await provider.deleteRepository(PROJECT, 'a/b');
    expect(stub.calls()).toEqual([`DELETE /api/v2.0/projects/${PROJECT}/repositories/a%252Fb`]);
  });
});

describe('names that lead elsewhere', () => {
  it.each(['..', '.'])('are refused before Harbor is asked: %s', async (name) => {
    const { provider, stub } = await openHarbor(() => ({ status: 200, json: {} }));
    expect(await kindOf(provider.deleteRepository(PROJECT, name))).toBe('invalid');
    expect(await kindOf(provider.describeRepository(name, 'app'))).toBe('invalid');
    expect(stub.requests).toEqual([]);
  });

  it('stay one name where they have signs in them', async () => {
    const { provider, stub } = await openHarbor(() => ({ status: 404 }));
    await provider.deleteRepository(PROJECT, 'a?b#c');
    await provider.deleteRepository(PROJECT, '../../x');
    expect(stub.calls().map((call) => call.replace(/^.*\//, ''))).toEqual([
      'a%253Fb%2523c',
      '..%252F..%252Fx',
    ]);
  });
});

describe('the certificate of a Harbor', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = createCertificate(privateKey, 'harbor.test');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });

  async function check(over: Partial<HarborConfiguration>) {
    const site = https.createServer({ key, cert: ca }, (request, response) => {
      response.end(JSON.stringify({ ...info, ...admin }));
      request.resume();
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    const address = site.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const provider = createHarborProvider({
      egress: createEgress({ resolve: () => Promise.resolve(['127.0.0.1']) }),
      configuration: harborConfiguration(`https://harbor.test:${port}`, over),
      reader: createChartReader(),
    });
    return provider.checkHealth().finally(() => {
      site.closeAllConnections();
      site.close();
    });
  }

  it('is trusted with its authority, or where it need not be', async () => {
    expect((await check({ ca })).version).toBe(info.harbor_version);
    expect((await check({ verifyTls: false })).version).toBe(info.harbor_version);
  });

  it('is told to be the fault where it is not trusted', async () => {
    const error = await failureOf(check({}));
    expect(error.kind).toBe('unavailable');
    expect(error.message).toMatch(/certificate.*CA file/);
  });
});

describe('the check of a Harbor', () => {
  const answering =
    (systemInfo: StubAnswer, user: StubAnswer) =>
    ({ path }: StubRequest): StubAnswer =>
      path === '/api/v2.0/systeminfo' ? systemInfo : user;

  it('tells its version and where it keeps charts', async () => {
    const { provider, stub } = await openHarbor(
      answering({ status: 200, json: info }, { status: 200, json: admin }),
    );
    const health = await provider.checkHealth();
    expect(health).toEqual({ version: 'v2.1.6-4aa2a0d2', charts: 'chartmuseum' });
    const basic = `Basic ${Buffer.from('admin:secret').toString('base64')}`;
    expect(stub.requests[0]?.headers.authorization).toBe(basic);
  });

  it('follows the configuration where charts are to be kept', async () => {
    const { provider } = await openHarbor(
      answering({ status: 200, json: info }, { status: 200, json: admin }),
      { charts: 'oci' },
    );
    expect((await provider.checkHealth()).charts).toBe('oci');
  });

  it.each<[string, StubAnswer, StubAnswer, string, RegExp]>([
    [
      'a password that it takes for no login',
      { status: 200, json: { auth_mode: 'db_auth' } },
      { status: 401 },
      'denied',
      /password/,
    ],
    ['a password that it refuses', { status: 401 }, { status: 401 }, 'denied', /account/],
    [
      'an account that is no administrator',
      { status: 200, json: info },
      { status: 200, json: { sysadmin_flag: false } },
      'denied',
      /administrator/,
    ],
    [
      'a version that is too old',
      { status: 200, json: { harbor_version: 'v1.10.0' } },
      { status: 200, json: admin },
      'invalid',
      /2\.0/,
    ],
    ['another program', { status: 404 }, { status: 404 }, 'invalid', /no Harbor/],
    [
      'a page',
      { status: 200, body: '<html>' },
      { status: 200, body: '<html>' },
      'unavailable',
      /address/,
    ],
  ])('refuses %s', async (_what, systemInfo, user, kind, sentence) => {
    const { provider } = await openHarbor(answering(systemInfo, user));
    const error = await failureOf(provider.checkHealth());
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(sentence);
  });

  it('takes a robot that may list projects', async () => {
    const { provider } = await openHarbor(({ path }) => {
      if (path === '/api/v2.0/systeminfo') return { status: 200, json: info };
      return path.includes('/users/current') ? { status: 403 } : { status: 200, json: [] };
    });
    expect((await provider.checkHealth()).version).toBe(info.harbor_version);
  });
});

describe('where the charts of a Harbor are', () => {
  it('B31: ChartMuseum is not asked of a Harbor that has none', async () => {
    const { provider, stub } = await openHarbor(({ path }) => {
      if (path === '/api/v2.0/systeminfo') {
        return { status: 200, json: { harbor_version: 'v2.9.1' } };
      }
      return path.includes('current') ? { status: 200, json: admin } : { status: 200, json: [] };
    });
    expect((await provider.charts.list('t-chart-x')).charts.size).toBe(0);
    expect((await provider.charts.list('t-chart-x')).charts.size).toBe(0);
    expect(stub.calls().filter((call) => call.includes('chartrepo'))).toEqual([]);
    expect(stub.calls().filter((call) => call.includes('systeminfo'))).toHaveLength(1);
  });

  it('is asked again of a Harbor that could not tell', async () => {
    let isUp = false;
    const { provider } = await openHarbor(({ path }) => {
      if (!isUp) return { status: 503 };
      if (path === '/api/v2.0/systeminfo') return { status: 200, json: info };
      return path.includes('current') ? { status: 200, json: admin } : { status: 404 };
    });
    await expect(provider.charts.list('t-chart-x')).rejects.toMatchObject({ kind: 'unavailable' });
    isUp = true;
    expect((await provider.charts.list('t-chart-x')).charts.size).toBe(0);
  });
});
