import { queryOptions } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import type { Project } from '../../lib/project.ts';

export function summaryQuery({ project_id: id, name }: Project) {
  return queryOptions({
    queryKey: ['project', name, 'summary'],
    queryFn: ({ signal }) =>
      one(
        api.GET('/api/v2.0/projects/{project_name_or_id}/summary', {
          params: { path: { project_name_or_id: String(id) } },
          signal,
        }),
      ),
  });
}

export function isPublic({ metadata }: Pick<Project, 'metadata'>): boolean {
  return metadata?.['public'] === 'true';
}
