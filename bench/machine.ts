import { statfs } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { hasWrk } from './load/wrk.ts';
import { findDockerRegistryVersion } from './targets/docker-registry.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly dockerRegistry: string | undefined;
  readonly wrk: boolean;
  /** Data on a memory file system makes every figure of durable writes meaningless. */
  readonly temporaryIsMemory: boolean;
}

const TMPFS_MAGIC = 0x01021994;

export async function describeMachine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    dockerRegistry: await findDockerRegistryVersion(),
    wrk: await hasWrk(),
    temporaryIsMemory: (await statfs(tmpdir())).type === TMPFS_MAGIC,
  };
}

/** What a reader must know before the figures. */
export function describeConditions(machine: Machine): string[] {
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ` +
      `Node ${machine.node}; server and client share these cores.`,
    'Berth: durable (fsync and PostgreSQL synchronous_commit on), bearer tokens verified, metrics on.',
    machine.dockerRegistry === undefined
      ? 'docker-registry is not installed: its column is empty.'
      : `docker-registry ${machine.dockerRegistry}: in-memory cache on, no access log, and no ` +
        'authorization, which favours it.',
    machine.wrk
      ? 'Small reads are made by wrk, all else by our own generator (see the `client` column).'
      : 'wrk is not installed: all load is made by our own generator in JavaScript, which caps ' +
        'the rates of small reads for every target.',
    ...(machine.temporaryIsMemory
      ? ['The temporary directory is in memory (tmpfs): figures of writes mean nothing.']
      : []),
  ];
}
