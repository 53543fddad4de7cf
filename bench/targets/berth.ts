import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Address } from '../load/connection.ts';
import { createServerTarget } from './server-target.ts';
import type { Target } from './target.ts';

const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));
const PASSWORD = 'bench-Password-1';
/** A token holds at most 8 KiB, so scopes are asked for in portions by the caller. */
const ACTIONS = 'pull,push';

/** Basic, as the administrator of the measured server. */
export function adminHeaders(): Record<string, string> {
  return { authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` };
}

export const ADMIN = { username: 'admin', password: PASSWORD };

/** Where Berth keeps its data below the target's directory. */
export function dataDirectory(directory: string): string {
  return join(directory, 'data');
}

/**
 * Berth as `npm start` runs it: durable, with authorization on, bundled PostgreSQL. `profiles`
 * is a directory for V8 CPU profiles, written when the server stops; `settings` come on top.
 */
export function createBerth(options: {
  readonly profiles?: string | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly onDirectory?: (directory: string) => void;
  /** `berth` unless told. */
  readonly id?: 'berth' | 'native';
  /** What is written into tke-registry-config.yaml, asked for at each start. */
  readonly registryConfiguration?: (() => object) | undefined;
}): Promise<Target> {
  const { profiles } = options;
  return createServerTarget({
    id: options.id ?? 'berth',
    async command(port, directory) {
      options.onDirectory?.(dataDirectory(directory));
      const tke = join(directory, 'tke-registry-config.yaml');
      const document = options.registryConfiguration?.();
      // JSON is YAML.
      if (document !== undefined) await writeFile(tke, JSON.stringify(document));
      return {
        command: process.execPath,
        args: [
          '--disable-warning=ExperimentalWarning',
          ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
          main,
          'serve',
        ],
        env: {
          UV_THREADPOOL_SIZE: '16',
          MALLOC_ARENA_MAX: '2',
          BERTH_DATA_DIR: dataDirectory(directory),
          BERTH_HTTP_HOST: '127.0.0.1',
          BERTH_HTTP_PORT: String(port),
          BERTH_ADMIN_PASSWORD: PASSWORD,
          BERTH_LOG_LEVEL: 'warn',
          BERTH_TOKEN_SECONDS: '7200',
          ...(document !== undefined && { BERTH_TKE_CONFIG: tke }),
          ...options.settings,
        },
        readyUrl: `http://127.0.0.1:${port}/readyz`,
      };
    },
    authorize: fetchToken,
  });
}

async function fetchToken(
  { host, port }: Address,
  repositories: readonly string[],
): Promise<Record<string, string>> {
  const query = new URLSearchParams({ service: 'harbor-registry' });
  for (const name of repositories) query.append('scope', `repository:${name}:${ACTIONS}`);
  query.append('scope', 'registry:catalog:*');
  const response = await fetch(`http://${host}:${port}/service/token?${query.toString()}`, {
    headers: adminHeaders(),
  });
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('token' in body)) {
    throw new Error(`no token from Berth: ${response.status} ${JSON.stringify(body)}`);
  }
  return { authorization: `Bearer ${String(body.token)}` };
}
