import type { Actor } from './actor.ts';

/** Where something is removed, and for whom. */
export interface Removal {
  readonly repository: string;
  readonly repositoryId: number;
  readonly projectId: number;
  readonly actor: Actor;
}
