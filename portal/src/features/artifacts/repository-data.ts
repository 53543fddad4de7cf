import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Answer, api, many, RestError, repositoryParam } from '../../lib/api.ts';
import type { ListState } from '../../lib/list-state.ts';
import { artifactConditions, tagConditions } from './repository-query.ts';

export type RepositoryRow = Answer<'listRepositories'>[number];
export type TagRow = Answer<'listRepositoryTags'>[number];
export type ArtifactRow = Answer<'listArtifacts'>[number];
export type LabelRow = Answer<'ListLabels'>[number];

/** A repository by the names of its project and of itself below it. */
export interface RepositoryPlace {
  readonly project: string;
  readonly repository: string;
}

/** What all that is asked of a repository begins with. */
export function repositoryKey({ project, repository }: RepositoryPlace) {
  return ['repository', `${project}/${repository}`] as const;
}

/** Of a repository in the path of a request. */
export function repositoryPath({ project, repository }: RepositoryPlace) {
  return { project_name: project, repository_name: repositoryParam(repository) };
}

/**
 * A repository with its size and latest tag. It is looked up in the list, which visitors of a
 * public project may read, unlike a repository by itself.
 */
export function useRepository(place: RepositoryPlace) {
  return useQuery({
    queryKey: [...repositoryKey(place), 'itself'],
    async queryFn({ signal }) {
      const name = `${place.project}/${place.repository}`;
      const { items } = await many(
        api.GET('/api/v2.0/projects/{project_name}/repositories', {
          params: {
            path: { project_name: place.project },
            query: { q: `name=${encodeURIComponent(name)}`, with_size: true },
          },
          signal,
        }),
      );
      const [found] = items;
      if (found === undefined) throw new RestError(404, { code: 'NOT_FOUND' });
      return found;
    },
  });
}

/** A page of a repository's tags, and how many only tools look for. */
export function useTags(place: RepositoryPlace, list: ListState) {
  const { page, size: page_size, sort } = list;
  const text = list.filter('name');
  const q = tagConditions({ text, type: list.filter('type'), label: list.filter('label') });
  const query = {
    page,
    page_size,
    ...(sort !== undefined && { sort }),
    ...(q !== undefined && { q }),
    ...(list.filter('tools') === 'shown' && { with_tool_tags: true }),
  };
  return useQuery({
    queryKey: [...repositoryKey(place), 'tags', query],
    async queryFn({ signal }) {
      const asked = api.GET(
        '/api/v2.0/projects/{project_name}/repositories/{repository_name}/tags',
        { params: { path: repositoryPath(place), query }, signal },
      );
      const found = await many(asked);
      const { response } = await asked;
      return { ...found, hidden: Number(response.headers.get('x-berth-hidden-tags') ?? 0) };
    },
    placeholderData: keepPreviousData,
  });
}

/** A page of a repository's artifacts with all that is shown of them. */
export function useArtifacts(place: RepositoryPlace, list: ListState) {
  const { page, size: page_size, sort } = list;
  const q = artifactConditions({
    text: list.filter('name'),
    type: list.filter('type'),
    state: list.filter('state'),
    label: list.filter('label'),
  });
  const query = {
    page,
    page_size,
    with_tag: true,
    with_label: true,
    with_accessory: true,
    with_immutable_status: true,
    ...(sort !== undefined && { sort }),
    ...(q !== undefined && { q }),
  };
  return useQuery({
    queryKey: [...repositoryKey(place), 'artifacts', query],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts', {
          params: { path: repositoryPath(place), query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Labels that artifacts of a project can have: its own and the registry's. */
export function useUsableLabels(projectId: number, isWanted: boolean) {
  return useQuery({
    queryKey: ['labels', 'usable', projectId],
    async queryFn({ signal }) {
      const scopes = [{ scope: 'p', project_id: projectId }, { scope: 'g' }] as const;
      const lists = await Promise.all(
        scopes.map((query) =>
          many(
            api.GET('/api/v2.0/labels', {
              params: { query: { ...query, page_size: 100, sort: 'name' } },
              signal,
            }),
          ),
        ),
      );
      return lists.flatMap(({ items }) => items);
    },
    enabled: isWanted,
    staleTime: 30_000,
  });
}
