import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Answer, api, many } from '../../lib/api.ts';
import { allOf, contains, type ListState } from '../../lib/list-state.ts';
import { useArtifact } from './artifact-place.ts';
import { repositoryKey, repositoryPath } from './repository-data.ts';

export type Tag = Answer<'listTags'>[number];

/** A page of the artifact's tags. */
export function useArtifactTags(list: ListState) {
  const place = useArtifact();
  const { digest } = place.artifact;
  const q = allOf(contains('name', list.filter('name')));
  const query = {
    page: list.page,
    page_size: list.size,
    with_immutable_status: true,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(q !== undefined && { q }),
  };
  return useQuery({
    queryKey: [...repositoryKey(place), 'artifact-tags', digest, query],
    queryFn: ({ signal }) =>
      many(
        api.GET(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags',
          { params: { path: { ...repositoryPath(place), reference: digest }, query }, signal },
        ),
      ),
    placeholderData: keepPreviousData,
  });
}
