export { createUserGroupRepository, type UserGroupRepository } from './user-group.repository.ts';
export type { UserGroup } from './user-group.ts';
export { userGroupsRoutes } from './user-groups.routes.ts';
export {
  createUserGroupsService,
  type UserGroupsPorts,
  type UserGroupsService,
} from './user-groups.service.ts';
