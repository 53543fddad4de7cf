/** A container of images or of charts as people name it. */
export interface ContainerName {
  readonly tenant: string;
  readonly name: string;
}

export type ContainerKind = 'image' | 'chart';

/** The shared project that every tenant sees as `library`, under its own name. */
export const LIBRARY = 'library';

/**
 * The one place where names of people become the back end's and back: `test` of tenant `default`
 * is project `default-image-test`; `library` stays.
 */
export interface Names {
  /**
   * @throws AppError unprocessable for a name that the back end could not have, or that could be
   * read back in two ways (a tenant or a name with `-image-` or `-chart-` in it)
   */
  toProject(kind: ContainerKind, container: ContainerName): string;
  /** Undefined for a project that is none of ours. */
  fromProject(project: string): (ContainerName & { readonly kind: ContainerKind }) | undefined;
  /** `test/nginx` → `default-image-test/nginx`. @throws as toProject */
  toRepository(tenant: string, repository: string): string;
  /** The reverse; undefined for a repository of another tenant, of charts, or of nobody. */
  fromRepository(tenant: string, repository: string): string | undefined;
}
