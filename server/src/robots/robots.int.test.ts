import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  type ProjectDirectory,
  ROLE,
  type UserPrincipal,
} from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { presentAppError } from '../http/problem.ts';
import { AppError, createBackground } from '../lib/index.ts';
import { createSecretBox } from '../secrets/index.ts';
import { permissionsRoutes } from './permissions.routes.ts';
import { createRobotRepository, type RobotRepository } from './robot.repository.ts';
import { createRobotAuthenticator, type RobotAuthenticator } from './robot-authenticator.ts';
import { createRobotDirectory, type RobotDirectory } from './robot-directory.ts';
import type { PermissionRequest } from './robot-grants.ts';
import { robotsRoutes } from './robots.routes.ts';
import { robotCreated, robotSchema, secretReply } from './robots.schema.ts';
import { createRobotsService, type RobotDraft, type RobotsService } from './robots.service.ts';

let database: TestDatabase;
let db: Database;
let rows: RobotRepository;
let directory: RobotDirectory;
let robots: RobotsService;
let authenticator: RobotAuthenticator;
let prefix = 'robot$';
let app: FastifyInstance;
let admin: UserPrincipal;
let ann: UserPrincipal;
let bob: UserPrincipal;
let caller: Principal = anonymous;
let time = new Date();
const audited: AuditEntry[] = [];
const projectIds = new Map<string, number>();
const secrets = createSecretBox({ key: randomBytes(32) });
const background = createBackground(quietLog);
const robotPrefix = () => prefix;
const now = () => time;

const pull = { resource: 'repository', action: 'pull' };
const push = { resource: 'repository', action: 'push' };
const inProject = (namespace: string, access = [pull]): PermissionRequest => ({
  kind: 'project',
  namespace,
  access,
});
const inSystem = (...access: { resource: string; action: string }[]): PermissionRequest => ({
  kind: 'system',
  namespace: '/',
  access,
});
let count = 0;
function draft(changes: Partial<RobotDraft> = {}): RobotDraft {
  count += 1;
  return {
    name: `r${count}`,
    description: '',
    level: 'project',
    duration: -1,
    isDisabled: false,
    permissions: [inProject('team')],
    trusts: [],
    ...changes,
  };
}

/** What the projects module offers, straight from the tables. */
function createDirectory(): ProjectDirectory {
  const select = () =>
    db
      .selectFrom('project')
      .select(['id', 'name', 'is_public as isPublic', 'access_epoch as accessEpoch']);
  return {
    peekPolicy: () => undefined,
    findPolicy: (name) => select().where('name', '=', name).executeTakeFirst(),
    findPolicyById: (id) => select().where('id', '=', id).executeTakeFirst(),
    async findRoles(projectId, userId) {
      const members = await db
        .selectFrom('project_member')
        .select('role_id')
        .where('project_id', '=', projectId)
        .where('user_id', '=', userId)
        .execute();
      return members.map(({ role_id: role }) => role);
    },
  };
}

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

async function createProject(name: string, owner: UserPrincipal): Promise<void> {
  const { id } = await db
    .insertInto('project')
    .values({ name, owner_id: owner.id, is_public: false })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('project_member')
    .values({ project_id: id, user_id: owner.id, role_id: ROLE.projectAdmin })
    .execute();
  projectIds.set(name, id);
}

