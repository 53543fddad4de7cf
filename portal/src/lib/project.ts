import { queryOptions } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { type Answer, api, one } from './api.ts';
import type { Permissions } from './permissions.ts';

export type Project = Answer<'getProject'>;

export interface ProjectPlace {
  readonly project: Project;
  readonly permissions: Permissions;
}

export const ProjectContext = createContext<ProjectPlace | undefined>(undefined);

/** The project that the page is of, and what the reader may do in it. */
export function useProject(): ProjectPlace {
  const place = use(ProjectContext);
  if (place === undefined) throw new Error('this page stands outside of a project');
  return place;
}

export function projectQuery(name: string) {
  return queryOptions({
    queryKey: ['project', name],
    queryFn: ({ signal }) =>
      one(
        api.GET('/api/v2.0/projects/{project_name_or_id}', {
          params: { path: { project_name_or_id: name } },
          // A name may look like an id.
          headers: { 'X-Is-Resource-Name': 'true' },
          signal,
        }),
      ),
  });
}
