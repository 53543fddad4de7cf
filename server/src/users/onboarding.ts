import type { UserPrincipal } from '../access/index.ts';
import type { ExternalIdentity, IdentityService } from '../identity/index.ts';

/**
 * The account of somebody who was found in a directory, made if there is none. A search tells no
 * groups: an account that is there keeps those of its last login.
 *
 * @throws AppError invalid, conflict: the name cannot be one here, or belongs to another account
 */
export async function ensureOnboarded(
  identity: Pick<IdentityService, 'findExternal' | 'ensureExternal'>,
  external: Omit<ExternalIdentity, 'groups' | 'isAdmin'>,
): Promise<UserPrincipal> {
  const known = await identity.findExternal(external);
  return known ?? identity.ensureExternal({ ...external, groups: [], isAdmin: false });
}