const idOf = (project: string) => projectIds.get(project) ?? 0;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  rows = createRobotRepository(db);
  directory = createRobotDirectory({ robots: rows, robotPrefix, now });
  const projects = createDirectory();
  const access = createProjectAccess(projects);
  robots = createRobotsService({
    robots: rows,
    projects,
    access,
    secrets,
    robotPrefix,
    now,
    forget: (id) => directory.forget(id),
    checkTrust({ issuer }) {
      if (!issuer.startsWith('https://')) throw new AppError('invalid', 'no https');
    },
  });
  authenticator = createRobotAuthenticator({
    directory,
    robots: rows,
    secrets,
    robotPrefix,
    now,
    background,
    // Takes a token of the issuer `good`, and has lost the way to the issuer `lost`.
    workloads: {
      verify(_jwt, trusts) {
        if (trusts.some(({ issuer }) => issuer.includes('lost'))) {
          return Promise.reject(new Error('ECONNREFUSED'));
        }
        return Promise.resolve(trusts.find(({ issuer }) => issuer.includes('good')));
      },
    },
  });
  admin = await createUser('admin', true);
  ann = await createUser('ann');
  bob = await createUser('bob');
  await createProject('team', ann);
  await createProject('other', bob);
  app = Fastify({ exposeHeadRoutes: false });
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } =
      error instanceof AppError ? presentAppError(error) : { status: 500, body: String(error) };
    return reply.code(status).send(body);
  });
  registerApi(
    app,
    [...robotsRoutes({ robots, robotPrefix }), ...permissionsRoutes({ robots: rows })],
    {
      access,
      findProject: (reference) =>
        typeof reference === 'number'
          ? projects.findPolicyById(reference)
          : projects.findPolicy(reference),
      authenticate: () => Promise.resolve({ principal: caller }),
      csrfToken: () => '',
      recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
      isReadOnly: () => false,
      addressOf: () => '192.0.2.1',
      externalUrl: undefined,
    },
  );
});
afterEach(() => {
  caller = anonymous;
  prefix = 'robot$';
  time = new Date();
  audited.length = 0;
});
afterAll(async () => {
  await app.close();
  await background.stop();
  await db.destroy();
  await database.drop();
});

const login = (username: string, password: string) =>
  authenticator.authenticate({ username, password, address: '192.0.2.1' });
const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.kind : error),
  );
const countRobots = async () => (await db.selectFrom('robot').select('id').execute()).length;

