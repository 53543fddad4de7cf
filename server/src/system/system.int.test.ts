import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@berth/oci';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  type RobotPrincipal,
  type UserPrincipal,
} from '../access/index.ts';
import { type ApiRoute, findOpenApiFaults, presentOpenApi, registerApi } from '../api/index.ts';
import { parseSettings } from '../configuration/configuration-items.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import {
  createProjectRepository,
  createProjectsService,
  type ProjectsService,
} from '../projects/index.ts';
import { createHealthMonitor } from './health-monitor.ts';
import { createIcons } from './icons.ts';
import { openApiRoutes } from './openapi.routes.ts';
import { createSystemRepository } from './system.repository.ts';
import { systemRoutes } from './system.routes.ts';
import { createSystemService } from './system.service.ts';
import { readVolume } from './volume.ts';

let database: TestDatabase;
let db: Database;
let directory: string;
let projects: ProjectsService;
let app: FastifyInstance;
let routes: ApiRoute[];
let principals: Map<string, Principal>;
let clock = 0;
let changes: Record<string, unknown> = {};
let initialPassword: string | undefined;
const icons = createIcons();

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

/** A repository with a manifest of a text each; `subject` and `child` are such texts. */
async function createRepository(projectId: number, name: string, texts: readonly string[]) {
  const { id } = await db
    .insertInto('repository')
    .values({ project_id: projectId, name })
    .returning('id')
    .executeTakeFirstOrThrow();
  const ids = new Map<string, number>();
  for (const text of texts) {
    const row = await insertArtifactRow(db, {
      projectId,
      repositoryId: id,
      content: text,
      ...(text === 'signature' && { subject: digestOf(Buffer.from('image')) }),
    });
    ids.set(text, row.id);
  }
  return { id, idOf: (text: string) => ids.get(text) ?? 0 };
}

async function createBlob(text: string, size: number, isMissing = false): Promise<void> {
  const digest = digestOf(Buffer.from(text));
  const missing = isMissing ? new Date() : null;
  await db.insertInto('blob').values({ digest, size, missing_since: missing }).execute();
}

function robotIn(projectId: number, repositories: readonly string[]): RobotPrincipal {
  const access = [{ resource: 'repository', action: 'pull' }];
  const permissions = [{ scope: projectId, access, repositories }];
  return { kind: 'robot', id: 1, username: 'robot$ci', projectId: undefined, permissions };
}

