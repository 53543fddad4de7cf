import { SemVer } from 'semver';

/** As Helm reads versions: a `v` before, and minor and patch, may be there or not. */
const VERSION =
  /^v?(?<major>\d{1,15})(?:\.(?<minor>\d{1,15}))?(?:\.(?<patch>\d{1,15}))?(?<pre>-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

const MAX_VERSION = 255;

/** What versions are ordered by; undefined when Helm takes the text for no version. */
export function parseChartVersion(text: string): SemVer | undefined {
  if (text.length > MAX_VERSION) return undefined;
  const parts = VERSION.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { major = '0', minor = '0', patch = '0', pre = '' } = parts;
  try {
    return new SemVer(`${Number(major)}.${Number(minor)}.${Number(patch)}${pre}`);
  } catch {
    return undefined;
  }
}

const orders = new Map<string, SemVer | undefined>();
const MAX_ORDERS = 20_000;

/** For sorting, oldest first; what is no version comes before all that are. */
export function compareVersions(a: string, b: string): number {
  const left = orderOf(a);
  const right = orderOf(b);
  const order =
    left !== undefined && right !== undefined
      ? left.compare(right)
      : Number(left !== undefined) - Number(right !== undefined);
  if (order !== 0) return order;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Parsing is most of the work of a sort. */
function orderOf(text: string): SemVer | undefined {
  if (orders.has(text)) return orders.get(text);
  if (orders.size >= MAX_ORDERS) orders.clear();
  const parsed = parseChartVersion(text);
  orders.set(text, parsed);
  return parsed;
}

/** The tag that Helm gives a version: tags have no `+`. */
export function tagOfVersion(version: string): string {
  return version.replaceAll('+', '_');
}
