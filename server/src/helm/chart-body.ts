import { type Readable, Transform, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '../lib/index.ts';
import type { ChartBody, ChartParts } from './chart-museum.ts';
import { MAX_CHART_BYTES, MAX_PROVENANCE_BYTES } from './limits.ts';

const MAX_PARTS = 16;
const MAX_FORM_BYTES = MAX_CHART_BYTES + MAX_PROVENANCE_BYTES + 1024 * 1024;
/** Nothing that is parsed takes as long. */
const STUCK_MS = 1_000;
const GZIP = [0x1f, 0x8b];

/**
 * Reads the body of an upload: a form with `chart` and `prov`, or the file itself as it is, a
 * packed chart or a provenance file (`curl --data-binary`).
 *
 * @throws AppError invalid for a form that is none, or is cut short; too-large
 */
export async function readChartParts({ headers, source }: ChartBody): Promise<ChartParts> {
  const type = headers['content-type'] ?? '';
  if (/^multipart\/form-data/i.test(type)) return await readForm(source, type);
  const bytes = await readAll(source, MAX_CHART_BYTES);
  if (bytes.length === 0) return { archive: undefined, provenance: undefined };
  const isPacked = GZIP.every((byte, index) => bytes[index] === byte);
  const isSigned = bytes.toString('latin1', 0, 64).trimStart().startsWith('-----BEGIN PGP SIGNED');
  if (isSigned) return { archive: undefined, provenance: bytes };
  if (isPacked) return { archive: bytes, provenance: undefined };
  throw new AppError(
    'invalid',
    'the body is neither a packed chart nor a form with a file `chart`',
  );
}

async function readForm(source: Readable, type: string): Promise<ChartParts> {
  const reads = new Map<string, Promise<Buffer>>();
  const form = openForm(type);
  form.on('file', (field, file) => {
    if ((field !== 'chart' && field !== 'prov') || reads.has(field)) {
      // It fails when the form ends within it, which the form says too.
      file.on('error', () => undefined).resume();
      return;
    }
    const maximum = field === 'chart' ? MAX_CHART_BYTES : MAX_PROVENANCE_BYTES;
    const bytes = readPart(file, maximum, field);
    // Heard of once the form has ended.
    bytes.catch(() => undefined);
    reads.set(field, bytes);
  });
  let hasTooMany = false;
  form.once('partsLimit', () => {
    hasTooMany = true;
  });
  try {
    await pipeline(source, limitBytes(MAX_FORM_BYTES), feed(form));
  } catch (cause) {
    // What is left of the body is the server's business: nobody reads on.
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid', 'the form cannot be read, or ends too early', { cause });
  }
  if (hasTooMany) throw new AppError('invalid', 'the form has too many parts');
  return { archive: await reads.get('chart'), provenance: await reads.get('prov') };
}

/**
 * Writes to the form, which works in memory and at once. It is known to lose its way in some bodies
 * (such as text behind the last delimiter), and then never says so.
 */
function feed(form: BusboyInstance): Writable {
  let hasFinished = false;
  // Also before its end: when the last delimiter has come.
  form.once('finish', () => {
    hasFinished = true;
  });
  const feeder = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (hasFinished) done();
      else form.write(chunk, inTime(done));
    },
    final(done) {
      if (hasFinished) return done();
      form.once('finish', inTime(done));
      form.end();
    },
    destroy(error, done) {
      form.destroy();
      done(error);
    },
  });
  form.once('error', (cause: unknown) => feeder.destroy(new Error('no form', { cause })));
  return feeder;
}

/** The callback; it is called with an error when nobody calls it soon. */
function inTime(done: (error?: Error | null) => void): (error?: Error | null) => void {
  let isOver = false;
  const finish = (error?: Error | null) => {
    clearTimeout(timer);
    if (!isOver) done(error);
    isOver = true;
  };
  const timer = setTimeout(() => finish(new Error('the parser got stuck')), STUCK_MS);
  return finish;
}

function openForm(type: string) {
  const limits = {
    // One more than may be, to tell a file that is too large from one that just fits.
    fileSize: MAX_CHART_BYTES + 1,
    parts: MAX_PARTS,
    fieldSize: 64 * 1024,
    headerPairs: 32,
  };
  try {
    return new Busboy({ headers: { 'content-type': type }, limits });
  } catch (cause) {
    throw new AppError('invalid', 'the form cannot be read: it has no boundary', { cause });
  }
}

async function readPart(file: BusboyFileStream, maximum: number, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not a loop over the stream: leaving one destroys it, and the form would wait for it.
  file.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maximum) chunks.push(chunk);
    else chunks.length = 0;
  });
  try {
    await finished(file);
  } catch (cause) {
    throw new AppError('invalid', 'the form ends too early', { cause });
  }
  if (size > maximum) {
    throw new AppError('too-large', `the file \`${name}\` has more than ${maximum} bytes`);
  }
  return Buffer.concat(chunks);
}

async function readAll(source: Readable, maximum: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  try {
    await pipeline(source, limitBytes(maximum), sink);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid', 'the body ends too early', { cause });
  }
  return Buffer.concat(chunks);
}

/** Fails with AppError too-large. */
function limitBytes(maximum: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maximum) done(undefined, chunk);
      else done(new AppError('too-large', `the body has more than ${maximum} bytes`));
    },
  });
}
