import { type Digest, digestOf } from '@berth/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  canInProject,
  type Principal,
  type ProjectPolicy,
  ROLE,
} from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createRepositoryDirectory, createRepositoryRepository } from '../artifacts/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { AppError } from '../lib/index.ts';
import type { ArtifactActions } from './actions.ts';
import { repositoriesRoutes } from './repositories.routes.ts';
import {
  artifactModel,
  deletedArtifactModel,
  repositoryModel,
  tagChangeModel,
} from './repositories.schema.ts';
import { createRepositories } from './repositories-parts.ts';

const user = { kind: 'user', isAdmin: false, groupIds: [] } as const;
const callers: Readonly<Record<string, Principal>> = {
  ann: { ...user, id: 1, username: 'ann' },
  stranger: { ...user, id: 2, username: 'stranger' },
  robot: {
    kind: 'robot',
    id: 3,
    username: 'robot$team+ci',
    projectId: undefined,
    permissions: [
      {
        scope: 1,
        repositories: ['app'],
        access: ['list', 'read', 'delete', 'create'].map((action) => ({
          resource: 'artifact',
          action,
        })),
      },
    ],
  },
};
const policies: readonly ProjectPolicy[] = [
  { id: 1, name: 'team', isPublic: false, accessEpoch: 0 },
  { id: 2, name: 'open', isPublic: true, accessEpoch: 0 },
];
const BASE = '/api/v2.0/projects/team/repositories';
const gone = digestOf(Buffer.from('gone'));

let database: TestDatabase;
let db: Database;
let app: ReturnType<typeof createHttpServer>;
let audited: AuditEntry[] = [];
let acted: unknown[][] = [];
let refusal: AppError | undefined;
let digest: Digest;

/** Notes what it is asked for, as the artifacts' services would be. */
function noting(name: string) {
  return (...given: unknown[]) => {
    acted.push([name, ...given]);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  };
}

const actions: ArtifactActions = {
  deleteRepository: noting('deleteRepository'),
  deleteArtifact: noting('deleteArtifact'),
  async copyArtifact(order) {
    await noting('copyArtifact')(order.from, order.project.name, order.repository, order.actor);
    return { digest };
  },
  createTag: noting('createTag'),
  deleteTag: noting('deleteTag'),
  restoreTag: noting('restoreTag'),
  restoreArtifact: noting('restoreArtifact'),
  listTagHistory: (repository, tag) =>
    Promise.resolve({
      items: [
        { id: 1, tag, from: undefined, to: digest, actor: repository, changedAt: new Date(0) },
      ],
      total: 7,
    }),
  listDeleted: (projectId, repository) =>
    Promise.resolve({
      items: [
        {
          id: projectId,
          repository: repository ?? 'team/all',
          digest: gone,
          mediaType: 'm',
          type: undefined,
          size: 3,
          tags: ['x'],
          pushedAt: new Date(0),
          deletedBy: 'ann',
          deletedAt: new Date(0),
        },
      ],
      total: 1,
    }),
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  await db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' }).execute();
  for (const { name } of policies) {
    await db.insertInto('project').values({ name, owner_id: 1 }).execute();
  }
  const rows = await db
    .insertInto('repository')
    .values([
      { project_id: 1, name: 'team/app' },
      { project_id: 1, name: 'team/deep/er/app' },
      { project_id: 2, name: 'open/app' },
    ])
    .returning(['id', 'project_id as projectId', 'name'])
    .execute();
  for (const { id: repositoryId, projectId, name } of rows) {
    const made = await insertArtifactRow(db, {
      repositoryId,
      projectId,
      content: name,
      tags: ['v1'],
    });
    if (name === 'team/app') digest = made.digest;
  }
  app = createApp();
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});
beforeEach(() => {
  audited = [];
  acted = [];
  refusal = undefined;
});

const access = {
  can: (principal: Principal, project: ProjectPolicy, resource: string, action: string) => {
    const roles = principal.kind === 'user' && principal.id === 1 ? [ROLE.projectAdmin] : [];
    return Promise.resolve(canInProject(principal, project, roles, resource, action));
  },
  listRoles: () => Promise.resolve([]),
};

