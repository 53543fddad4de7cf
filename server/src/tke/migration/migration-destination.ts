import type { RegistryClient } from '@berth/client';
import type { SourceChartGroup, SourceNamespace } from './migration-source.ts';

/** A chart that the destination has, by the digest of its archive. */
export interface KeptChart {
  /** `{name}-{version}` */
  readonly label: string;
}

/** Whether a container is there and may be filled. */
export interface Ensured {
  readonly isNew: boolean;
  /** Sentences for the report: what is other here than at the source. */
  readonly notes: readonly string[];
}

/**
 * Where a migration copies to: a running Berth with TKE's interfaces, through which objects,
 * projects and rights are made by its own rules.
 *
 * All throw AppError, RegistryError or what `fetch` throws.
 */
export interface MigrationDestination {
  readonly name: string;
  check(signal: AbortSignal): Promise<void>;
  /** Creates it unless it is there; one that is there stays as it is. */
  ensureNamespace(namespace: SourceNamespace, signal: AbortSignal): Promise<Ensured>;
  ensureChartGroup(group: SourceChartGroup, signal: AbortSignal): Promise<Ensured>;
  /** Its repositories are named `{namespace}/{repository}`. */
  images(tenant: string): RegistryClient;
  /** By `sha256:…` of the archive. */
  listCharts(group: SourceChartGroup, signal: AbortSignal): Promise<ReadonlyMap<string, KeptChart>>;
  /** @throws AppError conflict when it has other bytes for the version */
  putChart(
    group: SourceChartGroup,
    file: {
      readonly label: string;
      readonly archive: Uint8Array;
      readonly provenance: Uint8Array | undefined;
    },
    signal: AbortSignal,
  ): Promise<void>;
  putProvenance(
    group: SourceChartGroup,
    file: { readonly label: string; readonly provenance: Uint8Array },
    signal: AbortSignal,
  ): Promise<void>;
  findProvenance(
    group: SourceChartGroup,
    label: string,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
}