describe('a robot of a project', () => {
  it('is made by an administrator of the project and logs in', async () => {
    const { robot, secret } = await robots.createRobot(
      ann,
      draft({ name: 'ci', permissions: [{ ...inProject('team'), repositories: ['app/*'] }] }),
    );
    const principal = await login('robot$team+ci', secret);
    expect(principal).toEqual({
      kind: 'robot',
      id: robot.id,
      username: 'robot$team+ci',
      projectId: idOf('team'),
      permissions: [
        { scope: idOf('team'), namespace: 'team', access: [pull], repositories: ['app/*'] },
      ],
    });
    for (const name of ['robot$ci', 'robot$other+ci', 'team+ci', 'robot$team+CI', 'robot$']) {
      expect(await login(name, secret)).toBeUndefined();
    }
    expect(await login('robot$team+ci', `${secret}x`)).toBeUndefined();
    expect(await login('robot$team+ci', '')).toBeUndefined();
  });

  it('is told from users by its prefix, which an empty one does not do', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    expect(authenticator.isRobotName(`robot$team+${robot.name}`)).toBe(true);
    expect(authenticator.isRobotName(`team+${robot.name}`)).toBe(false);
    prefix = '';
    expect(authenticator.isRobotName('ann')).toBe(false);
    expect(await login(`team+${robot.name}`, secret)).toBeUndefined();
  });

  it('has a secret that works for no other robot, wherever it is copied to', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    const other = await robots.createRobot(ann, draft());
    await db
      .insertInto('robot_secret')
      .columns(['robot_id', 'digest'])
      .expression((eb) =>
        eb
          .selectFrom('robot_secret')
          .where('robot_id', '=', robot.id)
          .select((inner) => [inner.lit(other.robot.id).as('robot_id'), 'digest']),
      )
      .execute();
    expect(await login(`robot$team+${other.robot.name}`, secret)).toBeUndefined();
    expect(await login(`robot$team+${other.robot.name}`, other.secret)).toBeDefined();
  });

  it('keeps no secret that could be read', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    const dump = JSON.stringify(
      await db.selectFrom('robot_secret').selectAll().where('robot_id', '=', robot.id).execute(),
    );
    expect(dump).toContain('digest');
    expect(dump).not.toContain(secret);
  });

  it.each([
    ['of another project', inProject('other')],
    ['of all projects', inProject('*')],
    ['of the system', inSystem({ resource: 'catalog', action: 'read' })],
    ['of a project that is not there', inProject('nowhere')],
  ])('gets no right %s from its administrator (CVE-2019-16919)', async (_what, permission) => {
    const before = await countRobots();
    const wanted = draft({ permissions: [permission] });
    expect(await kindOf(robots.createRobot(ann, wanted))).toBe('denied');
    expect(await kindOf(robots.createRobot(ann, { ...wanted, level: 'system' }))).toBe('denied');
    const { robot } = await robots.createRobot(ann, draft());
    const update = { permissions: [permission] };
    expect(await kindOf(robots.updateRobot(ann, robot.id, update))).toBe('denied');
    expect(await countRobots()).toBe(before + 1);
    expect(await robots.getRobot(ann, robot.id)).toEqual(robot);
  });

  it('cannot have a right in the system, whoever asks', async () => {
    const read = inSystem({ resource: 'catalog', action: 'read' });
    expect(await kindOf(robots.createRobot(admin, draft({ permissions: [read] })))).toBe('invalid');
  });

  it('gives no more to a personal token than that may do', async () => {
    const limits = { tokenId: 1, api: 'write' as const, repository: 1, projectIds: undefined };
    const byToken: UserPrincipal = { ...ann, limits };
    const wanted = draft({ permissions: [inProject('team', [pull, push])] });
    expect(await kindOf(robots.createRobot(byToken, wanted))).toBe('refused');
    const { robot } = await robots.createRobot(ann, wanted);
    expect(await kindOf(robots.refreshSecret(byToken, robot.id, {}))).toBe('refused');
    expect(await kindOf(robots.updateRobot(byToken, robot.id, { trusts: [] }))).toBe('refused');
    expect(await kindOf(robots.createRobot(byToken, draft()))).toBe('done');
  });

  it('cannot be moved by who administers both projects', async () => {
    const { robot } = await robots.createRobot(ann, draft());
    const update = { permissions: [inProject('other')] };
    expect(await kindOf(robots.updateRobot(admin, robot.id, update))).toBe('invalid');
  });

  it.each<[string, RobotDraft]>([
    ['a name with a plus', draft({ name: 'a+b' })],
    ['no duration', draft({ duration: 0 })],
    ['an unknown level', draft({ level: 'world' })],
    ['no permission', draft({ permissions: [] })],
    ['two permissions', draft({ permissions: [inProject('team'), inProject('team')] })],
    [
      'an unknown permission',
      draft({ permissions: [inProject('team', [{ resource: 'member', action: 'create' }])] }),
    ],
    ['a trust without https', draft({ trusts: [{ issuer: 'http://good', conditions: [] }] })],
  ])('is refused with %s', async (_what, wanted) => {
    expect(await kindOf(robots.createRobot(ann, wanted))).toBe('invalid');
  });

  it('has its name once, also at the same time', async () => {
    const wanted = draft();
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => kindOf(robots.createRobot(ann, wanted))),
    );
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(2);
  });

  it('goes with its project', async () => {
    await createProject('gone', ann);
    const { robot, secret } = await robots.createRobot(
      ann,
      draft({ permissions: [inProject('gone')] }),
    );
    await db.deleteFrom('project').where('name', '=', 'gone').execute();
    expect(await kindOf(robots.getRobot(admin, robot.id))).toBe('not-found');
    expect(await login(`robot$gone+${robot.name}`, secret)).toBeUndefined();
  });
});

