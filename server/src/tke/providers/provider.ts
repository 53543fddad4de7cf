import type { ChartStore } from '../../helm/index.ts';

/** What a back end says of itself. */
export interface ProviderHealth {
  /** Such as `v2.9.1-abc`. */
  readonly version: string;
  /** Where charts are kept there. */
  readonly charts: 'oci' | 'chartmuseum';
}

export interface ProviderTag {
  readonly name: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly createdAt: Date;
}

export interface ProviderRepository {
  readonly tags: readonly ProviderTag[];
  readonly pullCount: number;
}

/**
 * What keeps the images and charts: our own projects, or an existing Harbor's. Every name here is
 * the back end's (`default-image-test`, `nginx` or `a/b` below it); who calls maps them. Every
 * operation can be repeated: doing again what is done already succeeds.
 *
 * All throw ProviderError.
 */
export interface RegistryProvider {
  readonly name: 'builtin' | 'harbor';
  /** Checks address, account and version. */
  checkHealth(signal?: AbortSignal): Promise<ProviderHealth>;
  /**
   * Creates the project. One that is there already is a `conflict`, unless `adopt` (then its
   * visibility is set): somebody else's project is never taken silently.
   */
  createProject(
    project: string,
    options: { readonly isPublic: boolean; readonly adopt: boolean },
  ): Promise<void>;
  /** @throws ProviderError not-found */
  setPublic(project: string, isPublic: boolean): Promise<void>;
  /** Deletes all repositories in it and the project of exactly this name; absent is done. */
  deleteProject(project: string): Promise<void>;
  hasProject(project: string): Promise<boolean>;
  /** Names below the project, all of them; empty when there is no such project. */
  listRepositories(project: string): Promise<readonly string[]>;
  /** Undefined when it has no artifact or is not there. */
  describeRepository(project: string, repository: string): Promise<ProviderRepository | undefined>;
  /** With everything in it; absent is done. */
  deleteRepository(project: string, repository: string): Promise<void>;
  readonly charts: ChartStore;
}

export type ProviderErrorKind =
  /** The project exists already and is not ours. */
  | 'conflict'
  | 'not-found'
  /** The service account is wrong or may not do this. */
  | 'denied'
  /** The back end refuses the name or the request. */
  | 'invalid'
  /** Down, too slow, or failing (5xx, 429): try again. */
  | 'unavailable';

/** A back end that did not do what was asked. Its message names no internal project and no host. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;

  constructor(kind: ProviderErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}
