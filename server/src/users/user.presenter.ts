import type { z } from 'zod';
import type { User } from '../identity/index.ts';
import type { OidcMeta } from './oidc-meta.ts';
import type { currentUserResponse, userResponse, userSearchItem } from './users.schema.ts';

/** Harbor's UserResp. The CLI secret is left out unless `showsSecret`. */
export function presentUser(
  user: User,
  meta?: OidcMeta,
  showsSecret = false,
): z.output<typeof userResponse> {
  const { email, realname, comment } = user;
  return {
    user_id: user.id,
    username: user.username,
    ...(email !== null && email !== '' && { email }),
    ...(realname !== '' && { realname }),
    ...(comment !== '' && { comment }),
    sysadmin_flag: user.isAdmin,
    admin_role_in_auth: user.isAdminBySource,
    ...(meta !== undefined && {
      oidc_user_meta: {
        id: meta.id,
        user_id: user.id,
        subiss: meta.subiss,
        ...(showsSecret && meta.secret !== undefined && { secret: meta.secret }),
        creation_time: meta.createdAt.toISOString(),
        update_time: meta.updatedAt.toISOString(),
      },
    }),
    creation_time: user.createdAt.toISOString(),
    update_time: user.updatedAt.toISOString(),
  };
}

/** The same of oneself, with what the portal asks for next. */
export function presentCurrentUser(
  user: User,
  meta: OidcMeta | undefined,
  showsSecret: boolean,
): z.output<typeof currentUserResponse> {
  return {
    ...presentUser(user, meta, showsSecret),
    ...(user.mustChangePassword && { password_change_required: true }),
  };
}

export function presentFoundUser({
  id,
  username,
}: Pick<User, 'id' | 'username'>): z.output<typeof userSearchItem> {
  return { user_id: id, username };
}
