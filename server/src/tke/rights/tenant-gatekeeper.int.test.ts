import { OciError } from '@berth/oci';
import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { quietLog } from '../../../test/log.ts';
import { actions, anonymous, type RobotPrincipal, type UserPrincipal } from '../../access/index.ts';
import { createDatabase, type Database, openPool } from '../../db/index.ts';
import { createHttpServer } from '../../http/index.ts';
import { Challenge, createTokenService } from '../../identity/index.ts';
import { createPersonalTokenRepository } from '../../login/personal-token.repository.ts';
import {
  createPersonalTokensService,
  type PersonalTokensService,
} from '../../login/personal-tokens.service.ts';
import type { Namespace } from '../resources/types.ts';
import {
  ADDRESS,
  askToken,
  basic,
  fillTenants,
  openTenants,
  PASSWORD,
  type Tenants,
  type TokenAnswer,
} from './tenants.fixture.ts';

let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let t: Tenants;
let users: Readonly<Record<string, UserPrincipal>>;
let personalTokens: PersonalTokensService;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log: quietLog }));
  app = createHttpServer({ log: quietLog, idleMs: 60_000 });
  t = await openTenants({
    db,
    log: quietLog,
    app,
    openTokens(identity, secrets) {
      personalTokens = createPersonalTokensService({
        rows: createPersonalTokenRepository(db),
        identity,
        secrets,
        findProjectId: async () => 77,
        background: { run: () => {} },
        now: Date.now,
      });
      return personalTokens;
    },
  });
  users = await fillTenants(t);
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

const ask = (tenant: string, scopes: readonly string[], authorization?: string) =>
  askToken(app, tenant, scopes, authorization);

async function tokenOf(tenant: string, scopes: readonly string[], username?: string) {
  const credentials = username === undefined ? undefined : basic(username, PASSWORD);
  const response = await ask(tenant, scopes, credentials);
  expect(response.statusCode).toBe(200);
  return response.json<TokenAnswer>().token;
}

const accessIn = (token: string) => decodeJwt<{ access: unknown[] }>(token).access;

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, address: ADDRESS });

/** `admitted`, or how it was refused. */
async function admit(
  authorization: string | undefined,
  tenant: string,
  repository: string,
  needed: number = actions.pull,
  gatekeeper = t.gatekeeper,
): Promise<string> {
  try {
    await gatekeeper.admitImage({ authorization, address: ADDRESS }, tenant, repository, needed);
    return 'admitted';
  } catch (error) {
    if (error instanceof Challenge && error.reason !== undefined)
      return `${error.code} ${error.reason}`;
    return error instanceof OciError ? error.code : String(error);
  }
}

async function changeNamespace(
  name: string,
  change: (current: Namespace) => Namespace,
): Promise<void> {
  const found = await t.objects.findUnique<Namespace>('Namespace', `t-1/${name}`);
  await t.objects.change<Namespace>(
    'Namespace',
    { namespace: '', name: found?.metadata.name ?? '' },
    change,
  );
}

