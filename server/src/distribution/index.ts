export { type DistributionPorts, registerDistribution } from './distribution.ts';
