import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The registry that the clients talk to. */
export interface RegistryUnderTest {
  /** `http://host:port` */
  readonly url: string;
  /** `host:port`, the registry part of a reference. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /**
   * Stops and starts the registry on the same data, with further settings if told; undefined for
   * one that we did not start.
   */
  readonly restart?: (settings?: Readonly<Record<string, string>>) => Promise<void>;
  /** Of its process; undefined for one that we did not start. */
  readonly pid?: () => number | undefined;
  /** The last lines of its log, if we have them. */
  log(): string;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 45_000;
const LOG_LIMIT = 8_000;

/**
 * Starts Berth as its own process on a free loopback port and waits until it is ready.
 *
 * @throws Error with the log when it ends early or does not get ready within 60 s
 */
export async function startBerth(options: {
  readonly sourceRoot: string;
  readonly dataDir: string;
  /** The registry makes one up without it. */
  readonly password?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stops the registry, also when it is not ready yet. */
  readonly cleanup: AsyncDisposableStack;
}): Promise<RegistryUnderTest> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  let log = '';

  function collect(chunk: Buffer): void {
    log = (log + chunk.toString()).slice(-LOG_LIMIT);
  }
  function start(settings: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(process.execPath, ['server/src/main.ts', 'serve'], {
      cwd: options.sourceRoot,
      env: {
        ...options.env,
        UV_THREADPOOL_SIZE: '16',
        MALLOC_ARENA_MAX: '2',
        BERTH_DATA_DIR: options.dataDir,
        BERTH_HTTP_PORT: String(port),
        ...(options.password !== undefined && { BERTH_ADMIN_PASSWORD: options.password }),
        BERTH_LOG_LEVEL: 'warn',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.on('exit', (code, signal) => {
      log += `(ended with ${code ?? signal} at ${new Date().toISOString()})\n`;
    });
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    return child;
  }

  let child = start();
  options.cleanup.defer(async () => void (await stopProcess(child, STOP_TIMEOUT_MS)));
  async function ready(): Promise<void> {
    try {
      await waitUntilReady(child, `${url}/readyz`);
    } catch (error) {
      await stopProcess(child, STOP_TIMEOUT_MS);
      throw new Error(`Berth did not start; its log:\n${log}`, { cause: error });
    }
  }
  await ready();
  return {
    url,
    host: `127.0.0.1:${port}`,
    username: 'admin',
    password: options.password ?? '',
    log: () => log,
    pid: () => child.pid,
    async restart(settings) {
      const code = await stopProcess(child, STOP_TIMEOUT_MS);
      if (code !== 0) throw new Error(`Berth ended with ${code} after SIGTERM; its log:\n${log}`);
      child = start(settings);
      await ready();
    },
  };
}

/** A registry that runs already and is left running. */
export function useRegistry(url: string, password: string): RegistryUnderTest {
  return {
    url,
    host: new URL(url).host,
    username: 'admin',
    password,
    log: () => '',
  };
}

/**
 * Polls `url` until it answers 200.
 *
 * @throws Error when the process ends first or 60 s have passed
 */
export async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (hasEnded(child)) throw new Error(`ended with ${child.exitCode ?? child.signalCode}`);
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not answer 200 within ${READY_TIMEOUT_MS / 1000} s`);
}

/**
 * Asks a process to stop, and kills it when it does not.
 *
 * @returns its exit code, or null when a signal ended it
 */
export async function stopProcess(child: ChildProcess, timeoutMs: number): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exit;
  clearTimeout(timer);
  return child.exitCode;
}

/** A loopback port that nobody listens on at this moment. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return address.port;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}
