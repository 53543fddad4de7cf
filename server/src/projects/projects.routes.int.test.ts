import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, createProjectAccess, ROLE, type UserPrincipal } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createAddressOf, createHttpServer } from '../http/index.ts';
import { createQuotaRepository, createQuotasService, quotasRoutes } from '../quotas/index.ts';
import {
  createCveAllowlistRepository,
  createCveAllowlistsService,
  createMemberRepository,
  createMembersService,
  createProjectMetadataService,
  createProjectRepository,
  createProjectScannerService,
  createProjectsService,
  noScanners,
  type ProjectsService,
  projectsRoutes,
} from './index.ts';
import { allowlistModel, projectModel } from './projects.schema.ts';

let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let projects: ProjectsService;
const users = new Map<string, UserPrincipal>();
const audited: AuditEntry[] = [];

const roles = { maintainer: ROLE.maintainer, guest: ROLE.guest };

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  const user = { kind: 'user', id, username, isAdmin, groupIds: [] } as const;
  users.set(username, user);
  return user;
}

function compose(): void {
  const rows = createProjectRepository(db);
  const announce = (name: string) => Promise.resolve(projects.forget(name));
  projects = createProjectsService({
    projects: rows,
    announce,
    settings: {
      storagePerProject: () => -1,
      creationRestriction: () => 'everyone',
      anonymousListing: () => true,
    },
  });
  const resolver = {
    findUser: async (by: { id: number } | { username: string }) =>
      'username' in by ? users.get(by.username) : undefined,
    findGroup: async () => undefined,
    ensureGroup: async () => undefined,
  };
  const allowlists = createCveAllowlistRepository(db);
  const routes = projectsRoutes({
    projects,
    metadata: createProjectMetadataService({ projects: rows, announce }),
    members: createMembersService({ members: createMemberRepository(db), resolver, announce }),
    scanners: createProjectScannerService({ projects: rows, scanners: noScanners, announce }),
    allowlists: createCveAllowlistsService({ allowlists, projects: rows }),
  });
  const quotas = createQuotasService(createQuotaRepository(db));
  app = createHttpServer({ log: quietLog, idleMs: 1000 });
  registerApi(app, [...routes, ...quotasRoutes({ quotas })], {
    access: createProjectAccess(projects),
    findProject: (reference) =>
      typeof reference === 'number'
        ? projects.findPolicyById(reference)
        : projects.findPolicy(reference),
    authenticate: ({ headers }) =>
      Promise.resolve({ principal: users.get(headers.authorization ?? '') ?? anonymous }),
    csrfToken: () => '',
    recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
    isReadOnly: () => false,
    addressOf: createAddressOf([]),
    externalUrl: undefined,
  });
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

async function call(as: string, method: Method, path: string, body?: object, headers = {}) {
  const answer = await app.inject({
    method,
    url: `/api/v2.0${path}`,
    headers: { ...(as !== '' && { authorization: as }), ...headers },
    ...(body !== undefined && { payload: body }),
  });
  return answer;
}

const statusOf = async (...request: Parameters<typeof call>) => (await call(...request)).statusCode;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  compose();
  await createUser('admin', true);
  await createUser('ann');
  await createUser('stranger');
  await call('ann', 'POST', '/projects', { project_name: 'team' });
  for (const [username, role] of Object.entries(roles)) {
    await createUser(username);
    const body = { role_id: role, member_user: { username } };
    await call('ann', 'POST', '/projects/team/members', body);
  }
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

describe('a project over HTTP', () => {
  it('is created, shown, changed and deleted', async () => {
    const wanted = {
      project_name: 'life',
      metadata: { public: 'true', severity: 'High' },
      cve_allowlist: { items: [{ cve_id: 'CVE-1' }], expires_at: null },
      storage_limit: -1,
      registry_id: null,
    };
    const made = await call('ann', 'POST', '/projects', wanted);
    expect(made.statusCode).toBe(201);
    expect(made.body).toBe('');
    const location = String(made.headers.location);
    expect(location).toMatch(/^\/api\/v2\.0\/projects\/\d+$/);
    const path = location.replace('/api/v2.0', '');
    const shown = (await call('ann', 'GET', path)).json();
    expect(shown).toMatchObject({
      name: 'life',
      owner_name: 'ann',
      current_user_role_id: 1,
      repo_count: 0,
      metadata: { public: 'true', severity: 'high' },
      cve_allowlist: { items: [{ cve_id: 'CVE-1' }] },
    });
    expect(projectModel.strict().safeParse(shown).success).toBe(true);
    // Clients send back what they were given.
    const { metadata, cve_allowlist } = shown;
    const update = { metadata: { ...metadata, public: 'false' }, cve_allowlist };
    expect(await statusOf('ann', 'PUT', path, update)).toBe(200);
    expect((await call('ann', 'GET', `${path}/_deletable`)).json()).toEqual({ deletable: true });
    expect(await statusOf('ann', 'DELETE', path)).toBe(200);
    expect(await statusOf('admin', 'GET', path)).toBe(404);
    expect(audited.slice(-3).map(({ operation, resource }) => [operation, resource])).toEqual([
      ['create', 'life'],
      ['update', 'life'],
      ['delete', 'life'],
    ]);
    expect(audited.at(-3)?.projectId).toBe(shown.project_id);
  });

  it('has its name in Location when that is asked for', async () => {
    const headers = { 'x-resource-name-in-location': 'true' };
    const made = await call('ann', 'POST', '/projects', { project_name: '2026' }, headers);
    expect(made.headers.location).toBe('/api/v2.0/projects/2026');
    expect(await statusOf('admin', 'GET', '/projects/2026')).toBe(404);
    const asName = { 'x-is-resource-name': 'true' };
    expect(await statusOf('admin', 'GET', '/projects/2026', undefined, asName)).toBe(200);
  });

  it.each([
    ['a name that is none', { project_name: 'A B' }, 400],
    ['a name that is taken', { project_name: 'team' }, 409],
    ['no name', {}, 422],
    ['a field that does not exist', { project_name: 'x', owner_id: 1 }, 400],
    ['a metadata key that does not exist', { project_name: 'x', metadata: { a: 'b' } }, 400],
    ['a metadata value that is none', { project_name: 'x', metadata: { public: 'yes' } }, 400],
    ['a proxy cache', { project_name: 'x', registry_id: 1 }, 400],
  ])('is refused with %s', async (_what, body, status) => {
    expect(await statusOf('ann', 'POST', '/projects', body)).toBe(status);
  });

  it('is listed with its total, and without detail when that is asked for', async () => {
    const list = await call('ann', 'GET', '/projects?q=name%3D~tea&sort=-name&page_size=1');
    expect(list.headers['x-total-count']).toBe('1');
    expect(list.json()).toMatchObject([{ name: 'team', metadata: { public: 'false' } }]);
    const [short] = (await call('ann', 'GET', '/projects?name=team&with_detail=false')).json();
    expect(short).not.toHaveProperty('metadata');
    expect(await statusOf('ann', 'GET', '/projects?q=owner%3D')).toBe(400);
    expect((await call('', 'GET', '/projects?public=false')).json()).toEqual([]);
  });
});

describe('rights in a project', () => {
  const list = { items: [{ cve_id: 'CVE-9' }] };
  it.each<[Method, string, object | undefined, Record<string, number>]>([
    ['GET', '', undefined, { ann: 200, maintainer: 200, guest: 200, stranger: 403, '': 401 }],
    ['PUT', '', { cve_allowlist: list }, { ann: 200, maintainer: 403, guest: 403, '': 401 }],
    ['PUT', '/metadatas/public', { public: 'false' }, { ann: 200, maintainer: 403, guest: 403 }],
    ['PUT', '/metadatas/severity', { severity: 'low' }, { ann: 200, maintainer: 403 }],
    ['POST', '/metadatas/', { auto_scan: 'true' }, { maintainer: 403, ann: 200, admin: 409 }],
    ['GET', '/metadatas/', undefined, { ann: 403, admin: 200 }],
    ['GET', '/metadatas/severity', undefined, { ann: 200, maintainer: 200, guest: 403 }],
    ['DELETE', '/metadatas/auto_scan', undefined, { maintainer: 403, ann: 200, admin: 404 }],
    ['GET', '/summary', undefined, { guest: 200, stranger: 403 }],
    ['GET', '/scanner', undefined, { guest: 200, stranger: 403, '': 401 }],
    ['PUT', '/scanner', { uuid: 'u' }, { ann: 404, maintainer: 403 }],
    ['GET', '/scanner/candidates', undefined, { ann: 200, maintainer: 403 }],
    ['GET', '/members', undefined, { ann: 200, guest: 200, stranger: 403, '': 401 }],
    ['GET', '/members/0', undefined, { ann: 400 }],
    ['PUT', '/members/999999', { role_id: 1 }, { ann: 404, maintainer: 403 }],
    ['DELETE', '/members/999999', undefined, { ann: 404, guest: 403 }],
    ['DELETE', '', undefined, { maintainer: 403, guest: 403, stranger: 403, '': 401 }],
  ])('%s %s answers %o', async (method, path, body, statuses) => {
    for (const [who, status] of Object.entries(statuses)) {
      const found = await statusOf(who, method, `/projects/team${path}`, body);
      expect([who, found]).toEqual([who, status]);
    }
  });

  it('are refused in a private project just as in one that is not there', async () => {
    for (const who of ['stranger', '']) {
      const [there, absent] = await Promise.all(
        ['team', 'absent'].map((name) => call(who, 'GET', `/projects/${name}/members`)),
      );
      expect(there?.statusCode).toBe(absent?.statusCode);
      expect(there?.body).toBe(absent?.body);
    }
    expect(await statusOf('stranger', 'HEAD', '/projects?project_name=team')).toBe(404);
    expect(await statusOf('guest', 'HEAD', '/projects?project_name=team')).toBe(200);
  });

  it('move with a member, who is named in the audit log', async () => {
    await createUser('zoe');
    const body = { role_id: 3, member_user: { username: 'zoe' } };
    const made = await call('ann', 'POST', '/projects/team/members', body);
    const path = String(made.headers.location).replace('/api/v2.0', '');
    expect((await call('ann', 'GET', path)).json()).toMatchObject({
      entity_name: 'zoe',
      entity_type: 'u',
      role_name: 'guest',
    });
    expect(await statusOf('ann', 'POST', '/projects/team/members', body)).toBe(409);
    expect(await statusOf('zoe', 'POST', '/projects/team/members', body)).toBe(403);
    expect(await statusOf('ann', 'PUT', path, { role_id: 1 })).toBe(200);
    expect(await statusOf('zoe', 'POST', '/projects/team/members', body)).toBe(409);
    expect(await statusOf('ann', 'DELETE', path)).toBe(200);
    expect(await statusOf('zoe', 'GET', '/projects/team')).toBe(403);
    const entries = audited.filter(({ succeeded, resource }) => succeeded && resource === 'zoe');
    expect(entries.map(({ operation, resourceType }) => [operation, resourceType])).toEqual([
      ['create', 'member'],
      ['update', 'member'],
      ['delete', 'member'],
    ]);
  });
});

describe('the allowlist of the system', () => {
  it('is read by all who are logged in and written by administrators', async () => {
    const path = '/system/CVEAllowlist';
    const empty = (await call('ann', 'GET', path)).json();
    expect(empty).toMatchObject({ project_id: 0, items: [] });
    expect(allowlistModel.strict().safeParse(empty).success).toBe(true);
    const body = { ...empty, items: [{ cve_id: 'CVE-1' }], expires_at: 4_000_000_000 };
    expect(await statusOf('', 'GET', path)).toBe(401);
    expect(await statusOf('ann', 'PUT', path, body)).toBe(403);
    expect(await statusOf('admin', 'PUT', path, body)).toBe(200);
    const twice = { items: [{ cve_id: 'CVE-1' }, { cve_id: 'CVE-1' }] };
    expect(await statusOf('admin', 'PUT', path, twice)).toBe(400);
    expect((await call('ann', 'GET', path)).json()).toMatchObject({
      items: [{ cve_id: 'CVE-1' }],
      expires_at: 4_000_000_000,
    });
  });
});

describe('quotas over HTTP', () => {
  it('are for administrators, and hold storage alone', async () => {
    expect(await statusOf('ann', 'GET', '/quotas')).toBe(403);
    const list = await call('admin', 'GET', '/quotas?sort=-hard.storage');
    const [{ id }] = list.json();
    expect(Number(list.headers['x-total-count'])).toBeGreaterThan(0);
    const path = `/quotas/${id}`;
    expect(await statusOf('ann', 'PUT', path, { hard: { storage: 5 } })).toBe(403);
    expect(await statusOf('admin', 'PUT', path, { hard: { storage: 5 } })).toBe(200);
    expect(await statusOf('admin', 'PUT', path, { hard: { storage: 0 } })).toBe(400);
    expect(await statusOf('admin', 'PUT', path, { hard: { count: 5 } })).toBe(400);
    expect(await statusOf('admin', 'PUT', path, {})).toBe(400);
    expect((await call('admin', 'GET', path)).json()).toMatchObject({ hard: { storage: 5 } });
  });
});
