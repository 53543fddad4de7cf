import { fastify } from 'fastify';
import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, type Principal, type UserPrincipal } from '../access/index.ts';
import { registerApi } from '../api/index.ts';
import { openPool, type Schema } from '../db/index.ts';
import { auditEventTypes } from './audit.events.ts';
import { type AuditRepository, createAuditRepository } from './audit.repository.ts';
import { auditRoutes } from './audit.routes.ts';
import { type AuditService, createAuditService } from './audit.service.ts';
import { type AuditEntry, cleanEntry } from './audit-entry.ts';

interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

let database: TestDatabase;
let pool: Pool;
let db: Kysely<Schema>;
let rows: AuditRepository;
let audit: AuditService;
let statements: Statement[] = [];

const admin: UserPrincipal = user(1, 'admin', true);
const ann = user(2, 'ann');
const bob = user(3, 'bob');
const robot: Principal = {
  kind: 'robot',
  id: 1,
  username: 'robot$auditor',
  projectId: undefined,
  permissions: [
    {
      scope: 'system',
      access: [{ resource: 'audit-log', action: 'list' }],
      repositories: [],
    },
  ],
};

function user(id: number, username: string, isAdmin = false): UserPrincipal {
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

const projectsOf = new Map<Principal, readonly number[]>([[ann, [10, 11]]]);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connection: database.connection, poolSize: 4, log: quietLog });
  db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push({ sql: query.sql, parameters: query.parameters }),
  });
  rows = createAuditRepository(db);
  audit = createAuditService({
    rows,
    listProjectIds: (principal) => Promise.resolve(projectsOf.get(principal) ?? []),
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await pool.query('TRUNCATE audit_log');
});

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

async function put(...entries: Partial<AuditEntry>[]): Promise<void> {
  await rows.insert(
    entries.map((entry) =>
      cleanEntry(
        {
          operation: 'create',
          resourceType: 'artifact',
          resource: 'library/app:1',
          username: 'ann',
          succeeded: true,
          ...entry,
        },
        at(0),
      ),
    ),
  );
}

const page = { offset: 0, limit: 100 };
const resources = async (principal: Principal, query: { q?: string; sort?: string } = {}) =>
  (await audit.listEntries(principal, { ...query, ...page })).entries.map(
    ({ resource }) => resource,
  );

describe('an entry', () => {
  it('comes back as it was put', async () => {
    await put({
      projectId: 10,
      operation: 'delete',
      resourceType: 'tag',
      resource: `'"\\{},\ud83d\ude00`,
      username: 'żółw',
      description: 'why; DROP TABLE audit_log',
      succeeded: false,
      address: '::1',
      requestId: 'r-1',
      occurredAt: at(5),
    });
    const { entries, total } = await audit.listEntries(admin, page);
    expect(total).toBe(1);
    expect(entries).toEqual([
      {
        id: expect.any(Number),
        projectId: 10,
        operation: 'delete',
        resourceType: 'tag',
        resource: `'"\\{},\ud83d\ude00`,
        username: 'żółw',
        description: 'why; DROP TABLE audit_log',
        succeeded: false,
        address: '::1',
        requestId: 'r-1',
        occurredAt: at(5),
      },
    ]);
  });

  it('of any length and alphabet fits the table', async () => {
    const text = '\u0000\ud83d\ude00'.repeat(2000);
    await put({
      operation: text,
      resourceType: text,
      resource: text,
      username: text,
      description: text,
      address: text,
      requestId: text,
    });
    expect((await audit.listEntries(admin, page)).total).toBe(1);
  });
});

describe('who sees which entries', () => {
  beforeEach(async () => {
    await put(
      { resource: 'system', occurredAt: at(1) },
      { resource: 'ten', projectId: 10, occurredAt: at(2) },
      { resource: 'eleven', projectId: 11, occurredAt: at(3) },
      { resource: 'twelve', projectId: 12, occurredAt: at(4) },
      { resource: 'ten again', projectId: 10, occurredAt: at(5) },
    );
  });

  it.each([
    ['an administrator all', admin, ['ten again', 'twelve', 'eleven', 'ten', 'system']],
    [
      'a robot of the system that may all',
      robot,
      ['ten again', 'twelve', 'eleven', 'ten', 'system'],
    ],
    ['an administrator of projects those of the projects', ann, ['ten again', 'eleven', 'ten']],
    ['a user without projects none', bob, []],
  ])('shows %s', async (_who, principal, expected) => {
    expect(await resources(principal)).toEqual(expected);
  });

  it('does not widen with a filter for a project', async () => {
    expect(await resources(ann, { q: 'project_id=12' })).toEqual([]);
    expect(await resources(ann, { q: 'project_id=11' })).toEqual(['eleven']);
  });

  it('is one project for the list of a project', async () => {
    const { entries, total } = await audit.listProjectEntries(10, page);
    expect(entries.map(({ resource }) => resource)).toEqual(['ten again', 'ten']);
    expect(total).toBe(2);
  });
});

