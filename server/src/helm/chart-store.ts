import type { Readable } from 'node:stream';

/** What Chart.yaml says, as Helm's index has it; unknown fields are kept. */
export interface ChartMetadata {
  readonly name: string;
  /** SemVer 2, as in Chart.yaml (with `+`). */
  readonly version: string;
  readonly apiVersion?: string;
  readonly description?: string;
  readonly appVersion?: string;
  readonly icon?: string;
  readonly keywords?: readonly string[];
  readonly deprecated?: boolean;
  readonly [field: string]: unknown;
}

/** One version of a chart in a store. */
export interface ChartVersion {
  readonly metadata: ChartMetadata;
  /** `sha256:…` of the archive. */
  readonly digest: string;
  /** Of the archive, in bytes. */
  readonly size: number;
  readonly createdAt: Date;
  readonly hasProvenance: boolean;
}

export interface ChartListing {
  /** Changes whenever anything of the project's charts does; feeds the ETag of index.yaml. */
  readonly revision: string;
  /** Versions by chart name, newest version (SemVer) first. */
  readonly charts: ReadonlyMap<string, readonly ChartVersion[]>;
}

export interface ChartFile {
  readonly size: number;
  /** `sha256:…`; absent where the store cannot tell. */
  readonly digest?: string;
  readonly content: Readable;
}

export interface ChartUpload {
  /** The .tgz; at most MAX_CHART_BYTES. */
  readonly archive: Uint8Array;
  readonly provenance?: Uint8Array | undefined;
}

/**
 * Charts of projects, whatever keeps them: our own OCI artifacts, an existing Harbor's
 * ChartMuseum, or a newer Harbor's OCI artifacts. Projects are named as the store names them.
 * A project that does not exist has no charts; writing to it throws AppError not-found.
 */
export interface ChartStore {
  list(project: string): Promise<ChartListing>;
  open(
    project: string,
    name: string,
    version: string,
    part: 'archive' | 'provenance',
  ): Promise<ChartFile | undefined>;
  /** @throws AppError conflict when the version is there and may not be overwritten; invalid for an archive that is no chart */
  put(
    project: string,
    upload: ChartUpload,
    options: { readonly overwrite: boolean; readonly actor: ChartActor },
  ): Promise<ChartVersion>;
  /** Adds a provenance file to a version that is there; the file names its chart. @throws AppError not-found, invalid */
  putProvenance(
    project: string,
    provenance: Uint8Array,
    options: { readonly overwrite: boolean; readonly actor: ChartActor },
  ): Promise<void>;
  /** False when there is no such version. Other versions stay. */
  deleteVersion(
    project: string,
    name: string,
    version: string,
    actor: ChartActor,
  ): Promise<boolean>;
  /** False when there is no such chart. */
  deleteChart(project: string, name: string, actor: ChartActor): Promise<boolean>;
  /** How often a chart was downloaded, where the store counts; 0 otherwise. */
  countPulls(project: string, name: string): Promise<number>;
}

/** Who acts, for events and audit of a store of our own. */
export interface ChartActor {
  readonly username: string;
}
