import { digestOf, mediaType } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { registerApi } from '../api/index.ts';
import {
  createRepositoryDirectory,
  createRepositoryRepository,
  type ImageConfig,
} from '../artifacts/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { anatomyModel } from './artifact-anatomy.schema.ts';
import { repositoriesRoutes } from './repositories.routes.ts';
import { repositoryModel, sizedRepositoryModel } from './repositories.schema.ts';
import { createRepositories } from './repositories-parts.ts';
import { repositoryTagModel } from './repository-tag.schema.ts';

const user = { kind: 'user', isAdmin: false, groupIds: [] } as const;
const robotOf = (resource: string): Principal => ({
  kind: 'robot',
  id: 3,
  username: 'robot$team+ci',
  projectId: undefined,
  permissions: [
    {
      scope: 1,
      repositories: ['app'],
      access: ['list', 'read'].map((action) => ({ resource, action })),
    },
  ],
});
const callers: Readonly<Record<string, Principal>> = {
  ann: { ...user, id: 1, username: 'ann' },
  guest: { ...user, id: 2, username: 'guest' },
  stranger: { ...user, id: 4, username: 'stranger' },
  tagger: robotOf('tag'),
  reader: robotOf('artifact'),
};
const roles: Readonly<Record<number, number>> = { 1: ROLE.projectAdmin, 2: ROLE.limitedGuest };
const policies: readonly ProjectPolicy[] = [
  { id: 1, name: 'team', isPublic: false, accessEpoch: 0 },
  { id: 2, name: 'open', isPublic: true, accessEpoch: 0 },
];
const BASE = '/api/v2.0/projects/team/repositories';

const image: ImageConfig = {
  os: 'linux',
  architecture: 'amd64',
  env: ['A=b'],
  entrypoint: [],
  cmd: ['sh'],
  exposedPorts: ['80/tcp'],
  volumes: [],
  labels: { a: 'b' },
  history: [
    { createdBy: 'ADD a', created: '2026-01-01T00:00:00.000Z', isEmpty: false },
    { createdBy: 'CMD sh', isEmpty: true },
  ],
};
const layer = digestOf(Buffer.from('layer'));
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaType.ociManifest,
  config: { mediaType: mediaType.ociConfig, digest: digestOf(Buffer.from('{}')), size: 2 },
  layers: [{ mediaType: 'application/x', digest: layer, size: 5 }],
});
const digest = digestOf(Buffer.from(manifest));
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaType.ociIndex,
  manifests: [
    {
      mediaType: mediaType.ociManifest,
      digest,
      size: manifest.length,
      platform: { os: 'linux', architecture: 'amd64' },
    },
    { mediaType: mediaType.ociManifest, digest: layer, size: 9 },
  ],
});

let database: TestDatabase;
let db: Database;
let app: ReturnType<typeof createHttpServer>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  await db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' }).execute();
  for (const { name } of policies) {
    await db.insertInto('project').values({ name, owner_id: 1 }).execute();
  }
  for (const [projectId, name] of [
    [1, 'team/app'],
    [1, 'team/deep/er'],
    [2, 'open/app'],
  ] as const) {
    const { id: repositoryId } = await db
      .insertInto('repository')
      .values({ project_id: projectId, name })
      .returning('id')
      .executeTakeFirstOrThrow();
    const row = { repositoryId, projectId };
    const tags = ['v1.9', 'v1.10', `sha256-${'a'.repeat(64)}.sig`];
    await insertArtifactRow(db, { ...row, content: manifest, tags });
    await insertArtifactRow(db, {
      ...row,
      content: index,
      mediaType: mediaType.ociIndex,
      tags: ['multi'],
    });
    await insertArtifactRow(db, { ...row, content: 'no manifest', tags: ['odd'] });
  }
  app = createApp();
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

const access = {
  can(principal: Principal, project: ProjectPolicy, resource: string, action: string) {
    const role = principal.kind === 'user' ? roles[principal.id] : undefined;
    const own = role === undefined ? [] : [role];
    return Promise.resolve(canInProject(principal, project, own, resource, action));
  },
  listRoles: () => Promise.resolve([]),
};

