import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { iconOf } from '../artifacts/index.ts';
import { createIcons } from './icons.ts';

const types = [
  'IMAGE',
  'CHART',
  'CNAB',
  'WASM',
  'CNAI',
  'SBOM',
  'UNKNOWN',
  'signature.cosign',
  'signature.notation',
  'accelerator.nydus',
];

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

  it('have one drawing for each type, found by the digest that artifacts tell', () => {
    const pictures = types.map((type) => icons.find(iconOf(type))?.toString('base64'));
    expect(pictures).not.toContain(undefined);
    expect(new Set(pictures).size).toBe(types.length);
    expect(icons.find(iconOf('UNKNOWN', 'sbom.harbor'))).toEqual(icons.find(iconOf('SBOM')));
    expect(icons.find(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
  });

  it.each(types)('are valid PNGs of 50 by 50: %s', (type) => {
    const chunks = parsePng(icons.find(iconOf(type)) ?? Buffer.alloc(0));
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
