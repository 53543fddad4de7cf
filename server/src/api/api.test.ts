import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { quietLog } from '../../test/log.ts';
import { anonymous, type Principal, type ProjectPolicy } from '../access/index.ts';
import { createHttpServer } from '../http/index.ts';
import { AppError } from '../lib/index.ts';
import { type ApiPorts, type AuditEntry, registerApi } from './api.routes.ts';
import { presentOpenApi } from './openapi.ts';
import { created, listed, ok } from './reply.ts';
import { anyone, authenticated, project, system } from './requirement.ts';
import { type ApiRoute, defineRoute } from './route.ts';
import { idParam, listQuery, projectParams, repositoryParam } from './schemas.ts';

const ann: Principal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const admin: Principal = { ...ann, id: 1, username: 'admin', isAdmin: true };
const team: ProjectPolicy = { id: 3, name: 'team', isPublic: false, accessEpoch: 0 };
const callers: Readonly<Record<string, Principal>> = { ann, admin };

const declared = {
  tag: 'test',
  summary: 'A route of the test.',
  responses: { 200: null },
} as const;

const routes: readonly ApiRoute[] = [
  defineRoute({
    ...declared,
    method: 'GET',
    path: '/things',
    operationId: 'listThings',
    can: anyone,
    query: listQuery,
    handle: ({ query }) => listed([query], 25),
  }),
  defineRoute({
    ...declared,
    method: 'POST',
    path: '/things',
    operationId: 'createThing',
    can: authenticated,
    body: z.strictObject({ name: z.string().min(1) }),
    audit: { operation: 'create', resourceType: 'thing', resource: ({ body }) => body.name },
    handle({ body }) {
      if (body.name === 'taken') throw new AppError('conflict', 'it is taken');
      if (body.name === 'broken') throw new Error('secret detail');
      return created(`/api/v2.0/things/${body.name}`);
    },
  }),
  defineRoute({
    ...declared,
    method: 'DELETE',
    path: '/things/{thing_id}',
    operationId: 'deleteThing',
    can: system('thing', 'delete'),
    params: z.object({ thing_id: idParam }),
    audit: {
      operation: 'delete',
      resourceType: 'thing',
      resource: ({ params }) => `${params.thing_id}`,
    },
    handle: () => ok(),
  }),
  defineRoute({
    ...declared,
    method: 'GET',
    path: '/projects/{project_name_or_id}/members',
    operationId: 'listMembers',
    can: project('member', 'list'),
    params: projectParams,
    handle: (call) => ok({ project: call.project.id }),
  }),
  defineRoute({
    ...declared,
    method: 'GET',
    path: '/projects/{project_name}/repositories/{repository_name}',
    operationId: 'getRepository',
    can: anyone,
    params: z.object({ project_name: z.string(), repository_name: repositoryParam }),
    handle: ({ params }) => ok(params),
  }),
  defineRoute({
    ...declared,
    method: 'PUT',
    path: '/setting',
    operationId: 'putSetting',
    can: anyone,
    body: z.strictObject({ on: z.boolean() }),
    isBodyOptional: true,
    worksReadOnly: true,
    handle: ({ body }) => ok(body ?? 'nothing'),
  }),
  defineRoute({
    ...declared,
    method: 'POST',
    path: '/api/v9/wishes',
    operationId: 'createWish',
    can: authenticated,
    body: z.strictObject({ name: z.string() }),
    errors: {
      model: z.object({ why: z.string() }),
      present: ({ kind }) => ({ why: kind }),
    },
    handle({ body }) {
      if (body.name === 'broken') throw new Error('secret detail');
      throw new AppError('conflict', 'never');
    },
  }),
];

function setUp(overrides: Partial<ApiPorts> = {}) {
  const audited: AuditEntry[] = [];
  const app = createHttpServer({ log: quietLog, idleMs: 10_000 });
  registerApi(app, routes, {
    access: {
      can: (principal) => Promise.resolve(principal.kind === 'user' && principal.isAdmin),
      listRoles: () => Promise.resolve([]),
    },
    findProject: (reference) =>
      Promise.resolve(reference === 'team' || reference === 3 ? team : undefined),
    authenticate({ headers }) {
      const name = headers.authorization;
      if (name === undefined) return Promise.resolve({ principal: anonymous });
      const principal = callers[name];
      if (principal === undefined) throw new AppError('unauthenticated', 'wrong');
      return Promise.resolve({ principal, session: name === 'ann' ? { id: 's' } : undefined });
    },
    csrfToken: ({ id }) => `csrf of ${id}`,
    recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    externalUrl: undefined,
    ...overrides,
  });
  return { app, audited };
}

