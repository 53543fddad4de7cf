import { digestOf } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { quietLog } from '../../../test/log.ts';
import { actions } from '../../access/index.ts';
import { createMemoryBlobStore } from '../../blobstore/index.ts';
import { composeContent } from '../../compose-content.ts';
import { parseConfig } from '../../config/index.ts';
import { createDatabase, type Database, openPool } from '../../db/index.ts';
import { createDistribution, type DistributionEvents } from '../../distribution/index.ts';
import { createAddressOf } from '../../http/index.ts';
import { createBackground } from '../../lib/index.ts';
import { createProjectRepository, createProjectsService } from '../../projects/index.ts';
import { createQuotaGate, createQuotaUsageRepository } from '../../quotas/index.ts';
import { createMetrics } from '../../telemetry/index.ts';
import { createBuiltinImages } from './builtin-images.ts';
import { gateOf, names, type OpenedFront, openFront, sealer } from './front.fixture.ts';
import { createPassages } from './passage.ts';
import { createTkeAuthorizer } from './tke-authorizer.ts';

const SECRET = /-image-/;

let database: TestDatabase;
let db: Database;
let front: OpenedFront;
const pulled: string[] = [];
let immutable: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  const { id: ownerId } = await db
    .insertInto('app_user')
    .values({ username: 'ann', password_hash: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  const rows = createProjectRepository(db);
  const projects = createProjectsService({
    projects: rows,
    announce: () => Promise.resolve(),
    settings: {
      storagePerProject: () => -1,
      creationRestriction: () => 'everyone',
      anonymousListing: () => true,
    },
  });
  const owner = {
    kind: 'user',
    id: ownerId,
    username: 'ann',
    isAdmin: true,
    groupIds: [],
  } as const;
  const wanted = ['default-image-test', 'default-image-base', 't2-image-test', 't2-image-other'];
  for (const name of wanted) {
    await projects.createProject(owner, { name, metadata: {} });
  }
  await projects.ensureLibrary(ownerId);
  front = await openFront({
    backEnd: createBack(projects),
    repositories: ['test/app'],
    gate: gateOf((name, _tenant, repository) => {
      if (repository.startsWith('base/') && name === 'bob') return actions.none;
      return repository.startsWith('locked/') ? actions.none : actions.all;
    }),
  });
});

function createBack(projects: ReturnType<typeof createProjectsService>) {
  const metrics = createMetrics();
  const config = parseConfig({
    values: { dataDir: '/nowhere', token: {}, gdpr: {}, gc: {}, scrub: {}, http: {} },
    sources: new Map(),
    faults: [],
  });
  const content = composeContent(
    {
      config,
      db,
      metrics,
      log: quietLog,
      store: createMemoryBlobStore(),
      secrets: sealer,
      background: createBackground(quietLog),
      checks: [],
      shared: false,
      hearsReplicas: () => true,
      registryConfiguration: undefined,
    },
    {
      forgetProject: (name) => projects.forget(name),
      forgetUser: () => undefined,
      forgetRobot: () => undefined,
      forgetConfiguration: () => undefined,
      forgetAll: () => projects.forget(),
    },
    {
      immutableAmong: async (_id, _repository, tags) =>
        new Set(tags.filter((tag) => immutable.includes(tag))),
      quotas: createQuotaGate({
        rows: createQuotaUsageRepository(db),
        settings: () => ({ enforced: false }),
        publish: () => undefined,
      }),
    },
  );
  const events: DistributionEvents = {
    pulled: ({ repository }) => void pulled.push(repository),
    pushed: async () => undefined,
    deleted: async () => undefined,
  };
  const passages = createPassages();
  const distribution = createDistribution({
    ...content,
    authorizer: createTkeAuthorizer({ passages, projects }),
    projects,
    events,
    metrics,
    log: quietLog,
    addressOf: createAddressOf([]),
    service: 'tke',
    externalUrl: undefined,
    stallSeconds: 10,
    isReadOnly: () => false,
  });
  return createBuiltinImages({ distribution, names, passages });
}

afterAll(async () => {
  await front?.close();
  await db?.destroy();
  await database?.drop();
});

const blob = Buffer.from('{}');
const blobDigest = digestOf(blob);
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: blobDigest,
      size: blob.length,
    },
    layers: [],
  }),
);
const digest = digestOf(manifest);
const type = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };

async function push(repository: string, tag: string, host = 'default.example.com') {
  const uploads = `/v2/${repository}/blobs/uploads/?digest=${blobDigest}`;
  const uploaded = await front.call('POST', uploads, { body: blob, host });
  const path = `/v2/${repository}/manifests/${tag}`;
  const pushed = await front.call('PUT', path, { body: manifest, host, headers: type });
  return [uploaded, pushed];
}

