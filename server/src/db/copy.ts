import { Readable } from 'node:stream';
import type { Client, Connection } from 'pg';

/** Small enough to keep memory flat, large enough that a row is not a chunk. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Streams what `COPY … TO STDOUT` gives, in PostgreSQL's text format unless the statement says
 * otherwise. The client serves nothing else meanwhile; whoever destroys the stream early closes the
 * client too. Errors of PostgreSQL destroy it.
 */
export function copyOut(client: Client, statement: string): Readable {
  return client.query(new CopyOut(statement));
}

/**
 * Feeds `COPY … FROM STDIN` from `source` and gives the number of rows. When `source` throws, the
 * COPY is failed and that error thrown; errors of PostgreSQL are thrown as they are.
 */
export async function copyIn(
  client: Client,
  statement: string,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  return await client.query(new CopyIn(statement, source)).done;
}

interface CommandComplete {
  /** Such as `COPY 42`. */
  readonly text: string;
}

interface CopySink {
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** What pg's client calls of a query: the messages of the protocol. */
class CopyOut extends Readable {
  readonly #statement: string;
  #connection: Connection | undefined;
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #filled = 0;

  constructor(statement: string) {
    super({ highWaterMark: 4 * CHUNK_BYTES });
    this.#statement = statement;
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.#statement);
  }

  override _read(): void {
    this.#connection?.stream.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // What still comes is dropped; paused, the connection could not even end.
    this.#connection?.stream.resume();
    done(error);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.destroyed) return;
    if (this.#filled + chunk.length > CHUNK_BYTES) this.#flush();
    // pg uses its own buffer again, so the bytes must be copied in any case.
    if (chunk.length > CHUNK_BYTES) this.#give(Buffer.from(chunk));
    else this.#filled += chunk.copy(this.#buffer, this.#filled);
  }

  handleCommandComplete(): void {
    this.#flush();
  }

  handleReadyForQuery(): void {
    if (!this.destroyed) this.push(null);
    this.#connection = undefined;
  }

  handleError(error: Error): void {
    this.#connection = undefined;
    this.destroy(error);
  }

  #flush(): void {
    if (this.#filled === 0 || this.destroyed) return;
    const full = this.#buffer.subarray(0, this.#filled);
    this.#buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#filled = 0;
    this.#give(full);
  }

  #give(bytes: Buffer): void {
    if (!this.push(bytes)) this.#connection?.stream.pause();
  }
}

class CopyIn {
  readonly done: Promise<number>;
  readonly #statement: string;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: unknown) => void;
  /** PostgreSQL has answered with an error: there is no point in sending more. */
  #hasFailed = false;
  #wake: (() => void) | undefined;
  #sourceError: { readonly error: unknown } | undefined;
  #rows = 0;

  constructor(statement: string, source: AsyncIterable<Uint8Array>) {
    this.#statement = statement;
    this.#source = source;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    connection.query(this.#statement);
  }

  handleCopyInResponse(connection: Connection & CopySink): void {
    void this.#send(connection).catch((error: unknown) => {
      this.#sourceError = { error };
      connection.sendCopyFail('the source failed');
    });
  }

  async #send(connection: Connection & CopySink): Promise<void> {
    for await (const chunk of this.#source) {
      if (this.#hasFailed) return;
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await this.#drained(connection);
    }
    if (!this.#hasFailed) connection.endCopyFrom();
  }

  /** Until the connection takes more, or there is no point in it. */
  async #drained({ stream }: Connection): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    stream.once('drain', resolve).once('close', resolve);
    await promise;
    stream.off('drain', resolve).off('close', resolve);
  }

  handleCommandComplete({ text }: CommandComplete): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#hasFailed = true;
    this.#wake?.();
    this.#reject(this.#sourceError === undefined ? error : this.#sourceError.error);
  }
}
