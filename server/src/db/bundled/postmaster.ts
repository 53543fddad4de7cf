import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from '../../telemetry/index.ts';
import type { Binaries } from './binaries.ts';
import { BundledPostgresError } from './bundled.errors.ts';
import { type Directories, launch } from './launch.ts';
import { markerOf } from './orphan.ts';
import type { Owner } from './owner.ts';
import { SERVER_SETTINGS } from './settings.ts';

/** One run of the server. */
export interface Postmaster {
  pid: number;
  /** Resolves with a short description, such as `signal SIGKILL`, and never rejects. */
  exited: Promise<string>;
  /** Fast shutdown; immediate after 10 s. Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  directories: Directories;
  binaries: Binaries;
  owner: Owner | undefined;
  settings: Readonly<Record<string, string>>;
  log: Log;
}

const FAST_SHUTDOWN_MS = 10_000;
const KEPT_LINES = 10;

/** Resolves once the server accepts connections; throws `failed` with its last lines if it exits. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { directories, binaries, owner, log } = options;
  const child = await launch(binaries.postgres, directories, owner, ({ cluster, socket }) => [
    '-D',
    cluster,
    `--unix_socket_directories=${socket}`,
    ...Object.entries({ ...SERVER_SETTINGS, ...options.settings }).map(
      ([name, value]) => `--${name}=${value}`,
    ),
    // Last, where the output of `ps` can be matched unambiguously.
    markerOf(directories.cluster),
  ]);
  const exited = watchExit(child);
  const lines = readLog(child, log);
  const ready = await Promise.race([lines.ready.then(() => undefined), exited]);
  if (ready !== undefined) {
    throw new BundledPostgresError(
      'failed',
      `PostgreSQL did not start (${ready}): ${lines.last().join(' | ') || 'it said nothing'}`,
    );
  }
  return { pid: child.pid ?? 0, exited, stop: () => stopChild(child, exited) };
}

function watchExit(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // Not `exit`: its last words arrive before `close`, and they say why. A backend that outlives
    // a killed postmaster would hold `close` back, so wait only a moment for it.
    child.once('exit', (code, signal) => {
      const reason = signal === null ? `code ${code}` : `signal ${signal}`;
      child.once('close', () => resolve(reason));
      setTimeout(resolve, 200, reason).unref();
    });
  });
}

async function stopChild(child: ChildProcess, exited: Promise<string>): Promise<void> {
  child.kill('SIGINT');
  const impatience = setTimeout(() => child.kill('SIGQUIT'), FAST_SHUTDOWN_MS);
  await exited;
  clearTimeout(impatience);
}

/** PostgreSQL reports on stderr; its readiness is a line there, so nothing has to poll. */
function readLog(child: ChildProcess, log: Log): { ready: Promise<void>; last(): string[] } {
  const kept: string[] = [];
  child.stdin?.end();
  child.stdout?.resume();
  const { stderr } = child;
  if (stderr === null) return { ready: Promise.reject(new Error('no stderr')), last: () => kept };
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: stderr }).on('line', (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      logLine(line, log);
      if (line.endsWith('database system is ready to accept connections')) resolve();
    });
  });
  return { ready, last: () => kept };
}

function logLine(line: string, log: Log): void {
  const fields = { line };
  if (line.startsWith('PANIC:')) log.error(fields, 'postgres');
  else if (/^(FATAL|WARNING):/.test(line)) log.warn(fields, 'postgres');
  // ERROR goes to the client, which decides whether it matters.
  else log.debug(fields, 'postgres');
}
