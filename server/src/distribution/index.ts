export { type DistributionPorts, registerDistribution } from './distribution.ts';
export type { DistributionEvents, ManifestEvent } from './events.ts';