describe('a robot of the system', () => {
  it('reaches the projects it names, and all with *', async () => {
    const { robot } = await robots.createRobot(
      admin,
      draft({
        level: 'system',
        permissions: [
          inProject('team'),
          inProject('*', [push]),
          inSystem({ resource: 'user', action: 'list' }),
        ],
      }),
    );
    expect(robot.permissions.map(({ scope, namespace }) => [scope, namespace])).toEqual([
      [idOf('team'), 'team'],
      ['all-projects', '*'],
      ['system', '/'],
    ]);
    const unknown = draft({ level: 'system', permissions: [inProject('nowhere')] });
    expect(await kindOf(robots.createRobot(admin, unknown))).toBe('not-found');
  });

  it('makes robots that may do no more than itself', async () => {
    const { secret, robot } = await robots.createRobot(
      admin,
      draft({
        level: 'system',
        permissions: [inProject('team'), inSystem({ resource: 'robot', action: 'create' })],
      }),
    );
    const maker = await login(`robot$${robot.name}`, secret);
    if (maker === undefined) throw new Error('not logged in');
    const make = (...permissions: PermissionRequest[]) =>
      kindOf(robots.createRobot(maker, draft({ level: 'system', permissions })));
    expect(await make(inProject('team'))).toBe('done');
    expect(await make(inProject('team', [pull, push]))).toBe('refused');
    expect(await make(inProject('*'))).toBe('refused');
    expect(await make(inProject('other'))).toBe('refused');
    expect(await make(inProject('nowhere'))).toBe('denied');
    expect(await make(inSystem({ resource: 'user', action: 'create' }))).toBe('refused');
    // It may make robots, not change them: not itself either.
    const raise = { permissions: [inProject('*')] };
    expect(await kindOf(robots.updateRobot(maker, robot.id, raise))).toBe('not-found');
    expect(await kindOf(robots.refreshSecret(maker, robot.id, {}))).toBe('not-found');
    expect(await kindOf(robots.createRobot(maker, draft()))).toBe('denied');
  });
});

describe('who may touch a robot', () => {
  it.each<[string, () => Principal, string]>([
    ['its administrator', () => ann, 'done'],
    ['a system administrator', () => admin, 'done'],
    ['a stranger', () => bob, 'not-found'],
    ['nobody', () => anonymous, 'unauthenticated'],
  ])('of a project: %s', async (_who, who, outcome) => {
    const { robot } = await robots.createRobot(ann, draft());
    expect(await kindOf(robots.getRobot(who(), robot.id))).toBe(outcome);
    expect(await kindOf(robots.updateRobot(who(), robot.id, { description: 'x' }))).toBe(outcome);
    expect(await kindOf(robots.refreshSecret(who(), robot.id, {}))).toBe(outcome);
    expect(await kindOf(robots.deleteRobot(who(), robot.id))).toBe(outcome);
  });

  it('not under the id or name of another one (CVE-2022-31667)', async () => {
    const victim = await robots.createRobot(bob, draft({ permissions: [inProject('other')] }));
    const { robot } = await robots.createRobot(ann, draft());
    for (const update of [
      { id: victim.robot.id },
      { name: `robot$other+${victim.robot.name}` },
      { level: 'system' },
    ]) {
      const disable = { ...update, isDisabled: true };
      expect(await kindOf(robots.updateRobot(ann, robot.id, disable))).toBe('invalid');
    }
    expect(await login(`robot$other+${victim.robot.name}`, victim.secret)).toBeDefined();
  });
});

