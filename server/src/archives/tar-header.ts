import { ContentRefusal } from './content-refusal.ts';

/**
 * `bodyless`: links, devices, directories, whose size says nothing. `global`: headers whose body
 * does not matter, also those for the names of links. `other`: types with a body that
 * are not known; their bytes are passed over.
 */
export type TarType = 'file' | 'bodyless' | 'pax' | 'global' | 'long-name' | 'other';

/** Size in bytes. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly type: TarType;
  /** `5` is a directory, `1` and `2` are links. */
  readonly flag: string;
}

/** What an extended header says of the next entry. */
export interface PaxRecords {
  readonly path?: string;
  readonly size?: number;
  readonly isSparse?: boolean;
}

const types: ReadonlyMap<string, TarType> = new Map<string, TarType>([
  ['\0', 'file'],
  ['0', 'file'],
  ['7', 'file'],
  ['1', 'bodyless'],
  ['2', 'bodyless'],
  ['3', 'bodyless'],
  ['4', 'bodyless'],
  ['5', 'bodyless'],
  ['6', 'bodyless'],
  ['x', 'pax'],
  ['g', 'global'],
  ['K', 'global'],
  ['L', 'long-name'],
]);

/**
 * A header block of 512 bytes; undefined for the block of zeros that ends an archive.
 *
 * @throws ContentRefusal when the checksum or the size is wrong, and for GNU's sparse files, whose
 * length the header does not tell
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  const sum = checksumOf(block);
  if (sum === CHECKSUM_OF_ZEROS) return undefined;
  if (parseOctal(block.subarray(148, 156)) !== sum) throw notAnArchive();
  const flag = block.toString('latin1', 156, 157);
  if (flag === 'S') throw new ContentRefusal('unprocessable', 'the archive has a sparse file');
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? textUntilNul(block.subarray(345, 500)) : '';
  const name = textUntilNul(block.subarray(0, 100));
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: parseSize(block.subarray(124, 136)),
    type: types.get(flag) ?? 'other',
    flag,
  };
}

/** The records that matter here. @throws ContentRefusal when they are malformed */
export function parsePax(bytes: Buffer): PaxRecords {
  let records: PaxRecords = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : bytes.toString('latin1', at, space);
    const end = /^[0-9]{1,6}$/.test(digits) ? at + Number(digits) : 0;
    const equals = bytes.indexOf(0x3d, space);
    if (end > bytes.length || equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      throw notAnArchive();
    }
    const key = bytes.toString('utf8', space + 1, equals);
    records = { ...records, ...parseRecord(key, bytes.toString('utf8', equals + 1, end - 1)) };
    at = end;
  }
  return records;
}

/** UTF-8 up to the first NUL. */
export function textUntilNul(bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  return bytes.toString('utf8', 0, nul === -1 ? bytes.length : nul);
}

function parseRecord(key: string, value: string): PaxRecords {
  if (key === 'path') return { path: value };
  if (key.startsWith('GNU.sparse.')) return { isSparse: true };
  if (key !== 'size') return {};
  const size = /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
  if (size === undefined) throw notAnArchive();
  return { size };
}

const CHECKSUM_OF_ZEROS = 8 * 0x20;

/** The sum of all bytes, the checksum's own counted as spaces. */
function checksumOf(block: Buffer): number {
  let sum = CHECKSUM_OF_ZEROS;
  for (let at = 0; at < 148; at += 1) sum += block[at] ?? 0;
  for (let at = 156; at < block.length; at += 1) sum += block[at] ?? 0;
  return sum;
}

function parseSize(field: Buffer): number {
  // GNU's base 256 for sizes from 8 GiB on: never anything that may be read here.
  if (((field[0] ?? 0) & 0x80) !== 0) {
    throw new ContentRefusal('too-large', 'the archive has an entry that is too large');
  }
  return parseOctal(field) ?? refuseSize();
}

function refuseSize(): never {
  throw notAnArchive();
}

/** An octal number between spaces and NULs; empty is 0; undefined for anything else. */
function parseOctal(field: Buffer): number | undefined {
  const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(field.toString('latin1'))?.[1];
  return digits === undefined ? undefined : Number.parseInt(`0${digits}`, 8);
}

function notAnArchive(): ContentRefusal {
  return new ContentRefusal('unprocessable', 'the content is not a readable archive');
}
