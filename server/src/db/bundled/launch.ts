import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { BundledPostgresError } from './bundled.errors.ts';
import type { Owner } from './owner.ts';

/** The directories a PostgreSQL program works in. */
export interface Directories {
  cluster: string;
  socket: string;
}

/**
 * Starts a PostgreSQL program as `owner`. `args` receives the directories' names as the program
 * must spell them.
 *
 * As root on Linux the directories are handed over as open descriptors and named
 * /proc/self/fd/N: every process of the cluster inherits them, so the unprivileged user reaches its
 * data even below a directory closed to it (/root), without being given any capability.
 */
export async function launch(
  program: string,
  directories: Directories,
  owner: Owner | undefined,
  args: (directories: Directories) => string[],
): Promise<ChildProcess> {
  if (owner === undefined || process.platform !== 'linux') {
    return spawnAs(owner, program, args(directories), []);
  }
  const cluster = await open(directories.cluster, 'r');
  const socket = await open(directories.socket, 'r');
  const names = { cluster: '/proc/self/fd/3', socket: '/proc/self/fd/4' };
  try {
    return spawnAs(owner, program, args(names), [cluster.fd, socket.fd]);
  } finally {
    await cluster.close();
    await socket.close();
  }
}

function spawnAs(
  owner: Owner | undefined,
  program: string,
  args: string[],
  descriptors: number[],
): ChildProcess {
  try {
    return spawn(program, args, {
      cwd: '/',
      // A session of its own: Ctrl-C must stop Berth, which then stops PostgreSQL last.
      detached: true,
      // Nothing inherited: a stray PGDATA, PGOPTIONS or LC_ALL would change what runs.
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
      ...owner,
    });
  } catch (error) {
    throw new BundledPostgresError(
      'permission',
      `PostgreSQL cannot be started${owner === undefined ? '' : ` as user ${owner.uid}`}. Run ` +
        'Berth as an ordinary user, or set BERTH_DATABASE_URL to use your own PostgreSQL.',
      { cause: error },
    );
  }
}

/** Exit of a program together with everything it printed; for the short-lived ones. */
export async function collect(
  child: ChildProcess,
  input = '',
): Promise<{ ok: boolean; output: string }> {
  let output = '';
  const append = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  // The program may exit before it has read its input; its exit code tells why.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}
