import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  canInProject,
  narrowToAll,
  type Principal,
  type ProjectPolicy,
  type RobotPrincipal,
} from '../access/index.ts';
import { authenticated, type Call, defineRoute, ok, project } from '../api/index.ts';
import { acrossRepositories, withinReach } from './repository-reach.ts';

const team: ProjectPolicy = { id: 3, name: 'team', isPublic: false, accessEpoch: 0 };

function robot(...globs: readonly (readonly string[])[]): RobotPrincipal {
  const access = [{ resource: 'artifact', action: 'list' }];
  const permissions = globs.map((repositories) => ({ scope: team.id, access, repositories }));
  return { kind: 'robot', id: 1, username: 'robot$x', projectId: undefined, permissions };
}

const access = {
  can: (principal: Principal, policy: ProjectPolicy, resource: string, action: string) =>
    Promise.resolve(canInProject(principal, policy, [], resource, action)),
};

function callBy(principal: Principal, params: object = {}): Call {
  return {
    principal,
    project: team,
    params,
    query: undefined,
    body: undefined,
    headers: {},
    requestId: 'r',
    address: '',
    path: '',
    externalUrl: '',
  };
}

async function statusOf(principal: Principal, params: object): Promise<number | string> {
  const [route] = withinReach(access, [
    defineRoute({
      method: 'GET',
      path: '/projects/{project_name}/x',
      operationId: 'x',
      tag: 'x',
      summary: 'x',
      can: project('artifact', 'list'),
      params: z.object({}),
      responses: { 200: null },
      handle: () => ok(),
    }),
  ]);
  try {
    return (await route?.handle(callBy(principal, params)))?.status ?? 0;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

describe('a robot whose permission names repositories', () => {
  const narrow = robot(['app', 'deep/**']);

  it.each([
    ['app', 200],
    ['deep/a/b', 200],
    ['other', expect.stringContaining('forbidden')],
    [undefined, expect.stringContaining('forbidden')],
  ])('reaches %s: %s', async (path, outcome) => {
    const params = path === undefined ? {} : { repository_name: path };
    expect(await statusOf(narrow, params)).toEqual(outcome);
  });

  it('reaches everything by another permission that names none', async () => {
    expect(await statusOf(robot(['app'], []), { repository_name: 'other' })).toBe(200);
    expect(await statusOf(robot(['app'], []), {})).toBe(200);
  });

  it('is denied for all what it is denied for some', async () => {
    const denial = {
      scope: team.id,
      access: [{ resource: 'artifact', action: 'list', effect: 'deny' as const }],
      repositories: ['app'],
    };
    const wide = robot([]);
    const denied = { ...wide, permissions: [...wide.permissions, denial] };
    expect(await statusOf(denied, {})).toEqual(expect.stringContaining('forbidden'));
  });

  it('may nothing in routes that are about all repositories, whatever they decide', async () => {
    const seen: Principal[] = [];
    const [route] = acrossRepositories([
      defineRoute({
        method: 'GET',
        path: '/y',
        operationId: 'y',
        tag: 'y',
        summary: 'y',
        can: authenticated,
        responses: { 200: null },
        handle({ principal }) {
          seen.push(principal);
          return ok();
        },
      }),
    ]);
    for (const principal of [narrow, robot([])]) await route?.handle(callBy(principal));
    expect(seen).toMatchObject([{ permissions: [] }, robot([])]);
  });

  it('sees no list of all repositories by it', () => {
    expect(narrowToAll(narrow)).toMatchObject({ permissions: [] });
    expect(narrowToAll(robot([]))).toEqual(robot([]));
  });
});
