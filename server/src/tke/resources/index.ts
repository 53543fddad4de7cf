export { isAvailable } from './availability.ts';
export { type ContainerPorts, Containers } from './containers.ts';
export type { ChartFiles, DirtyMark, Driver, ResourcePorts } from './ports.ts';
export { createTkeResources } from './resources.ts';
export {
  API_VERSION,
  type Chart,
  type ChartGroup,
  type ConfigMap,
  GROUP,
  keys,
  type Member,
  type Namespace,
  type Repository,
  VERSION,
} from './types.ts';
