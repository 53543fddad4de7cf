import type { Informer, KubeObjects, ObjectKey } from '../../kube/index.ts';
import type { SecretBox } from '../../secrets/index.ts';
import type { Names } from '../names.ts';
import type { RegistryProvider } from '../providers/provider.ts';
import type { Containers } from './containers.ts';
import type { ChartGroup } from './types.ts';

/** Text files of a chart, by their paths below its directory. */
export interface ChartFiles {
  readonly readme: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  readonly rawFiles: Readonly<Record<string, string>>;
}

/** What the data planes change, by the names people use. */
export type DirtyMark =
  | {
      readonly kind: 'image';
      readonly tenant: string;
      readonly namespace: string;
      readonly repository: string;
      /** Only the counter changed, which can wait for more of them. */
      readonly isPull?: boolean;
    }
  | {
      readonly kind: 'chart';
      readonly tenant: string;
      readonly group: string;
      readonly isPull?: boolean;
    };

/** The kinds whose deletion takes work at the back end. */
export type FinalizedKind = 'Namespace' | 'Repository' | 'ChartGroup' | 'Chart';

/** The controllers, as resources need them. */
export interface Driver {
  /** Waits for one attempt at an object's outstanding work, for some seconds at most; never rejects. */
  drive(kind: FinalizedKind, key: ObjectKey): Promise<void>;
  /** Cheap and synchronous: the work is done in the background. */
  markDirty(mark: DirtyMark): void;
  /** Brings a group's Chart objects to what the back end has. @throws ProviderError */
  syncCharts(group: ChartGroup): Promise<void>;
  /** Reads the remote index of an Imported group. @throws StatusError, AppError */
  syncImported(group: ChartGroup, signal: AbortSignal): Promise<void>;
  /** The archive of an imported version. @throws StatusError, AppError */
  fetchImported(
    group: ChartGroup,
    chart: string,
    version: string,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
}

/**
 * What the kinds need. Those that are made of the kinds themselves (objects, informers,
 * controllers) are asked for when a request needs them.
 */
export interface ResourcePorts {
  readonly names: Names;
  readonly provider: RegistryProvider;
  readonly defaultTenant: string;
  readonly box: SecretBox;
  readonly containers: Containers;
  objects(): KubeObjects;
  /** By `keys.chartGroup`. */
  chartGroups(): Informer<ChartGroup>;
  driver(): Driver;
  /** By the name of a user of this registry. */
  findUserId(username: string): Promise<number | undefined>;
  /** @throws AppError for an archive that is no chart */
  readChart(archive: Uint8Array): Promise<ChartFiles>;
  now(): Date;
}
