import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onCleanup } from '../cleanup.ts';
import { listDescendants } from './usage.ts';

export interface ServerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 once the server can be used. */
  readonly readyUrl: string;
}

const START_MS = 30_000;
const STOP_MS = 20_000;
const POLL_MS = 5;

/** Starts a server and waits until `readyUrl` answers 200. Rejects with its last words. */
export async function startProcess(server: ServerCommand): Promise<ServerProcess> {
  const child = spawn(server.command, [...server.args], {
    // Ctrl-C must reach the benchmark only, which then stops the servers in order.
    detached: true,
    env: { ...withoutBerth(process.env), ...server.env },
    // What it logs is worth seeing, but must not get into the table on our stdout.
    stdio: ['ignore', process.stderr, 'pipe'],
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-2000);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      words = error.message;
      resolve();
    });
  });
  const stop = () => stopChild(child, exited);
  const forget = onCleanup(stop);
  const deadline = performance.now() + START_MS;
  while (!(await isReady(server.readyUrl))) {
    if (hasExited(child) || performance.now() > deadline) {
      await stop();
      forget();
      throw new Error(`${server.command} did not become ready: ${words}`);
    }
    await delay(POLL_MS);
  }
  return {
    pid: child.pid ?? 0,
    async stop() {
      await stop();
      forget();
    },
  };
}

/** A stray setting of the caller's must not change what is measured. */
function withoutBerth(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('BERTH_')),
  );
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status === 200;
    },
    () => false,
  );
}

async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (hasExited(child)) return;
  const family = await listDescendants(child.pid ?? 0);
  child.kill('SIGTERM');
  const patience = setTimeout(() => {
    for (const pid of [child.pid ?? 0, ...family]) kill(pid);
  }, STOP_MS);
  await exited;
  clearTimeout(patience);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** A port nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
