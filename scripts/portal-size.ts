import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes of JavaScript, as gzip, that a browser loads before it shows the first screen. */
export const FIRST_LOAD_LIMIT = 230 * 1024;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  /** Keys of the chunks that it cannot start without. */
  readonly imports?: readonly string[];
}

export type Manifest = Readonly<Record<string, Chunk>>;

/** The scripts of the entries of Vite's manifest, and of what they import statically. */
export function listFirstLoad(manifest: Manifest): string[] {
  const seen = new Set<string>();
  const visit = (key: string) => {
    const chunk = manifest[key];
    if (chunk === undefined || seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const [key, { isEntry }] of Object.entries(manifest)) if (isEntry === true) visit(key);
  return [...seen].filter((file) => file.endsWith('.js'));
}

/** @returns bytes as gzip @throws when there is no build, or nothing in it is an entry */
export function measureFirstLoad(directory: string): number {
  const manifest: Manifest = JSON.parse(
    readFileSync(join(directory, '.vite/manifest.json'), 'utf8'),
  );
  const files = listFirstLoad(manifest);
  if (files.length === 0) throw new Error('the manifest names no entry');
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(directory, file))).length, 0);
}
