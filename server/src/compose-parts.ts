import type { BlobStore } from './blobstore/index.ts';
import type { Config } from './config/index.ts';
import type { Database } from './db/index.ts';
import type { HealthCheck } from './http/index.ts';
import type { Background } from './lib/index.ts';
import type { SecretBox } from './secrets/index.ts';
import type { Log, Metrics } from './telemetry/index.ts';
import type { LoadedRegistryConfiguration } from './tke/config/index.ts';

/** What services are built from. */
export interface Parts {
  readonly config: Config;
  /** What `tke-registry-config.yaml` says; undefined when there is none. */
  readonly registryConfiguration: LoadedRegistryConfiguration | undefined;
  readonly db: Database;
  readonly store: BlobStore;
  readonly secrets: SecretBox;
  readonly background: Background;
  readonly checks: readonly HealthCheck[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether other replicas use the database too. */
  readonly shared: boolean;
  /** False while changes made by other replicas are not heard of. */
  readonly hearsReplicas: () => boolean;
}
