import { setImmediate } from 'node:timers/promises';
import { compareVersions, tagOfVersion } from '../helm/index.ts';
import type { ChartRow } from './charts.repository.ts';
import type { StoredVersion } from './stored-version.ts';

/** What is kept of one repository. */
export interface RepositoryCharts {
  /** Null for what is no chart that could be shown. */
  readonly artifacts: ReadonlyMap<number, StoredVersion | null>;
  /** Newest first, with copies. */
  readonly charts: ReadonlyMap<string, readonly StoredVersion[]>;
}

type Artifacts = ReadonlyMap<number, StoredVersion | null>;

/** Versions before others get their turn. */
const SLICE = 2000;

/**
 * Puts the charts of a repository in order; undefined when there is none left.
 *
 * @param found what was read of artifacts that were not known before
 */
export async function arrange(
  rows: readonly ChartRow[],
  found: Artifacts,
  before: RepositoryCharts | undefined,
): Promise<RepositoryCharts | undefined> {
  if (rows.length === 0) return undefined;
  const artifacts = new Map<number, StoredVersion | null>();
  for (const row of rows) {
    if (artifacts.size % SLICE === SLICE - 1) await setImmediate();
    artifacts.set(row.id, versionOf(row, before?.artifacts ?? found, found));
  }
  const added = groupNew(artifacts, before);
  const charts = new Map<string, readonly StoredVersion[]>();
  for (const name of new Set([...(before?.charts.keys() ?? []), ...added.keys()])) {
    const kept = before?.charts.get(name) ?? [];
    const versions = replace(kept, (added.get(name) ?? []).toSorted(newestFirst), artifacts);
    if (versions.length > 0) charts.set(name, versions);
  }
  return { artifacts, charts };
}

/** As it was known, unless its tags are others now. */
function versionOf({ id, tags }: ChartRow, known: Artifacts, found: Artifacts) {
  const version = known.get(id) ?? found.get(id) ?? null;
  return version === null || sameTags(version.tags, tags) ? version : { ...version, tags };
}

function groupNew(
  artifacts: Artifacts,
  before: RepositoryCharts | undefined,
): ReadonlyMap<string, readonly StoredVersion[]> {
  const added: StoredVersion[] = [];
  for (const [id, version] of artifacts) {
    if (version !== null && before?.artifacts.get(id) !== version) added.push(version);
  }
  return Map.groupBy(added, ({ metadata }) => metadata.name);
}

/** The same array when nothing changed. */
function replace(
  kept: readonly StoredVersion[],
  fresh: readonly StoredVersion[],
  artifacts: Artifacts,
): readonly StoredVersion[] {
  const left = kept.filter((version) => artifacts.get(version.artifactId) === version);
  if (left.length === kept.length) return mergeSorted(kept, fresh);
  return mergeSorted(left, fresh);
}

function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag, index) => tag === b[index]);
}

/** Of copies of a version, the one with its tag comes first, then the newest. */
function newestFirst(a: StoredVersion, b: StoredVersion): number {
  return (
    compareVersions(b.metadata.version, a.metadata.version) ||
    Number(hasOwnTag(b)) - Number(hasOwnTag(a)) ||
    b.createdAt.getTime() - a.createdAt.getTime() ||
    b.artifactId - a.artifactId
  );
}

function hasOwnTag({ tags, metadata }: StoredVersion): boolean {
  return tags.includes(tagOfVersion(metadata.version));
}

function mergeSorted(
  a: readonly StoredVersion[],
  b: readonly StoredVersion[],
): readonly StoredVersion[] {
  if (b.length === 0) return a;
  const merged: StoredVersion[] = [];
  let at = 0;
  for (const version of b) {
    for (let next = a[at]; next !== undefined && newestFirst(next, version) <= 0; next = a[at]) {
      merged.push(next);
      at += 1;
    }
    merged.push(version);
  }
  return merged.concat(a.slice(at));
}

/** What is shown of a chart: each version once, from the repository of its name before others. */
export function mergeRepositories(
  name: string,
  lists: readonly (readonly StoredVersion[])[],
): readonly StoredVersion[] {
  const [first = [], ...others] = lists;
  const all = others.length === 0 ? first : lists.flat().toSorted(inOwnRepositoryFirst(name));
  const seen = new Set<string>();
  const shown = all.filter(({ metadata: { version } }) => {
    const isNew = !seen.has(version);
    seen.add(version);
    return isNew;
  });
  return shown.length === all.length ? all : shown;
}

function inOwnRepositoryFirst(name: string) {
  const isOwn = ({ repository }: StoredVersion) => repository.endsWith(`/${name.toLowerCase()}`);
  return (a: StoredVersion, b: StoredVersion) =>
    compareVersions(b.metadata.version, a.metadata.version) ||
    Number(isOwn(b)) - Number(isOwn(a)) ||
    newestFirst(a, b);
}
