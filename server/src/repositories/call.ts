import { type Principal, type ProjectPolicy, usernameOf } from '../access/index.ts';
import { type Actor, artifactName } from '../artifacts/index.ts';
import type { RepositoryPath } from './repository-name.ts';

interface RepositoryCall {
  readonly project: ProjectPolicy;
  readonly params: { readonly repository_name: string };
}

/** The repository that the path names. */
export function placeOf({ project, params }: RepositoryCall): RepositoryPath {
  return { project, path: params.repository_name };
}

/** On whose behalf the call writes. */
export function actorOf(call: { principal: Principal; requestId: string }): Actor {
  return { name: usernameOf(call.principal), requestId: call.requestId };
}

/** An artifact of the repository that the path names, for the audit log. */
export function resourceOf({ project, params }: RepositoryCall, reference: string): string {
  return artifactName(`${project.name}/${params.repository_name}`, reference);
}
