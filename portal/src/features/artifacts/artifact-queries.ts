import { queryOptions } from '@tanstack/react-query';
import { type Answer, api, one, text } from '../../lib/api.ts';
import type { Addition } from './artifact-kind.ts';
import { type RepositoryPlace, repositoryKey, repositoryPath } from './repository-data.ts';

export type Artifact = Answer<'getArtifact'>;
export type Anatomy = Answer<'getArtifactAnatomy'>;
export type Accessory = Answer<'listAccessories'>[number];

/** An artifact with its tags, labels and accessories. @param reference a tag or a digest */
export function artifactQuery(place: RepositoryPlace, reference: string) {
  return queryOptions({
    queryKey: [...repositoryKey(place), 'artifact', reference],
    queryFn: ({ signal }) =>
      one(
        api.GET(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}',
          {
            params: {
              path: { ...repositoryPath(place), reference },
              query: {
                with_tag: true,
                with_label: true,
                with_accessory: true,
                with_inherited_accessory: true,
                with_immutable_status: true,
              },
            },
            signal,
          },
        ),
      ),
  });
}

/** Layers, history, config and children: what a digest stands for never changes. */
export function anatomyQuery(place: RepositoryPlace, digest: string) {
  return queryOptions({
    queryKey: ['anatomy', `${place.project}/${place.repository}`, digest],
    queryFn: ({ signal }) =>
      one(
        api.GET(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/anatomy',
          { params: { path: { ...repositoryPath(place), reference: digest } }, signal },
        ),
      ),
    staleTime: 300_000,
  });
}

/** A document of an artifact. It is what a stranger wrote. */
export function additionQuery(place: RepositoryPlace, digest: string, addition: Addition) {
  return queryOptions({
    queryKey: ['addition', `${place.project}/${place.repository}`, digest, addition],
    queryFn: ({ signal }) =>
      text(
        api.GET(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/additions/{addition}',
          {
            params: { path: { ...repositoryPath(place), reference: digest, addition } },
            parseAs: 'text',
            signal,
          },
        ),
      ),
    staleTime: 300_000,
  });
}
