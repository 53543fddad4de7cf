interface Sized {
  readonly size: number;
  readonly digest: string;
}

/** What the layers take together; one that is listed twice is stored once. */
export function distinctSize(layers: readonly Sized[]): number {
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** A build step as it was written: without what builders put around it. */
export function plainCommand(command: string): string {
  return command
    .replace(/^\/bin\/sh -c #\(nop\)\s+/, '')
    .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit$/, '')
    .trim();
}

/** Commands are long, and have lines of their own. */
export const BUILD_STEP = { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' } as const;
