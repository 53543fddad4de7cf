import type { Digest } from '@berth/oci';
import type { ProjectPolicy } from '../access/index.ts';
import type { Actor, DeletedArtifact } from '../artifacts/index.ts';
import type { Listed, Page } from './artifact.ts';

/** One move of a tag. */
export interface TagChange {
  readonly id: number;
  readonly tag: string;
  /** Undefined when the tag came to be. */
  readonly from: Digest | undefined;
  /** Undefined when the tag went. */
  readonly to: Digest | undefined;
  readonly actor: string;
  readonly changedAt: Date;
}

export interface CopyOrder {
  readonly from: { readonly repository: string; readonly reference: string };
  readonly project: ProjectPolicy;
  readonly repository: string;
  readonly actor: Actor;
}

/**
 * What is written to repositories, and what is left of what was deleted. Names of repositories
 * have their project; the names, tags and digests given are well formed. All throw AppError:
 * not-found, conflict, precondition, denied, not-allowed (a proxy cache) or invalid.
 */
export interface ArtifactActions {
  deleteRepository(project: ProjectPolicy, repository: string, actor: Actor): Promise<void>;
  /** `reference` is a tag or a digest, here and below. */
  deleteArtifact(repository: string, reference: string, actor: Actor): Promise<void>;
  copyArtifact(order: CopyOrder): Promise<{ readonly digest: Digest }>;
  createTag(repository: string, reference: string, name: string, actor: Actor): Promise<void>;
  deleteTag(repository: string, reference: string, name: string, actor: Actor): Promise<void>;
  restoreTag(repository: string, tag: string, digest: Digest, actor: Actor): Promise<void>;
  restoreArtifact(
    project: ProjectPolicy,
    repository: string,
    digest: Digest,
    actor: Actor,
  ): Promise<void>;
  /** The latest change first; also of a tag that is gone. */
  listTagHistory(repository: string, tag: string, page: Page): Promise<Listed<TagChange>>;
  /** The latest first; of the whole project without `repository`. */
  listDeleted(
    projectId: number,
    repository: string | undefined,
    page: Page,
  ): Promise<Listed<DeletedArtifact>>;
}

/** Labels on artifacts. */
export interface LabelActions {
  /** @throws AppError not-found (no such label here), conflict (attached already) */
  attach(projectId: number, artifactId: number, labelId: number): Promise<void>;
  /** @throws AppError not-found (not attached) */
  detach(projectId: number, artifactId: number, labelId: number): Promise<void>;
}
