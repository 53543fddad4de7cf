import semver from 'semver';
import { z } from 'zod';
import type { ChartVersionStatus } from '../resources/types.ts';

/** A chart of a remote index, as far as it is shown. */
export interface RemoteChart {
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly ChartVersionStatus[];
  readonly keywords: readonly string[];
  /** Where each version's archive is; relative to the repository's address, or absolute. */
  readonly urls: Readonly<Record<string, string>>;
}

export const MAX_CHARTS = 10_000;
/** The newest; older ones are left out, so that an object stays an object. */
export const MAX_VERSIONS = 1_000;
const MAX_TEXT = 1_024;
const MAX_URL = 2_048;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,248}[A-Za-z0-9])?$/;

const text = z.string().nullish().catch(undefined);
const entry = z.object({
  version: z.string(),
  description: text,
  appVersion: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .catch(undefined),
  icon: text,
  created: z.union([z.string(), z.date()]).nullish().catch(undefined),
  keywords: z.array(z.string()).nullish().catch(undefined),
  urls: z.array(z.string()).nullish().catch(undefined),
});
const index = z.object({
  entries: z.record(z.string(), z.array(z.unknown()).nullable()).nullish(),
});

type Entry = z.infer<typeof entry>;

/**
 * Reads the document of an index.yaml. Charts and versions that are wrong in themselves are left
 * out, as Helm does.
 *
 * @throws ZodError when it is no index at all; RangeError for too many charts
 */
export function parseRemoteIndex(document: unknown): readonly RemoteChart[] {
  const { entries } = index.parse(document);
  const all = Object.entries(entries ?? {});
  if (all.length > MAX_CHARTS) throw new RangeError('the index has too many charts');
  return all.flatMap(([name, versions]) => {
    const chart = NAME.test(name) ? parseChart(name, versions ?? []) : undefined;
    return chart === undefined ? [] : [chart];
  });
}

function parseChart(name: string, list: readonly unknown[]): RemoteChart | undefined {
  const byVersion = new Map<string, Entry>();
  for (const item of list) {
    const { success, data } = entry.safeParse(item);
    const isFine = success && semver.valid(data.version) !== null && !byVersion.has(data.version);
    if (isFine) byVersion.set(data.version, data);
  }
  const newest = [...byVersion.values()]
    .toSorted((a, b) => semver.rcompare(a.version, b.version))
    .slice(0, MAX_VERSIONS);
  const [first] = newest;
  if (first === undefined) return undefined;
  return {
    name,
    versions: newest.map(presentVersion),
    keywords: (first.keywords ?? []).slice(0, 50),
    urls: Object.fromEntries(
      newest.flatMap(({ version, urls }) => {
        const [url] = urls ?? [];
        return url === undefined || url.length > MAX_URL ? [] : [[version, url]];
      }),
    ),
  };
}

function presentVersion({ version, description, appVersion, icon, created }: Entry) {
  const time = created === null || created === undefined ? undefined : new Date(created);
  const isTime = time !== undefined && !Number.isNaN(time.getTime());
  return {
    version,
    ...(isTime ? { timeCreated: `${time.toISOString().slice(0, 19)}Z` } : {}),
    ...(description ? { description: description.slice(0, MAX_TEXT) } : {}),
    ...(appVersion ? { appVersion: appVersion.slice(0, MAX_TEXT) } : {}),
    ...(icon && icon.length <= MAX_URL ? { icon } : {}),
  };
}
