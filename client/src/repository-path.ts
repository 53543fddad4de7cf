import { isRepositoryName, OciError } from '@berth/oci';

/** `/v2/<repository>/<rest>`. Throws NAME_INVALID: a name must not lead to another path. */
export function repositoryPath(repository: string, rest: string): string {
  if (!isRepositoryName(repository)) throw new OciError('NAME_INVALID');
  return `/v2/${repository}/${rest}`;
}

/** The token scopes to read a repository. */
export function pullScopes(repository: string): string[] {
  return [`repository:${repository}:pull`];
}

/** The token scopes to write to a repository. */
export function pushScopes(repository: string): string[] {
  return [`repository:${repository}:pull,push`];
}

/** The token scopes to delete from a repository. */
export function deleteScopes(repository: string): string[] {
  return [`repository:${repository}:delete`];
}
