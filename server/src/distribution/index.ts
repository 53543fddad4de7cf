export { type DistributionPorts, registerDistribution } from './distribution.ts';
export type { ContentEvent, DistributionEvents, ManifestEvent } from './events.ts';
