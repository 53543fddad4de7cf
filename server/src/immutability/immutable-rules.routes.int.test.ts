import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestProject } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, createProjectAccess, type Principal, ROLE } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { createImmutableRuleRepository } from './immutable-rule.repository.ts';
import { immutableRulesRoutes } from './immutable-rules.routes.ts';
import { createImmutableRulesService } from './immutable-rules.service.ts';

const ann: Principal = { kind: 'user', id: 2, username: 'ann', isAdmin: false, groupIds: [] };
const dev: Principal = { ...ann, id: 3, username: 'dev' };
const app = createHttpServer({ log: quietLog, idleMs: 10_000 });
const audited: AuditEntry[] = [];
let database: TestDatabase;
let db: Database;
let team: number;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  team = await createTestProject({ db }, 'team');
  const policy = { id: team, name: 'team', isPublic: true, accessEpoch: 0 };
  const projects = {
    peekPolicy: () => undefined,
    findPolicy: async () => policy,
    findPolicyById: async () => policy,
    findRoles: async (_projectId: number, userId: number) =>
      userId === ann.id ? [ROLE.maintainer] : [ROLE.developer],
  };
  const rules = createImmutableRulesService({
    rules: createImmutableRuleRepository(db),
    announce: () => Promise.resolve(),
  });
  registerApi(app, immutableRulesRoutes(rules), {
    access: createProjectAccess(projects),
    findProject: projects.findPolicy,
    authenticate: async ({ headers }) => ({
      principal: [ann, dev].find((user) => user.username === headers.authorization) ?? anonymous,
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

const PATH = '/api/v2.0/projects/team/immutabletagrules';
const call = (
  who: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  payload?: object,
) =>
  app.inject({
    method,
    url: `${PATH}${path}`,
    headers: { authorization: who },
    ...(payload && { payload }),
  });

/** As Harbor's portal sends it. */
const rule = (pattern: string) => ({
  disabled: false,
  scope_selectors: {
    repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
  },
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern, extras: '' }],
  action: 'immutable',
  params: {},
  priority: 0,
  template: 'immutable_template',
});

describe('the routes of immutable tag rules', () => {
  it('create, list, change and delete, with an entry in the audit log', async () => {
    const made = await call('ann', 'POST', '', rule('v*'));
    expect([made.statusCode, made.body]).toEqual([201, '']);
    const location = String(made.headers.location);
    expect(location).toMatch(new RegExp(`^${PATH}/\\d+$`));
    const id = Number(location.split('/').at(-1));
    expect((await call('ann', 'POST', '', rule('v*'))).statusCode).toBe(409);
    const list = await call('ann', 'GET', '?q=disabled=false');
    expect(list.headers['x-total-count']).toBe('1');
    const [shown] = list.json();
    expect(shown).toMatchObject({ id, action: 'immutable' });
    const off = await call('ann', 'PUT', `/${id}`, { ...shown, disabled: true });
    expect([off.statusCode, off.body]).toEqual([200, '']);
    expect((await call('ann', 'GET', '')).json()).toEqual([{ ...shown, disabled: true }]);
    expect((await call('ann', 'PUT', `/${id}`, { id })).statusCode).toBe(200);
    expect((await call('ann', 'GET', '')).json()).toEqual([shown]);
    expect((await call('ann', 'DELETE', `/${id}`)).statusCode).toBe(200);
    expect((await call('ann', 'GET', '')).json()).toEqual([]);
    expect(audited).toMatchObject([
      { operation: 'create', resourceType: 'immutable-tag', resource: location, projectId: team },
      { operation: 'create', succeeded: false },
      { operation: 'update', resource: location },
      { operation: 'update', resource: location },
      { operation: 'delete', resource: location },
    ]);
  });

  it.each([
    ['anonymous', 'GET', '', undefined, 401],
    ['dev', 'GET', '', undefined, 403],
    ['dev', 'POST', '', rule('x'), 403],
    ['dev', 'DELETE', '/1', undefined, 403],
    ['ann', 'DELETE', '/999999', undefined, 404],
    ['ann', 'PUT', '/999999', { ...rule('x'), id: 999_999 }, 404],
    ['ann', 'PUT', '/999999', { ...rule('x'), id: 1 }, 400],
    ['ann', 'PUT', '/999999', rule('x'), 400],
    ['ann', 'POST', '', rule('a['), 400],
    ['ann', 'POST', '', {}, 400],
    ['ann', 'POST', '', { ...rule('x'), project_id: 1 }, 400],
    ['ann', 'POST', '', { ...rule('x'), action: 'retain' }, 422],
    ['ann', 'POST', '', { ...rule('x'), scope_selectors: { project: [] } }, 400],
    ['ann', 'POST', '', { ...rule('x'), priority: 2 ** 31 }, 422],
  ] as const)('answer %s %s %s %o with %i', async (who, method, path, body, status) => {
    expect((await call(who, method, path, body)).statusCode).toBe(status);
  });
});
