import { describe, expect, it } from 'vitest';
import { ContentRefusal } from '../archives/index.ts';
import { readPieces, readWhole } from './blob-source.ts';

/** A blob that tells its size as it likes, and whether it was let go of. */
function blobOf(chunks: readonly Buffer[], size: number) {
  const state = { isOpen: false };
  async function* read() {
    state.isOpen = true;
    try {
      for (const chunk of chunks) yield chunk;
    } finally {
      state.isOpen = false;
    }
  }
  return { state, blob: { size, read } };
}

describe('a blob', () => {
  it('is read whole, in pieces that have memory of their own', async () => {
    const chunk = Buffer.alloc(600 * 1024, 7);
    const { blob, state } = blobOf([chunk, Buffer.from('end')], chunk.length + 3);
    const sizes: number[] = [];
    for await (const piece of readPieces(blob, 2 ** 20)) {
      sizes.push(piece.length);
      expect(piece.buffer).not.toBe(chunk.buffer);
      expect(piece.buffer.byteLength).toBe(piece.length);
    }
    expect(sizes).toEqual([262_144, 262_144, 90_112, 3]);
    expect(await readWhole(blob, 2 ** 20)).toEqual(Buffer.concat([chunk, Buffer.from('end')]));
    expect(state.isOpen).toBe(false);
  });

  it('is refused when it is larger than it may be, by what it tells or by what it has', async () => {
    const told = blobOf([], 11);
    await expect(readWhole(told.blob, 10)).rejects.toThrow(ContentRefusal);
    const lying = blobOf([Buffer.alloc(8), Buffer.alloc(8)], 2);
    await expect(readWhole(lying.blob, 10)).rejects.toThrow(ContentRefusal);
    expect(lying.state.isOpen).toBe(false);
  });

  it('is let go of by a reader that stops', async () => {
    const { blob, state } = blobOf([Buffer.alloc(8), Buffer.alloc(8)], 16);
    for await (const piece of readPieces(blob, 16)) {
      expect([piece.length, state.isOpen]).toEqual([8, true]);
      break;
    }
    expect(state.isOpen).toBe(false);
  });
});
