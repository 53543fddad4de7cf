import { crc32, deflateSync } from 'node:zlib';

export type Colour = readonly [red: number, green: number, blue: number];

/** Distance of a point to the edge of a shape in pixels, negative inside. */
export type Shape = (x: number, y: number) => number;

/** From nothing over the colour of the tile to white, in as many steps each. */
const STEPS = 64;
const levels = Array.from({ length: 2 * STEPS + 1 }, (_, index) => index / STEPS);

/**
 * PNG (W3C, third edition) of a white shape on a coloured tile that encloses it, with smooth edges.
 *
 * @param size in pixels, of a side
 */
export function encodeIcon(size: number, tile: Shape, colour: Colour, shape: Shape): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits a pixel, which are indexes of a palette; no interlacing.
  header.set([8, 3, 0, 0, 0], 8);
  const palette = levels.flatMap((level) =>
    colour.map((part) => Math.round(part + (255 - part) * Math.max(level - 1, 0))),
  );
  const opacity = levels.map((level) => Math.round(255 * Math.min(level, 1)));
  const line = Array.from({ length: size }, (_, index) => index + 0.5);
  const pixels = line.flatMap((y) => [
    0,
    ...line.map((x) => Math.round(STEPS * (covered(tile(x, y)) + covered(shape(x, y))))),
  ]);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette)),
    chunk('tRNS', Buffer.from(opacity)),
    // Stored, not packed: the digest is the same whatever the version of zlib.
    chunk('IDAT', deflateSync(Buffer.from(pixels), { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** How much of a pixel lies within a shape. */
function covered(distance: number): number {
  return Math.min(Math.max(0.5 - distance, 0), 1);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