describe('the gatekeeper', () => {
  it('lets anonymous callers pull what is public, and nothing else (scenario 9)', async () => {
    const scopes = ['pub/x', 'priv/x', 'library/x'].map((name) => `repository:${name}:pull,push`);
    const token = await tokenOf('t-1', scopes);
    expect(accessIn(token)).toMatchObject([
      { name: 'pub/x', actions: ['pull'] },
      { name: 'library/x', actions: ['pull'] },
    ]);
    const header = `Bearer ${token}`;
    expect(await admit(header, 't-1', 'pub/x')).toBe('admitted');
    expect(await admit(header, 't-1', 'library/x')).toBe('admitted');
    const insufficient = 'UNAUTHORIZED insufficient_scope';
    expect(await admit(header, 't-1', 'priv/x')).toBe(insufficient);
    expect(await admit(header, 't-1', 'pub/x', actions.push)).toBe(insufficient);
    expect(await admit(undefined, 't-1', 'pub/x')).toBe('UNAUTHORIZED');
  });

  it('binds a token to its tenant, its repository and its kind (scenario 36)', async () => {
    const token = `Bearer ${await tokenOf('t-1', ['repository:pub/x:pull'], 'ann')}`;
    expect(await admit(token, 't-1', 'pub/x')).toBe('admitted');
    expect(await admit(token, 't2', 'pub/x')).toBe('UNAUTHORIZED invalid_token');
    expect(await admit(token, 't-1', 'priv/x')).toBe('UNAUTHORIZED insufficient_scope');
    expect(await admit(token, 't-1', 't-1-image-priv/x')).toBe('DENIED');
    const shared = `Bearer ${await tokenOf('t-1', ['repository:library/x:pull'])}`;
    expect(await admit(shared, 't-1', 'library/x')).toBe('admitted');
    const peek = (tenant: string) =>
      t.gatekeeper.peekImage(shared, tenant, 'library/x', actions.pull);
    expect([peek('t-1'), peek('t2')]).toEqual([expect.anything(), undefined]);
    const native = createTokenService({
      keys: t.signing,
      principals: t.principals,
      settings: { issuer: 'issuer', service: 'harbor-registry', seconds: () => 300 },
      access: { decide: async () => ({ project: undefined, allowed: actions.all }) },
    });
    const foreign = await native.issue(anonymous, ['repository:pub/x:pull']);
    expect(await admit(`Bearer ${foreign.token}`, 't-1', 'pub/x')).toBe(
      'UNAUTHORIZED invalid_token',
    );
    expect(await native.verify(token.slice('Bearer '.length))).toBeUndefined();
  });

  it('tells by Basic credentials what is there, and to whom nothing is', async () => {
    const as = (username: string) => basic(username, PASSWORD);
    expect(await admit(as('ann'), 't-1', 'priv/x', actions.push)).toBe('admitted');
    expect(await admit(as('ann'), 't-1', 'priv/x', actions.delete)).toBe('DENIED');
    expect(await admit(as('ann'), 't-1', 'none/x', actions.push)).toBe('DENIED');
    expect(await admit(as('tia'), 't-1', 'none/x', actions.push)).toBe('NAME_UNKNOWN');
    expect(await admit(as('tia'), 't-1', 'library/x', actions.push)).toBe('DENIED');
    expect(await admit(as('root'), 't-1', 'library/x', actions.push)).toBe('admitted');
    expect(await admit(as('eve'), 't-1', 'priv/x')).toBe('DENIED');
    expect(await admit(as('eve'), 't-1', 'pub/x')).toBe('admitted');
    expect(await admit(basic('ann', 'wrong'), 't-1', 'pub/x')).toBe('UNAUTHORIZED');
    const base = (username: string) =>
      t.gatekeeper.admitBase({ authorization: as(username), address: ADDRESS }, 't-1', undefined);
    expect(await base('ann')).toMatchObject({ username: 'ann', tenantId: 't-1', role: 'member' });
    await expect(base('eve')).rejects.toThrow(Challenge);
  });

  it('decides from memory, where a changed right counts at once (scenario 35)', async () => {
    const gone = await t.createMember({ tenantID: 't-1', username: 'def', role: 'member' });
    await t.createNamespace({ tenantID: 't-1', name: 'live', visibility: 'Private' });
    const token = await tokenOf('t-1', ['repository:live/x:pull,push'], 'def');
    const header = `Bearer ${token}`;
    const peek = (needed: number) => t.gatekeeper.peekImage(header, 't-1', 'live/x', needed);
    t.identity.forget();
    expect(peek(actions.pull)).toBeUndefined();
    expect(await admit(header, 't-1', 'live/x')).toBe('admitted');
    expect(peek(actions.pull)).toMatchObject({ allowed: actions.pull | actions.push });
    expect(peek(actions.delete)).toBeUndefined();
    expect(t.gatekeeper.peekImage(header, 't2', 'live/x', actions.pull)).toBeUndefined();

    const lock = (locked: boolean) =>
      changeNamespace('live', (one) => ({ ...one, status: { ...one.status, locked } }));
    await lock(true);
    expect(peek(actions.pull)).toBeUndefined();
    expect(await admit(header, 't-1', 'live/x')).toBe('DENIED');
    expect(await admit(basic('root', PASSWORD), 't-1', 'live/x')).toBe('DENIED');
    await lock(false);
    expect(peek(actions.push)).toBeDefined();

    const { name, uid } = gone.metadata;
    await t.objects.remove('Member', { namespace: '', name }, uid);
    expect(peek(actions.pull)).toBeUndefined();
    expect(await admit(header, 't-1', 'live/x')).toBe('DENIED');
  });

  it('lets a namespace that was made again inherit no token', async () => {
    const first = await t.createNamespace({
      tenantID: 't-1',
      name: 'again',
      visibility: 'Private',
    });
    const header = `Bearer ${await tokenOf('t-1', ['repository:again/x:pull'], 'ann')}`;
    expect(await admit(header, 't-1', 'again/x')).toBe('admitted');
    const { name, uid } = first.metadata;
    await t.objects.remove('Namespace', { namespace: '', name }, uid);
    expect(await admit(header, 't-1', 'again/x')).toBe('DENIED');
    await t.createNamespace({ tenantID: 't-1', name: 'again', visibility: 'Private' });
    expect(await admit(header, 't-1', 'again/x')).toBe('UNAUTHORIZED insufficient_scope');
    expect(t.gatekeeper.peekImage(header, 't-1', 'again/x', actions.pull)).toBeUndefined();
  });

  it('takes groups of a directory for memberships', async () => {
    const { id } = await db
      .insertInto('user_group')
      .values({ name: 'tenant:t-1:admin', type: 3 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const gil = users['gil'];
    if (gil === undefined) throw new Error('no gil');
    const caller = await t.gatekeeper.callerOf({ ...gil, groupIds: [id] }, 't-1');
    expect(caller).toMatchObject({ role: 'admin', tenantId: 't-1', isPrivileged: false });
    expect(await t.gatekeeper.callerOf({ ...gil, groupIds: [id] }, undefined)).toEqual(caller);
    expect(await t.gatekeeper.callerOf({ ...gil, groupIds: [id] }, 'default')).toBeUndefined();
    expect(await t.gatekeeper.callerOf(gil, 'default')).toMatchObject({ role: 'member' });
  });

  it('lets a robot into the namespace of its project, and nowhere else', async () => {
    const name = 't-1-image-priv';
    t.projects.set(3, { id: 3, name, isPublic: false, accessEpoch: 0 });
    t.projects.set(4, { id: 4, name: 'foreign', isPublic: false, accessEpoch: 0 });
    const access = [{ resource: 'repository', action: 'pull' }];
    const robot: RobotPrincipal = {
      kind: 'robot',
      id: 1,
      username: 'robot$x',
      projectId: 3,
      permissions: [{ scope: 3, access, repositories: [] }],
    };
    const caller = await t.gatekeeper.callerOf(robot, 't-1');
    if (caller === undefined) throw new Error('no caller');
    expect(caller).toMatchObject({ tenantId: 't-1', role: undefined });
    expect(await t.gatekeeper.imageActions(caller, 't-1', 'priv/x')).toBe(actions.pull);
    expect(await t.gatekeeper.imageActions(caller, 't2', 'priv/x')).toBe(actions.none);
    expect(await t.gatekeeper.callerOf(robot, 't2')).toBeUndefined();
    expect(await t.gatekeeper.callerOf({ ...robot, projectId: 4 }, 't-1')).toBeUndefined();
  });

  it('lets everybody pull and push where the configuration says so', async () => {
    const open = t.openGatekeeper;
    const write = actions.pull | actions.push;
    expect(await admit(undefined, 't-1', 'priv/x', write, open)).toBe('admitted');
    expect(open.peekImage(undefined, 't-1', 'priv/x', write)).toBeDefined();
    expect(t.gatekeeper.peekImage(undefined, 't-1', 'pub/x', actions.pull)).toBeUndefined();
    expect(await admit(undefined, 't-1', 'priv/x', actions.delete, open)).toContain('UNAUTHORIZED');
    expect(await admit(undefined, 't-1', 'none/x', actions.pull, open)).toContain('UNAUTHORIZED');
    await t.createNamespace({ tenantID: 't-1', name: 'shut', visibility: 'Public' });
    await changeNamespace('shut', (one) => ({ ...one, status: { ...one.status, locked: true } }));
    expect(await admit(undefined, 't-1', 'shut/x', actions.pull, open)).toContain('UNAUTHORIZED');
  });

  it('keeps to the limits of a personal token, also through a registry token', async () => {
    const ann = users['ann'];
    if (ann === undefined) throw new Error('no ann');
    const make = (name: string, projects?: string[]) => {
      const request = { name, scopes: ['registry:pull'] as const, projects };
      return personalTokens.create(ann, {
        ...request,
        scopes: [...request.scopes],
      });
    };
    t.projects.set(77, { id: 77, name: 't-1-image-pub', isPublic: false, accessEpoch: 0 });
    const reader = await make('reader');
    const scoped = await make('scoped', ['t-1-image-pub']);
    const scope = ['repository:priv/x:pull,push'];
    const issued = (await ask('t-1', scope, basic('any', reader.text))).json<TokenAnswer>().token;
    expect(accessIn(issued)).toMatchObject([{ actions: ['pull'] }]);
    expect(await admit(`Bearer ${issued}`, 't-1', 'priv/x', actions.push)).toBe('DENIED');
    const { caller } = await t.gatekeeper.admitImage(bearer(issued), 't-1', 'priv/x', actions.pull);
    expect(await t.gatekeeper.imageActions(caller, 't-1', 'pub/x')).toBe(actions.pull);
    const none = (await ask('t-1', scope, basic('any', scoped.text))).json<TokenAnswer>().token;
    expect(accessIn(none)).toEqual([]);
  });
});
