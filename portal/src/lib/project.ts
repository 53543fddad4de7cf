import { createContext, use } from 'react';
import type { Answer } from './api.ts';
import type { Permissions } from './permissions.ts';

export interface ProjectPlace {
  readonly project: Answer<'getProject'>;
  readonly permissions: Permissions;
}

export const ProjectContext = createContext<ProjectPlace | undefined>(undefined);

/** The project that the page is of, and what the reader may do in it. */
export function useProject(): ProjectPlace {
  const place = use(ProjectContext);
  if (place === undefined) throw new Error('this page stands outside of a project');
  return place;
}
