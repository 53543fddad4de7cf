import { z } from 'zod';
import { idParam, line, pageQuery, projectParams } from '../api/index.ts';

export const memberParams = projectParams.extend({ mid: idParam });

export const memberListQuery = pageQuery.extend({ entityname: line(255).optional() });

const id = z.int().min(0);

/** Harbor's ProjectMember as a request. */
export const memberRequest = z.strictObject({
  role_id: z.int(),
  member_user: z.strictObject({ user_id: id.nullish(), username: line(255).nullish() }).nullish(),
  member_group: z
    .strictObject({
      id: id.nullish(),
      group_name: line(255).nullish(),
      group_type: z.int().min(0).max(3).nullish(),
      ldap_group_dn: line(1024).nullish(),
    })
    .nullish(),
});

/** Terraform's provider sends the whole member; of whom it is cannot change. */
const ignored = z.unknown().optional();

/** Harbor's RoleRequest. */
export const roleRequest = z.strictObject({
  role_id: z.int(),
  member_user: ignored,
  member_group: ignored,
});

/** Harbor's ProjectMemberEntity. */
export const memberModel = z.object({
  id,
  project_id: id,
  entity_name: z.string(),
  entity_id: id,
  entity_type: z.enum(['u', 'g']),
  role_id: z.int(),
  role_name: z.string(),
});
