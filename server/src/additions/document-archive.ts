import { ContentRefusal, type Document, TarReader, type UnpackedSink } from '../archives/index.ts';
import { limits } from './limits.ts';

/** The one document that a model's doc layer holds: its files one after the other, as in Harbor. */
export class DocumentArchive implements UnpackedSink {
  readonly hasEnough = false;
  readonly #parts: Uint8Array[] = [];
  #size = 0;
  readonly #tar = new TarReader(() => ({
    write: (bytes) => this.#take(bytes),
    end: () => undefined,
  }));

  write(chunk: Uint8Array): void {
    this.#tar.write(chunk);
  }

  /** @throws ContentRefusal when the archive is cut short */
  finish(): Document {
    this.#tar.end();
    return { body: new Uint8Array(Buffer.concat(this.#parts)) };
  }

  #take(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > limits.document) {
      throw new ContentRefusal('too-large', `the file is larger than ${limits.document} bytes`);
    }
    this.#parts.push(new Uint8Array(bytes));
  }
}
