/** Takes a file's bytes as they come. */
export interface FileSink {
  write(bytes: Uint8Array): void;
  end(): void;
}

/** Keeps a file of that many bytes and gives it when it is complete. */
export function collectFile(size: number, take: (bytes: Buffer<ArrayBuffer>) => void): FileSink {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  return {
    write(part) {
      bytes.set(part, filled);
      filled += part.length;
    },
    end: () => take(bytes),
  };
}
