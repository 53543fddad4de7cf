export { canInProject, canInSystem, type ProjectPolicy, repositoryActions } from './access.ts';
export { type ActionSet, actions, parseActions, presentActions } from './actions.ts';
export type {
  AskedRequest,
  AuthorizedCaller,
  Authorizer,
  Caller,
  ShownRequest,
} from './authorizer.ts';
export { listPermissions } from './current-permissions.ts';
export { isGlob, matchesGlob } from './glob.ts';
export { narrowTo, narrowToAll } from './narrow.ts';
export {
  formerProjectCatalogue,
  type Permission,
  projectCatalogue,
  systemCatalogue,
  systemPermissions,
} from './permission.ts';
export {
  anonymous,
  isAdmin,
  type Principal,
  principalKey,
  type RobotPermission,
  type RobotPrincipal,
  type TokenLimits,
  type UserPrincipal,
  usernameOf,
} from './principal.ts';
export {
  createProjectAccess,
  createRepositoryAccess,
  type Decision,
  type ProjectAccess,
  type ProjectDirectory,
  projectName,
  type RepositoryAccess,
} from './repository-access.ts';
export { isRole, projectPermissions, ROLE, roleName, rolesByPower } from './roles.ts';
export { findV2Operation, isReading, type V2Method } from './v2-permissions.ts';
