import type { ChartVersion } from './tke-types.ts';

const natural = new Intl.Collator('en', { numeric: true });

/** Newest first, as semantic versions go: a pre-release stands behind its release. */
export function sortVersions(versions: readonly ChartVersion[]): readonly ChartVersion[] {
  return versions.toSorted((a, b) => compare(b.version ?? '', a.version ?? ''));
}

/** The newest release; of pre-releases alone the newest. */
export function newestVersion(versions: readonly ChartVersion[]): ChartVersion | undefined {
  const sorted = sortVersions(versions);
  return sorted.find(({ version = '' }) => !split(version).pre) ?? sorted[0];
}

function compare(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  const byNumber = natural.compare(left.core, right.core);
  if (byNumber !== 0) return byNumber;
  if (left.pre === '' || right.pre === '')
    return Number(left.pre === '') - Number(right.pre === '');
  return natural.compare(left.pre, right.pre);
}

function split(version: string): { readonly core: string; readonly pre: string } {
  const [plain = ''] = version.replace(/^v/, '').split('+', 1);
  const dash = plain.indexOf('-');
  return dash < 0
    ? { core: plain, pre: '' }
    : { core: plain.slice(0, dash), pre: plain.slice(dash + 1) };
}
