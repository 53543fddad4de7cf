import { isRepositoryName, isTag } from '@berth/oci';
import type { ProjectPolicy } from '../access/index.ts';
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

/** `library/app:1.0` or `library/app@sha256:…`, as the audit log names artifacts. */
export function artifactName(repository: string, reference: string): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

/** @throws AppError invalid */
export function parseTagName(text: string): string {
  if (isTag(text)) return text;
  throw new AppError(
    'invalid',
    'a tag has up to 128 letters, digits, "_", "." and "-", and begins with none of the last two',
  );
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
