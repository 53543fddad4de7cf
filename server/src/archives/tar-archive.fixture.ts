import { gzipSync } from 'node:zlib';

/** What a test puts into an archive; everything may be wrong on purpose. */
export interface TarEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** `0` unless told: a regular file. */
  readonly flag?: string;
  readonly linkname?: string;
  /** Told in the header in place of the content's; bytes. */
  readonly size?: number;
}

/** A ustar archive with the end that belongs to it. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(partsOf), Buffer.alloc(1024)]);
}

/** The same, packed with gzip. */
export function tgzOf(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tarOf(entries));
}

/** One header block of 512 bytes with its checksum. */
export function tarHeader({ name, content = '', flag = '0', linkname, size }: TarEntry): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100);
  block.write(`${(size ?? Buffer.byteLength(content)).toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(flag, 156, 1, 'latin1');
  block.write(linkname ?? '', 157, 100, 'utf8');
  block.write('ustar\0', 257);
  block.write('00', 263);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A pax record, with its own length in front. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}

function partsOf(entry: TarEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? '');
  return [tarHeader(entry), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}
