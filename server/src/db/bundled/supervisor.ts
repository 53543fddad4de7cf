import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../telemetry/index.ts';
import type { BinaryPackage } from './binaries.ts';
import { getBinaryPackage, listCaches, prepareBinaries } from './binaries.ts';
import { CLUSTER_DATABASE, CLUSTER_USER, ensureCluster } from './cluster.ts';
import { lockDirectory } from './lock.ts';
import { stopOrphan } from './orphan.ts';
import { findOwner } from './owner.ts';
import type { PostmasterOptions } from './postmaster.ts';
import { ensureSocketDirectory, type SocketDirectory } from './socket-directory.ts';
import { type BundledExit, Supervision, startPatiently } from './supervision.ts';

export interface BundledConnection {
  /** The socket's directory, absolute. */
  host: string;
  user: string;
  database: string;
  password: string;
}

export interface BundledPostgres {
  connection: BundledConnection;
  /** Resolves after `stop`, or when the server could not be restarted; never rejects. */
  exited: Promise<BundledExit>;
  /** The current server process; changes when it is restarted. */
  pid(): number;
  /** Idempotent. Fast shutdown; immediate after 10 s. */
  stop(): Promise<void>;
}

export interface BundledOptions {
  /** Created if absent; everything the database needs is inside. */
  directory: string;
  log: Log;
  /** Server settings over the defaults; tests pass `fsync: 'off'`. */
  settings?: Readonly<Record<string, string>>;
  /** Binaries other than the npm package's, and where a copy of them may be kept. */
  binaries?: BinaryPackage;
  caches?: readonly string[];
}

/**
 * Starts the bundled PostgreSQL on `directory`, creating its cluster the first time, and restarts
 * it whenever it exits by itself. Throws BundledPostgresError; then nothing is left running.
 */
export async function startBundledPostgres(options: BundledOptions): Promise<BundledPostgres> {
  await mkdir(options.directory, { recursive: true, mode: 0o711 });
  const directory = await realpath(options.directory);
  const lock = lockDirectory(directory);
  try {
    const { password, socket, postmasterOptions } = await prepare(directory, options);
    const first = await startPatiently(postmasterOptions);
    const supervision = new Supervision(first, postmasterOptions);
    const exited = supervision.run().then(async (exit) => {
      await socket.remove();
      lock.release();
      return exit;
    });
    const connection = {
      host: socket.host,
      user: CLUSTER_USER,
      database: CLUSTER_DATABASE,
      password,
    };
    return {
      connection,
      exited,
      pid: () => supervision.pid,
      stop: async () => {
        await supervision.stop();
        await exited;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Prepared {
  password: string;
  socket: SocketDirectory;
  postmasterOptions: PostmasterOptions;
}

async function prepare(directory: string, options: BundledOptions): Promise<Prepared> {
  const { log, settings = {} } = options;
  const cluster = join(directory, 'cluster');
  const owner = await findOwner(cluster);
  const source = options.binaries ?? (await getBinaryPackage());
  const caches = options.caches ?? listCaches(directory, owner);
  const binaries = await prepareBinaries(source, owner, caches);
  const socket = await ensureSocketDirectory(directory, owner);
  const directories = { cluster, socket: socket.path };
  await stopOrphan(cluster, socket, log);
  const durable = settings['fsync'] !== 'off';
  const password = await ensureCluster(directories, binaries, owner, durable);
  // The client's spelling of the socket is the short one; so must the server's be, unless it
  // reaches the directory by descriptor.
  const postmasterOptions = {
    directories: { cluster, socket: owner === undefined ? socket.host : socket.path },
    binaries,
    owner,
    settings,
    log,
  };
  return { password, socket, postmasterOptions };
}
