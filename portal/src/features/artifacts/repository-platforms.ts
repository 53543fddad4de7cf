import type { ArtifactRow } from './repository-data.ts';

type Described = Pick<ArtifactRow, 'references' | 'extra_attrs'>;

/** What an artifact runs on: the members of an index that are for something, or the image itself. */
export function platformsOf({ references, extra_attrs: attrs }: Described): readonly string[] {
  const members = (references ?? []).flatMap(({ platform }) =>
    platform === undefined ? [] : [nameOf(platform.os, platform.architecture, platform.variant)],
  );
  const names = members.length > 0 ? members : [nameOf(attrs?.['os'], attrs?.['architecture'])];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** BuildKit lists its attestations as for `unknown/unknown`. */
function nameOf(os: unknown, architecture: unknown, variant?: string): string | undefined {
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  if (os === '' || architecture === '' || os === 'unknown') return undefined;
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}
