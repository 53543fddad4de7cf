import type { Digest } from '@berth/oci';
import type { Actor } from './actor.ts';

/** Content that is about to be part of a project, sizes in bytes. */
export interface Part {
  readonly digest: Digest;
  readonly size: number;
}

/** What is being stored, for those who are told when there is no room for it. */
export interface Occasion {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly actor: Actor;
}

/** Keeps projects within their quotas. */
export interface Room {
  /**
   * Does the work with room held for what the project does not have of these parts.
   *
   * @throws AppError refused when there is not enough
   */
  within<T>(
    projectId: number,
    parts: readonly Part[],
    occasion: Occasion,
    work: () => Promise<T>,
  ): Promise<T>;
}
