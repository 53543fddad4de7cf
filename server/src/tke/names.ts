import { isRepositoryName, MAX_REPOSITORY_NAME_LENGTH } from '@berth/oci';
import { AppError } from '../lib/index.ts';

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
  /** Undefined for a project that is none of ours; `library` is nobody's. */
  fromProject(project: string): (ContainerName & { readonly kind: ContainerKind }) | undefined;
  /** `test/nginx` → `default-image-test/nginx`. @throws as toProject */
  toRepository(tenant: string, repository: string): string;
  /** The reverse; undefined for a repository of another tenant, of charts, or of nobody. */
  fromRepository(tenant: string, repository: string): string | undefined;
}

/** Harbor's alphabet of project names: single separators between letters and digits. */
const PROJECT = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const MAX_PROJECT_LENGTH = 255;
/** A DNS label in Harbor's alphabet, since a tenant is part of host names and of project names. */
const TENANT = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const MAX_TENANT_LENGTH = 63;
const MARKER = /-(image|chart)-/;
/** A tenant that ends so would put a marker together with the marker that follows it. */
const MARKER_AT_END = /-(?:image|chart)$/;

/** Whether a tenant may have this id: one DNS label that no project name could misread. */
export function isTenantId(text: string): boolean {
  return (
    text.length <= MAX_TENANT_LENGTH &&
    TENANT.test(text) &&
    !MARKER.test(text) &&
    !MARKER_AT_END.test(text)
  );
}

/**
 * Names by composition alone, without a table: in `{tenant}-{kind}-{name}` the first marker ends
 * the tenant, which is sure because no tenant has one, whole or begun.
 */
export function createNames(): Names {
  return { toProject, fromProject, toRepository, fromRepository };
}

function toProject(kind: ContainerKind, { tenant, name }: ContainerName): string {
  if (kind === 'image' && name === LIBRARY) return LIBRARY;
  if (!isTenantId(tenant)) throw new AppError('unprocessable', `"${shorten(tenant)}" is no tenant`);
  if (!PROJECT.test(name)) {
    throw new AppError(
      'unprocessable',
      `the name "${shorten(name)}" must be of lower case letters and digits, with single ., _ or - between them`,
    );
  }
  if (MARKER.test(name)) {
    throw new AppError('unprocessable', 'a name must not have -image- or -chart- in it');
  }
  const project = `${tenant}-${kind}-${name}`;
  if (project.length > MAX_PROJECT_LENGTH) {
    const most = MAX_PROJECT_LENGTH - (project.length - name.length);
    throw new AppError('unprocessable', `the name must have at most ${most} characters`);
  }
  return project;
}

function fromProject(
  project: string,
): (ContainerName & { readonly kind: ContainerKind }) | undefined {
  const marker = MARKER.exec(project);
  if (marker === null || project.length > MAX_PROJECT_LENGTH) return undefined;
  const tenant = project.slice(0, marker.index);
  const name = project.slice(marker.index + marker[0].length);
  const kind = marker[1] === 'chart' ? 'chart' : 'image';
  if (!isTenantId(tenant) || !PROJECT.test(name) || MARKER.test(name)) return undefined;
  // It would come back as the shared project.
  if (kind === 'image' && name === LIBRARY) return undefined;
  return { kind, tenant, name };
}

function toRepository(tenant: string, repository: string): string {
  const slash = repository.indexOf('/');
  if (slash < 1 || !isRepositoryName(repository)) {
    throw new AppError('unprocessable', 'a repository is named as {namespace}/{name}');
  }
  const project = toProject('image', { tenant, name: repository.slice(0, slash) });
  const mapped = project + repository.slice(slash);
  if (mapped.length > MAX_REPOSITORY_NAME_LENGTH) {
    throw new AppError('unprocessable', 'the name of the repository is too long');
  }
  return mapped;
}

function fromRepository(tenant: string, repository: string): string | undefined {
  const slash = repository.indexOf('/');
  if (slash < 1) return undefined;
  const project = repository.slice(0, slash);
  if (project === LIBRARY) return repository;
  const container = fromProject(project);
  if (container?.kind !== 'image' || container.tenant !== tenant) return undefined;
  return container.name + repository.slice(slash);
}

/** What a message repeats of a text that may be anything. */
function shorten(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
