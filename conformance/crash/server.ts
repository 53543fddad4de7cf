import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaller, PASSWORD, waitFor } from './http.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** A first start makes the database's cluster, which takes its time on a busy machine. */
const READY_LIMIT_MS = 40_000;
const LOG_LIMIT = 20_000;

/** A registry in a process of its own, which can be killed and started again on its data. */
export interface CrashServer {
  readonly url: string;
  readonly dataDir: string;
  /** The last of what it printed, over all its lives. */
  log(): string;
  /** @returns milliseconds from spawn to a `/readyz` of 200 */
  start(): Promise<number>;
  /** SIGKILL to the server, and with `database` to PostgreSQL's processes as well. */
  kill(options?: { database?: boolean }): Promise<void>;
  /** SIGKILL to PostgreSQL only: to its postmaster, and with `backends` to all its processes. */
  killDatabase(options?: { backends?: boolean }): Promise<void>;
  databasePid(): Promise<number>;
  /** Sends SIGTERM. @returns the exit code once the process is gone */
  stop(): Promise<number | null>;
  /** Runs `berth fsck` on the stopped registry. @returns exit code and what it printed */
  fsck(): Promise<{ code: number | null; output: string }>;
  /** Runs another command of `berth` with its settings. @returns the same */
  run(...argv: string[]): Promise<{ code: number | null; output: string }>;
  pid(): number;
  /** Stops it, and removes its data unless the directory was given. */
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createCrashServer(
  options: { env?: Readonly<Record<string, string>>; dataDir?: string } = {},
): Promise<CrashServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'berth-crash-')));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let log = '';

  function launch(...argv: string[]): ChildProcess {
    return spawn(process.execPath, ['server/src/main.ts', ...argv], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        UV_THREADPOOL_SIZE: '16',
        MALLOC_ARENA_MAX: '2',
        BERTH_DATA_DIR: dataDir,
        BERTH_HTTP_PORT: String(port),
        BERTH_ADMIN_PASSWORD: PASSWORD,
        BERTH_LOG_LEVEL: 'warn',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  const read = (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_LIMIT);
  };

  function current(): ChildProcess {
    if (child === undefined) throw new Error('the server was not started');
    return child;
  }

  const databasePid = async () => {
    const path = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
    return Number.parseInt(await readFile(path, 'utf8'), 10);
  };

  async function killDatabase({ backends = false }: { backends?: boolean } = {}) {
    const pid = await databasePid();
    const children = backends ? await listChildren(pid) : [];
    for (const victim of [pid, ...children]) killProcess(victim);
  }

  async function stop(): Promise<number | null> {
    const running = current();
    if (hasEnded(running)) return running.exitCode;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
    return running.exitCode;
  }

  async function run(...argv: string[]) {
    const running = launch(...argv);
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    running.stdout?.on('data', collect);
    running.stderr?.on('data', collect);
    await once(running, 'close');
    return { code: running.exitCode, output };
  }

  return {
    url,
    dataDir,
    log: () => log,
    databasePid,
    killDatabase,
    stop,
    pid: () => current().pid ?? 0,
    async start() {
      const started = launch('serve');
      child = started;
      started.stdout?.on('data', read);
      started.stderr?.on('data', read);
      const caller = createCaller(url);
      try {
        const elapsed = await waitFor('the server is ready', READY_LIMIT_MS, async () => {
          return hasEnded(started) || (await caller.call('GET', '/readyz')).status === 200;
        });
        if (hasEnded(started)) throw new Error(`it ended with ${started.exitCode}`);
        return elapsed;
      } catch (error) {
        throw new Error(`the server did not start; its log:\n${log}`, { cause: error });
      } finally {
        caller.close();
      }
    },
    async kill({ database = false } = {}) {
      const running = current();
      if (hasEnded(running)) throw new Error(`the server ended by itself; its log:\n${log}`);
      const ended = once(running, 'exit');
      const victims = database ? [await databasePid()] : [];
      const children = database ? await listChildren(victims[0] ?? 0) : [];
      running.kill('SIGKILL');
      for (const pid of [...victims, ...children]) killProcess(pid);
      await ended;
    },
    run,
    fsck: () => run('fsck'),
    async [Symbol.asyncDispose]() {
      if (child !== undefined) await stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself, as backends without a postmaster do.
  }
}

/** Whether a process runs; a zombie does not. Linux only. */
export async function isRunning(pid: number): Promise<boolean> {
  const state = (await readStat(pid))?.state;
  return state !== undefined && state !== 'Z';
}

/** Processes whose parent is `pid`. Linux only: none elsewhere. */
export async function listChildren(pid: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((candidate) => candidate > 0);
  const parents = await Promise.all(pids.map(async (child) => (await readStat(child))?.parent));
  return pids.filter((_, index) => parents[index] === pid);
}

async function readStat(pid: number): Promise<{ state: string; parent: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name in brackets may hold anything, brackets too.
  const [state, parent] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === undefined ? undefined : { state, parent: Number(parent) };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
