/** Middle value; the mean of the two middle ones for an even count. Throws RangeError when empty. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('median of nothing');
  return (upper + lower) / 2;
}

/** Nearest-rank percentile of ascending `sorted`, `share` from 0 to 1. Throws RangeError when empty. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(sorted.length * share));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('percentile of nothing');
  return value;
}

/** A repeatable generator of numbers in [0, 1): every run and every target sees the same requests. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  // mulberry32, by its published recurrence.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` indexes below `size`, index k drawn with a weight of 1/(k+1) (Zipf, exponent 1). */
export function drawZipf(size: number, count: number, random: () => number): number[] {
  const cumulative: number[] = [];
  let total = 0;
  for (let index = 0; index < size; index += 1) {
    total += 1 / (index + 1);
    cumulative.push(total);
  }
  return Array.from({ length: count }, () => findFirst(cumulative, random() * total));
}

/** `count` indexes below `size`, all equally likely. */
export function drawUniform(size: number, count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() * size));
}

/** Index of the first element above `value` in ascending `sorted`. */
function findFirst(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