function createApp() {
  const server = createHttpServer({ log: quietLog, idleMs: 10_000 });
  const findProject = (reference: string | number) =>
    Promise.resolve(policies.find(({ id, name }) => id === reference || name === reference));
  const unused = () => Promise.reject(new Error('not asked for'));
  const read = createRepositories({
    db,
    directory: createRepositoryDirectory(createRepositoryRepository(db)),
    inspector: {
      describe: () => Promise.resolve({ extraAttrs: { os: 'linux', architecture: 'amd64' } }),
      readAddition: unused,
      readImageConfig: (_repository, { kind }) =>
        Promise.resolve(kind === 'image' ? image : undefined),
    },
    immutableAmong: () => Promise.resolve(new Set<string>()),
    scanOverviews: () => Promise.resolve(new Map()),
    visibilityOf: () => 'all',
    log: quietLog,
  });
  const routes = repositoriesRoutes({
    ...read,
    access,
    findProject,
    labels: { attach: unused, detach: unused },
    actions: {
      deleteRepository: unused,
      deleteArtifact: unused,
      copyArtifact: unused,
      createTag: unused,
      deleteTag: unused,
      restoreTag: unused,
      restoreArtifact: unused,
      listTagHistory: unused,
      listDeleted: unused,
    },
  });
  registerApi(server, routes, {
    access,
    findProject,
    authenticate: ({ headers }) =>
      Promise.resolve({ principal: callers[headers.authorization ?? ''] ?? anonymous }),
    csrfToken: () => '',
    recordAudit: () => Promise.resolve(),
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    externalUrl: undefined,
  });
  return server;
}

const get = (url: string, as = 'ann') =>
  app.inject({ method: 'GET', url, headers: as === '' ? {} : { authorization: as } });
const statusOf = async (url: string, as?: string) => (await get(url, as)).statusCode;

describe('the tags of a repository over HTTP', () => {
  it('are described as they are answered', async () => {
    const answer = await get(`${BASE}/deep%252Fer/tags?sort=-version`);
    const tags = repositoryTagModel.strict().array().parse(answer.json());
    expect(tags.map(({ name }) => name)).toEqual(['v1.10', 'v1.9', 'odd', 'multi']);
    expect(tags[0]).toMatchObject({
      digest,
      platforms: ['linux/amd64'],
      pushed_by: 'berth',
      pull_time: '0001-01-01T00:00:00.000Z',
      signed: false,
    });
    expect(answer.headers).toMatchObject({ 'x-total-count': '4', 'x-berth-hidden-tags': '1' });
  });

  it('come in pages', async () => {
    const answer = await get(`${BASE}/app/tags?sort=name&page=2&page_size=2&with_tool_tags=true`);
    expect(answer.json()).toMatchObject([
      { name: `sha256-${'a'.repeat(64)}.sig` },
      { name: 'v1.10' },
    ]);
    expect(answer.headers).toMatchObject({ 'x-total-count': '5', 'x-berth-hidden-tags': '0' });
    expect(String(answer.headers.link).match(/rel="\w+"/g)).toEqual(['rel="prev"', 'rel="next"']);
  });

  it('are shown to those who may list tags', async () => {
    const status = (as: string) => statusOf(`${BASE}/app/tags`, as);
    expect(await Promise.all(['guest', 'tagger', 'reader', 'stranger', ''].map(status))).toEqual([
      200, 200, 403, 403, 401,
    ]);
    expect(await statusOf(`${BASE}/deep%252Fer/tags`, 'tagger')).toBe(403);
  });

  it('do not tell visitors who pushed', async () => {
    const url = '/api/v2.0/projects/open/repositories/app/tags';
    const told = async (as: string) => {
      const tags = repositoryTagModel.array().parse((await get(url, as)).json());
      return tags.map((tag) => tag.pushed_by);
    };
    expect(new Set(await told('stranger'))).toEqual(new Set(['berth']));
    expect(new Set(await told(''))).toEqual(new Set([undefined]));
  });

  it.each([
    [`${BASE}/nothing/tags`, 200],
    [`${BASE}/%2500/tags`, 200],
    [`${BASE}/..%252Fapp/tags`, 200],
    [`${BASE}/app/tags?q=name%3D~%2500`, 400],
    [`${BASE}/app/tags?q=labels%3D1`, 400],
    [`${BASE}/app/tags?q=size%3Dx`, 400],
    [`${BASE}/app/tags?sort=-nothing`, 200],
    [`${BASE}/app/tags?page_size=101`, 422],
    [`${BASE}/app/tags?with_tool_tags=maybe`, 422],
  ])('answer %s with %i', async (url, status) => {
    expect(await statusOf(url)).toBe(status);
  });
});

