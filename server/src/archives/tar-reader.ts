import { ContentRefusal } from './content-refusal.ts';
import { collectFile, type FileSink } from './file-sink.ts';
import { archiveLimits as limits } from './limits.ts';
import { type PaxRecords, parsePax, parseTarHeader, textUntilNul } from './tar-header.ts';

/** A regular file in an archive; size in bytes. */
export interface TarFile {
  readonly name: string;
  readonly size: number;
}

/** Any entry but those that only say something of the next one. */
export interface TarEntryHeader {
  readonly name: string;
  /** Of the header: `0` a file, `5` a directory, `1` and `2` links. */
  readonly flag: string;
}

/** Hears of what is passed over otherwise, and may throw. */
export interface TarWatcher {
  entry(header: TarEntryHeader): void;
  /** Bytes after the block that ends the archive. */
  trailing(bytes: Uint8Array): void;
}

const BLOCK = 512;

interface Content {
  readonly sink: FileSink | undefined;
  left: number;
  padding: number;
}

/**
 * Reads a tar archive as its bytes come (POSIX.1-2017 pax, "ustar Interchange Format"; GNU's long
 * names). Holds one header at a time. Only regular files are told: links, devices, directories and
 * sparse files are passed over, and nothing is ever followed. Its methods throw ContentRefusal.
 */
export class TarReader {
  readonly #open: (file: TarFile) => FileSink | undefined;
  readonly #watcher: TarWatcher | undefined;
  readonly #header = Buffer.alloc(BLOCK);
  #filled = 0;
  #entries = 0;
  #content: Content | undefined;
  /** From extended headers, for the entry that follows. */
  #pax: PaxRecords = {};
  #isAtEnd = false;

  /** `open` says where a file's bytes go, or nowhere. */
  constructor(open: (file: TarFile) => FileSink | undefined, watcher?: TarWatcher) {
    this.#open = open;
    this.#watcher = watcher;
  }

  /** Whether the block that ends an archive has been read. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#isAtEnd) {
      at +=
        this.#content === undefined ? this.#fill(chunk, at) : this.#pass(chunk, at, this.#content);
    }
    if (at < chunk.length) this.#watcher?.trailing(chunk.subarray(at));
  }

  /** Call it after the last byte: an archive that stops within an entry is refused. */
  end(): void {
    if (this.#isAtEnd) return;
    const isWithin = this.#content !== undefined && this.#content.left > 0;
    if (isWithin || this.#filled > 0) {
      throw new ContentRefusal('unprocessable', 'the archive is cut short');
    }
  }

  /** Takes bytes of a header; returns how many. */
  #fill(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + BLOCK - this.#filled);
    this.#header.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#begin();
    }
    return part.length;
  }

  /** Takes bytes of an entry's content and of what fills its last block; returns how many. */
  #pass(chunk: Uint8Array, at: number, content: Content): number {
    const part = chunk.subarray(at, at + content.left);
    if (part.length > 0) {
      content.left -= part.length;
      content.sink?.write(part);
      if (content.left === 0) content.sink?.end();
    }
    const padding = Math.min(content.padding, chunk.length - at - part.length);
    content.padding -= padding;
    if (content.left === 0 && content.padding === 0) this.#content = undefined;
    return part.length + padding;
  }

  #begin(): void {
    const header = parseTarHeader(this.#header);
    if (header === undefined) {
      this.#isAtEnd = true;
      return;
    }
    this.#entries += 1;
    if (this.#entries > limits.archiveEntries) {
      const sentence = `the archive has more than ${limits.archiveEntries} entries`;
      throw new ContentRefusal('too-large', sentence);
    }
    if (header.type === 'pax' || header.type === 'long-name') {
      this.#expect(this.#extend(header.type, header.size), header.size);
      return;
    }
    if (header.type === 'global') {
      this.#expect(undefined, header.size);
      return;
    }
    const { path = header.name, size = header.size, isSparse = false } = this.#pax;
    this.#pax = {};
    // What is sparse is passed over as a link is.
    this.#watcher?.entry({ name: path, flag: isSparse ? 'S' : header.flag });
    if (header.type === 'bodyless') return;
    const isFile = header.type === 'file' && !isSparse && !path.endsWith('/');
    this.#expect(isFile ? this.#open({ name: path, size }) : undefined, size);
  }

  #expect(sink: FileSink | undefined, size: number): void {
    if (size === 0) {
      sink?.end();
      return;
    }
    this.#content = { sink, left: size, padding: (BLOCK - (size % BLOCK)) % BLOCK };
  }

  #extend(type: 'pax' | 'long-name', size: number): FileSink {
    if (size > limits.archiveHeader) {
      throw new ContentRefusal('too-large', 'the archive has a header that is too large');
    }
    return collectFile(size, (bytes) => {
      const records = type === 'pax' ? parsePax(bytes) : { path: textUntilNul(bytes) };
      this.#pax = { ...this.#pax, ...records };
    });
  }
}
