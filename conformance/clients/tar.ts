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
    parts.push(createTarHeader(path, { size: content.length }), content);
    parts.push(Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

/** What an entry is; everything may be a lie. */
export interface TarHeaderOptions {
  /** In bytes. */
  readonly size: number;
  /** `0` unless told, for a plain file. */
  readonly flag?: string;
  /** Where a link leads. */
  readonly link?: string;
}

/** One header, of 512 bytes. */
export function createTarHeader(path: string, options: TarHeaderOptions): Buffer {
  if (Buffer.byteLength(path) >= 100) throw new Error(`too long for ustar: ${path}`);
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${options.size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(options.flag ?? '0', 156);
  header.write(options.link ?? '', 157);
  header.write('ustar\0', 257);
  header.write('00', 263);
  signTarHeader(header);
  return header;
}

/** Writes the checksum, which is taken with its own field full of spaces. */
export function signTarHeader(header: Buffer): void {
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
