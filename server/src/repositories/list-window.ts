import type { Page } from './artifact.ts';

/** Where reading a page begins. */
export type ListWindow =
  /** `skip` rows from the front, or, reading backwards, from the end. */
  | { readonly from: 'front' | 'end'; readonly skip: number; readonly take: number }
  /** `skip` rows after the row with these values of the sorted columns. */
  | {
      readonly from: 'bookmark';
      readonly values: readonly string[];
      readonly skip: number;
      readonly take: number;
    };

/** The last row before `offset`, by the values of the sorted columns as text. */
export interface Bookmark {
  readonly offset: number;
  readonly values: readonly string[];
}

/** The way to a page of `total` rows that skips the fewest; undefined beyond the end. */
export function chooseWindow(
  { offset, limit }: Page,
  total: number,
  bookmark: Bookmark | undefined,
): ListWindow | undefined {
  const take = Math.min(limit, total - offset);
  if (take <= 0) return undefined;
  const fromEnd = total - offset - take;
  const fromBookmark = bookmark === undefined ? Number.POSITIVE_INFINITY : offset - bookmark.offset;
  if (offset <= fromEnd && offset <= fromBookmark) return { from: 'front', skip: offset, take };
  if (bookmark !== undefined && fromBookmark <= fromEnd) {
    return { from: 'bookmark', values: bookmark.values, skip: fromBookmark, take };
  }
  return { from: 'end', skip: fromEnd, take };
}
