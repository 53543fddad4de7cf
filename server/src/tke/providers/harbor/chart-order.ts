import { createHash } from 'node:crypto';
import { type ChartListing, type ChartVersion, compareVersions } from '../../../helm/index.ts';

/** A listing without charts, as of a project that is not there. */
export const noCharts: ChartListing = { revision: 'none', charts: new Map() };

/** Versions by chart, the newest (SemVer 2) first; charts without versions are left out. */
export function orderCharts(
  versions: Iterable<ChartVersion>,
): ReadonlyMap<string, readonly ChartVersion[]> {
  const byName = new Map<string, ChartVersion[]>();
  for (const version of versions) {
    const { name } = version.metadata;
    const own = byName.get(name);
    if (own === undefined) byName.set(name, [version]);
    else own.push(version);
  }
  const names = [...byName.keys()].toSorted();
  return new Map(names.map((name) => [name, (byName.get(name) ?? []).toSorted(byNewest)]));
}

/** Changes with anything that a listing shows. */
export function revisionOf(charts: ReadonlyMap<string, readonly ChartVersion[]>): string {
  const hash = createHash('sha256');
  for (const [name, versions] of charts) {
    for (const { metadata, digest, size, createdAt, hasProvenance } of versions) {
      const parts = [name, metadata.version, digest, size, createdAt.getTime(), hasProvenance];
      hash.update(JSON.stringify(parts));
    }
  }
  return hash.digest('hex');
}

function byNewest(a: ChartVersion, b: ChartVersion): number {
  return compareVersions(b.metadata.version, a.metadata.version);
}