describe('issued tokens', () => {
  it.each<[string, (id: number) => Promise<unknown>, boolean]>([
    ['end when it is disabled', (id) => robots.updateRobot(ann, id, { isDisabled: true }), false],
    [
      'end when its permissions change',
      (id) => robots.updateRobot(ann, id, { permissions: [inProject('team', [push])] }),
      false,
    ],
    ['end when it is deleted', (id) => robots.deleteRobot(ann, id), false],
    ['end with a new secret', (id) => robots.refreshSecret(ann, id, {}), false],
    [
      'stay when the old secret lives on',
      (id) => robots.refreshSecret(ann, id, { keepOldSeconds: 60 }),
      true,
    ],
    [
      'stay when it is sent back as it is',
      (id) => robots.updateRobot(ann, id, { permissions: [inProject('team')], description: 'x' }),
      true,
    ],
  ])('%s', async (_what, change, isLeft) => {
    const { robot } = await robots.createRobot(ann, draft());
    const epoch = await directory.getEpoch(robot.id);
    expect(directory.peek(robot.id, epoch)).toMatchObject({ id: robot.id });
    await change(robot.id);
    expect((await directory.find(robot.id, epoch)) !== undefined).toBe(isLeft);
    expect(directory.peek(robot.id, epoch) !== undefined).toBe(isLeft);
  });

  it('from before it was disabled do not come back when it is enabled', async () => {
    const { robot } = await robots.createRobot(ann, draft());
    const epoch = await directory.getEpoch(robot.id);
    await robots.updateRobot(ann, robot.id, { isDisabled: true });
    await robots.updateRobot(ann, robot.id, { isDisabled: false });
    expect(await directory.find(robot.id, epoch)).toBeUndefined();
    expect(await directory.find(robot.id, await directory.getEpoch(robot.id))).toBeDefined();
  });

  it('of an epoch that another replica began are looked up', async () => {
    const { robot } = await robots.createRobot(ann, draft());
    const epoch = await directory.getEpoch(robot.id);
    await db
      .updateTable('robot')
      .set({ token_epoch: epoch + 1 })
      .where('id', '=', robot.id)
      .execute();
    expect(await directory.find(robot.id, epoch + 1)).toMatchObject({ id: robot.id });
    expect(await directory.find(robot.id, epoch)).toBeUndefined();
  });
});

describe('the end of a robot', () => {
  it('comes with its expiry, counted from its creation', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft({ duration: 1 }));
    const username = `robot$team+${robot.name}`;
    const epoch = await directory.getEpoch(robot.id);
    expect(await login(username, secret)).toBeDefined();
    time = new Date(robot.createdAt.getTime() + 86_400_000);
    expect(await login(username, secret)).toBeUndefined();
    expect(directory.peek(robot.id, epoch)).toBeUndefined();
    expect(await kindOf(directory.getEpoch(robot.id))).toBe('not-found');
    const longer = await robots.updateRobot(ann, robot.id, { duration: 2 });
    expect(longer.expiresAt).toEqual(new Date(robot.createdAt.getTime() + 2 * 86_400_000));
    expect(await login(username, secret)).toBeDefined();
  });

  it('comes when it is disabled, and goes when it is enabled', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    const username = `robot$team+${robot.name}`;
    await robots.updateRobot(ann, robot.id, { isDisabled: true });
    expect(await login(username, secret)).toBeUndefined();
    await robots.updateRobot(ann, robot.id, { isDisabled: false });
    expect(await login(username, secret)).toBeDefined();
  });

  it('lets the next one of that name inherit nothing', async () => {
    const wanted = draft();
    const first = await robots.createRobot(ann, wanted);
    const username = `robot$team+${wanted.name}`;
    expect(await login(username, first.secret)).toBeDefined();
    await robots.deleteRobot(ann, first.robot.id);
    const second = await robots.createRobot(ann, wanted);
    expect(await login(username, first.secret)).toBeUndefined();
    expect(await login(username, second.secret)).toMatchObject({ id: second.robot.id });
  });
});

