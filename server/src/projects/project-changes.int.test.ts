import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  actions,
  anonymous,
  type Principal,
  type ProjectPolicy,
  ROLE,
  type RobotPermission,
  type RobotPrincipal,
  type UserPrincipal,
} from '../access/index.ts';
import { createDatabase, type Database, openPool, orderBySorts } from '../db/index.ts';
import { createCveAllowlistRepository } from './cve-allowlist.repository.ts';
import { type CveAllowlistsService, createCveAllowlistsService } from './cve-allowlists.service.ts';
import { createProjectRepository, type ProjectRepository } from './project.repository.ts';
import {
  createProjectMetadataService,
  type ProjectMetadataService,
} from './project-metadata.service.ts';
import { selectMatching } from './project-row.repository.ts';
import { createProjectScannerService, noScanners } from './project-scanner.service.ts';
import { createProjectsService, type ProjectsService } from './projects.service.ts';

let database: TestDatabase;
let db: Database;
let rows: ProjectRepository;
let projects: ProjectsService;
let metadata: ProjectMetadataService;
let allowlists: CveAllowlistsService;
let admin: UserPrincipal;
let ann: UserPrincipal;
const announced: string[] = [];
const configured = {
  storage: -1,
  restriction: 'everyone' as 'everyone' | 'adminonly',
  lists: true,
};

const announce = (name: string) => {
  announced.push(name);
  projects.forget(name);
  return Promise.resolve();
};

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  rows = createProjectRepository(db);
  projects = createProjectsService({
    projects: rows,
    announce,
    settings: {
      storagePerProject: () => configured.storage,
      creationRestriction: () => configured.restriction,
      anonymousListing: () => configured.lists,
    },
  });
  metadata = createProjectMetadataService({ projects: rows, announce });
  allowlists = createCveAllowlistsService({
    allowlists: createCveAllowlistRepository(db),
    projects: rows,
  });
  admin = await createUser('admin', true);
  ann = await createUser('ann');
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(() => {
  announced.length = 0;
  Object.assign(configured, { storage: -1, restriction: 'everyone', lists: true });
});

let counter = 0;

async function make(
  given: Readonly<Record<string, string>> = {},
  owner: Principal = ann,
): Promise<ProjectPolicy> {
  counter += 1;
  const { name } = await projects.createProject(owner, {
    name: `made-${counter}`,
    metadata: given,
  });
  announced.length = 0;
  return policyOf(name);
}

async function policyOf(name: string): Promise<ProjectPolicy> {
  const policy = await projects.findPolicy(name);
  if (policy === undefined) throw new Error(`no project ${name}`);
  return policy;
}

function robot(projectId: number | undefined, ...permissions: RobotPermission[]): RobotPrincipal {
  return { kind: 'robot', id: 9, username: 'robot$r', projectId, permissions };
}

const creating: RobotPermission = {
  scope: 'system',
  access: [{ resource: 'project', action: 'create' }],
  repositories: [],
};

const quotaOf = async (id: number) => (await rows.getSummary(id)).quota;

describe('who may create a project', () => {
  const token = (api: 'read' | 'write', projectIds?: number[]): UserPrincipal => ({
    ...ann,
    limits: { api, projectIds, repository: actions.all, tokenId: 1 },
  });

  it.each<[string, () => Principal, 'everyone' | 'adminonly', boolean]>([
    ['a user', () => ann, 'everyone', true],
    ['a user', () => ann, 'adminonly', false],
    ['an administrator', () => admin, 'adminonly', true],
    ['a token that may write', () => token('write'), 'everyone', true],
    ['a token that may read', () => token('read'), 'everyone', false],
    ['a token for some projects', () => token('write', [1]), 'everyone', false],
    ['an anonymous caller', () => anonymous, 'everyone', false],
    ['a robot with the right', () => robot(undefined, creating), 'adminonly', true],
    ['a robot without the right', () => robot(undefined), 'everyone', false],
    ['a robot of a project', () => robot(1, creating), 'everyone', false],
  ])('%s, when %s %s may: %s', async (_who, who, restriction, isAllowed) => {
    configured.restriction = restriction;
    counter += 1;
    const creation = projects.createProject(who(), { name: `try-${counter}`, metadata: {} });
    if (isAllowed) expect(await creation).toMatchObject({ name: `try-${counter}` });
    else await expect(creation).rejects.toMatchObject({ kind: 'denied' });
  });

  it('gives what a robot creates to the first administrator', async () => {
    await createUser('later-admin', true);
    const { name } = await make({}, robot(undefined, creating));
    expect(await projects.getProject(admin, name)).toMatchObject({
      ownerName: 'admin',
      roles: [ROLE.projectAdmin],
    });
  });
});

