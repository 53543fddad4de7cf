import type { RegistryClient } from '@berth/client';
import type { Digest } from '@berth/oci';

/** The tenant of what belongs to none, which is the namespace `library` alone. */
export const SHARED = '';

/**
 * What is set of a namespace, in words of either generation of the API: the destination knows both.
 * What is undefined becomes the destination's default.
 */
export interface NamespaceSettings {
  readonly displayName?: string | undefined;
  readonly visibility?: string | undefined;
  readonly type?: string | undefined;
  readonly projects?: readonly string[] | undefined;
}

export interface ChartGroupSettings extends NamespaceSettings {
  readonly description?: string | undefined;
  readonly users?: readonly string[] | undefined;
  readonly creator?: string | undefined;
  readonly importedInfo?:
    | {
        readonly addr: string;
        readonly username?: string | undefined;
        readonly password?: string | undefined;
      }
    | undefined;
}

/** A container of images at the source. */
export interface SourceNamespace {
  readonly tenant: string;
  readonly name: string;
  readonly settings: NamespaceSettings;
}

/** A chart repository at the source. */
export interface SourceChartGroup {
  readonly tenant: string;
  readonly name: string;
  readonly settings: ChartGroupSettings;
}

export interface Inventory {
  readonly namespaces: readonly SourceNamespace[];
  readonly chartGroups: readonly SourceChartGroup[];
  /** What is there and is nobody's, in sentences for the report. */
  readonly notes: readonly string[];
}

/** Something to be copied out of a repository: a tag, or (without one) an untagged manifest. */
export interface SourceReference {
  readonly tag?: string;
  /** Absent where the source's list does not tell it. */
  readonly digest?: Digest;
  /** Bytes of everything in it, where the source's list tells. */
  readonly size?: number;
}

export interface SourceChart {
  /** `{name}-{version}`, as in its file's name. */
  readonly label: string;
  /** `sha256:…` of the archive, where it is known without reading it. */
  readonly digest: string | undefined;
  archive(signal: AbortSignal): Promise<Uint8Array>;
  provenance(signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** A registry as its tenants' images are read from it. */
export interface SourceImages {
  readonly client: RegistryClient;
  /** What a repository below a namespace is called there. */
  nameOf(namespace: SourceNamespace, repository: string): string;
}

/**
 * Where a migration copies from. Lists are streams in an order of the source's own; nothing is
 * ever written to it.
 *
 * All throw AppError, RegistryError or what `fetch` throws.
 */
export interface MigrationSource {
  /** Kind and address, without secrets: tells one source from another in the journal. */
  readonly name: string;
  /** Address and credentials are right. */
  check(signal: AbortSignal): Promise<void>;
  /** @throws AppError invalid when names can be read in more than one way */
  listContents(signal: AbortSignal): Promise<Inventory>;
  listRepositories(namespace: SourceNamespace, signal: AbortSignal): AsyncIterable<string>;
  listReferences(
    namespace: SourceNamespace,
    repository: string,
    signal: AbortSignal,
  ): AsyncIterable<SourceReference>;
  images(tenant: string): SourceImages;
  listCharts(group: SourceChartGroup, signal: AbortSignal): AsyncIterable<SourceChart>;
}
