import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';

const PLAIN = '--tls-verify=false';

/** buildah as root, building from scratch without running anything. */
export const buildah: Client = { name: 'buildah', tools: ['buildah'], createSteps };

function createSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const image = `${host}/${context.publicProject}/buildah:1`;
  const payload = randomBytes(256 * 1024);

  async function argv(...args: string[]): Promise<string[]> {
    const root = await context.directory('buildah');
    return [
      context.tool('buildah'),
      '--root',
      join(root, 'storage'),
      '--runroot',
      join(root, 'run'),
      '--storage-driver',
      'vfs',
      ...args,
    ];
  }
  const buildah = async (...args: string[]) => context.run(await argv(...args));

  async function login(): Promise<string[]> {
    const authFile = join(await context.directory('buildah'), 'login.json');
    return argv('login', PLAIN, '--authfile', authFile, '-u', username, '--password-stdin', host);
  }

  return [
    {
      name: 'login with the right password',
      run: async () => void (await context.run(await login(), { input: password })),
    },
    {
      name: 'login with a wrong password is refused',
      run: async () => context.refuse(await login(), undefined, { input: context.wrongPassword }),
    },
    {
      name: 'build from scratch, push, and pull the same bytes into empty storage',
      async run() {
        const root = await context.directory('buildah');
        const file = join(root, 'payload');
        await writeFile(file, payload);
        const container = await buildah('from', 'scratch');
        await buildah('copy', container, file, '/payload');
        const id = (await buildah('commit', '--quiet', container, image)).slice(-64);
        const digestFile = join(root, 'digest');
        const authFile = join(root, 'login.json');
        const flags = [PLAIN, '--authfile', authFile, '--digestfile', digestFile];
        await buildah('push', ...flags, image, `docker://${image}`);
        await buildah('rm', container);
        await buildah('rmi', '--force', image);
        const digest = (await readFile(digestFile, 'utf8')).trim();
        const repository = image.slice(0, image.lastIndexOf(':'));
        const pulled = await buildah('pull', '--quiet', PLAIN, `${repository}@${digest}`);
        assertEqual(pulled.slice(-64), id, 'image id');
        const mounted = await buildah('from', '--pull-never', pulled);
        const mount = await buildah('mount', mounted);
        const found = await readFile(join(mount, 'payload'));
        if (!found.equals(payload)) throw new Error('the file in the image has other bytes');
      },
    },
    {
      name: 'push without credentials is refused',
      run: async () => {
        const [container = ''] = (await buildah('containers', '--quiet')).split('\n');
        await buildah('commit', '--quiet', container, 'localhost/anonymous:1');
        await context.refuse(
          await argv('push', PLAIN, 'localhost/anonymous:1', `docker://${image}-anonymous`),
          undefined,
          { env: context.auth.none },
        );
      },
    },
  ];
}
