import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCleanup } from '../cleanup.ts';
import type { TargetId } from '../figure.ts';
import type { Address } from '../load/connection.ts';
import { findFreePort, type ServerCommand, type ServerProcess, startProcess } from './process.ts';
import type { Target } from './target.ts';

export interface ServerTargetOptions {
  readonly id: TargetId;
  /** How to start it on a port with its data below `directory`. */
  command(port: number, directory: string): Promise<ServerCommand>;
  authorize(address: Address, repositories: readonly string[]): Promise<Record<string, string>>;
}

/** A target that runs as a process on a free loopback port, with its data in a temporary directory. */
export async function createServerTarget(options: ServerTargetOptions): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), `berth-bench-${options.id}-`));
  const remove = () => rm(directory, { recursive: true, force: true });
  const forget = onCleanup(remove);
  let running: ServerProcess | undefined;
  let port = 0;

  async function stop(): Promise<void> {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  }

  const address = () => ({ host: '127.0.0.1', port });
  return {
    id: options.id,
    address,
    pid: () => running?.pid ?? 0,
    async start() {
      port = await findFreePort();
      running = await startProcess(await options.command(port, directory));
    },
    stop,
    async discard() {
      await stop();
      await remove();
      forget();
    },
    authorize: (repositories) => options.authorize(address(), repositories),
  };
}
