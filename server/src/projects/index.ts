export {
  createProjectRepository,
  type ProjectRepository,
  type Visibility,
} from './project.repository.ts';
export { registerProjectsRoutes } from './projects.routes.ts';
export {
  createProjectsService,
  LIBRARY,
  type ProjectsService,
  visibilityOf,
} from './projects.service.ts';