describe('creating a project', () => {
  it('keeps its metadata and its allowlist, and is private unless told', async () => {
    const { id } = await projects.createProject(ann, {
      name: 'whole',
      metadata: { severity: 'HIGH', auto_scan: '1', proxy_speed_kb: '5', prevent_vul: '' },
      allowlist: { projectId: 0, expiresAt: 4_000_000_000, items: ['CVE-2', 'CVE-1'] },
      registryId: 0,
    });
    expect(await projects.getProject(ann, id)).toMatchObject({
      isPublic: false,
      metadata: { severity: 'high', auto_scan: 'true' },
      allowlist: { projectId: id, expiresAt: 4_000_000_000, items: ['CVE-2', 'CVE-1'] },
    });
  });

  it.each([
    [{ metadata: { public: 'yes' } }],
    [{ metadata: { severity: 'dreadful' } }],
    [{ metadata: { retention_id: '1' } }],
    [{ metadata: { surprise: '1' } }],
    [{ allowlist: { projectId: undefined, expiresAt: undefined, items: ['CVE-1', 'CVE-1'] } }],
    [{ allowlist: { projectId: undefined, expiresAt: undefined, items: [' '] } }],
    [{ registryId: 1 }],
    [{ storageLimit: -2 }],
    [{ storageLimit: 2 ** 50 + 1 }],
  ])('refuses %j and leaves nothing behind', async (order) => {
    const creation = projects.createProject(admin, { name: 'refused', metadata: {}, ...order });
    await expect(creation).rejects.toMatchObject({ kind: 'invalid' });
    expect(await projects.findPolicy('refused')).toBeUndefined();
  });

  it.each<[string, () => Principal, number | undefined, number]>([
    ['an administrator says', () => admin, 2 ** 50, 2 ** 50],
    ['an administrator lifts', () => admin, -1, -1],
    ['an administrator leaves out', () => admin, undefined, 1000],
    ['an administrator leaves at 0', () => admin, 0, 1000],
    ['a user cannot change', () => ann, 5000, 1000],
  ])('has the limit that %s', async (_how, who, storageLimit, hard) => {
    configured.storage = 1000;
    counter += 1;
    const name = `limit-${counter}`;
    const { id } = await projects.createProject(who(), { name, metadata: {}, storageLimit });
    expect(await quotaOf(id)).toEqual({ hard, used: 0 });
  });
});