describe('a list', () => {
  beforeEach(async () => {
    await put(
      { resource: 'library/app:1', username: 'ann', occurredAt: at(1), projectId: 10 },
      { resource: 'library/app:2', username: 'bob', occurredAt: at(2), projectId: 11 },
      {
        resource: 'library/100%',
        username: 'ann',
        operation: 'delete',
        succeeded: false,
        occurredAt: at(3),
        projectId: 10,
      },
      {
        resource: 'ann',
        username: 'Ann',
        operation: 'login',
        resourceType: 'user',
        occurredAt: at(4),
      },
    );
  });

  it.each([
    ['username=ann', ['library/100%', 'library/app:1']],
    ['username=~AN', ['ann', 'library/100%', 'library/app:1']],
    ['username=ann,operation=create', ['library/app:1']],
    ['operation={delete login}', ['ann', 'library/100%']],
    ['resource=~app', ['library/app:2', 'library/app:1']],
    ['resource=~%25', ['library/100%']],
    ['resource_type=user', ['ann']],
    ['op_result=false', ['library/100%']],
    ['operation_result=false', ['library/100%']],
    ['project_id=11', ['library/app:2']],
    ['op_time=[2026-01-01 00:02:00~2026-01-01 00:03:00]', ['library/100%', 'library/app:2']],
    ['source_ip=::1', ['ann', 'library/100%', 'library/app:2', 'library/app:1']],
  ])('is filtered by %s', async (q, expected) => {
    expect(await resources(admin, { q })).toEqual(expected);
  });

  it.each(["username=' OR 1=1 --", 'resource=~_', 'username=~\\'])(
    'takes %s literally',
    async (q) => {
      expect(await resources(admin, { q })).toEqual([]);
    },
  );

  it('refuses a value that the field cannot have', async () => {
    await expect(resources(admin, { q: 'project_id=x' })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it.each([
    ['op_time', ['library/app:1', 'library/app:2', 'library/100%', 'ann']],
    ['username', ['ann', 'library/100%', 'library/app:1', 'library/app:2']],
    ['-username', ['library/app:2', 'library/app:1', 'library/100%', 'ann']],
    ['-id', ['ann', 'library/100%', 'library/app:2', 'library/app:1']],
  ])('is ordered by %s', async (sort, expected) => {
    expect(await resources(admin, { sort })).toEqual(expected);
  });

  it.each([
    ['all', admin, 4],
    ['some projects', ann, 3],
  ])('of %s has pages without gaps and doubles, each with the total', async (_n, who, count) => {
    const seen: string[] = [];
    for (let offset = 0; offset <= count; offset += 2) {
      const { entries, total } = await audit.listEntries(who, { offset, limit: 2 });
      expect(total).toBe(count);
      seen.push(...entries.map(({ resource }) => resource));
    }
    expect(seen).toEqual(await resources(who));
    expect(seen).toHaveLength(count);
  });

  it('has a total also beyond its end', async () => {
    const { entries, total } = await audit.listEntries(admin, { offset: 50, limit: 10 });
    expect(entries).toEqual([]);
    expect(total).toBe(4);
  });
});

describe('a purge', () => {
  beforeEach(async () => {
    await put(
      { resource: 'old push', occurredAt: at(1) },
      { resource: 'old pull', operation: 'pull', occurredAt: at(2) },
      { resource: 'old label', resourceType: 'label', occurredAt: at(3) },
      { resource: 'edge', occurredAt: at(10) },
      { resource: 'new pull', operation: 'pull', occurredAt: at(11) },
    );
  });

  it.each([
    [
      ['create_artifact', 'pull_artifact'],
      ['new pull', 'edge', 'old label'],
    ],
    [['pull_artifact'], ['new pull', 'edge', 'old label', 'old push']],
    [['other'], ['new pull', 'edge', 'old pull', 'old push']],
    [[], ['new pull', 'edge', 'old label', 'old pull', 'old push']],
    [
      [...auditEventTypes, 'other'],
      ['new pull', 'edge'],
    ],
  ])('of %j leaves newer entries and other types', async (eventTypes, left) => {
    const purge = { before: at(10), eventTypes };
    const count = await audit.purge({ ...purge, isDryRun: true });
    expect(await resources(admin)).toHaveLength(5);
    expect(await audit.purge(purge)).toBe(count);
    expect(await resources(admin)).toEqual(left);
    expect(count).toBe(5 - left.length);
  });

  it('refuses a type that there is not', async () => {
    const purge = audit.purge({ before: at(10), eventTypes: ['create_artifact', 'nonsense'] });
    await expect(purge).rejects.toThrow('"nonsense" is no audit event type');
  });

  it('goes on where a chunk ends, though thousands happened in one instant', async () => {
    await pool.query('TRUNCATE audit_log');
    await pool.query(
      `INSERT INTO audit_log (operation, resource_type, resource, username, occurred_at)
       SELECT CASE WHEN i % 2 = 0 THEN 'pull' ELSE 'create' END, 'artifact', 'r', 'u',
         timestamptz '2026-01-01' + (i / 6000) * interval '1 microsecond'
       FROM generate_series(0, 12345) i`,
    );
    const purge = { before: at(10), eventTypes: ['pull_artifact'] };
    expect(await audit.purge({ ...purge, isDryRun: true })).toBe(6173);
    expect(await audit.purge(purge)).toBe(6173);
    expect((await audit.listEntries(admin, { offset: 0, limit: 1 })).total).toBe(6173);
  });

  it('stops after a chunk when told to', async () => {
    const signal = AbortSignal.abort();
    await pool.query(
      `INSERT INTO audit_log (operation, resource_type, resource, username, occurred_at)
       SELECT 'create', 'artifact', 'r', 'u', timestamptz '2025-01-01' FROM generate_series(1, 6000)`,
    );
    const purge = { before: at(10), eventTypes: ['create_artifact'], signal };
    expect(await audit.purge(purge)).toBe(5000);
  });
});

describe('masking a user', () => {
  it('renames it everywhere and nobody else', async () => {
    await pool.query(
      `INSERT INTO audit_log (operation, resource_type, resource, username)
       SELECT 'create', 'artifact', 'r', 'ann' FROM generate_series(1, 10500)`,
    );
    await put({ username: 'anna' }, { username: 'Ann' });
    expect(await audit.maskUser('ann', '1a2b#2')).toBe(10_500);
    expect(await audit.maskUser('ann', '1a2b#2')).toBe(0);
    const { rows } = await pool.query(
      'SELECT username, count(*) FROM audit_log GROUP BY username ORDER BY username',
    );
    expect(rows).toEqual([
      { username: '1a2b#2', count: 10_500 },
      { username: 'Ann', count: 1 },
      { username: 'anna', count: 1 },
    ]);
  });
});

describe('with many entries', () => {
  beforeEach(fill);

  it('reads no list, count or purge by looking at all of them', async () => {
    const lists = [
      [admin, {}],
      [admin, { q: 'username=user7' }],
      [admin, { q: 'username=user7,operation=delete' }],
      [admin, { q: 'operation=login' }],
      [admin, { q: 'project_id=7' }],
      [admin, { sort: 'op_time' }],
      [admin, { sort: '-username' }],
      [admin, { sort: 'operation' }],
      [ann, {}],
      [ann, { q: 'operation=delete' }],
    ] as const;
    statements = [];
    for (const [who, query] of lists) {
      await audit.listEntries(who, { ...query, offset: 0, limit: 10 });
    }
    await audit.listProjectEntries(7, { offset: 0, limit: 10 });
    await audit.purge({ before: at(10), eventTypes: ['create_artifact'] });
    await audit.maskUser('user8', 'masked');
    const plans = await explain(statements);
    expect(plans.length).toBeGreaterThan(20);
    // Without a filter the count takes any 100,001 entries, from wherever they are.
    const scanned = plans.filter(({ plan }) => plan.includes('Seq Scan'));
    expect(scanned.filter(({ sql }) => !sql.includes('from "audit_log" limit'))).toEqual([]);
    // What several projects have for the page is merged by sorting that much.
    const sorted = plans.filter(({ plan }) => plan.includes('"Sort"'));
    expect(sorted.filter(({ sql }) => !sql.includes('lateral'))).toEqual([]);
  });

  it('counts exactly to 100,000 and estimates beyond', async () => {
    const total = async (q?: string) =>
      (await audit.listEntries(admin, { q, offset: 0, limit: 10 })).total;
    expect(await total('username=user7')).toBe(120);
    expect(await total('operation=pull')).toBe(60_000);
    const estimate = await total();
    expect(estimate).toBeGreaterThan(100_000);
    expect(estimate).toBeLessThan(150_000);
  });
});

async function fill(): Promise<void> {
  await pool.query(
    `INSERT INTO audit_log (project_id, operation, resource_type, resource, username, occurred_at)
     SELECT i % 500, (ARRAY['pull', 'pull', 'create', 'delete'])[i % 4 + 1], 'artifact',
       'library/app:' || i, 'user' || i % 1000, now() - i * interval '1 second'
     FROM generate_series(1, 120000) i`,
  );
  await pool.query('VACUUM ANALYZE audit_log');
}

async function explain(all: readonly Statement[]) {
  const plans: { sql: string; plan: string }[] = [];
  for (const { sql, parameters } of all) {
    if (sql.startsWith('explain')) continue;
    const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...parameters]);
    plans.push({ sql, plan: JSON.stringify(rows) });
  }
  return plans;
}

describe('the routes', () => {
  function serve(principal: Principal) {
    const app = fastify({ exposeHeadRoutes: false });
    registerApi(app, auditRoutes(audit), {
      access: {
        can: (who, project) => Promise.resolve(projectsOf.get(who)?.includes(project.id) ?? false),
        listRoles: () => Promise.resolve([]),
      },
      findProject: (name) =>
        Promise.resolve(
          name === 'ten' ? { id: 10, name, isPublic: true, accessEpoch: 0 } : undefined,
        ),
      authenticate: () => Promise.resolve({ principal }),
      csrfToken: () => '',
      addressOf: () => '127.0.0.1',
      recordAudit: () => Promise.resolve(),
      isReadOnly: () => false,
      externalUrl: undefined,
    });
    return app;
  }

  const get = (principal: Principal, path: string) =>
    serve(principal).inject({ method: 'GET', url: `/api/v2.0${path}` });

  it('present entries in both of the shapes', async () => {
    await put({ projectId: 10, resource: 'ten/app:1', succeeded: false, occurredAt: at(1) });
    const legacy = {
      id: expect.any(Number),
      username: 'ann',
      resource: 'ten/app:1',
      resource_type: 'artifact',
      operation: 'create',
      op_time: '2026-01-01T00:01:00.000Z',
    };
    const extended = {
      ...legacy,
      operation_description: 'create artifact with name: ten/app:1',
      operation_result: false,
    };
    expect((await get(admin, '/audit-logs')).json()).toEqual([legacy]);
    expect((await get(admin, '/auditlog-exts')).json()).toEqual([extended]);
    expect((await get(ann, '/projects/ten/logs')).json()).toEqual([legacy]);
    expect((await get(ann, '/projects/ten/auditlog-exts')).json()).toEqual([extended]);
  });

  it('count and page', async () => {
    await put({}, {}, {});
    const reply = await get(admin, '/audit-logs?page=2&page_size=1&q=username=ann');
    expect(reply.json()).toHaveLength(1);
    expect(reply.headers['x-total-count']).toBe('3');
    expect(reply.headers['link']).toContain('rel="next"');
  });

  it('tell the event types to those who may list the whole log', async () => {
    const types = (await get(admin, '/auditlog-exts/events')).json<{ event_type: string }[]>();
    expect(types.map(({ event_type }) => event_type)).toEqual(auditEventTypes);
    expect((await get(ann, '/auditlog-exts/events')).statusCode).not.toBe(200);
  });

  it.each(['/audit-logs', '/auditlog-exts', '/projects/ten/logs', '/projects/ten/auditlog-exts'])(
    '%s is nothing for strangers',
    async (path) => {
      const reply = await get(anonymous, path);
      expect(reply.statusCode).not.toBe(200);
    },
  );

  it('keep the log of a project from those who may not list it', async () => {
    expect((await get(bob, '/projects/ten/logs')).statusCode).not.toBe(200);
    expect((await get(bob, '/audit-logs')).json()).toEqual([]);
  });
});
