import type { Config } from './config/index.ts';
import type { Log } from './telemetry/index.ts';
import { type LoadedRegistryConfiguration, loadRegistryConfiguration } from './tke/config/index.ts';

/**
 * What `tke-registry-config.yaml` says; undefined when none is configured.
 *
 * @throws ConfigError with all faults
 */
export function openRegistryConfiguration(
  { tkeConfig: file }: Config,
  log?: Log,
): LoadedRegistryConfiguration | undefined {
  if (file === undefined) return undefined;
  const loaded = loadRegistryConfiguration(file, process.env);
  for (const warning of loaded.warnings) log?.warn({ file }, warning);
  return loaded;
}

/** The configuration with TKE's directory of blobs, unless it has one of its own. */
export function withTkeStorage(config: Config, loaded = openRegistryConfiguration(config)): Config {
  const storageRoot = config.storageRoot ?? loaded?.storageRoot;
  return storageRoot === undefined ? config : { ...config, storageRoot };
}