async function seed(): Promise<void> {
  const admin = await createUser('admin', true);
  const ann = await createUser('ann');
  const bob = await createUser('bob');
  const create = (owner: Principal, name: string, isPublic: boolean) =>
    projects.createProject(owner, { name, metadata: { public: String(isPublic) } });
  const open = await create(ann, 'ann-open', true);
  const closed = await create(ann, 'ann-closed', false);
  await create(bob, 'bob-closed', false);
  const app = await createRepository(open.id, 'ann-open/Web_App', ['image', 'index', 'signature']);
  await db
    .insertInto('artifact_reference')
    .values({
      artifact_id: app.idOf('index'),
      repository_id: app.id,
      child_digest: digestOf(Buffer.from('image')),
    })
    .execute();
  await db
    .insertInto('tag')
    .values({ repository_id: app.id, name: 'v1', artifact_id: app.idOf('index') })
    .execute();
  await createRepository(open.id, 'ann-open/left-over', []);
  await createRepository(closed.id, 'ann-closed/web', ['x', 'y']);
  await createBlob('a', 1000);
  await createBlob('b', 24);
  await createBlob('lost', 5000, true);
  principals = new Map<string, Principal>([
    ['nobody', anonymous],
    ['admin', admin],
    ['ann', ann],
    ['bob', bob],
    ['robot', robotIn(closed.id, [])],
    ['narrow', robotIn(closed.id, ['other'])],
  ]);
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  directory = await mkdtemp(join(tmpdir(), 'berth-system-'));
  projects = createProjectsService({
    projects: createProjectRepository(db),
    announce: () => Promise.resolve(),
    settings: {
      storagePerProject: () => -1,
      creationRestriction: () => 'everyone',
      anonymousListing: () => true,
    },
  });
  await seed();
  const health = createHealthMonitor([
    { name: 'database', check: () => Promise.resolve() },
    { name: 'storage', check: () => Promise.reject(new Error('secret detail')) },
  ]);
  await health.poll();
  const system = createSystemService({
    repository: createSystemRepository(db),
    projects,
    now: () => clock,
  });
  const own = systemRoutes({
    system,
    health,
    icons,
    settings: () => parseSettings(changes),
    readVolume: () => readVolume(directory),
    caFile: join(directory, 'ca.crt'),
    storageKind: 'filesystem',
    version: '9.8.7',
    features: ['robots', 'charts'],
    findInitialPassword: () => Promise.resolve(initialPassword),
  });
  routes = [...own, ...openApiRoutes({ listRoutes: () => routes, version: '9.8.7' })];
  app = createHttpServer({ log: quietLog, idleMs: 1000 });
  registerApi(app, routes, {
    access: createProjectAccess(projects),
    findProject: () => Promise.resolve(undefined),
    authenticate: ({ headers }) =>
      Promise.resolve({ principal: principals.get(String(headers['x-test-user'])) ?? anonymous }),
    csrfToken: () => '',
    recordAudit: () => Promise.resolve(),
    addressOf: () => '127.0.0.1',
    isReadOnly: () => false,
    externalUrl: 'https://registry.test',
  });
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Asks, and compares a JSON answer with what its route promises. */
async function get(url: string, user = 'nobody') {
  const answer = await app.inject({ url, headers: { 'x-test-user': user } });
  const path = url.replace('/api/v2.0', '').replace(/\?.*/, '');
  const schema = routes.find((route) => route.path === path)?.responses[answer.statusCode];
  if (schema instanceof z.ZodObject) expect(schema.strict().parse(answer.json())).toBeDefined();
  return answer;
}

const json = async (url: string, user?: string) => (await get(`/api/v2.0${url}`, user)).json();

describe('the small endpoints', () => {
  it('answer pings and tell the version of the API', async () => {
    expect((await get('/api/v2.0/ping')).body).toBe('"Pong"\n');
    expect((await get('/api/version')).json()).toEqual({ version: 'v2.0' });
  });

  it('tell the health of each component, and no more (A-01)', async () => {
    const answer = await get('/api/v2.0/health');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ status: 'unhealthy' });
    expect(answer.json().components).toContainEqual({ name: 'database', status: 'healthy' });
    expect(answer.json().components).toContainEqual({
      name: 'registry',
      status: 'unhealthy',
      error: 'the check failed',
    });
    expect(answer.body).not.toContain('secret detail');
  });

  it('tell everybody what a login needs, and the rest to those who are logged in (A-09)', async () => {
    changes = { banner_message: '{"message":"hello"}' };
    expect(await json('/systeminfo')).toEqual({
      auth_mode: 'db_auth',
      primary_auth_mode: false,
      self_registration: false,
      banner_message: '{"message":"hello"}',
    });
    changes = {};
    expect(await json('/systeminfo', 'bob')).toMatchObject({
      banner_message: '',
      registry_url: 'registry.test',
      external_url: 'https://registry.test',
      harbor_version: 'v2.16.0-berth',
      berth_version: '9.8.7',
      has_ca_root: false,
      read_only: false,
      registry_storage_provider_name: 'filesystem',
    });
  });

  it('tell where the generated password is, while it is in force, and what works here', async () => {
    initialPassword = 'admin-password';
    for (const user of ['nobody', 'bob']) {
      expect(await json('/systeminfo', user)).toMatchObject({
        initial_admin_password: { file: 'admin-password' },
      });
    }
    initialPassword = undefined;
    expect(await json('/systeminfo')).not.toHaveProperty('initial_admin_password');
    expect(await json('/systeminfo')).not.toHaveProperty('berth_features');
    expect(await json('/systeminfo', 'bob')).toMatchObject({
      berth_features: ['robots', 'charts'],
    });
  });

  it('name the sources of users that are in use', async () => {
    changes = { auth_mode: 'oidc_auth', oidc_name: 'acme', http_authproxy_endpoint: 'https://p' };
    const info = await json('/systeminfo');
    expect(info).toMatchObject({ auth_mode: 'oidc_auth', oidc_provider_name: 'acme' });
    expect(info).not.toHaveProperty('authproxy_settings');
    changes = { auth_mode: 'http_auth', http_authproxy_endpoint: 'https://p' };
    expect(await json('/systeminfo')).toMatchObject({
      authproxy_settings: { endpoint: 'https://p', verify_cert: true },
    });
    changes = {};
  });

  it('tell the space on the volume to administrators alone', async () => {
    const { storage } = await json('/systeminfo/volumes', 'admin');
    expect(storage).toHaveLength(1);
    expect(storage[0].total).toBeGreaterThan(storage[0].free);
    expect(storage[0].free).toBeGreaterThan(0);
    expect((await get('/api/v2.0/systeminfo/volumes', 'ann')).statusCode).toBe(403);
    expect((await get('/api/v2.0/systeminfo/volumes')).statusCode).toBe(401);
  });

  it('give the certificate away, and never a key from the same file', async () => {
    const url = '/api/v2.0/systeminfo/getcert';
    const block = (what: string) => `-----BEGIN ${what}-----\nQUJD\n-----END ${what}-----\n`;
    expect((await get(url)).statusCode).toBe(404);
    await writeFile(join(directory, 'ca.crt'), block('PRIVATE KEY'));
    expect((await get(url)).statusCode).toBe(404);
    await writeFile(
      join(directory, 'ca.crt'),
      block('CERTIFICATE') + block('PRIVATE KEY') + block('CERTIFICATE'),
    );
    const answer = await get(url);
    expect(answer.body).toBe(block('CERTIFICATE') + block('CERTIFICATE'));
    expect(answer.headers['content-disposition']).toBe('attachment; filename=ca.crt');
    expect(await json('/systeminfo', 'ann')).toMatchObject({ has_ca_root: true });
  });

  it('show icons by their digests', async () => {
    const icon = await json(`/icons/${icons.digestFor('IMAGE')}`);
    expect(Buffer.from(icon.content, 'base64')).toEqual(icons.find(icons.digestFor('IMAGE')));
    expect((await get('/api/v2.0/icons/sha256:abc')).statusCode).toBe(404);
  });
});

