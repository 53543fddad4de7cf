import type { ArtifactRow } from './repository-data.ts';

type Labelled = Pick<ArtifactRow, 'labels'>;

/** Ids of the labels that all of them have. */
export function commonLabels(rows: readonly Labelled[]): ReadonlySet<number> {
  const [first, ...others] = rows.map(idsOf);
  return new Set([...(first ?? [])].filter((id) => others.every((ids) => ids.has(id))));
}

/**
 * What to change on one of several artifacts so that it has what was chosen. What only some of
 * them had, and nobody chose, stays as it is.
 */
export function labelChanges(
  row: Labelled,
  before: ReadonlySet<number>,
  wanted: ReadonlySet<number>,
): { added: readonly number[]; removed: readonly number[] } {
  const own = idsOf(row);
  return {
    added: [...wanted].filter((id) => !own.has(id)),
    removed: [...before].filter((id) => !wanted.has(id)),
  };
}

function idsOf({ labels }: Labelled): ReadonlySet<number> {
  return new Set((labels ?? []).map(({ id }) => id));
}
