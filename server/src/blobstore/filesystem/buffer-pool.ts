const LARGE = 256 * 1024;
const SMALL = 64 * 1024;
/** Copies from which on memory matters more than system calls. */
const MANY_COPIES = 200;
const LARGE_KEPT = 64;
const SMALL_KEPT = 256;

/** Read buffers shared by all copies of one store; at most 32 MiB are kept for reuse. */
export class BufferPool {
  readonly #large: Buffer[] = [];
  readonly #small: Buffer[] = [];
  #copies = 0;

  beginCopy(): void {
    this.#copies += 1;
  }

  endCopy(): void {
    this.#copies -= 1;
  }

  /** The length of buffer to read `left` bytes with. */
  lengthFor(left: number): number {
    return left <= SMALL || this.#copies > MANY_COPIES ? SMALL : LARGE;
  }

  take(length: number): Buffer {
    const kept = length === LARGE ? this.#large : this.#small;
    return kept.pop() ?? Buffer.allocUnsafeSlow(length);
  }

  /** Gives a buffer back that nobody reads or writes any more. */
  give(buffer: Buffer): void {
    if (buffer.length === LARGE && this.#large.length < LARGE_KEPT) this.#large.push(buffer);
    if (buffer.length === SMALL && this.#small.length < SMALL_KEPT) this.#small.push(buffer);
  }
}
