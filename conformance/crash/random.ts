import { createCipheriv, createHash } from 'node:crypto';

/** A source of choices that a seed repeats. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  /** The larger the rarer: as many of 1-2 KiB as of 1-2 MiB. */
  size(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T | undefined;
  /** A source of its own, so that what others draw does not change what it gives. */
  fork(name: string): Random;
}

export function createRandom(seed: string): Random {
  const state = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-128-ctr', state.subarray(0, 16), state.subarray(16));
  const zero = Buffer.alloc(4);
  const fraction = () => stream.update(zero).readUInt32LE(0) / 2 ** 32;
  const between = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    between,
    size: (low, high) => Math.round(low * (high / low) ** fraction()),
    chance: (probability) => fraction() < probability,
    pick: (items) => items[between(0, items.length - 1)],
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** Bytes that can be made again from their name, so that nobody has to keep them. */
export function contentOf(name: string, size: number): Buffer {
  const key = createHash('sha256').update(name).digest();
  const stream = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  return stream.update(Buffer.alloc(size));
}
