export { type ProjectPolicy, repositoryActions } from './access.ts';
export { type ActionSet, actions, parseActions, presentActions } from './actions.ts';
export {
  anonymous,
  type Principal,
  principalKey,
  ROLE,
  type UserPrincipal,
} from './principal.ts';
export {
  createRepositoryAccess,
  type Decision,
  type ProjectDirectory,
  projectName,
  type RepositoryAccess,
} from './repository-access.ts';
