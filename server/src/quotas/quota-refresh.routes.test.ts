import { beforeEach, describe, expect, it } from 'vitest';
import { quietLog } from '../../test/log.ts';
import { anonymous, type Principal } from '../access/index.ts';
import { registerApi } from '../api/index.ts';
import { createHttpServer } from '../http/index.ts';
import { quotaRefreshRoutes } from './quota-refresh.routes.ts';

let started = 0;
beforeEach(() => {
  started = 0;
});

async function refresh(principal: Principal, isEnabled = true): Promise<number> {
  const app = createHttpServer({ log: quietLog, idleMs: 1_000 });
  const routes = quotaRefreshRoutes({
    refresh: { start: () => void (started += 1) },
    isEnabled: () => isEnabled,
  });
  registerApi(app, routes, {
    access: { can: () => Promise.resolve(false), listRoles: () => Promise.resolve([]) },
    findProject: () => Promise.resolve(undefined),
    authenticate: () => Promise.resolve({ principal }),
    csrfToken: () => '',
    addressOf: () => '127.0.0.1',
    recordAudit: () => Promise.resolve(),
    isReadOnly: () => false,
    externalUrl: undefined,
  });
  const { statusCode } = await app.inject({ method: 'POST', url: '/api/internal/syncquota' });
  return statusCode;
}

const user = (isAdmin: boolean): Principal => ({
  kind: 'user',
  id: 1,
  username: 'ann',
  isAdmin,
  groupIds: [],
});

describe('the refresh of quotas', () => {
  it('is started by administrators', async () => {
    expect(await refresh(user(true))).toBe(200);
    expect(started).toBe(1);
  });

  it.each([
    ['others', 403, user(false), true],
    ['strangers', 401, anonymous, true],
    ['anybody while quotas are off', 403, user(true), false],
  ] as const)('is refused to %s with %i', async (_who, status, principal, isEnabled) => {
    expect(await refresh(principal, isEnabled)).toBe(status);
    expect(started).toBe(0);
  });
});
