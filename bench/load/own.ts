import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onCleanup } from '../cleanup.ts';
import type { Load, LoadResult } from './load.ts';

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Runs a load in a process of its own. Rejects when any answer was wrong. */
export async function runOwn(load: Load): Promise<LoadResult> {
  const child = fork(worker, { execArgv: ['--max-semi-space-size=32'] });
  const forget = onCleanup(() => {
    child.kill('SIGKILL');
  });
  try {
    return await new Promise<LoadResult>((resolve, reject) => {
      child.once('message', (message: { result?: LoadResult; error?: string }) => {
        if (message.result === undefined) reject(new Error(message.error));
        else resolve(message.result);
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the load generator left with ${code}`)));
      child.send(load);
    });
  } finally {
    forget();
  }
}