const as = (name: string) => ({ authorization: name });

describe('a list', () => {
  it('is told page by page, with links to its neighbours', async () => {
    const { app } = setUp();
    const answer = await app.inject('/api/v2.0/things?page=2&page_size=10&q=name%3Da%2Cb');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-total-count']).toBe('25');
    expect(answer.headers.link).toContain('page=1&page_size=10');
    expect(answer.headers.link).toContain('rel="next"');
    expect(answer.json()).toEqual([{ page: 2, page_size: 10, q: 'name=a,b' }]);
  });

  it('takes page 0 for the first one', async () => {
    const answer = await setUp().app.inject('/api/v2.0/things?page=0&page_size=10');
    expect(answer.json()).toMatchObject([{ page: 1 }]);
  });

  it.each(['page=-1', 'page=x', 'page_size=101', 'page_size=-1', 'page=1&page=2', 'q=a%00b'])(
    'refuses %s with 422',
    async (query) => {
      const answer = await setUp().app.inject(`/api/v2.0/things?${query}`);
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors[0].code).toBe('UNPROCESSABLE_ENTITY');
    },
  );

  it('refuses a query that is not well encoded', async () => {
    expect((await setUp().app.inject('/api/v2.0/things?q=%zz')).statusCode).toBe(400);
  });
});

describe('a body', () => {
  const post = (payload: string, type = 'application/json') =>
    setUp().app.inject({
      method: 'POST',
      url: '/api/v2.0/things',
      headers: { ...as('ann'), 'content-type': type },
      payload,
    });

  it.each<[string, number]>([
    ['{"name":"x"}', 201],
    ['{"name":"x"', 400],
    ['{"name":"x","admin":true}', 400],
    ['{"name":"x","__proto__":{"a":1}}', 400],
    ['{"name":""}', 422],
    ['{"name":7}', 422],
    ['{}', 422],
    ['[]', 422],
    ['null', 422],
    ['', 422],
    ['{"name":"taken"}', 409],
    ['{"name":"broken"}', 500],
  ])('%s is answered with %i', async (payload, status) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toContain('secret detail');
    if (status === 201) expect(answer.headers.location).toBe('/api/v2.0/things/x');
    else expect(answer.json().errors).toHaveLength(1);
  });

  it('of another type is refused', async () => {
    expect((await post('name=x', 'text/plain')).statusCode).toBe(415);
    expect((await post('name=x', 'application/x-www-form-urlencoded')).statusCode).toBe(422);
  });

  it('may be left out where the route says so', async () => {
    const { app } = setUp();
    const answer = await app.inject({ method: 'PUT', url: '/api/v2.0/setting' });
    expect([answer.statusCode, answer.json()]).toEqual([200, 'nothing']);
  });

  it('is limited', async () => {
    expect((await post(`{"name":"${'x'.repeat(5_000_000)}"}`)).statusCode).toBe(413);
  });
});

describe('a right', () => {
  it.each<[string, string | undefined, 'GET' | 'POST' | 'DELETE', string, number]>([
    ['of nobody', undefined, 'GET', '/things', 200],
    ['to be logged in, missing', undefined, 'POST', '/things', 401],
    ['in the system, anonymous', undefined, 'DELETE', '/things/1', 401],
    ['in the system, missing', 'ann', 'DELETE', '/things/1', 403],
    ['in the system', 'admin', 'DELETE', '/things/1', 200],
    ['in the system, before the path is parsed', 'ann', 'DELETE', '/things/x', 403],
    ['in a project, anonymous', undefined, 'GET', '/projects/team/members', 401],
    ['in a project, missing', 'ann', 'GET', '/projects/team/members', 403],
    ['in a project that is not there', 'ann', 'GET', '/projects/none/members', 403],
    ['in a project that is not there, anonymous', undefined, 'GET', '/projects/9/members', 401],
    [
      'in a project that is not there, for who sees all',
      'admin',
      'GET',
      '/projects/9/members',
      404,
    ],
    ['in a project, by name', 'admin', 'GET', '/projects/team/members', 200],
    ['in a project, by id', 'admin', 'GET', '/projects/3/members', 200],
    ['with wrong credentials, where none are needed', 'wrong', 'GET', '/things', 401],
  ])('%s', async (_what, who, method, path, status) => {
    const { app } = setUp();
    const answer = await app.inject({
      method,
      url: `/api/v2.0${path}`,
      headers: who === undefined ? {} : as(who),
    });
    expect(answer.statusCode).toBe(status);
  });

  it('is refused in the same words for what is private and what is missing', async () => {
    const { app } = setUp();
    const ask = (name: string) =>
      app.inject({ url: `/api/v2.0/projects/${name}/members`, headers: as('ann') });
    expect((await ask('team')).body).toBe((await ask('none')).body);
  });

  it('reads digits as a name when told so', async () => {
    const { app } = setUp();
    const headers = { ...as('admin'), 'x-is-resource-name': 'true' };
    const answer = await app.inject({ url: '/api/v2.0/projects/3/members', headers });
    expect(answer.statusCode).toBe(404);
  });
});

