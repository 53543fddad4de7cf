import semver from 'semver';
import { AppError } from '../lib/index.ts';

const MAX_LENGTH = 256;

/**
 * The version that a tag names, with or without a leading `v`; undefined when it names none. Helm
 * writes the `+` of a version as `_`, which tags may have.
 */
export function parseVersion(tag: string): semver.SemVer | undefined {
  return semver.parse(tag.replace('_', '+')) ?? undefined;
}

/**
 * Tells which tags name a version in a range, written as npm writes them: `^1.2`, `>=1 <3`,
 * `1.x || 3.x`. Pre-releases are in it only where the range names one of the same version.
 *
 * @throws AppError invalid: malformed, or over 256 characters
 */
export function compileSemver(pattern: string): (name: string) => boolean {
  if (pattern.length > MAX_LENGTH) {
    throw new AppError('invalid', `a range of versions has ${MAX_LENGTH} characters at most`);
  }
  const range = parseRange(pattern);
  return (name) => {
    const version = parseVersion(name);
    return version !== undefined && range.test(version);
  };
}

function parseRange(pattern: string): semver.Range {
  try {
    return new semver.Range(pattern);
  } catch (error) {
    throw new AppError('invalid', `"${pattern}" is no range of versions`, { cause: error });
  }
}