describe('the anatomy of an artifact over HTTP', () => {
  const anatomyOf = async (reference: string) =>
    anatomyModel.strict().parse((await get(`${BASE}/app/artifacts/${reference}/anatomy`)).json());

  it('is its manifest, its config and its layers with their history', async () => {
    expect(await anatomyOf('v1.9')).toEqual({
      digest,
      media_type: mediaType.ociManifest,
      manifest,
      config: {
        os: 'linux',
        architecture: 'amd64',
        env: ['A=b'],
        entrypoint: [],
        cmd: ['sh'],
        exposed_ports: ['80/tcp'],
        volumes: [],
        labels: { a: 'b' },
      },
      layers: [
        {
          digest: layer,
          media_type: 'application/x',
          size: 5,
          command: 'ADD a',
          created: '2026-01-01T00:00:00.000Z',
          empty: false,
        },
      ],
      history: [
        {
          created: '2026-01-01T00:00:00.000Z',
          created_by: 'ADD a',
          empty_layer: false,
          layer_index: 0,
        },
        { created_by: 'CMD sh', empty_layer: true },
      ],
      total_size: manifest.length,
    });
    expect((await anatomyOf(digest)).digest).toBe(digest);
  });

  it('is, of an index, its children', async () => {
    expect(await anatomyOf('multi')).toMatchObject({
      layers: [],
      history: [],
      children: [
        { digest, size: manifest.length, total_size: manifest.length, platform: 'linux/amd64' },
        { digest: layer, size: 9 },
      ],
    });
  });

  it('is the bytes alone where they are no manifest', async () => {
    expect(await anatomyOf('odd')).toMatchObject({ manifest: 'no manifest', layers: [] });
  });

  it('is shown to those who may read artifacts', async () => {
    const status = (as: string) => statusOf(`${BASE}/app/artifacts/v1.9/anatomy`, as);
    expect(await Promise.all(['guest', 'reader', 'tagger', 'stranger', ''].map(status))).toEqual([
      200, 200, 403, 403, 401,
    ]);
  });

  it.each([
    [`${BASE}/app/artifacts/v2/anatomy`, 404],
    [`${BASE}/nothing/artifacts/v1.9/anatomy`, 404],
    [`${BASE}/app/artifacts/%00/anatomy`, 422],
  ])('of %s is %i', async (url, status) => {
    expect(await statusOf(url)).toBe(status);
  });
});

describe('the list of repositories over HTTP', () => {
  it('has sizes for those who ask, and is the same as ever for others', async () => {
    const sized = sizedRepositoryModel
      .strict()
      .array()
      .parse((await get(`${BASE}?with_size=true&sort=name`)).json());
    expect(sized[0]).toMatchObject({
      size: manifest.length + index.length + 'no manifest'.length,
      types: ['IMAGE'],
    });
    expect(['v1.9', 'v1.10', 'multi', 'odd']).toContain(sized[0]?.latest_tag);
    const plain = repositoryModel
      .strict()
      .array()
      .parse((await get(BASE)).json());
    expect(plain).toHaveLength(2);
  });
});
