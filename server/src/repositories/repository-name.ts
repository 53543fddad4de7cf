import { isRepositoryName } from '@berth/oci';
import type { ProjectPolicy } from '../access/index.ts';
import { artifactName } from '../artifacts/index.ts';
import { AppError } from '../lib/index.ts';

/** A repository of a path: in which project, and its name below it as the client wrote it. */
export interface RepositoryPath {
  readonly project: ProjectPolicy;
  readonly path: string;
}

/** `library/app`; undefined when no repository can have that name. */
export function findRepositoryName({ project, path }: RepositoryPath): string | undefined {
  const name = `${project.name}/${path}`;
  return isRepositoryName(name) ? name : undefined;
}

/** @throws AppError not-found when no repository can have that name */
export function getRepositoryName(at: RepositoryPath): string {
  const name = findRepositoryName(at);
  if (name === undefined) throw repositoryNotFound(at);
  return name;
}

export function repositoryNotFound({ project, path }: RepositoryPath): AppError {
  return new AppError('not-found', `repository ${project.name}/${path} not found`);
}

export function artifactNotFound({ project, path }: RepositoryPath, reference: string): AppError {
  const name = artifactName(`${project.name}/${path}`, reference);
  return new AppError('not-found', `artifact ${name} not found`);
}

/** The name of a repository that may be made. @throws AppError invalid */
export function parseTargetName(at: RepositoryPath): string {
  const name = findRepositoryName(at);
  if (name !== undefined) return name;
  throw new AppError(
    'invalid',
    'a repository is named by lower-case letters, digits and single separators, 255 characters at most',
  );
}
