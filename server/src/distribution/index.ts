export {
  createDistribution,
  type DistributionPorts,
  registerDistribution,
  type ServingPorts,
} from './distribution.ts';
export type { ContentEvent, DistributionEvents, ManifestEvent } from './events.ts';
export type { Distribution } from './v2.endpoints.ts';