describe('a path', () => {
  it.each([
    ['a%252Fb', 'a/b'],
    ['a%2Fb', 'a/b'],
    ['a', 'a'],
  ])('with the repository %s names %s', async (encoded, name) => {
    const answer = await setUp().app.inject(`/api/v2.0/projects/team/repositories/${encoded}`);
    expect(answer.json().repository_name).toBe(name);
  });

  it('takes its own methods only', async () => {
    const answer = await setUp().app.inject({ method: 'PATCH', url: '/api/v2.0/things' });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET, POST');
    expect(answer.json().errors[0].code).toBe('METHOD_NOT_ALLOWED');
  });
});

describe('a route with errors of its own', () => {
  it.each<[string, string, 'POST' | 'PUT', number, object]>([
    ['ann', '{"name":"x"}', 'POST', 409, { why: 'conflict' }],
    ['ann', '{"title":"x"}', 'POST', 400, { why: 'invalid' }],
    ['ann', '{"name":', 'POST', 400, { why: 'invalid' }],
    ['wrong', '{"name":"x"}', 'POST', 401, { why: 'unauthenticated' }],
    ['ann', '{"name":"x"}', 'PUT', 405, { why: 'not-allowed' }],
    ['ann', '{"name":"broken"}', 'POST', 500, { errors: [expect.objectContaining({})] }],
  ])('as %s with %s words a refusal in its way', async (who, payload, method, status, body) => {
    const headers = { ...as(who), 'content-type': 'application/json' };
    const answer = await setUp().app.inject({ method, url: '/api/v9/wishes', headers, payload });
    expect([answer.statusCode, answer.json()]).toEqual([status, body]);
    expect(answer.headers['content-type']).toContain('application/json');
  });

  it('says so in the OpenAPI document', () => {
    const { paths } = presentOpenApi(routes, { version: '1' });
    expect(paths['/api/v9/wishes']).toMatchObject({
      post: {
        responses: {
          400: {
            content: {
              'application/json': { schema: { properties: { why: { type: 'string' } } } },
            },
          },
        },
      },
    });
  });
});

describe('audit', () => {
  const create = async (name: string, who = 'ann') => {
    const { app, audited } = setUp();
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v2.0/things',
      headers: { ...as(who), 'x-request-id': 'r1' },
      payload: { name },
    });
    return { answer, audited };
  };

  it('has who did what, from where, and whether it worked', async () => {
    expect((await create('x')).audited).toEqual([
      {
        projectId: undefined,
        operation: 'create',
        resourceType: 'thing',
        resource: 'x',
        username: 'ann',
        succeeded: true,
        address: '192.0.2.1',
        requestId: 'r1',
      },
    ]);
    expect((await create('taken')).audited).toMatchObject([
      { resource: 'taken', succeeded: false },
    ]);
  });

  it('has what was refused to a known caller', async () => {
    const { app, audited } = setUp();
    await app.inject({ method: 'DELETE', url: '/api/v2.0/things/1', headers: as('ann') });
    expect(audited).toMatchObject([
      { operation: 'delete', username: 'ann', succeeded: false, resource: '/api/v2.0/things/1' },
    ]);
  });
});

describe('beside the answer', () => {
  it('a session is told its CSRF token', async () => {
    const answer = await setUp().app.inject({ url: '/api/v2.0/things', headers: as('ann') });
    expect(answer.headers['x-harbor-csrf-token']).toBe('csrf of s');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('in read-only mode nothing changes, but what may', async () => {
    const { app } = setUp({ isReadOnly: () => true });
    const url = '/api/v2.0/things';
    const refused = await app.inject({
      method: 'POST',
      url,
      headers: as('ann'),
      payload: { name: 'x' },
    });
    expect([refused.statusCode, refused.json().errors[0].code]).toEqual([403, 'DENIED']);
    expect((await app.inject({ method: 'PUT', url: '/api/v2.0/setting' })).statusCode).toBe(200);
    expect((await app.inject(url)).statusCode).toBe(200);
  });
});
