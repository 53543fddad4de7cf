/** Versions of the lists last read, by their paths: where a watch goes on from. */
const versions = new Map<string, string>();

export function noteVersion(path: string, version: string | undefined): void {
  if (version !== undefined) versions.set(path, version);
}

export function versionOf(path: string): string | undefined {
  return versions.get(path);
}
