export type { ArtifactActions } from './actions.ts';
export type { ArtifactInspector } from './artifact-completion.ts';
export { repositoriesRoutes } from './repositories.routes.ts';
export { createRepositories, type Repositories } from './repositories-parts.ts';
export { acrossRepositories, withinReach } from './repository-reach.ts';
