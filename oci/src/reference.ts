import { type Digest, parseDigest } from './digest.ts';
import { OciError } from './error-code.ts';

/** What a URL names a manifest by: a tag or a digest. */
export type Reference = { readonly tag: string } | { readonly digest: Digest };

/** A repository name split at its first slash: Harbor's project, and the path inside it. */
export interface RepositoryParts {
  project: string;
  path: string;
}

export const MAX_REPOSITORY_NAME_LENGTH = 255;

// No character can be matched in two ways, so the match is linear.
const repositoryName =
  /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const tagName = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Whether the text is a repository name (distribution spec, "Pulling manifests"), <= 255 characters. */
export function isRepositoryName(name: string): boolean {
  return name.length <= MAX_REPOSITORY_NAME_LENGTH && repositoryName.test(name);
}

/** Whether the text is a tag (distribution spec, "Pulling manifests"), <= 128 characters. */
export function isTag(text: string): boolean {
  return tagName.test(text);
}

/**
 * The reference of a manifest URL. Text with a colon must be a digest
 * (throws DIGEST_INVALID), any other a tag (throws MANIFEST_INVALID).
 */
export function parseReference(text: string): Reference {
  if (text.includes(':')) return { digest: parseDigest(text) };
  if (!isTag(text)) throw new OciError('MANIFEST_INVALID', 'invalid tag');
  return { tag: text };
}

/** Splits `project/path`; undefined for an invalid name or one without a project. */
export function splitRepository(name: string): RepositoryParts | undefined {
  const slash = name.indexOf('/');
  if (slash === -1 || !isRepositoryName(name)) return undefined;
  return { project: name.slice(0, slash), path: name.slice(slash + 1) };
}
