import { tagOfVersion } from '../../../helm/index.ts';
import { AppError } from '../../../lib/index.ts';

/** One component of a repository's name (OCI distribution spec, "Pulling manifests"). */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** What ChartMuseum has in paths; no slash, and no dots alone. */
const FILE_PART = /^(?!\.+$)[A-Za-z0-9._+-]{1,200}$/;

export interface ChartPlace {
  readonly name: string;
  /** The version with `_` for `+`, which no tag may have (Helm's "OCI-based registries"). */
  readonly tag: string;
}

/** Where a version is in an OCI registry; undefined when it cannot be in one. */
export function findChartPlace(name: string, version: string): ChartPlace | undefined {
  const tag = tagOfVersion(version);
  const isPossible = name.length <= 200 && COMPONENT.test(name) && TAG.test(tag);
  return isPossible ? { name, tag } : undefined;
}

/** @throws AppError invalid */
export function getChartPlace(name: string, version: string): ChartPlace {
  const place = findChartPlace(name, version);
  if (place !== undefined) return place;
  throw new AppError(
    'invalid',
    'the name of the chart must have lower-case letters, digits and single . _ -, and its version at most 128 characters',
  );
}

/** Whether they can stand in the paths of ChartMuseum. */
export function isChartFile(name: string, version?: string): boolean {
  return FILE_PART.test(name) && (version === undefined || FILE_PART.test(version));
}

export function existsAlready(name: string, version: string): AppError {
  return new AppError('conflict', `${name}-${version}.tgz already exists`);
}

export function noSuchVersion(name: string, version: string): AppError {
  return new AppError('not-found', `there is no chart ${name} ${version}`);
}

export function noSuchProject(): AppError {
  return new AppError('not-found', 'there is no such chart repository');
}

export function provenanceExists(name: string, version: string): AppError {
  return new AppError('conflict', `${name}-${version}.tgz.prov already exists`);
}
