import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { BundledPostgresError } from './bundled.errors.ts';
import { collect, type Directories, launch } from './launch.ts';
import type { Owner } from './owner.ts';

/** Superuser and database of a bundled cluster. */
export const CLUSTER_USER = 'berth';
export const CLUSTER_DATABASE = 'berth';

/**
 * Creates the cluster unless it exists, and returns the superuser's password. Throws `version` for
 * a cluster of another major version, `failed` with initdb's words.
 *
 * Clients prove themselves with a random password (SCRAM) kept beside the cluster in a file of
 * mode 0600. `peer` would need a passwd entry for our uid, which containers often lack, and
 * `trust` would rest on the socket directory's mode alone.
 */
export async function ensureCluster(
  directories: Directories,
  binaries: Binaries,
  owner: Owner | undefined,
  durable: boolean,
): Promise<string> {
  const major = await findMajor(directories.cluster);
  if (major !== undefined && major !== binaries.major) {
    throw new BundledPostgresError(
      'version',
      `The database in ${directories.cluster} was made by PostgreSQL ${major}, and this Berth ` +
        `brings PostgreSQL ${binaries.major}. Dump it with the Berth that made it and load the ` +
        'dump into an empty data directory.',
    );
  }
  const path = join(dirname(directories.cluster), 'password');
  const known = await findPassword(path);
  const password = known ?? (await createPassword(path));
  if (major === undefined) {
    await createCluster(directories, binaries, owner, password, durable);
  } else if (known === undefined) {
    const statement = `ALTER ROLE ${CLUSTER_USER} PASSWORD '${password}'`;
    await runSingleUser(directories, binaries, owner, statement);
  }
  return password;
}

/** The cluster's major version; undefined when there is no cluster. */
async function findMajor(cluster: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(cluster, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if (await isMissing(cluster)) return undefined;
    throw new BundledPostgresError(
      'failed',
      `${cluster} exists but holds no readable PostgreSQL cluster. Restore it from a backup, or ` +
        'move it away to begin with an empty database.',
      { cause: error },
    );
  }
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT',
  );
}

async function findPassword(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^[\w-]{32}$/.test(text) ? text : undefined;
}

async function createPassword(path: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await rm(path, { force: true });
  await writeFile(path, password, { mode: 0o600, flag: 'wx', flush: true });
  return password;
}

/** Made under another name and renamed, so a kill in the middle leaves no half cluster behind. */
async function createCluster(
  directories: Directories,
  binaries: Binaries,
  owner: Owner | undefined,
  password: string,
  durable: boolean,
): Promise<void> {
  const partial = `${directories.cluster}.new`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  if (owner !== undefined) await chown(partial, owner.uid, owner.gid);
  const building = { ...directories, cluster: partial };
  await runInitdb(building, binaries, owner, password, durable);
  await runSingleUser(building, binaries, owner, `CREATE DATABASE ${CLUSTER_DATABASE}`, durable);
  await rename(partial, directories.cluster);
  await syncDirectory(dirname(directories.cluster));
}

async function runInitdb(
  directories: Directories,
  binaries: Binaries,
  owner: Owner | undefined,
  password: string,
  durable: boolean,
): Promise<void> {
  const passwordFile = join(directories.socket, 'initdb-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner !== undefined) await chown(passwordFile, owner.uid, owner.gid);
  try {
    const child = await launch(binaries.initdb, directories, owner, ({ cluster, socket }) => [
      `--pgdata=${cluster}`,
      `--username=${CLUSTER_USER}`,
      `--pwfile=${socket}/initdb-password`,
      '--auth-local=scram-sha-256',
      '--auth-host=reject',
      // The builtin provider sorts by code point in the same way on every machine, so that no
      // operating system upgrade can corrupt an index.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--encoding=UTF8',
      '--data-checksums',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
    const { ok, output } = await collect(child);
    if (!ok) throw new BundledPostgresError('failed', `initdb failed: ${output.trim()}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function runSingleUser(
  directories: Directories,
  binaries: Binaries,
  owner: Owner | undefined,
  statement: string,
  durable = true,
): Promise<void> {
  const child = await launch(binaries.postgres, directories, owner, ({ cluster }) => [
    '--single',
    '-D',
    cluster,
    '--exit_on_error=on',
    '--log_min_error_statement=panic',
    `--fsync=${durable ? 'on' : 'off'}`,
    'postgres',
  ]);
  const { ok, output } = await collect(child, `${statement}\n`);
  if (!ok) throw new BundledPostgresError('failed', `PostgreSQL failed: ${output.trim()}`);
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
