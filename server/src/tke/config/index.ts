export { type LoadedRegistryConfiguration, loadRegistryConfiguration } from './load.ts';
export type {
  HarborConfiguration,
  HarborLogin,
  RegistryConfiguration,
} from './registry-configuration.ts';
export { findTenant, tenantOf } from './tenant.ts';
