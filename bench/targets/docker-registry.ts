import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createServerTarget } from './server-target.ts';
import type { Target } from './target.ts';

/** The version of Debian's `docker-registry`, or undefined when it is not installed. */
export async function findDockerRegistryVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('docker-registry', ['--version']);
    return stdout.trim().split(' ').at(-1);
  } catch {
    return undefined;
  }
}

/**
 * Debian's docker-registry with descriptor cache, without access log and without authorization,
 * which favours it.
 */
export function createDockerRegistry(): Promise<Target> {
  return createServerTarget({
    id: 'docker-registry',
    async command(port, directory) {
      const config = join(directory, 'config.yml');
      await writeFile(config, formatConfig(port, join(directory, 'data')));
      return {
        command: 'docker-registry',
        args: ['serve', config],
        readyUrl: `http://127.0.0.1:${port}/v2/`,
      };
    },
    authorize: async () => ({}),
  });
}

function formatConfig(port: number, root: string): string {
  return `version: 0.1
log:
  level: error
  accesslog:
    disabled: true
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: ${JSON.stringify(root)}
  maintenance:
    uploadpurging:
      enabled: false
http:
  addr: 127.0.0.1:${port}
`;
}
