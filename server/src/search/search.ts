import type { Digest } from '@berth/oci';

/** What can be searched for. */
export const searchKinds = [
  'project',
  'repository',
  'chart',
  'tag',
  'artifact',
  'label',
  'annotation',
] as const;
export type SearchKind = (typeof searchKinds)[number];

export interface FoundRepository {
  /** With its project, `project/path`. */
  readonly name: string;
  readonly projectId: number;
  readonly projectName: string;
  readonly isPublic: boolean;
  readonly pullCount: number;
  /** As the list of artifacts counts: without accessories and untagged members of an index. */
  readonly artifactCount: number;
}

/** A repository that holds charts, as its latest one says. */
export interface FoundChart {
  readonly repository: string;
  readonly name: string | null;
  readonly version: string | null;
}

export interface FoundTag {
  readonly repository: string;
  readonly name: string;
  readonly digest: Digest;
}

export interface FoundArtifact {
  readonly repository: string;
  readonly digest: Digest;
  /** Null until the registry has read what an older version of it stored. */
  readonly type: string | null;
}

export interface FoundLabel {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly color: string;
  /** Both null for a label of the system. */
  readonly projectId: number | null;
  readonly projectName: string | null;
}

export interface FoundAnnotation {
  readonly repository: string;
  readonly digest: Digest;
  readonly key: string;
  /** Its beginning. */
  readonly value: string;
}

/** All but projects, which are found by their own module. */
export interface FoundContent {
  readonly repository: readonly FoundRepository[];
  readonly chart: readonly FoundChart[];
  readonly tag: readonly FoundTag[];
  readonly artifact: readonly FoundArtifact[];
  readonly label: readonly FoundLabel[];
  readonly annotation: readonly FoundAnnotation[];
}

/** Digests that begin alike; `from` is among them, `to` above all. */
export interface DigestRange {
  readonly from: string;
  readonly to: string;
}

const DIGEST_PREFIX = /^(?:(sha256|sha512):)?([0-9a-f]{6,128})$/;
/** Comes after all digits of a digest. */
const ABOVE = 'g';

/** The digests that `text` may be the beginning of: from six digits on, with or without algorithm. */
export function digestRanges(text: string): readonly DigestRange[] {
  const [, algorithm, digits] = DIGEST_PREFIX.exec(text.toLowerCase()) ?? [];
  if (digits === undefined) return [];
  const algorithms = algorithm === undefined ? ['sha256', 'sha512'] : [algorithm];
  return algorithms.map((name) => ({
    from: `${name}:${digits}`,
    to: `${name}:${digits}${ABOVE}`,
  }));
}

/** How a name is compared: its beginning for one or two characters, any part of it for more. */
export function namePatterns(text: string): { readonly start: string; readonly part: string } {
  const escaped = text.replaceAll(/[\\%_]/g, String.raw`\$&`);
  return { start: `${escaped}%`, part: isShort(text) ? `${escaped}%` : `%${escaped}%` };
}

/** One or two characters are in nearly every name: they are looked for where names begin. */
export function isShort(text: string): boolean {
  return text.length < 3;
}

/** Whether the index of parts of names knows any part of `text`; it is made of their letters. */
export function hasIndexedPart(text: string): boolean {
  return /[\p{L}\p{N}]{3}/u.test(text);
}

/** `key=value` names the key of an annotation too. */
export function parseAnnotationText(text: string): {
  readonly key: string | undefined;
  readonly words: string;
} {
  const [, key, words] = /^([^\s=]+)=(.+)$/.exec(text) ?? [];
  return key === undefined || words === undefined
    ? { key: undefined, words: text }
    : { key, words };
}
