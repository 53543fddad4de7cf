import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { tgzOf } from '../archives/tar-archive.fixture.ts';
import { readChartParts } from './chart-body.ts';
import { MAX_CHART_BYTES, MAX_PROVENANCE_BYTES } from './limits.ts';

const archive = tgzOf([{ name: 'app/Chart.yaml', content: 'name: app\nversion: 1.0.0\n' }]);
const provenance = Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\nname: app\nversion: 1.0.0\n');

interface Part {
  readonly name: string;
  readonly content: Buffer;
  readonly filename?: string | undefined;
}

const chartPart: Part = { name: 'chart', content: archive };

function formOf(parts: readonly Part[], end = '--b0--\r\n'): Buffer {
  const pieces = parts.flatMap(({ name, content, filename = 'f' }) => [
    Buffer.from(
      `--b0\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    content,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(end)]);
}

function read(body: Buffer | Readable, type = 'multipart/form-data; boundary=b0') {
  const source = body instanceof Readable ? body : Readable.from([body]);
  return readChartParts({ headers: { 'content-type': type }, source });
}

describe('a form', () => {
  it('gives chart and provenance file, and lets the rest be', async () => {
    const form = formOf([
      { name: 'other', content: Buffer.from('x') },
      { name: 'prov', content: provenance },
      { name: 'chart', content: archive },
      { name: 'chart', content: Buffer.from('a second one') },
    ]);
    expect(await read(form)).toEqual({ archive, provenance });
  });

  it('gives what came, however it was cut into pieces', async () => {
    const form = formOf([{ name: 'chart', content: archive }]);
    const bytes = Array.from(form, (byte) => Buffer.from([byte]));
    expect(await read(Readable.from(bytes))).toEqual({ archive, provenance: undefined });
  });

  it('B28: gives nothing when neither is in it', async () => {
    const form = formOf([{ name: 'file', content: archive }]);
    expect(await read(form)).toEqual({ archive: undefined, provenance: undefined });
  });

  it.each<[string, Buffer, string?]>([
    ['ends too early', formOf([{ name: 'chart', content: archive }], '').subarray(0, 150)],
    ['has no end', formOf([{ name: 'chart', content: archive }], '')],
    [
      'ends within another file',
      formOf([{ name: 'other', content: archive }], '').subarray(0, 150),
    ],
    [
      'ends within a second chart',
      formOf([chartPart, { name: 'chart', content: Buffer.alloc(900) }], '').subarray(0, -200),
    ],
    ['is empty', Buffer.alloc(0)],
    ['is none', Buffer.from('junk')],
    ['has no boundary', formOf([]), 'multipart/form-data'],
    [
      'has many parts',
      formOf(Array.from({ length: 40 }, (_, n) => ({ name: `f${n}`, content: archive }))),
    ],
  ])('is refused when it %s', async (_what, body, type) => {
    await expect(read(body, type)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each([
    '--b0--\r\n',
    '--b0--\r\n--b0--\r\n',
    '--b0--\r\nwhatever comes after the end',
    `--b0--\r\n${'x'.repeat(100_000)}\r\n--b0--`,
  ])('is read to its end, whatever comes behind it (%#)', async (end) => {
    const form = formOf([{ name: 'chart', content: archive }], end);
    const half = form.length - Math.floor(end.length / 2);
    const cut = Readable.from([form.subarray(0, half), form.subarray(half)]);
    expect(await read(cut)).toEqual({ archive, provenance: undefined });
    expect(await read(form)).toEqual({ archive, provenance: undefined });
  });

  it('that loses its parser is answered all the same', async () => {
    const head = 'Content-Disposition: form-data; name="chart"; filename="x"';
    const text = `--b0\r\n${head}\r\n\r\n--b0--\r\n--b0--\r\n\0\nContent-Disposition: attachment${head}--`;
    const answers = Array.from(text, (_, cut) => {
      const pieces = [text.slice(0, cut), text.slice(cut)].map((piece) => Buffer.from(piece));
      return read(Readable.from(pieces)).catch(({ kind }) => kind);
    });
    const nothing = { archive: undefined, provenance: undefined };
    for (const answer of await Promise.all(answers)) {
      expect([nothing, 'invalid']).toContainEqual(answer);
    }
  });

  it.each([
    ['chart', MAX_CHART_BYTES],
    ['prov', MAX_PROVENANCE_BYTES],
    ['else', MAX_CHART_BYTES + 8 * 1024 * 1024],
  ])('is refused when its file %s is too large', async (name, maximum) => {
    const form = formOf([{ name, content: Buffer.alloc(maximum + 1) }]);
    await expect(read(form)).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('is refused, and not waited for, when the client goes away', async () => {
    const source = new PassThrough();
    source.write(formOf([{ name: 'chart', content: archive }], '').subarray(0, 150));
    const parts = read(source);
    source.destroy(new Error('aborted'));
    await expect(parts).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('B28: a body without a form', () => {
  const types = ['application/octet-stream', 'application/x-www-form-urlencoded', ''];
  it.each(types)('is a chart, sent as %j', async (type) => {
    expect(await read(archive, type)).toEqual({ archive, provenance: undefined });
  });

  it('B29: is a provenance file', async () => {
    expect(await read(provenance, 'text/plain')).toEqual({ archive: undefined, provenance });
  });

  it('is nothing when it is empty', async () => {
    const nothing = { archive: undefined, provenance: undefined };
    expect(await read(Readable.from([]), 'text/plain')).toEqual(nothing);
  });

  it('is refused when it is something else, or too large', async () => {
    await expect(read(Buffer.from('{}'), 'application/json')).rejects.toMatchObject({
      kind: 'invalid',
    });
    const large = Buffer.alloc(MAX_CHART_BYTES + 1, archive.subarray(0, 2));
    await expect(read(large, 'text/plain')).rejects.toMatchObject({ kind: 'too-large' });
  });
});