describe('statistics', () => {
  it.each([
    [
      'admin',
      {
        private_project_count: 2,
        private_repo_count: 1,
        total_project_count: 3,
        total_repo_count: 2,
        total_storage_consumption: 1024,
      },
    ],
    [
      'ann',
      {
        private_project_count: 1,
        private_repo_count: 1,
        total_project_count: 0,
        total_repo_count: 0,
        total_storage_consumption: 0,
      },
    ],
    [
      'bob',
      {
        private_project_count: 1,
        private_repo_count: 0,
        total_project_count: 0,
        total_repo_count: 0,
        total_storage_consumption: 0,
      },
    ],
    [
      'robot',
      {
        private_project_count: 1,
        private_repo_count: 1,
        total_project_count: 0,
        total_repo_count: 0,
        total_storage_consumption: 0,
      },
    ],
    [
      'narrow',
      {
        private_project_count: 1,
        private_repo_count: 0,
        total_project_count: 0,
        total_repo_count: 0,
        total_storage_consumption: 0,
      },
    ],
  ])('count what %s may know of', async (user, counts) => {
    expect(await json('/statistics', user)).toEqual({
      public_project_count: 1,
      public_repo_count: 1,
      ...counts,
    });
  });

  it('are for those who are logged in', async () => {
    expect((await get('/api/v2.0/statistics')).statusCode).toBe(401);
  });

  it('sum the blobs once a minute at most', async () => {
    const storage = async () => (await json('/statistics', 'admin')).total_storage_consumption;
    expect(await storage()).toBe(1024);
    await createBlob('c', 1);
    expect(await storage()).toBe(1024);
    clock += 60_000;
    expect(await storage()).toBe(1025);
  });
});

describe('the page of the API', () => {
  it('serves a well-formed document with all routes', async () => {
    const document = await json('/openapi.json');
    expect(findOpenApiFaults(document)).toEqual([]);
    expect(document).toEqual(
      JSON.parse(JSON.stringify(presentOpenApi(routes, { version: '9.8.7' }))),
    );
    expect(Object.keys(document.paths)).toHaveLength(routes.length);
  });

  it('loads nothing from elsewhere and runs no script of its own', async () => {
    const answer = await get('/devcenter-api-2.0');
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['content-security-policy']).toContain("script-src 'self';");
    expect(answer.body).not.toMatch(/<script>|https?:/);
    const files = [...answer.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const asset = await get(file ?? '');
      expect(asset.statusCode).toBe(200);
      expect(asset.headers['content-type']).toMatch(/^text\/(?:css|javascript); charset=utf-8$/);
      expect(asset.headers['cache-control']).toBe('public, max-age=3600');
      expect(asset.body.length).toBeGreaterThan(100);
    }
  });

  it.each(['package.json', '..%2fpackage.json', 'swagger-ui-bundle.js.map', 'index.html'])(
    'serves no other file: %s',
    async (file) => {
      expect((await get(`/devcenter-api-2.0/${file}`)).statusCode).toBe(404);
    },
  );
});
