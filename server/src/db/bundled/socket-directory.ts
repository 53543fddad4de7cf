import { chmod, chown, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Owner } from './owner.ts';

export interface SocketDirectory {
  /** Where the socket really is: inside the database's directory. */
  path: string;
  /** A name of the same place that is short enough for a socket address. */
  host: string;
  remove(): Promise<void>;
}

/** sockaddr_un holds 107 bytes and a NUL on Linux, 103 on macOS. */
const MAX_ADDRESS_BYTES = 103;
const SOCKET_NAME = '/.s.PGSQL.5432';

/**
 * Makes `directory`/run for the socket, closed to everybody but `owner`. A path too long for a
 * socket address gets an alias in the temporary directory, because the limit is on the name and
 * not on the place.
 */
export async function ensureSocketDirectory(
  directory: string,
  owner: Owner | undefined,
): Promise<SocketDirectory> {
  const path = join(directory, 'run');
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  const note = join(directory, 'run-alias');
  await removeAlias(note);
  if (Buffer.byteLength(path + SOCKET_NAME) <= MAX_ADDRESS_BYTES) {
    return { path, host: path, remove: async () => undefined };
  }
  const alias = await mkdtemp(join(tmpdir(), 'berth-'));
  await writeFile(note, alias);
  await symlink(path, join(alias, 'run'));
  return { path, host: join(alias, 'run'), remove: () => removeAlias(note) };
}

/** The note survives a kill -9, so that the next start can remove what this one left. */
async function removeAlias(note: string): Promise<void> {
  const alias = await readFile(note, 'utf8').catch(() => '');
  const isAlias = dirname(alias) === tmpdir() && basename(alias).startsWith('berth-');
  if (isAlias) await rm(alias, { recursive: true, force: true });
  await rm(note, { force: true });
}
