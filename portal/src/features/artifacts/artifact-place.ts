import { createContext, use } from 'react';
import type { Artifact } from './artifact-queries.ts';
import type { RepositoryPlace } from './repository-data.ts';

/** Which artifact the page is of, and by which name it was found. */
export interface ArtifactPlace extends RepositoryPlace {
  readonly artifact: Artifact;
  /** Absent: by its digest. */
  readonly tag: string | undefined;
}

export const ArtifactContext = createContext<ArtifactPlace | undefined>(undefined);

/** The artifact that the page is of. */
export function useArtifact(): ArtifactPlace {
  const place = use(ArtifactContext);
  if (place === undefined) throw new Error('this stands outside of the page of an artifact');
  return place;
}
