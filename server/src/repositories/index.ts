export type {
  ArtifactActions,
  CopyOrder,
  DeletedArtifact,
  LabelActions,
  TagChange,
} from './actions.ts';
export type { ArtifactRecord, ScanOverview } from './artifact.ts';
export type { ArtifactInspector } from './artifact-completion.ts';
export type { AdditionReader, ArtifactReader } from './artifact-reader.service.ts';
export { type RepositoriesRoutesPorts, repositoriesRoutes } from './repositories.routes.ts';
export type { RepositoriesService } from './repositories.service.ts';
export {
  createRepositories,
  type Repositories,
  type RepositoriesParts,
} from './repositories-parts.ts';
export { narrowToAll, withinReach } from './repository-reach.ts';