function createApp() {
  const server = createHttpServer({ log: quietLog, idleMs: 10_000 });
  const findProject = (reference: string | number) =>
    Promise.resolve(policies.find(({ id, name }) => id === reference || name === reference));
  const reader = createRepositories({
    db,
    directory: createRepositoryDirectory(createRepositoryRepository(db)),
    inspector: {
      describe: () => Promise.resolve({ extraAttrs: { os: 'linux' } }),
      readImageConfig: () => Promise.resolve(undefined),
      readAddition: () =>
        Promise.resolve({ contentType: 'text/html', body: Buffer.from('<script>') }),
    },
    immutableAmong: () => Promise.resolve(new Set<string>()),
    scanOverviews: () => Promise.resolve(new Map()),
    visibilityOf: () => 'all',
    log: quietLog,
  });
  const labels = { attach: noting('attach'), detach: noting('detach') };
  registerApi(server, repositoriesRoutes({ ...reader, access, findProject, actions, labels }), {
    access,
    findProject,
    authenticate: ({ headers }) =>
      Promise.resolve({ principal: callers[headers.authorization ?? ''] ?? anonymous }),
    csrfToken: () => '',
    recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    externalUrl: undefined,
  });
  return server;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

function call(
  method: Method,
  url: string,
  { as = 'ann', body }: { as?: string; body?: object } = {},
) {
  return app.inject({
    method,
    url,
    headers: { authorization: as, 'x-request-id': 'r-1' },
    ...(body !== undefined && { payload: body }),
  });
}

const actor = { name: 'ann', requestId: 'r-1' };
const ofApp = (rest: string) => `${BASE}/app/artifacts/${rest}`;

describe('reading over HTTP', () => {
  it.each(['deep%252Fer%252Fapp', 'deep%2Fer%2Fapp'])(
    'finds a repository with slashes as %s',
    async (path) => {
      const answer = await call('GET', `${BASE}/${path}`);
      expect(answer.statusCode).toBe(200);
      expect(repositoryModel.strict().parse(answer.json())).toMatchObject({
        name: 'team/deep/er/app',
        artifact_count: 1,
      });
      const list = await call('GET', `${BASE}/${path}/artifacts?with_label=true`);
      expect(list.headers['x-total-count']).toBe('1');
      const [artifact] = artifactModel.strict().array().parse(list.json());
      expect(artifact).toMatchObject({ repository_name: 'team/deep/er/app', labels: null });
      const link = artifact?.addition_links?.['build_history']?.href ?? '';
      expect((await call('GET', link)).body).toBe('<script>');
    },
  );

  it.each([
    ['/api/v2.0/repositories', 3],
    ['/api/v2.0/projects/team/repositories', 2],
    ['/api/v2.0/projects/team/artifacts', 2],
    ['/api/v2.0/projects/1/artifacts', 2],
    [ofApp('v1/tags'), 1],
    [ofApp('v1/accessories'), 0],
    [`${BASE}/nothing/artifacts`, 0],
    [`${BASE}/%2500/artifacts`, 0],
  ])('lists %s', async (url, total) => {
    const answer = await call('GET', url);
    expect([answer.statusCode, answer.headers['x-total-count']]).toEqual([200, String(total)]);
    expect(answer.json()).toHaveLength(total);
  });

  it.each([
    [`${BASE}/nothing`, 404],
    [ofApp('v2'), 404],
    [ofApp('%00'), 422],
    [ofApp('v2/tags'), 404],
    [ofApp('v2/additions/vulnerabilities'), 404],
    [ofApp('v1/additions/secrets'), 422],
    [`${BASE}/app/artifacts?q=labels%3D1`, 400],
    [`${BASE}/app/artifacts?with_tag=maybe`, 422],
    [`${BASE}/app/artifacts?page_size=101`, 422],
    ['/api/v2.0/projects/team/artifacts?latest_in_repository=true', 400],
    [`${BASE}/app/artifacts?q=password%3Dx`, 400],
    ['/api/v2.0/projects/nowhere/repositories/app', 403],
  ])('answers %s with %i', async (url, status) => {
    expect((await call('GET', url)).statusCode).toBe(status);
  });

  it('gives additions so that nothing in them can run', async () => {
    const answer = await call('GET', ofApp('v1/additions/readme.md'));
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
    });
    expect((await call('GET', ofApp('v1/additions/vulnerabilities'))).json()).toEqual({});
  });

  it('tells the past of a tag, and what was deleted', async () => {
    const history = await call('GET', `${BASE}/app/tags/v9/history`);
    expect(history.headers['x-total-count']).toBe('7');
    expect(tagChangeModel.strict().array().parse(history.json())).toMatchObject([
      { tag_name: 'v9', to_digest: digest, actor: 'team/app' },
    ]);
    const names = async (url: string) =>
      deletedArtifactModel
        .strict()
        .array()
        .parse((await call('GET', url)).json())
        .map((artifact) => artifact.repository_name);
    expect(await names(`${BASE}/app/deleted-artifacts`)).toEqual(['team/app']);
    expect(await names('/api/v2.0/projects/team/deleted-artifacts')).toEqual(['team/all']);
  });

  it('does not tell visitors who did what', async () => {
    const open = '/api/v2.0/projects/open';
    const status = async (url: string) => (await call('GET', url, { as: '' })).statusCode;
    expect(await status(`${open}/repositories/app/artifacts`)).toBe(200);
    expect(await status(`${open}/repositories/app/tags/v1/history`)).toBe(401);
    expect(await status(`${open}/repositories/app/deleted-artifacts`)).toBe(401);
    expect(await status(`${open}/deleted-artifacts`)).toBe(401);
    expect(await status(`${open}/artifacts`)).toBe(401);
  });
});

