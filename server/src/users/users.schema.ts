import { z } from 'zod';
import { flagParam, idParam, line, listQuery, pageQuery, timestamp } from '../api/index.ts';

/** Longer than any field may be: the service says how long in Harbor's words. */
const text = orEmpty(line(4096));
/** Of any characters: it is hashed, never stored or shown. */
const password = orEmpty(z.string().max(4096));

export const userParams = z.object({ user_id: idParam });

export const userListQuery = listQuery.extend({
  username: line(255).optional(),
  email: line(255).optional(),
});

export const userSearchQuery = pageQuery.extend({ username: line(255).min(1) });

export const permissionQuery = z.object({
  scope: line(255).default(''),
  relative: flagParam.default(false),
});

/**
 * Terraform's provider, as an administrator, sends one and the same object to every operation
 * about a user. What the operation is not about is ignored; see `refusePrivileges` for others.
 */
const ignored = z.unknown().optional();

/** Harbor's UserCreationReq. */
export const userCreationRequest = z.strictObject({
  username: text,
  email: text,
  realname: text,
  comment: text,
  password: password,
  sysadmin_flag: ignored,
  new_password: ignored,
});

/** Harbor's UserProfile. */
export const userProfile = z.strictObject({
  email: text,
  realname: text,
  comment: text,
  username: ignored,
  password: ignored,
  sysadmin_flag: ignored,
  new_password: ignored,
});

/** Harbor's UserSysAdminFlag, whose Go clients leave out what is false. */
export const sysAdminFlag = z.strictObject({
  sysadmin_flag: z.boolean().default(false),
  username: ignored,
  password: ignored,
  email: ignored,
  realname: ignored,
  comment: ignored,
  new_password: ignored,
});

/** Harbor's PasswordReq. */
export const passwordRequest = z.strictObject({
  old_password: password,
  new_password: password,
  username: ignored,
  password: ignored,
  sysadmin_flag: ignored,
  email: ignored,
  realname: ignored,
  comment: ignored,
});

/** Harbor's OIDCCliSecretReq. */
export const cliSecretRequest = z.strictObject({ secret: password });

/** Harbor's UserResp. */
export const userResponse = z.object({
  user_id: z.int(),
  username: z.string(),
  email: z.string().optional(),
  realname: z.string().optional(),
  comment: z.string().optional(),
  sysadmin_flag: z.boolean(),
  admin_role_in_auth: z.boolean(),
  oidc_user_meta: z
    .object({
      id: z.int(),
      user_id: z.int(),
      subiss: z.string(),
      secret: z.string().optional(),
      creation_time: timestamp,
      update_time: timestamp,
    })
    .optional(),
  creation_time: timestamp,
  update_time: timestamp,
});

/** Harbor's UserResp, and `password_change_required` while somebody else's password is in use. */
export const currentUserResponse = userResponse.extend({
  password_change_required: z.literal(true).optional(),
});

/** Harbor's UserSearchRespItem: nothing more about anybody (CVE-2019-3990). */
export const userSearchItem = z.object({ user_id: z.int(), username: z.string() });

/** Harbor's Permission. */
export const permission = z.object({ resource: z.string(), action: z.string() });

/** Nothing and null, which Python's client sends for what it does not set, are the empty text. */
function orEmpty(schema: z.ZodString) {
  return schema.nullish().transform((value) => value ?? '');
}
