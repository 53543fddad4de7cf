import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { CLUSTER_DATABASE, CLUSTER_USER } from './cluster.ts';
import type { BundledConnection } from './supervisor.ts';

/**
 * How to reach the server that another Berth process runs on `directory`; undefined when nothing
 * there tells. For commands that look into a running registry.
 */
export async function findRunningPostgres(
  directory: string,
): Promise<BundledConnection | undefined> {
  const real = await realpath(directory);
  const read = (name: string) => readFile(join(real, name), 'utf8').catch(() => undefined);
  const password = await read('password');
  if (password === undefined) return undefined;
  const alias = await read('run-alias');
  const host = join(alias === undefined ? real : alias, 'run');
  return { host, user: CLUSTER_USER, database: CLUSTER_DATABASE, password };
}