describe('updating a project', () => {
  it('merges the metadata, replaces the allowlist and tells the caches', async () => {
    const project = await make({ severity: 'low', auto_scan: 'true' });
    const list = { projectId: project.id, expiresAt: undefined, items: ['CVE-1'] };
    await projects.updateProject(project, { metadata: { severity: 'high' }, allowlist: list });
    expect(await projects.getProject(ann, project.id)).toMatchObject({
      metadata: { severity: 'high', auto_scan: 'true' },
      allowlist: { items: ['CVE-1'] },
    });
    await projects.updateProject(project, { metadata: {}, allowlist: { ...list, items: [] } });
    expect(await projects.getProject(ann, project.id)).toMatchObject({ allowlist: { items: [] } });
    expect(announced).toEqual([project.name, project.name]);
  });

  it('raises the epoch when it becomes private, and only then', async () => {
    const project = await make({ public: 'true' });
    await projects.updateProject(project, { metadata: { public: 'true', severity: 'low' } });
    expect(await policyOf(project.name)).toMatchObject({ isPublic: true, accessEpoch: 0 });
    await projects.updateProject(project, { metadata: { public: 'false' } });
    expect(await policyOf(project.name)).toMatchObject({ isPublic: false, accessEpoch: 1 });
    await projects.updateProject(project, { metadata: { public: 'false' } });
    await projects.updateProject(project, { metadata: { public: 'true' } });
    expect(await policyOf(project.name)).toMatchObject({ isPublic: true, accessEpoch: 1 });
  });

  it.each([
    [{ metadata: { public: 'yes' } }],
    [{ metadata: { retention_id: '8' } }],
    [{ metadata: {}, allowlist: { projectId: 999_999, expiresAt: undefined, items: [] } }],
  ])('refuses %j', async (update) => {
    const project = await make();
    await expect(projects.updateProject(project, update)).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('takes the retention_id that the project has', async () => {
    const project = await make();
    await db
      .insertInto('project_metadata')
      .values({ project_id: project.id, name: 'retention_id', value: '7' })
      .execute();
    await projects.updateProject(project, { metadata: { retention_id: '7', severity: 'low' } });
    const changing = projects.updateProject(project, { metadata: { retention_id: '8' } });
    await expect(changing).rejects.toMatchObject({ kind: 'invalid' });
    await expect(metadata.deleteEntry(project, 'retention_id')).rejects.toMatchObject({
      kind: 'invalid',
    });
    expect(await metadata.findValue(project, 'retention_id')).toBe('7');
  });

  it('of one that is gone is told', async () => {
    const gone = { ...(await make()), id: 999_999 };
    await expect(projects.updateProject(gone, { metadata: {} })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});

describe('the metadata of a project', () => {
  it('is added once, replaced and removed', async () => {
    const project = await make();
    await metadata.addEntry(project, [['severity', 'Low']]);
    await expect(metadata.addEntry(project, [['severity', 'low']])).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(await metadata.getMetadata(project)).toEqual({ public: 'false', severity: 'low' });
    await metadata.putEntry(project, 'severity', [['severity', 'high']]);
    expect(await metadata.findValue(project, 'severity')).toBe('high');
    await metadata.deleteEntry(project, 'severity');
    expect(await metadata.findValue(project, 'severity')).toBeUndefined();
    await expect(metadata.deleteEntry(project, 'severity')).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('adds a key once, also at the same time', async () => {
    const project = await make();
    const add = () => metadata.addEntry(project, [['auto_scan', 'true']]);
    const outcomes = await Promise.allSettled([add(), add(), add()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each<[string, [string, string][]]>([
    ['nothing', []],
    [
      'two entries',
      [
        ['severity', 'low'],
        ['auto_scan', 'true'],
      ],
    ],
    ['an unknown key', [['surprise', '1']]],
    ['the chosen scanner', [['projectScanner', '1']]],
    ['a retention policy', [['retention_id', '1']]],
    ['a wrong value', [['public', 'maybe']]],
  ])('refuses %s by every route', async (_what, entries) => {
    const project = await make();
    const key = entries[0]?.[0] ?? 'severity';
    await expect(metadata.addEntry(project, entries)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(metadata.putEntry(project, key, entries)).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('refuses the entry of another key than that of the path', async () => {
    const putting = metadata.putEntry(await make(), 'severity', [['public', 'true']]);
    await expect(putting).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('knows only the keys that there are', async () => {
    const project = await make();
    for (const key of ['surprise', 'projectScanner', '__proto__']) {
      await expect(metadata.findValue(project, key)).rejects.toMatchObject({ kind: 'not-found' });
      await expect(metadata.deleteEntry(project, key)).rejects.toMatchObject({ kind: 'not-found' });
    }
  });

  it('makes the project public and private, with the same effects as an update', async () => {
    const project = await make();
    await expect(metadata.addEntry(project, [['public', 'true']])).rejects.toMatchObject({
      kind: 'conflict',
    });
    await metadata.putEntry(project, 'public', [['public', 'true']]);
    expect(await policyOf(project.name)).toMatchObject({ isPublic: true, accessEpoch: 0 });
    await metadata.deleteEntry(project, 'public');
    expect(await policyOf(project.name)).toMatchObject({ isPublic: false, accessEpoch: 1 });
    expect(await metadata.findValue(project, 'public')).toBe('false');
  });
});

describe('the scanner of a project', () => {
  const scanner = { uuid: 'u-1', name: 'one' };
  const standard = { uuid: 'u-0', name: 'standard' };
  const registered = {
    ...noScanners,
    find: async (uuid: string) => (uuid === 'u-1' ? scanner : undefined),
    findDefault: async () => standard,
  };

  it('is the default until one is chosen that exists', async () => {
    const project = await make();
    const service = createProjectScannerService({ projects: rows, scanners: registered, announce });
    expect(await service.findScanner(project)).toBe(standard);
    await expect(service.putScanner(project, 'u-2')).rejects.toMatchObject({ kind: 'not-found' });
    await service.putScanner(project, 'u-1');
    expect(await service.findScanner(project)).toBe(scanner);
    expect(await metadata.getMetadata(project)).toEqual({ public: 'false' });
    const later = createProjectScannerService({ projects: rows, scanners: noScanners, announce });
    expect(await later.findScanner(project)).toBeUndefined();
  });
});

describe('the allowlists', () => {
  it('have no ids of the system until it has a list, which counts unless the project opts out', async () => {
    const project = await make();
    await projects.updateProject(project, {
      metadata: {},
      allowlist: { projectId: undefined, expiresAt: 2000, items: ['CVE-own'] },
    });
    const effective = (now: number) => allowlists.listEffectiveIds(project.id, now);
    expect(await allowlists.findSystemAllowlist()).toBeUndefined();
    expect(await effective(0)).toEqual(new Set());
    await allowlists.putSystemAllowlist(undefined, ['CVE-1', 'CVE-2']);
    await allowlists.putSystemAllowlist(1000, ['CVE-3']);
    expect(await allowlists.findSystemAllowlist()).toMatchObject({
      expiresAt: 1000,
      items: ['CVE-3'],
    });
    expect(await effective(999_999)).toEqual(new Set(['CVE-3']));
    expect(await effective(1_000_000)).toEqual(new Set());
    await projects.updateProject(project, { metadata: { reuse_sys_cve_allowlist: 'false' } });
    expect(await effective(1_999_999)).toEqual(new Set(['CVE-own']));
    expect(await effective(2_000_000)).toEqual(new Set());
  });
});

describe('the summary of a project', () => {
  it('counts members by role and leaves out what the caller may not know', async () => {
    const project = await make({ public: 'true' });
    const limitedGuest = await createUser('limited');
    await db
      .insertInto('project_member')
      .values({ project_id: project.id, user_id: limitedGuest.id, role_id: ROLE.limitedGuest })
      .execute();
    const memberCounts = new Map([
      [ROLE.projectAdmin, 1],
      [ROLE.limitedGuest, 1],
    ]);
    const quota = { hard: -1, used: 0 };
    const summaryFor = (principal: Principal) => projects.getSummary(principal, project);
    expect(await summaryFor(ann)).toEqual({ repositoryCount: 0, memberCounts, quota });
    expect(await summaryFor(admin)).toEqual({ repositoryCount: 0, memberCounts, quota });
    expect(await summaryFor(limitedGuest)).toEqual({ repositoryCount: 0, quota });
    expect(await summaryFor(anonymous)).toEqual({ repositoryCount: 0 });
  });
});

describe('deleting a project', () => {
  it('takes its quota, its robots and the permissions of others for it along', async () => {
    const project = await make({ severity: 'low' });
    const robotOf = (projectId: number | null, name: string) =>
      db
        .insertInto('robot')
        .values({ project_id: projectId, name, duration: -1, creator_id: ann.id })
        .returning('id')
        .executeTakeFirstOrThrow();
    await robotOf(project.id, 'own');
    const foreign = await robotOf(null, 'foreign');
    await db
      .insertInto('robot_permission')
      .values({
        robot_id: foreign.id,
        scope: 'project',
        project_id: project.id,
        access: '[]',
        repositories: '[]',
      })
      .execute();
    expect(await projects.findObstacle(project)).toBeUndefined();
    await projects.deleteProject(project);
    expect(announced).toEqual([project.name]);
    expect(await db.selectFrom('robot').select('name').execute()).toEqual([{ name: 'foreign' }]);
    expect(await db.selectFrom('robot_permission').selectAll().execute()).toEqual([]);
    expect(await quotaOf(project.id)).toBeUndefined();
  });
});

describe('what is listed', () => {
  const names = async (principal: Principal, filter = {}) =>
    (await projects.listProjects(principal, filter, { offset: 0, limit: 100 })).projects.map(
      ({ name }) => name,
    );

  it('follows groups, robots and the limits of tokens', async () => {
    const bob = await createUser('bob');
    const one = await make({}, ann);
    const two = await make({}, ann);
    const { id: groupId } = await db
      .insertInto('user_group')
      .values({ name: 'staff', type: 3 })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const project of [one, two]) {
      await db
        .insertInto('project_member')
        .values({ project_id: project.id, group_id: groupId, role_id: ROLE.guest })
        .execute();
    }
    await db
      .insertInto('project_member')
      .values({ project_id: one.id, user_id: bob.id, role_id: ROLE.maintainer })
      .execute();
    const inGroup = { ...bob, groupIds: [groupId] };
    const hidden = { isPublic: false };
    expect(await names(bob, hidden)).toEqual([one.name]);
    expect(await names(inGroup, hidden)).toEqual([one.name, two.name]);
    expect(await projects.findRoles(one.id, bob.id, [groupId])).toHaveLength(2);
    expect((await projects.getProject(inGroup, one.id)).roles).toEqual([
      ROLE.maintainer,
      ROLE.guest,
    ]);
    const limits = {
      api: 'read',
      projectIds: [two.id],
      repository: actions.all,
      tokenId: 1,
    } as const;
    expect(await names({ ...inGroup, limits }, hidden)).toEqual([two.name]);
    expect(await names({ ...admin, limits }, hidden)).toEqual([two.name]);
    const pulling = { scope: two.id, access: [], repositories: [] };
    expect(await names(robot(undefined, pulling), hidden)).toEqual([two.name]);
    expect(await names(anonymous, hidden)).toEqual([]);
  });

  it('is nothing for anonymous callers when that is configured', async () => {
    await make({ public: 'true' });
    expect(await names(anonymous)).not.toEqual([]);
    configured.lists = false;
    expect(await names(anonymous)).toEqual([]);
  });

  it('can be found by owner and by predicates, in any order', async () => {
    const cat = await createUser('cat');
    const one = await make({}, cat);
    const two = await make({ public: 'true' }, cat);
    expect(await names(admin, { owner: 'cat' })).toEqual([one.name, two.name]);
    const owned = {
      column: 'project.owner_id',
      type: 'integer',
      op: 'equals',
      value: cat.id,
    } as const;
    const sorts = [{ column: 'project.id', type: 'integer', descending: true }] as const;
    expect(await names(admin, { predicates: [owned], sorts })).toEqual([two.name, one.name]);
  });
});

describe('a page out of ten thousand projects', () => {
  it.each<[string, () => Principal]>([
    ['an administrator', () => admin],
    ['a user', () => ann],
  ])('is read for %s in the order of an index, without sorting', async (_who, who) => {
    await sql`INSERT INTO project (name, owner_id, is_public)
      SELECT 'many-' || n, ${ann.id}, n % 1000 = 0 FROM generate_series(1, 10000) n
      ON CONFLICT DO NOTHING`.execute(db);
    await sql`ANALYZE project`.execute(db);
    const visibility = projects.visibilityOf(who(), 'api');
    const byName = [{ column: 'project.name', type: 'text', descending: false }] as const;
    const page = orderBySorts(selectMatching(db, { visibility }).select('project.id'), byName);
    const plan = JSON.stringify(await page.limit(10).explain('json'));
    expect(plan).toContain('project_name');
    expect(plan).not.toContain('"Sort"');
  });
});