describe('images of tenants in this registry', () => {
  it('B18, B51: a push and its pulls show the names of people', async () => {
    const answers = await push('test/a/b', 'v1');
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers.map(({ headers }) => headers.location)).toEqual([
      `/v2/test/a/b/blobs/${blobDigest}`,
      `/v2/test/a/b/manifests/${digest}`,
    ]);
    for (let round = 0; round < 3; round += 1) {
      const answer = await front.call('GET', '/v2/test/a/b/manifests/v1');
      expect([answer.status, answer.body]).toEqual([200, manifest]);
      answers.push(answer);
    }
    expect(pulled).toContain('default-image-test/a/b');
    for (const { text } of answers) expect(text).not.toMatch(SECRET);
    expect(front.changes).toContainEqual({
      tenant: 'default',
      namespace: 'test',
      repository: 'a/b',
    });
  });

  it('the same names of two tenants are two repositories', async () => {
    await push('test/own', 'v1');
    const foreign = await front.call('GET', '/v2/test/own/manifests/v1', {
      host: 't2.example.com',
    });
    const own = await front.call('GET', '/v2/test/own/manifests/v1');
    expect([foreign.status, own.status]).toEqual([404, 200]);
  });

  it('an upload in pieces stays below the names of people', async () => {
    const started = await front.call('POST', '/v2/test/pieces/blobs/uploads/');
    const location = started.headers.location ?? '';
    expect(location).toMatch(/^\/v2\/test\/pieces\/blobs\/uploads\//);
    const patched = await front.call('PATCH', location, { body: blob });
    expect([patched.status, patched.headers.location]).toEqual([202, location]);
    const wrong = await front.call('PATCH', location, {
      body: blob,
      headers: { 'content-range': '9-10' },
    });
    expect([wrong.status, wrong.headers.location]).toEqual([416, location]);
    const finished = await front.call('PUT', `${location}?digest=${blobDigest}`);
    expect(finished.headers.location).toBe(`/v2/test/pieces/blobs/${blobDigest}`);
    const read = await front.call('GET', `/v2/test/pieces/blobs/${blobDigest}`);
    expect([read.status, read.body]).toEqual([200, blob]);
    for (const { text } of [started, patched, wrong, finished]) expect(text).not.toMatch(SECRET);
  });

  it('B40: lists of tags have the name and the length of what is shown', async () => {
    await push('test/tags', 'v1');
    await push('test/tags', 'v2');
    const answer = await front.call('GET', '/v2/test/tags/tags/list?n=1');
    expect(JSON.parse(answer.body.toString())).toEqual({ name: 'test/tags', tags: ['v1'] });
    expect(answer.headers['link']).toBe('</v2/test/tags/tags/list?n=1&last=v1>; rel="next"');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    const head = await front.call('HEAD', '/v2/test/tags/tags/list?n=1');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(answer.body.length),
      0,
    ]);
    expect(answer.text).not.toMatch(SECRET);
  });

  it('B38: mounts from other namespaces of the tenant, if the caller may pull there', async () => {
    await push('base/os', 'v1');
    const mount = (call: { from: string; user: string; to: string }) =>
      front.call('POST', `/v2/${call.to}/blobs/uploads/?mount=${blobDigest}&from=${call.from}`, {
        headers: { authorization: `Bearer ${call.user}` },
      });
    const done = await mount({ from: 'base/os', user: 'ann', to: 'test/mounted' });
    expect([done.status, done.headers.location]).toEqual([
      201,
      `/v2/test/mounted/blobs/${blobDigest}`,
    ]);
    const refused = await mount({ from: 'base/os', user: 'bob', to: 'test/refused' });
    const internal = await mount({ from: 't2-image-test/x', user: 'ann', to: 'test/refused' });
    expect([refused.status, internal.status]).toEqual([202, 202]);
    const anywhere = await front.call(
      'POST',
      `/v2/test/refused/blobs/uploads/?mount=${blobDigest}`,
    );
    expect(anywhere.status).toBe(202);
  });

  it('errors speak of what was asked for', async () => {
    const answers = [
      await front.call('GET', '/v2/test/none/manifests/v1'),
      await front.call('GET', '/v2/missing/none/tags/list'),
      await front.call('PUT', '/v2/missing/none/manifests/v1', { body: manifest, headers: type }),
      await front.call('PUT', '/v2/test/x/manifests/v1', { body: '{}', headers: type }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 400]);
    for (const { text } of answers) expect(text).not.toMatch(SECRET);
  });

  it('refusals of rules keep their sentence and warning', async () => {
    await push('test/fixed', 'v1');
    immutable = ['v1'];
    const answer = await front.call('DELETE', '/v2/test/fixed/manifests/v1');
    immutable = [];
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.warning).toMatch(/^299 - "/);
    expect(answer.text).not.toMatch(SECRET);
  });

  it('B55: what the gate refuses is refused, whatever this registry would do', async () => {
    const answer = await front.call('GET', '/v2/locked/x/manifests/v1');
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="http://default.example.com/registry/auth",service="tke",scope="repository:locked/x:pull",error="insufficient_scope"',
    ]);
  });

  it('direct use of an internal project name leads nowhere', async () => {
    const read = await front.call('GET', '/v2/default-image-test/a/b/manifests/v1');
    const wrong = await front.call('PUT', '/v2/default-image-test/a/manifests/v1', {
      body: manifest,
      headers: type,
    });
    expect([read.status, wrong.status]).toEqual([404, 400]);
  });
});
