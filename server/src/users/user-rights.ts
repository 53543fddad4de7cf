import { canInSystem, type Principal } from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import type { User } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';

/** Whose account a caller acts on. */
export type Whose = 'own' | 'other';

/**
 * Lets users act on their own account, and those with the right in the system on every one. Says
 * nothing about whether the account exists.
 *
 * @throws AppError unauthenticated, denied
 */
export function authorizeAccount(
  principal: Principal,
  id: number,
  action: 'read' | 'update',
): Whose {
  if (principal.kind === 'user' && principal.id === id) {
    const { limits } = principal;
    const isFree = limits === undefined || limits.projectIds === undefined;
    const reaches = limits === undefined || limits.api === 'write' || limits.api === action;
    if (isFree && reaches) return 'own';
    throw refusalFor(principal);
  }
  if (!canInSystem(principal, 'user', action)) throw refusalFor(principal);
  return 'other';
}

/**
 * The same for what proves who one is. A personal token must not make itself a password.
 *
 * @throws AppError unauthenticated, denied
 */
export function authorizeCredentials(principal: Principal, id: number): Whose {
  const whose = authorizeAccount(principal, id, 'update');
  if (whose === 'own' && principal.kind === 'user' && principal.limits !== undefined) {
    throw new AppError('denied', 'a personal token does not reach the credentials of its user');
  }
  return whose;
}

/**
 * A robot can never mint a right it lacks: with `user:update` it changes users, not those who may
 * do everything.
 *
 * @throws AppError denied
 */
export function protectAdministrator(principal: Principal, user: User): void {
  if (principal.kind !== 'robot' || !(user.isAdmin || user.isAdminBySource)) return;
  throw new AppError('denied', 'a robot may not change the account of an administrator');
}
