import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Filling {
  readonly project: string;
  readonly repositories: number;
  readonly artifacts: number;
  /** Of each artifact. */
  readonly tags: number;
}

const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));

/**
 * Fills a new project beside a running Berth, by `berth dev seed`. Pushing would take longer than
 * all that is measured of it.
 */
export async function fillProject(dataDirectory: string, filling: Filling): Promise<void> {
  const options = Object.entries(filling).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [main, 'dev', 'seed', ...options], {
    env: { ...process.env, BERTH_DATA_DIR: dataDirectory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`berth dev seed left with ${code}`));
    });
  });
}
