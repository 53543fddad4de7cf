import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Log } from '../../telemetry/index.ts';
import { BundledPostgresError } from './bundled.errors.ts';
import type { SocketDirectory } from './socket-directory.ts';

/**
 * A setting that PostgreSQL ignores and that stays readable in its command line, by which we know
 * our own server again after we were killed. /proc/PID/cwd would need CAP_SYS_PTRACE for it.
 */
export function markerOf(cluster: string): string {
  return `--berth.cluster=${cluster}`;
}

const FAST_MS = 1_500;
const IMMEDIATE_MS = 5_000;

/**
 * Clears what a killed Berth left: stops a server of this cluster that outlived it, and defuses a
 * postmaster.pid whose pid now belongs to a stranger. The caller holds the directory's lock.
 * Throws `in-use` when the socket is answered by a server we cannot identify.
 */
export async function stopOrphan(
  cluster: string,
  socket: SocketDirectory,
  log: Log,
): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const survivor = await readPid(path);
  if (survivor !== undefined && (await isServerOf(cluster, survivor))) {
    log.warn({ pid: survivor }, 'stopping a PostgreSQL that outlived its Berth');
    await stopServer(cluster, survivor);
  }
  if (await isAnswered(join(socket.host, '.s.PGSQL.5432'))) {
    throw new BundledPostgresError(
      'in-use',
      `A PostgreSQL that this Berth did not start is running on ${cluster}. Stop it first.`,
    );
  }
  await rm(join(socket.path, '.s.PGSQL.5432.lock'), { force: true });
  // Read again: a clean stop removes the file. After a kill it may name a zombie, which looks as
  // alive to PostgreSQL as a stranger does.
  const pid = await readPid(path);
  if (pid === undefined || !isAlive(pid)) return;
  // Our own pid is one that PostgreSQL knows to be no rival (its parent). The file itself must
  // stay: its other lines let PostgreSQL find backends that still use the old shared memory.
  const content = await readFile(path, 'utf8');
  await writeFile(path, content.replace(/^-?\d+/, String(process.pid)));
}

async function readPid(path: string): Promise<number | undefined> {
  const pid = Math.abs(Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10));
  return pid > 0 ? pid : undefined;
}

async function stopServer(cluster: string, pid: number): Promise<void> {
  const steps = [
    ['SIGINT', FAST_MS],
    ['SIGQUIT', IMMEDIATE_MS],
  ] as const;
  for (const [signal, patience] of steps) {
    signalProcess(pid, signal);
    if (await waitForEnd(cluster, pid, patience)) return;
  }
  throw new BundledPostgresError('in-use', `PostgreSQL (pid ${pid}) on ${cluster} does not stop.`);
}

async function waitForEnd(cluster: string, pid: number, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    // A zombie is alive to kill(2) but has no command line, so this sees through it.
    if (!isAlive(pid) || !(await isServerOf(cluster, pid))) return true;
    await delay(10);
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime; waitForEnd will see it.
  }
}

async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  const marker = markerOf(cluster);
  try {
    if (process.platform === 'linux') {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      return line.split('\0').includes(marker);
    }
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', `${pid}`]);
    return stdout.trimEnd().endsWith(` ${marker}`);
  } catch {
    return false;
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
