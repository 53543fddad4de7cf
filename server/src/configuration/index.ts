export { StoredConfigurationError } from './configuration.errors.ts';
export {
  type PresentedConfiguration,
  presentConfiguration,
  presentInternal,
  type SystemSettings,
} from './configuration.presenter.ts';
export {
  type ConfigurationRepository,
  createConfigurationRepository,
} from './configuration.repository.ts';
export { type ConfigurationRoutesPorts, configurationRoutes } from './configuration.routes.ts';
export {
  type ConfigurationPorts,
  type ConfigurationService,
  openConfiguration,
} from './configuration.service.ts';
export type {
  ConfigurationKey,
  SecretKey,
  SettingKey,
  Settings,
} from './configuration-items.ts';
export { enabledSources, type UserSource } from './configuration-rules.ts';
export { type Overwrite, parseOverwrite } from './overwrite.ts';
