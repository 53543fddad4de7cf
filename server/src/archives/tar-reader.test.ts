import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { ContentRefusal } from './content-refusal.ts';
import { paxRecord, type TarEntry, tarHeader, tarOf } from './tar-archive.fixture.ts';
import { TarReader } from './tar-reader.ts';

/** The regular files that the reader tells, given the archive in pieces of so many bytes. */
function readFiles(archive: Uint8Array, piece = archive.length): Record<string, string> {
  const files: Record<string, string> = {};
  const reader = new TarReader(({ name }) => {
    const parts: Uint8Array[] = [];
    return {
      write: (bytes) => parts.push(Buffer.from(bytes)),
      end: () => {
        files[name] = Buffer.concat(parts).toString('utf8');
      },
    };
  });
  for (let at = 0; at < archive.length; at += piece) reader.write(archive.subarray(at, at + piece));
  reader.end();
  return files;
}

describe('the tar reader', () => {
  const entries: TarEntry[] = [
    { name: 'app/', flag: '5' },
    { name: 'app/empty' },
    { name: 'app/block', content: 'x'.repeat(512) },
    { name: 'app/text', content: 'some text' },
  ];
  const expected = { 'app/empty': '', 'app/block': 'x'.repeat(512), 'app/text': 'some text' };

  it.each([1, 7, 511, 512, 513, 4096])('reads archives in pieces of %i bytes', (piece) => {
    expect(readFiles(tarOf(entries), piece)).toEqual(expected);
  });

  it('reads what another program packed, with long names', async () => {
    const [split, pax] = [`${'d'.repeat(90)}/${'f'.repeat(60)}`, 'n'.repeat(300)];
    const packed = await packTar(
      [split, pax, 'ünïcode'].map((name) => ({
        header: { name, size: 3 },
        body: 'abc',
      })),
    );
    expect(readFiles(packed)).toEqual({ [split]: 'abc', [pax]: 'abc', ünïcode: 'abc' });
  });

  it('takes names from the extended headers of GNU and of pax', () => {
    const archive = tarOf([
      { name: '././@LongLink', flag: 'L', content: 'a/long/name\0' },
      { name: '././@LongLink', flag: 'K', content: 'ignored\0' },
      { name: 'cut', content: '1' },
      { name: 'global', flag: 'g', content: paxRecord('comment', 'of git') },
      { name: 'x', flag: 'x', content: paxRecord('mtime', '1.5') + paxRecord('path', 'päx') },
      { name: 'cut', content: '2' },
      { name: 'plain', content: '3' },
    ]);
    expect(readFiles(archive)).toEqual({ 'a/long/name': '1', päx: '2', plain: '3' });
  });

  it('passes over links, devices, unknown types and sparse files', () => {
    const sparse = paxRecord('GNU.sparse.major', '1');
    const archive = tarOf([
      ...['1', '2', '3', '4', '6'].map((flag) => ({ name: flag, flag, linkname: '/etc/passwd' })),
      { name: 'unknown', flag: 'Z', content: 'body' },
      { name: 'x', flag: 'x', content: sparse },
      { name: 'sparse', content: 'map' },
      { name: 'file', content: 'yes' },
    ]);
    expect(readFiles(archive)).toEqual({ file: 'yes' });
    // A link has no body, whatever its header says.
    const link = tarOf([
      { name: 'link', flag: '2', size: 5 },
      { name: 'file', content: 'yes' },
    ]);
    expect(readFiles(link)).toEqual({ file: 'yes' });
  });

  it('ends a name at a NUL and an archive at a block of zeros', () => {
    const archive = Buffer.concat([tarOf([{ name: 'a\0b', content: '1' }]), Buffer.from('junk')]);
    expect(readFiles(archive)).toEqual({ a: '1' });
  });

  it('takes an archive without an end, as some programs leave it', () => {
    expect(readFiles(tarOf(entries).subarray(0, -1024))).toEqual(expected);
  });

  const whole = tarOf(entries);
  it.each<[string, Buffer]>([
    ['cut within a header', whole.subarray(0, 1000)],
    ['cut within a file', whole.subarray(0, 1700)],
    ['of noise', Buffer.alloc(2048, 'noise')],
    ['with a wrong checksum', Buffer.from(whole).fill(0x41, 0, 1)],
    ['with a size that is no number', tarOf([{ name: 'a', size: -1 }])],
    ['with a sparse file of GNU', tarOf([{ name: 'a', flag: 'S', content: 'x' }])],
    ['with a name of 65 KiB', tarOf([{ name: 'a', flag: 'L', content: 'x'.repeat(66_000) }])],
    ['with a pax header of 8 GiB', tarHeader({ name: 'a', flag: 'x', size: 8 * 2 ** 30 - 1 })],
    ['with a pax record that is too long', tarOf([{ name: 'a', flag: 'x', content: '99 a=b\n' }])],
    ['with a pax record of no length', tarOf([{ name: 'a', flag: 'x', content: ' a=b\n' }])],
    ['with a pax record of length 0', tarOf([{ name: 'a', flag: 'x', content: '0 a=b\n' }])],
    ['with a pax record without a key', tarOf([{ name: 'a', flag: 'x', content: '4 b\n' }])],
    [
      'with a negative size in pax',
      tarOf([{ name: 'a', flag: 'x', content: paxRecord('size', '-1') }]),
    ],
  ])('refuses an archive %s', (_, archive) => {
    expect(() => readFiles(archive)).toThrow(ContentRefusal);
  });

  it('refuses a size in base 256', () => {
    const block = tarHeader({ name: 'a' });
    block.fill(0xff, 124, 136);
    expect(() => readFiles(fixChecksum(block))).toThrow(/too large/);
  });

  it('refuses more than 10,000 entries', () => {
    const header = tarHeader({ name: 'a' });
    const many = (count: number) => Buffer.concat(Array.from({ length: count }, () => header));
    expect(readFiles(many(10_000))).toEqual({ a: '' });
    expect(() => readFiles(many(10_001))).toThrow(/10000 entries/);
  });
});

function fixChecksum(block: Buffer): Buffer {
  block.write('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