describe('replacing a secret', () => {
  it('ends the old one at once', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    const username = `robot$team+${robot.name}`;
    const refreshed = await robots.refreshSecret(ann, robot.id, {});
    expect(await login(username, secret)).toBeUndefined();
    expect(await login(username, refreshed.secret ?? '')).toBeDefined();
  });

  it('keeps the old one as long as asked, and never three', async () => {
    const { robot, secret: first } = await robots.createRobot(ann, draft());
    const username = `robot$team+${robot.name}`;
    const second = await robots.refreshSecret(ann, robot.id, { keepOldSeconds: 600 });
    expect(second.oldSecretExpiresAt).toEqual(new Date(time.getTime() + 600_000));
    expect(await login(username, first)).toBeDefined();
    expect(await login(username, second.secret ?? '')).toBeDefined();
    const third = await robots.refreshSecret(ann, robot.id, { keepOldSeconds: 600 });
    expect(await login(username, first)).toBeUndefined();
    expect(await login(username, second.secret ?? '')).toBeDefined();
    expect(await login(username, third.secret ?? '')).toBeDefined();
    time = new Date(time.getTime() + 600_000);
    expect(await login(username, second.secret ?? '')).toBeUndefined();
    expect(await login(username, third.secret ?? '')).toBeDefined();
  });

  it('takes one that keeps the rule, and does not repeat it', async () => {
    const { robot } = await robots.createRobot(ann, draft());
    expect(await kindOf(robots.refreshSecret(ann, robot.id, { secret: 'weak' }))).toBe('invalid');
    const own = { secret: 'Str0ngEnough', keepOldSeconds: 604_801 };
    expect(await kindOf(robots.refreshSecret(ann, robot.id, own))).toBe('invalid');
    const { secret } = await robots.refreshSecret(ann, robot.id, { secret: own.secret });
    expect(secret).toBeUndefined();
    expect(await login(`robot$team+${robot.name}`, own.secret)).toBeDefined();
  });

  it('on another replica is noticed by the next login', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    const username = `robot$team+${robot.name}`;
    expect(await login(username, secret)).toBeDefined();
    const digest = secrets.digest('Elsewhere1', `robot:${robot.id}`);
    await rows.replaceSecret(robot.id, digest, undefined);
    expect(await login(username, 'Elsewhere1')).toBeDefined();
  });
});

