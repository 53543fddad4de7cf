import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/index.ts';
import type { HarborRequest } from '../providers/harbor/harbor-api.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { ChartAction } from '../rights/gatekeeper.ts';
import { createHarborDoor } from './chart-door.ts';

const project = 'default-chart-team';
const actions = ['index', 'download', 'upload', 'delete'] as const satisfies ChartAction[];

function group(spec: Partial<ChartGroup['spec']> = {}): ChartGroup {
  return {
    apiVersion: 'registry.tkestack.io/v1',
    kind: 'ChartGroup',
    metadata: { name: 'rcg-1', uid: '1', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      name: 'team',
      tenantID: 'default',
      visibility: 'Public',
      type: 'SelfBuilt',
      projects: [],
      users: [],
      finalizers: [],
      ...spec,
    },
    status: { phase: 'Available', chartCount: 0 },
  };
}

/** Harbor, as it answers one question. */
function harborThat(status: number, json: unknown, asked: HarborRequest[] = []) {
  return createHarborDoor({
    send: (request) => {
      asked.push(request);
      const body = Buffer.from(JSON.stringify(json));
      return Promise.resolve({ status, headers: new Headers(), body, url: new URL('http://h') });
    },
  });
}

const authorization = `Basic ${Buffer.from('jane:secret').toString('base64')}`;

async function allowed(
  door: ReturnType<typeof harborThat>,
  shown: string | undefined,
  of = group(),
): Promise<readonly string[]> {
  const answers = await Promise.all(
    actions.map(async (action) => {
      const admission = await door.admit(
        { authorization: shown, address: '' },
        of,
        project,
        action,
      );
      return admission.isAllowed ? [action] : [];
    }),
  );
  return answers.flat();
}

describe('the door of Harbor', () => {
  it('asks with the credentials of the caller, for the project of exactly this name', async () => {
    const asked: HarborRequest[] = [];
    const door = harborThat(200, { current_user_role_id: 1 }, asked);
    const admission = await door.admit({ authorization, address: '' }, group(), project, 'upload');
    expect(admission).toEqual({ username: 'jane', isStranger: false, isAllowed: true });
    expect(asked).toMatchObject([
      {
        method: 'GET',
        path: '/api/v2.0/projects/default-chart-team',
        headers: { authorization, 'x-is-resource-name': 'true' },
      },
    ]);
  });

  it.each([
    [{ current_user_role_id: 1 }, actions],
    [{ current_user_role_id: 4 }, actions],
    [{ current_user_role_id: 2 }, ['index', 'download', 'upload']],
    [{ current_user_role_id: 3 }, ['index', 'download']],
    [{ current_user_role_ids: [5, 2] }, ['index', 'download', 'upload']],
    [{ current_user_role_id: null, current_user_role_ids: null }, ['index', 'download']],
    [{}, ['index', 'download']],
  ])('goes by the role that %j tells', async (json, expected) => {
    expect(await allowed(harborThat(200, json), authorization)).toEqual(expected);
  });

  it.each([403, 404])('shuts when Harbor shows no project (%i)', async (status) => {
    expect(await allowed(harborThat(status, {}), authorization)).toEqual([]);
  });

  it('tells wrong credentials from missing rights', async () => {
    const door = harborThat(401, {});
    for (const shown of [authorization, 'Bearer x', 'Basic ?']) {
      await expect(
        door.admit({ authorization: shown, address: '' }, group(), project, 'index'),
      ).rejects.toSatisfy((error) => error instanceof AppError && error.kind === 'unauthenticated');
    }
  });

  it('lets strangers read what is public, without asking', async () => {
    const asked: HarborRequest[] = [];
    const door = harborThat(500, {}, asked);
    expect(await allowed(door, undefined)).toEqual(['index', 'download']);
    expect(await allowed(door, undefined, group({ visibility: 'User' }))).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('lets nobody change a group that mirrors another', async () => {
    const door = harborThat(200, { current_user_role_id: 1 });
    expect(await allowed(door, authorization, group({ type: 'Imported' }))).toEqual([
      'index',
      'download',
    ]);
  });
});
