import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Unpacker } from './unpacker.ts';

const text = Buffer.from('some text '.repeat(20_000));

async function unpack(pieces: readonly Buffer[], maxBytes?: number) {
  const parts: Buffer[] = [];
  const sink = { hasEnough: false, write: (chunk: Uint8Array) => parts.push(Buffer.from(chunk)) };
  const unpacker = new Unpacker(sink, maxBytes);
  for (const piece of pieces) await unpacker.write(piece);
  await unpacker.end();
  const { consumed } = unpacker;
  unpacker.close();
  return { bytes: Buffer.concat(parts), consumed };
}

describe('Unpacker', () => {
  it.each([
    ['gzip', gzipSync(text)],
    [
      'two members of gzip',
      Buffer.concat([gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))]),
    ],
    ['Zstandard', zstdCompressSync(text)],
    ['what is not packed', text],
  ])('unpacks %s, and has read all of it', async (_what, packed) => {
    const { bytes, consumed } = await unpack([packed.subarray(0, 3), packed.subarray(3)]);
    expect(bytes.equals(text)).toBe(true);
    expect(consumed).toBe(packed.length);
  });

  it.each([
    ['in the same piece', (packed: Buffer, rest: Buffer) => [Buffer.concat([packed, rest])]],
    ['in the next ones', (packed: Buffer, rest: Buffer) => [packed, rest, rest]],
  ])('does not wait for zeros after the end, %s, and has not read them', async (_what, split) => {
    const packed = gzipSync(text);
    const pieces = split(packed, Buffer.alloc(100));
    const { bytes, consumed } = await unpack(pieces);
    expect(bytes.equals(text)).toBe(true);
    expect(consumed).toBeLessThan(pieces.reduce((sum, { length }) => sum + length, 0));
  });

  it('refuses what is cut short, and what unpacks to too much', async () => {
    const packed = gzipSync(text);
    await expect(unpack([packed.subarray(0, 50)])).rejects.toMatchObject({ kind: 'unprocessable' });
    await expect(unpack([packed], 1000)).rejects.toMatchObject({ kind: 'too-large' });
  });
});
