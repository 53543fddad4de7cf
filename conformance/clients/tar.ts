const BLOCK = 512;

/**
 * A ustar archive (POSIX pax) of plain files owned by root, with the Unix epoch as their time,
 * so that the same files make the same bytes.
 *
 * @param files path (shorter than 100 bytes) → content
 */
export function createTar(files: ReadonlyMap<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  for (const [path, content] of files) {
    parts.push(createHeader(path, content.length), content);
    parts.push(Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

function createHeader(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) >= 100) throw new Error(`too long for ustar: ${path}`);
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  // The checksum is taken with its own field full of spaces.
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
