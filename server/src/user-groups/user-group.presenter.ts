import type { z } from 'zod';
import type { UserGroup } from './user-group.ts';
import type { userGroupResponse, userGroupSearchItem } from './user-groups.schema.ts';

/** Harbor's UserGroup. */
export function presentUserGroup(group: UserGroup): z.output<typeof userGroupResponse> {
  const { ldapDn } = group;
  return { ...presentFoundGroup(group), ...(ldapDn !== '' && { ldap_group_dn: ldapDn }) };
}

/** Harbor's UserGroupSearchItem. */
export function presentFoundGroup({
  id,
  name,
  type,
}: UserGroup): z.output<typeof userGroupSearchItem> {
  return { id, group_name: name, group_type: type };
}
