export { createBuiltinProvider } from './builtin/builtin-provider.ts';
export { createContentRepository } from './builtin/content.repository.ts';
export { createHarborApi, type HarborApi } from './harbor/harbor-api.ts';
export { createHarborProvider } from './harbor/harbor-provider.ts';
export { ProviderError, type ProviderHealth, type RegistryProvider } from './provider.ts';
