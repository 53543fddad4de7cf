import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

const KIB = 1024;

describe('BufferPool', () => {
  it('reads with small buffers what is small, or when more than 200 copies run', () => {
    const pool = new BufferPool();
    for (let copy = 0; copy < 200; copy += 1) pool.beginCopy();
    expect(pool.lengthFor(10)).toBe(64 * KIB);
    expect(pool.lengthFor(64 * KIB + 1)).toBe(256 * KIB);
    pool.beginCopy();
    expect(pool.lengthFor(64 * KIB + 1)).toBe(64 * KIB);
    pool.endCopy();
    expect(pool.lengthFor(64 * KIB + 1)).toBe(256 * KIB);
  });

  it('hands a buffer out again only after it was given back', () => {
    const pool = new BufferPool();
    const first = pool.take(64 * KIB);
    const second = pool.take(64 * KIB);
    expect(second).not.toBe(first);
    pool.give(first);
    expect(pool.take(256 * KIB)).toHaveLength(256 * KIB);
    expect(pool.take(64 * KIB)).toBe(first);
  });

  it('keeps a bounded number of buffers', () => {
    const pool = new BufferPool();
    const taken = Array.from({ length: 65 }, () => pool.take(256 * KIB));
    for (const buffer of taken) pool.give(buffer);
    const again = Array.from({ length: 65 }, () => pool.take(256 * KIB));
    expect(again.filter((buffer) => !taken.includes(buffer))).toHaveLength(1);
  });
});