describe('writing over HTTP', () => {
  it.each<[string, Method, string, object | undefined, number, unknown[], string[]]>([
    [
      'deletes a repository',
      'DELETE',
      `${BASE}/deep%252Fer%252Fapp`,
      undefined,
      200,
      ['deleteRepository', policies[0], 'team/deep/er/app', actor],
      ['delete', 'repository', 'team/deep/er/app'],
    ],
    [
      'deletes an artifact',
      'DELETE',
      ofApp('v1'),
      undefined,
      200,
      ['deleteArtifact', 'team/app', 'v1', actor],
      ['delete', 'artifact', 'team/app:v1'],
    ],
    [
      'creates a tag',
      'POST',
      ofApp('v1/tags'),
      { name: 'v2' },
      201,
      ['createTag', 'team/app', 'v1', 'v2', actor],
      ['create', 'tag', 'team/app:v2'],
    ],
    [
      'deletes a tag',
      'DELETE',
      ofApp('v1/tags/v1'),
      undefined,
      200,
      ['deleteTag', 'team/app', 'v1', 'v1', actor],
      ['delete', 'tag', 'team/app:v1'],
    ],
    [
      'restores a tag',
      'POST',
      `${BASE}/app/tags/old/restore`,
      { digest: gone },
      200,
      ['restoreTag', 'team/app', 'old', gone, actor],
      ['create', 'tag', 'team/app:old'],
    ],
    [
      'restores an artifact',
      'POST',
      `${BASE}/app/deleted-artifacts/${gone}/restore`,
      undefined,
      200,
      ['restoreArtifact', policies[0], 'team/app', gone, actor],
      ['create', 'artifact', `team/app@${gone}`],
    ],
    [
      'copies an artifact',
      'POST',
      `${BASE}/new%252Fone/artifacts?from=open/app:v1`,
      undefined,
      201,
      ['copyArtifact', { repository: 'open/app', reference: 'v1' }, 'team', 'team/new/one', actor],
      ['create', 'artifact', 'team/new/one:v1'],
    ],
    [
      'attaches a label',
      'POST',
      ofApp('v1/labels'),
      { id: 5, name: 'x', scope: 'g', project_id: 0 },
      200,
      ['attach', 1, 1, 5],
      ['create', 'artifact-label', 'team/app:v1'],
    ],
    [
      'detaches a label',
      'DELETE',
      ofApp('v1/labels/5'),
      undefined,
      200,
      ['detach', 1, 1, 5],
      ['delete', 'artifact-label', 'team/app:v1'],
    ],
  ])('%s', async (_what, method, url, body, status, action, audit) => {
    const answer = await call(method, url, body === undefined ? {} : { body });
    expect([answer.statusCode, answer.body]).toEqual([status, '']);
    if (action[0] === 'createTag') expect(answer.headers.location).toBe(`${url}/v2`);
    if (action[0] === 'copyArtifact') {
      expect(answer.headers.location).toBe(`${BASE}/new%252Fone/artifacts/v1`);
    }
    expect(acted).toEqual([action]);
    const [operation, resourceType, resource] = audit;
    expect(audited).toMatchObject([
      { operation, resourceType, resource, succeeded: true, projectId: 1 },
    ]);
  });

  it('changes a description and takes back a whole model', async () => {
    const shown = (await call('GET', `${BASE}/app`)).json();
    const body = { ...shown, description: '# <b>&' };
    expect((await call('PUT', `${BASE}/app`, { body })).statusCode).toBe(200);
    expect((await call('GET', `${BASE}/app`)).json()).toMatchObject({ description: '# <b>&' });
  });

  it.each<[Method, string, object | undefined, number]>([
    ['PUT', `${BASE}/app`, { nonsense: 1 }, 400],
    ['PUT', `${BASE}/nothing`, { description: 'x' }, 404],
    ['POST', ofApp('v1/tags'), { name: '-x' }, 400],
    ['POST', ofApp('v1/tags'), {}, 422],
    ['POST', ofApp('v2/tags'), { name: 'x' }, 404],
    ['DELETE', ofApp('v2'), undefined, 404],
    ['DELETE', `${BASE}/UPPER`, undefined, 404],
    ['POST', `${BASE}/app/artifacts`, undefined, 422],
    ['POST', `${BASE}/app/artifacts?from=app`, undefined, 400],
    ['POST', `${BASE}/UPPER/artifacts?from=open/app:v1`, undefined, 400],
    ['POST', `${BASE}/app/artifacts?from=nowhere/app:v1`, undefined, 403],
    ['POST', ofApp('v2/labels'), { id: 5 }, 404],
    ['POST', `${BASE}/app/tags/x/restore`, { digest: 'sha256:x' }, 422],
    ['POST', `${BASE}/app/deleted-artifacts/x/restore`, undefined, 422],
  ])('answers %s %s %j with %i and does nothing', async (method, url, body, status) => {
    const answer = await call(method, url, body === undefined ? {} : { body });
    expect(answer.statusCode).toBe(status);
    expect(acted).toEqual([]);
  });

  it('tells what the artifacts refuse', async () => {
    refusal = new AppError('precondition', 'it is immutable');
    const answer = await call('DELETE', ofApp('v1'));
    expect(answer.statusCode).toBe(412);
    expect(answer.json().errors[0].message).toBe('it is immutable');
    expect(audited).toMatchObject([{ operation: 'delete', succeeded: false }]);
  });

  it('is not for others', async () => {
    expect((await call('DELETE', ofApp('v1'), { as: 'stranger' })).statusCode).toBe(403);
    expect((await call('DELETE', ofApp('v1'), { as: '' })).statusCode).toBe(401);
    // What they may copy from counts too.
    const url = '/api/v2.0/projects/open/repositories/app/artifacts?from=team/app:v1';
    expect((await call('POST', url, { as: 'stranger' })).statusCode).toBe(403);
    expect(acted).toEqual([]);
  });

  it('of a robot stays within the repositories that it was given', async () => {
    const as = 'robot';
    expect((await call('GET', ofApp('v1'), { as })).statusCode).toBe(200);
    expect((await call('DELETE', ofApp('v1'), { as })).statusCode).toBe(200);
    const deep = `${BASE}/deep%252Fer%252Fapp/artifacts`;
    expect((await call('GET', `${deep}/v1`, { as })).statusCode).toBe(403);
    expect((await call('DELETE', `${deep}/v1`, { as })).statusCode).toBe(403);
    expect((await call('GET', '/api/v2.0/projects/team/artifacts', { as })).statusCode).toBe(403);
    const copy = `${BASE}/app/artifacts?from=team/deep/er/app:v1`;
    expect((await call('POST', copy, { as })).statusCode).toBe(403);
    expect(acted).toHaveLength(1);
  });
});
