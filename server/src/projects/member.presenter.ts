import { roleName } from '../access/index.ts';
import type { Member } from './member.repository.ts';

/** Harbor's ProjectMemberEntity. */
export function presentMember({ id, projectId, roleId, entity }: Member): object {
  return {
    id,
    project_id: projectId,
    entity_name: entity.name,
    entity_id: entity.id,
    entity_type: entity.kind === 'user' ? 'u' : 'g',
    role_id: roleId,
    role_name: roleName(roleId),
  };
}
