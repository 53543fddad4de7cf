import { queryOptions } from '@tanstack/react-query';
import { type Answer, api, one } from '../../lib/api.ts';

export type Project = Answer<'getProject'>;

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
