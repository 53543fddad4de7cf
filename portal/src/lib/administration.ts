import { RestError } from './api.ts';
import { useCurrentUser, useIsAdmin } from './session.ts';

/**
 * For pages of administrators alone.
 *
 * @throws RestError 401 for visitors, 403 for all others: the frame has a page for each
 */
export function useAdministration(): void {
  const isVisitor = useCurrentUser() === null;
  if (useIsAdmin()) return;
  throw new RestError(isVisitor ? 401 : 403);
}