describe('a workload', () => {
  const jwt = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}`;
  const trust = (issuer: string) => ({ issuer, conditions: [{ claim: 'sub', pattern: 'x' }] });

  it('acts as the robot that trusts it', async () => {
    const trusts = [{ ...trust('https://good.test'), preset: 'kubernetes', audience: 'berth' }];
    const { robot } = await robots.createRobot(ann, draft({ trusts }));
    expect(robot.trusts).toEqual(trusts);
    expect(await login(`robot$team+${robot.name}`, jwt)).toMatchObject({ id: robot.id });
    await robots.updateRobot(ann, robot.id, { isDisabled: true });
    expect(await login(`robot$team+${robot.name}`, jwt)).toBeUndefined();
    await robots.updateRobot(ann, robot.id, { isDisabled: false, trusts: [] });
    expect(await login(`robot$team+${robot.name}`, jwt)).toBeUndefined();
  });

  it('is nobody to other robots, and told when its issuer cannot be asked', async () => {
    const strange = await robots.createRobot(ann, draft({ trusts: [trust('https://bad.test')] }));
    expect(await login(`robot$team+${strange.robot.name}`, jwt)).toBeUndefined();
    const lost = await robots.createRobot(ann, draft({ trusts: [trust('https://lost.test')] }));
    expect(await kindOf(login(`robot$team+${lost.robot.name}`, jwt))).toBe('unavailable');
  });
});

describe('the use of a robot', () => {
  it('is noted once a minute, beside the login', async () => {
    const { robot, secret } = await robots.createRobot(ann, draft());
    await login(`robot$team+${robot.name}`, secret);
    await expect.poll(async () => (await rows.find(robot.id))?.lastUsedAddress).toBe('192.0.2.1');
    const at = (await rows.find(robot.id))?.lastUsedAt ?? new Date(0);
    await rows.putLastUse(robot.id, new Date(at.getTime() + 59_000), '192.0.2.2');
    expect((await rows.find(robot.id))?.lastUsedAddress).toBe('192.0.2.1');
    await rows.putLastUse(robot.id, new Date(at.getTime() + 61_000), '192.0.2.2');
    expect((await rows.find(robot.id))?.lastUsedAddress).toBe('192.0.2.2');
  });
});

describe('over HTTP', () => {
  const body = (name: string) => ({
    name,
    level: 'project',
    duration: 30,
    permissions: [inProject('team')],
  });
  const call = (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
  ) =>
    app.inject({
      method,
      url: `/api/v2.0${url}`,
      ...(payload !== undefined && { payload }),
    });

  it('a robot is made, shown, sent back, given a secret and deleted', async () => {
    caller = ann;
    const made = await call('POST', '/robots', body('http'));
    expect(made.statusCode).toBe(201);
    const { id, name } = robotCreated.strict().parse(made.json());
    expect(made.headers['location']).toBe(`/api/v2.0/robots/${id}`);
    expect(name).toBe('robot$team+http');
    const shown = await call('GET', `/robots/${id}`);
    const robot = robotSchema.strict().parse(shown.json());
    expect(robot).toMatchObject({ level: 'project', disable: false, creator_ref: ann.id });
    const sent = await call('PUT', `/robots/${id}`, { ...robot, description: 'mine' });
    expect([sent.statusCode, sent.body]).toEqual([200, '']);
    const patched = await call('PATCH', `/robots/${id}`, { keep_old_seconds: 60 });
    expect(secretReply.strict().parse(patched.json()).old_secret_expires_at).toBeDefined();
    const deleted = await call('DELETE', `/robots/${id}`);
    expect(deleted.statusCode).toBe(200);
    expect((await call('GET', `/robots/${id}`)).statusCode).toBe(404);
    expect(
      audited.map(({ operation, resource, projectId }) => [operation, resource, projectId]),
    ).toEqual(
      ['create', 'update', 'update', 'delete'].map((operation) => [operation, name, idOf('team')]),
    );
  });

  it('robots are listed by level and project', async () => {
    const { robot } = await robots.createRobot(
      admin,
      draft({ level: 'system', permissions: [inProject('*')] }),
    );
    caller = admin;
    const ofSystem = await call('GET', `/robots?q=name=${robot.name}`);
    expect(robotSchema.strict().array().parse(ofSystem.json())).toHaveLength(1);
    expect(ofSystem.headers['x-total-count']).toBe('1');
    caller = ann;
    expect((await call('GET', '/robots')).statusCode).toBe(403);
    const q = encodeURIComponent(`Level=project,ProjectID=${idOf('team')}`);
    const ofProject = await call('GET', `/robots?q=${q}&page_size=3`);
    const found = robotSchema.strict().array().parse(ofProject.json());
    expect(found).toHaveLength(3);
    expect(found.every(({ name }) => name.startsWith('robot$team+'))).toBe(true);
    const other = encodeURIComponent(`Level=project,ProjectID=${idOf('other')}`);
    expect((await call('GET', `/robots?q=${other}`)).statusCode).toBe(403);
    caller = anonymous;
    expect((await call('GET', '/robots')).statusCode).toBe(401);
  });

  it('fields that do not exist are refused', async () => {
    caller = ann;
    const sneaky = await call('POST', '/robots', { ...body('sneaky'), token_epoch: 9 });
    expect(sneaky.statusCode).toBe(400);
    expect((await call('POST', '/robots', { ...body('typed'), duration: 'x' })).statusCode).toBe(
      422,
    );
  });

  it('the catalogue is shown to those who can give from it', async () => {
    const { secret, robot } = await robots.createRobot(ann, draft());
    const stranger = await createUser('stranger');
    const asRobot = await login(`robot$team+${robot.name}`, secret);
    for (const [who, status, lists] of [
      [admin, 200, ['system', 'project']],
      [ann, 200, ['project']],
      [stranger, 403, ['errors']],
      [asRobot ?? anonymous, 403, ['errors']],
      [anonymous, 401, ['errors']],
    ] as const) {
      caller = who;
      const answer = await call('GET', '/permissions');
      expect([answer.statusCode, Object.keys(answer.json())]).toEqual([status, lists]);
    }
  });
});
