import type { HarborConfiguration } from '../../config/registry-configuration.ts';

/** A Harbor at the address, with an administrator's account. */
export function harborConfiguration(
  url: string,
  over: Partial<HarborConfiguration> = {},
): HarborConfiguration {
  return {
    url,
    username: 'admin',
    password: 'secret',
    ca: undefined,
    verifyTls: true,
    login: 'tke',
    adopt: false,
    charts: 'auto',
    manifestCacheSeconds: 1,
    ...over,
  };
}
