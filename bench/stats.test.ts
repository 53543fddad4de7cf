import { describe, expect, it } from 'vitest';
import { createRandom, drawUniform, drawZipf, median, percentile } from './stats.ts';

describe('median', () => {
  it('is the middle value whatever the order', () => {
    expect(median([30, 1, 20])).toBe(20);
  });

  it('is the mean of the two middle values of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('compares numbers and not their spelling', () => {
    expect(median([9, 100, 80])).toBe(80);
  });

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('percentile', () => {
  it('takes the nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(sorted, 0.99)).toBe(99);
    expect(percentile(sorted, 0.5)).toBe(50);
    expect(percentile(sorted, 1)).toBe(100);
  });

  it('is the only value of a list of one', () => {
    expect(percentile([7], 0.01)).toBe(7);
  });
});

function draw(seed: number): number[] {
  return Array.from({ length: 5 }, createRandom(seed));
}

describe('createRandom', () => {
  it('repeats itself for the same seed and differs for another', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('stays within [0, 1) and is spread evenly', () => {
    const values = Array.from({ length: 10_000 }, createRandom(3));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(values.reduce((sum, value) => sum + value, 0) / 10_000).toBeCloseTo(0.5, 1);
  });
});

describe('drawZipf', () => {
  it('draws the first index twice as often as the second', () => {
    const drawn = drawZipf(1000, 200_000, createRandom(5));
    const count = (wanted: number) => drawn.filter((index) => index === wanted).length;
    expect(count(0) / count(1)).toBeGreaterThan(1.9);
    expect(count(0) / count(1)).toBeLessThan(2.1);
  });

  it('reaches only indexes that exist', () => {
    const drawn = drawZipf(3, 1000, createRandom(5));
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
  });
});

describe('drawUniform', () => {
  it('reaches every index and none outside', () => {
    expect(new Set(drawUniform(4, 1000, createRandom(9)))).toEqual(new Set([0, 1, 2, 3]));
  });
});
