/** The highest of many items, of which only about twice as many as are wanted are kept. */
export interface Highest<T> {
  add(item: T): void;
  /** Whether it is one of them, or would be. */
  includes(item: T): boolean;
}

const SLACK = 64;

/**
 * @param compare negative: the first one is higher. Items for which it gives 0 count once.
 */
export function createHighest<T>(
  limit: number,
  compare: (left: T, right: T) => number,
): Highest<T> {
  let kept: T[] = [];
  let isSorted = true;

  function trim(): void {
    if (isSorted) return;
    kept = kept
      .toSorted(compare)
      .filter((item, index, all) => {
        const previous = all[index - 1];
        return previous === undefined || compare(previous, item) !== 0;
      })
      .slice(0, limit);
    isSorted = true;
  }

  return {
    add(item) {
      if (limit === 0) return;
      kept.push(item);
      isSorted = false;
      if (kept.length >= 2 * limit + SLACK) trim();
    },
    includes(item) {
      if (limit === 0) return false;
      trim();
      const lowest = kept.length < limit ? undefined : kept.at(-1);
      return lowest === undefined || compare(item, lowest) <= 0;
    },
  };
}
