import type { Bookmark } from './list-window.ts';
import type { ListMemo } from './repository-memo.ts';

/** Rows that may be skipped without minding. */
export const FAR_ROWS = 1_000;
/** One look at a far page is cheaper than marking the whole list. */
const PATIENCE = 1;
const BOOKMARKS = 200;

/**
 * Marks a list all over when pages far from all bookmarks are asked for again and again, as by
 * somebody who types page numbers: then no page is far. Resolves whether there are new bookmarks.
 *
 * @param skip how many rows would be skipped for the page
 */
export async function surveyIfFar(
  memo: ListMemo,
  { skip, total }: { readonly skip: number; readonly total: number },
  read: (every: number) => Promise<readonly Bookmark[]>,
): Promise<boolean> {
  if (skip <= FAR_ROWS) return false;
  memo.jumps += 1;
  if (memo.jumps <= PATIENCE) return false;
  const every = Math.max(FAR_ROWS / 2, Math.ceil(total / BOOKMARKS));
  const survey = memo.survey ?? mark(memo, () => read(every));
  memo.survey = survey;
  await survey;
  return true;
}

async function mark(memo: ListMemo, read: () => Promise<readonly Bookmark[]>): Promise<void> {
  try {
    for (const bookmark of await read()) memo.putBookmark(bookmark);
  } catch (error) {
    memo.survey = undefined;
    throw error;
  }
}
