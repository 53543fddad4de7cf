import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestProject } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, createProjectAccess, type Principal, ROLE } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { createLabelRepository } from './label.repository.ts';
import { labelsRoutes } from './labels.routes.ts';
import { createLabelsService } from './labels.service.ts';

const ann: Principal = { kind: 'user', id: 2, username: 'ann', isAdmin: false, groupIds: [] };
const admin: Principal = { ...ann, id: 1, username: 'admin', isAdmin: true };
const app = createHttpServer({ log: quietLog, idleMs: 10_000 });
const audited: AuditEntry[] = [];
let database: TestDatabase;
let db: Database;
let team: number;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  team = await createTestProject({ db }, 'team');
  const policy = { id: team, name: 'team', isPublic: false, accessEpoch: 0 };
  const projects = {
    peekPolicy: () => undefined,
    findPolicy: async () => policy,
    findPolicyById: async (id: number) => (id === team ? policy : undefined),
    findRoles: async () => [ROLE.maintainer],
  };
  const access = createProjectAccess(projects);
  const labels = createLabelsService({ labels: createLabelRepository(db), projects, access });
  registerApi(app, labelsRoutes(labels), {
    access,
    findProject: projects.findPolicy,
    authenticate: async ({ headers }) => ({
      principal: [ann, admin].find((user) => user.username === headers.authorization) ?? anonymous,
    }),
    csrfToken: () => '',
    recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    externalUrl: undefined,
  });
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

const call = (
  who: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  payload?: object,
) =>
  app.inject({
    method,
    url: `/api/v2.0/labels${path}`,
    headers: { authorization: who },
    ...(payload && { payload }),
  });

describe('the routes of labels', () => {
  it('create, show, list, change and delete, with an entry in the audit log', async () => {
    const made = await call('ann', 'POST', '', {
      name: 'tested',
      color: '#fff',
      scope: 'p',
      project_id: team,
    });
    expect([made.statusCode, made.body]).toEqual([201, '']);
    const id = Number(/^\/api\/v2\.0\/labels\/(\d+)$/.exec(String(made.headers.location))?.[1]);
    const shown = await call('ann', 'GET', `/${id}`);
    expect(shown.json()).toMatchObject({ id, name: 'tested', scope: 'p', project_id: team });
    const list = await call('ann', 'GET', `?scope=p&project_id=${team}&name=EST`);
    expect(list.json()).toEqual([shown.json()]);
    expect(list.headers['x-total-count']).toBe('1');
    const changed = await call('ann', 'PUT', `/${id}`, { ...shown.json(), name: 'proven' });
    expect([changed.statusCode, changed.body]).toEqual([200, '']);
    expect((await call('ann', 'DELETE', `/${id}`)).statusCode).toBe(200);
    expect((await call('ann', 'GET', `/${id}`)).statusCode).toBe(404);
    expect(audited).toMatchObject([
      { operation: 'create', resourceType: 'label', resource: 'tested', projectId: team },
      { operation: 'update', resource: 'tested', projectId: team },
      { operation: 'delete', resource: 'proven', projectId: team },
    ]);
  });

  it.each([
    ['anonymous', 'GET', '?scope=g', undefined, 200],
    ['anonymous', 'GET', '', undefined, 400],
    ['anonymous', 'GET', '?scope=x', undefined, 400],
    ['ann', 'GET', '?scope=p', undefined, 400],
    ['ann', 'GET', '?scope=p&project_id=0', undefined, 400],
    ['ann', 'GET', '?scope=p&project_id=x', undefined, 422],
    ['ann', 'GET', '?scope=p&project_id=999999', undefined, 403],
    ['admin', 'GET', '?scope=p&project_id=999999', undefined, 404],
    ['anonymous', 'POST', '', { name: 'x', scope: 'g' }, 401],
    ['ann', 'POST', '', { name: 'x', scope: 'g' }, 403],
    ['admin', 'POST', '', { name: 'x', scope: 'u' }, 400],
    ['admin', 'POST', '', { name: 'x', scope: 'p' }, 400],
    ['admin', 'POST', '', { scope: 'g' }, 400],
    ['admin', 'POST', '', { name: 'x'.repeat(129), scope: 'g' }, 400],
    ['admin', 'POST', '', { name: 'x', scope: 'g', level: 's' }, 400],
    ['admin', 'POST', '', { name: 'x\n', scope: 'g' }, 422],
    ['admin', 'GET', '/0', undefined, 404],
    ['admin', 'GET', '/x', undefined, 422],
  ] as const)('answer %s %s %s %o with %i', async (who, method, path, body, status) => {
    expect((await call(who, method, path, body)).statusCode).toBe(status);
  });
});
