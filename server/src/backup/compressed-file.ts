import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { BackupDamagedError } from './backup.errors.ts';

/** What a file of lines holds once it is decompressed. */
export interface ContentFacts {
  readonly lines: number;
  /** Lower-case hex, of the content before compression. */
  readonly sha256: string;
}

export interface WrittenFile extends ContentFacts {
  /** Bytes on disk. */
  readonly bytes: number;
}

const LINE_FEED = 0x0a;
/** Compression must not be what a backup waits for. */
const LEVEL = 1;

/**
 * Compresses `source` into a new file, which is on disk when this resolves, and counts its lines.
 * The file can only be read by its owner.
 */
export async function writeCompressed(
  path: string,
  source: Readable,
  signal: AbortSignal | undefined,
): Promise<WrittenFile> {
  const meter = createMeter();
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        meter.add(chunk);
        yield chunk;
      }
    },
    createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: LEVEL,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    }),
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
    signal === undefined ? {} : { signal },
  );
  return { ...meter.facts(), bytes: (await stat(path)).size };
}

/**
 * The content of a file that `writeCompressed` wrote, piece by piece. Ends with an error when it is
 * not what was written, so nothing that came of it may be kept before the end.
 *
 * @throws BackupDamagedError
 */
export async function* readCompressed(
  path: string,
  expected: ContentFacts,
): AsyncGenerator<Buffer, void> {
  const meter = createMeter();
  try {
    const content = createZstdDecompress();
    const reading = pipeline(createReadStream(path), content);
    // Its failure destroys `content`, and comes from there.
    reading.catch(() => undefined);
    for await (const chunk of chunksOf(content)) {
      meter.add(chunk);
      yield chunk;
    }
    await reading;
  } catch (error) {
    throw new BackupDamagedError(`${basename(path)} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  const found = meter.facts();
  if (found.sha256 !== expected.sha256 || found.lines !== expected.lines) {
    throw new BackupDamagedError(`${basename(path)} is not what was written`);
  }
}

/** The lines of such a file, without their ends. @throws BackupDamagedError */
export async function* readLines(
  path: string,
  expected: ContentFacts,
): AsyncGenerator<string, void> {
  let rest = '';
  // Only ASCII is read this way: digests and sizes.
  for await (const chunk of readCompressed(path, expected)) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function createMeter() {
  const hash = createHash('sha256');
  let lines = 0;
  return {
    add(chunk: Buffer): void {
      hash.update(chunk);
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
        lines += 1;
      }
    },
    facts: (): ContentFacts => ({ lines, sha256: hash.copy().digest('hex') }),
  };
}

async function* chunksOf(stream: Readable): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
