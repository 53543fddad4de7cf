import { z } from 'zod';
import { line, pageQuery, wholeParam } from '../api/index.ts';

/** Zero and below is 400 in Harbor, not 422: the service tells. */
export const userGroupParams = z.object({ group_id: wholeParam(Number.MIN_SAFE_INTEGER) });

export const userGroupListQuery = pageQuery.extend({
  group_name: line(255).optional(),
  ldap_group_dn: line(4096).optional(),
});

export const userGroupSearchQuery = pageQuery.extend({ groupname: line(255) });

/** Harbor's UserGroup, as clients send it: `id` is the path's business. */
export const userGroupRequest = z.strictObject({
  id: z.int().optional(),
  group_name: line(255).default(''),
  group_type: z.int().default(0),
  ldap_group_dn: line(4096).default(''),
});

/** Harbor's UserGroup. */
export const userGroupResponse = z.object({
  id: z.int(),
  group_name: z.string(),
  group_type: z.int(),
  ldap_group_dn: z.string().optional(),
});

/** Harbor's UserGroupSearchItem. */
export const userGroupSearchItem = z.object({
  id: z.int(),
  group_name: z.string(),
  group_type: z.int(),
});
