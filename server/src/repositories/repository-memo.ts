import { LRUCache } from 'lru-cache';
import type { RepositoryDirectory } from '../artifacts/index.ts';
import type { Bookmark } from './list-window.ts';

type CachedRepository = ReturnType<RepositoryDirectory['track']>;

/** What is known of one list of a repository that did not change since. */
export interface ListMemo {
  /** How many it has, known or being counted. */
  total: Promise<number> | undefined;
  /** How often a page was asked for that is far from all bookmarks. */
  jumps: number;
  /** Bookmarks all over the list, set or being set. */
  survey: Promise<void> | undefined;
  /** The bookmark nearest before `offset`, or at it. */
  findBookmark(offset: number): Bookmark | undefined;
  putBookmark(bookmark: Bookmark): void;
}

export interface RepositoryMemo {
  /** The list called `key`. Take it before reading: what was read is kept in what was taken. */
  open(repository: string, key: string): ListMemo;
}

/** About that much memory. */
const MAX_BYTES = 32 * 1024 * 1024;
const LIST_BYTES = 256;
const BOOKMARK_BYTES = 128;
export const MAX_BOOKMARKS = 256;

/**
 * Remembers totals and places of pages for as long as the directory says that the repository did
 * not change.
 */
export function createRepositoryMemo(
  directory: Pick<RepositoryDirectory, 'track'>,
): RepositoryMemo {
  const lists = new LRUCache<string, StampedList>({
    maxSize: MAX_BYTES,
    // Keys hold what clients ask for.
    sizeCalculation: (list, key) =>
      LIST_BYTES + 2 * key.length + BOOKMARK_BYTES * list.bookmarkCount,
  });
  return {
    open(repository, key) {
      const tracked = directory.track(repository);
      const name = `${repository}\n${key}`;
      const known = lists.get(name);
      if (known?.isOf(tracked) === true) return known;
      const fresh = new StampedList(tracked, () => {
        // Deleted first, since setting the same value again would not weigh it again; one that
        // was replaced meanwhile is not put back.
        if (lists.peek(name) !== fresh) return;
        lists.delete(name);
        lists.set(name, fresh);
      });
      lists.set(name, fresh);
      return fresh;
    },
  };
}

/** The total, counted by `count` once however many ask for it at the same time. */
export function totalOf(memo: ListMemo, count: () => Promise<number>): Promise<number> {
  if (memo.total !== undefined) return memo.total;
  const total = count();
  memo.total = total;
  total.catch(() => {
    if (memo.total === total) memo.total = undefined;
  });
  return total;
}

class StampedList implements ListMemo {
  total: Promise<number> | undefined;
  jumps = 0;
  survey: Promise<void> | undefined;
  readonly #tracked: CachedRepository;
  readonly #changes: number;
  readonly #epoch: number;
  readonly #resized: () => void;
  /** By offset, ascending. */
  #bookmarks: Bookmark[] = [];

  constructor(tracked: CachedRepository, resized: () => void) {
    this.#tracked = tracked;
    this.#changes = tracked.changes;
    this.#epoch = tracked.epoch;
    this.#resized = resized;
  }

  get bookmarkCount(): number {
    return this.#bookmarks.length;
  }

  isOf(tracked: CachedRepository): boolean {
    const { changes, epoch } = tracked;
    return tracked === this.#tracked && changes === this.#changes && epoch === this.#epoch;
  }

  findBookmark(offset: number): Bookmark | undefined {
    return this.#bookmarks[this.#countTo(offset) - 1];
  }

  putBookmark(bookmark: Bookmark): void {
    const at = this.#countTo(bookmark.offset);
    if (this.#bookmarks[at - 1]?.offset === bookmark.offset) return;
    this.#bookmarks.splice(at, 0, bookmark);
    // Every other one goes, so that the rest still covers the whole list.
    if (this.#bookmarks.length > MAX_BOOKMARKS) {
      this.#bookmarks = this.#bookmarks.filter((_, index) => index % 2 === 0);
    }
    this.#resized();
  }

  /** How many bookmarks are at `offset` or before. */
  #countTo(offset: number): number {
    let low = 0;
    let high = this.#bookmarks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bookmarks[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
