import { createHash } from 'node:crypto';
import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createIcons } from './icons.ts';

const types = ['IMAGE', 'CHART', 'CNAB', 'WASM', 'CNAI', 'SBOM', 'SIGNATURE', 'UNKNOWN'];

/** The chunks of a PNG by type; throws when a checksum is wrong. */
function parsePng(png: Buffer): Map<string, Buffer> {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  let offset = 8;
  while (offset < png.length) {
    const length = png.readUInt32BE(offset);
    const body = png.subarray(offset + 4, offset + 8 + length);
    expect(png.readUInt32BE(offset + 8 + length)).toBe(crc32(body));
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4));
    offset += length + 12;
  }
  return chunks;
}

describe('the icons', () => {
  const icons = createIcons();

  it('have one drawing for each type, found by the digest of its bytes', () => {
    const digests = types.map((type) => icons.digestFor(type));
    expect(new Set(digests).size).toBe(types.length);
    for (const digest of digests) {
      const png = icons.find(digest) ?? Buffer.alloc(0);
      expect(`sha256:${createHash('sha256').update(png).digest('hex')}`).toBe(digest);
    }
    expect(icons.digestFor('ANOTHER')).toBe(icons.digestFor('UNKNOWN'));
    expect(icons.find(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
  });

  it.each(types)('are valid PNGs of 50 by 50: %s', (type) => {
    const chunks = parsePng(icons.find(icons.digestFor(type)) ?? Buffer.alloc(0));
    expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
    expect([chunks.get('IHDR')?.readUInt32BE(0), chunks.get('IHDR')?.readUInt32BE(4)]).toEqual([
      50, 50,
    ]);
    const pixels = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
    expect(pixels).toHaveLength(50 * 51);
    const colours = (chunks.get('PLTE')?.length ?? 0) / 3;
    expect(Math.max(...pixels)).toBeLessThan(colours);
    // The corner is clear, the shape is there.
    expect(pixels[1]).toBe(0);
    expect(pixels).toContain(128);
  });
});
