import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { AppError } from '../../lib/index.ts';

/**
 * What a migration has done: one JSON object a line, appended and synced, so that whatever a
 * line says is true also after a kill. Holds names and digests, never secrets.
 */
export interface Journal {
  /** What was noted for an item: a digest, mostly. */
  find(item: string): string | undefined;
  /** Resolves when the line is on disk. */
  note(item: string, value: string): Promise<void>;
  /** Why it could not be written; nothing more is to be done then. */
  readonly failure: unknown;
  close(): Promise<void>;
}

const headSchema = z.object({ source: z.string(), destination: z.string() });
const lineSchema = z.object({ item: z.string(), value: z.string() });

/**
 * Opens or begins a journal.
 *
 * @throws AppError conflict when it is another migration's, or no journal at all
 */
export async function openJournal(
  path: string,
  order: { readonly source: string; readonly destination: string },
): Promise<Journal> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { head, done, isTorn, isForeign } = await read(file);
    if (isForeign) throw new AppError('conflict', `${path} is no journal of a migration`);
    if (head === undefined) {
      // Empty, or a first line that was torn by a kill.
      await file.truncate(0);
      await append(file, [order]);
      return new FileJournal(file, new Map());
    }
    if (head.source !== order.source || head.destination !== order.destination) {
      throw new AppError(
        'conflict',
        `${path} is the journal of another migration (from ${head.source} to ${head.destination})`,
      );
    }
    if (isTorn) await file.appendFile('\n');
    return new FileJournal(file, done);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class FileJournal implements Journal {
  readonly #file: FileHandle;
  readonly #done: Map<string, string>;
  #waiting: object[] = [];
  #write: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #failure: unknown;

  constructor(file: FileHandle, done: Map<string, string>) {
    this.#file = file;
    this.#done = done;
  }

  get failure(): unknown {
    return this.#failure;
  }

  find(item: string): string | undefined {
    return this.#done.get(item);
  }

  note(item: string, value: string): Promise<void> {
    this.#done.set(item, value);
    this.#waiting.push({ item, value });
    // All that comes while one write is under way goes into the next one, with one sync.
    this.#next ??= this.#write.then(() => this.#flush());
    return this.#next;
  }

  #flush(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    this.#write = append(this.#file, lines).catch((error: unknown) => {
      this.#failure = error;
      throw error;
    });
    return this.#write;
  }

  async close(): Promise<void> {
    await (this.#next ?? this.#write);
    await this.#file.close();
  }
}

async function append(file: FileHandle, lines: readonly object[]): Promise<void> {
  await file.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await file.datasync();
}

async function read(file: FileHandle) {
  const done = new Map<string, string>();
  let head: z.infer<typeof headSchema> | undefined;
  let first: string | undefined;
  let lines = 0;
  const { size } = await file.stat();
  const input = file.createReadStream({ start: 0, autoClose: false });
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = parseLine(text);
    lines += 1;
    first ??= text;
    if (lines === 1) head = headSchema.safeParse(line).data;
    // A line that a kill tore is none.
    const noted = lineSchema.safeParse(line).data;
    if (noted !== undefined) done.set(noted.item, noted.value);
    if (head === undefined && lines > 1) break;
  }
  const isTorn = size > 0 && !(await endsWithNewline(file, size));
  const isBeginning = lines === 1 && isTorn && isPrefix(first ?? '');
  return { head, done, isTorn, isForeign: head === undefined && lines > 0 && !isBeginning };
}

/** Whether a text could be the beginning of a journal's first line. */
function isPrefix(text: string): boolean {
  const start = '{"source":"';
  return text.startsWith(start) || start.startsWith(text);
}

async function endsWithNewline(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
