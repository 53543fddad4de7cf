import { fileURLToPath } from 'node:url';
import { createServerTarget } from './server-target.ts';
import type { Target } from './target.ts';

const server = fileURLToPath(new URL('../bare-server.ts', import.meta.url));

/** The ceiling: `node:http` with the same bytes and nothing else. */
export function createBare(): Promise<Target> {
  return createServerTarget({
    id: 'bare',
    command: async (port, directory) => ({
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', server, String(port), directory],
      env: { UV_THREADPOOL_SIZE: '16' },
      readyUrl: `http://127.0.0.1:${port}/v2/`,
    }),
    authorize: async () => ({}),
  });
}
