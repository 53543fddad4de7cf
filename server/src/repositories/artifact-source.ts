import { isDigest, isTag, splitRepository } from '@berth/oci';
import { AppError } from '../lib/index.ts';

/** What to copy. */
export interface ArtifactSource {
  /** With its project. */
  readonly repository: string;
  readonly project: string;
  /** The repository's name below its project. */
  readonly path: string;
  /** A tag or a digest; the digest when both are given. */
  readonly reference: string;
}

/**
 * Reads `project/repository:tag`, `project/repository@digest` or both.
 *
 * @throws AppError invalid
 */
export function parseArtifactSource(text: string): ArtifactSource {
  const [name = '', digest, ...more] = text.split('@');
  const colon = name.indexOf(':');
  const repository = colon === -1 ? name : name.slice(0, colon);
  const tag = colon === -1 ? undefined : name.slice(colon + 1);
  const parts = splitRepository(repository);
  const reference = digest ?? tag;
  const isSound =
    more.length === 0 &&
    (tag === undefined || isTag(tag)) &&
    (digest === undefined || isDigest(digest));
  if (parts === undefined || reference === undefined || !isSound) {
    throw new AppError('invalid', `invalid input: ${text.slice(0, 300)}`);
  }
  return { repository, project: parts.project, path: parts.path, reference };
}
