import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Encoding = 'br' | 'gzip';

export interface PortalFile {
  readonly type: string;
  /** Of the bytes as they are. */
  readonly hash: string;
  readonly bytes: Buffer;
  readonly encoded: ReadonlyMap<Encoding, Buffer>;
}

/** What a build of the portal made. */
export interface PortalFiles {
  readonly page: string;
  /** By the path they are served at: `/assets/main-abc.js`. */
  readonly files: ReadonlyMap<string, PortalFile>;
}

/** Where `npm start` builds it. */
export const PORTAL_DIRECTORY = fileURLToPath(new URL('../../../portal/dist', import.meta.url));

const PAGE = 'index.html';
const SUFFIXES = { br: '.br', gzip: '.gz' } as const satisfies Record<Encoding, string>;
const ATTEMPTS = 3;

/** Reads a build into memory, so that a later one changes nothing here. Undefined without one. */
export async function findPortalFiles(directory: string): Promise<PortalFiles | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      return await readFiles(directory);
    } catch (error) {
      // Another start may put a new build in its place at this moment.
      if (!isMissing(error)) throw error;
    }
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function readFiles(directory: string): Promise<PortalFiles> {
  const page = await readFile(join(directory, PAGE), 'utf8');
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  const present = new Set(paths);
  const shown = paths.filter((path) => path !== PAGE && isServed(path));
  const files = await Promise.all(
    shown.map(async (path): Promise<[string, PortalFile]> => {
      return [`/${path}`, await readOne(directory, path, present)];
    }),
  );
  return { page, files: new Map(files) };
}

/** Not what tools keep (`.vite/manifest.json`), nor encodings of other files. */
function isServed(path: string): boolean {
  return !path.startsWith('.') && !Object.values(SUFFIXES).some((suffix) => path.endsWith(suffix));
}

async function readOne(
  directory: string,
  path: string,
  present: ReadonlySet<string>,
): Promise<PortalFile> {
  const bytes = await readFile(join(directory, path));
  const encoded = new Map<Encoding, Buffer>();
  for (const encoding of ['br', 'gzip'] as const) {
    const name = path + SUFFIXES[encoding];
    if (present.has(name)) encoded.set(encoding, await readFile(join(directory, name)));
  }
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { type: types[extname(path)] ?? 'application/octet-stream', hash, bytes, encoded };
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
