export { createCveAllowlistRepository } from './cve-allowlist.repository.ts';
export {
  type CveAllowlistsService,
  createCveAllowlistsService,
} from './cve-allowlists.service.ts';
export { createMemberRepository } from './member.repository.ts';
export {
  createMembersService,
  type GroupToEnsure,
  type MemberResolver,
  type MembersService,
} from './members.service.ts';
export { createMembershipRepository } from './membership.repository.ts';
export { listPermittedProjectIds } from './permitted-projects.ts';
export { presentProject } from './project.presenter.ts';
export { createProjectRepository, type ProjectRepository } from './project.repository.ts';
export { createProjectMetadataService } from './project-metadata.service.ts';
export { isProjectName } from './project-name.ts';
export {
  createProjectScannerService,
  noScanners,
  type ScannerDirectory,
} from './project-scanner.service.ts';
export { type ProjectsRoutesPorts, projectsRoutes } from './projects.routes.ts';
export { projectModel } from './projects.schema.ts';
export {
  createProjectsService,
  LIBRARY,
  type ProjectSettings,
  type ProjectsService,
} from './projects.service.ts';
export { selectVisibleProjectIds } from './visibility.repository.ts';
export { type Visibility, visibilityOf } from './visibility.ts';
