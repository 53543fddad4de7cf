/** A place in the registry, as the portal's addresses have it. */
export interface ArtifactReference {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Reads `app`, `team/app:1.0` or `team/app@sha256:…`: what follows `/p/{project}/r/`. */
export function parseReference(text: string): ArtifactReference {
  const at = text.indexOf('@');
  if (at > 0) return { repository: text.slice(0, at), digest: text.slice(at + 1) };
  const colon = text.lastIndexOf(':');
  if (colon > text.lastIndexOf('/')) {
    return { repository: text.slice(0, colon), tag: text.slice(colon + 1) };
  }
  return { repository: text };
}

/** The other way. */
export function presentReference({ repository, tag, digest }: ArtifactReference): string {
  if (digest !== undefined) return `${repository}@${digest}`;
  return tag === undefined ? repository : `${repository}:${tag}`;
}

/** `library/team/app` as its project and the name below it. */
export function splitRepository(name: string): { project: string; repository: string } {
  const slash = name.indexOf('/');
  return { project: name.slice(0, slash), repository: name.slice(slash + 1) };
}

/** `sha256:0123456789ab`: enough to tell one from another. */
export function shortDigest(digest: string): string {
  const [algorithm, encoded = ''] = digest.split(':');
  return `${algorithm}:${encoded.slice(0, 12)}`;
}
