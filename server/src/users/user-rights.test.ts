import { describe, expect, it } from 'vitest';
import { actions, anonymous, type Principal, type TokenLimits } from '../access/index.ts';
import { authorizeAccount, authorizeCredentials } from './user-rights.ts';

function user(id: number, isAdmin = false, limits?: TokenLimits): Principal {
  return { kind: 'user', id, username: `user-${id}`, isAdmin, groupIds: [], limits };
}

function token(api: TokenLimits['api'], projectIds?: number[]): TokenLimits {
  return { tokenId: 1, api, repository: actions.all, projectIds };
}

function robot(action: string): Principal {
  const access = [{ resource: 'user', action }];
  const permissions = [{ scope: 'system' as const, access, repositories: [] }];
  return { kind: 'robot', id: 7, username: 'robot$x', projectId: undefined, permissions };
}

const denied = expect.objectContaining({ kind: 'denied' });

describe('acting on an account', () => {
  it('is for its user, and for those with the right in the system', () => {
    expect(authorizeAccount(user(7), 7, 'update')).toBe('own');
    expect(authorizeAccount(user(1, true), 7, 'update')).toBe('other');
    expect(authorizeAccount(robot('update'), 7, 'update')).toBe('other');
  });

  it.each([
    ['another user', user(8)],
    ['a robot with the id of the user', robot('list')],
    ['a robot that may only read', robot('read')],
    ['a token that only reads', user(7, false, token('read'))],
    ['a token without the API', user(7, false, token('none'))],
    ['a token for one project', user(7, false, token('write', [1]))],
    ['a token of an administrator that only reads', user(1, true, token('read'))],
  ])('is denied to %s', (_who, principal) => {
    expect(() => authorizeAccount(principal, 7, 'update')).toThrow(denied);
    expect(() => authorizeCredentials(principal, 7)).toThrow(denied);
  });

  it('asks strangers to log in', () => {
    expect(() => authorizeAccount(anonymous, 7, 'read')).toThrow(
      expect.objectContaining({ kind: 'unauthenticated' }),
    );
  });
});

describe('changing credentials', () => {
  it('takes more than a personal token of the same user', () => {
    const own = user(7, true, token('write'));
    expect(authorizeAccount(own, 7, 'update')).toBe('own');
    expect(() => authorizeCredentials(own, 7)).toThrow(denied);
    expect(authorizeCredentials(user(7), 7)).toBe('own');
  });
});
