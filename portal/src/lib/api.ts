import { createRestClient } from '@berth/client/rest';
import { basePath } from './base.ts';
import { sessionFetch } from './session-fetch.ts';

export {
  type Answer,
  type Body,
  done,
  type Listed,
  many,
  one,
  type Query,
  RestError,
  text,
} from '@berth/client/rest';

/**
 * The registry's REST API: `one(api.GET('/api/v2.0/projects/{project_name_or_id}', { params: … }))`.
 * Repositories are given to `repository_name` as `repositoryParam(name)`.
 */
export const api = createRestClient(`${window.location.origin}${basePath}`, sessionFetch);

/** The name of a repository below its project, as a part of a path: its slashes encoded twice. */
export function repositoryParam(name: string): string {
  return encodeURIComponent(name);
}
