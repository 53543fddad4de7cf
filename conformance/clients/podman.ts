import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, getJsonText } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import { type Layout, writeImageLayout, writeIndexLayout } from './layout.ts';
import { pushLayout } from './skopeo.ts';

const PLAIN = '--tls-verify=false';

/** podman as root, with its own storage and the vfs driver, which needs nothing of the kernel. */
export const podman: Client = { name: 'podman', tools: ['podman', 'skopeo'], createSteps };

function createSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const image = `${host}/${context.publicProject}/podman:1`;
  const multi = `${host}/${context.publicProject}/podman:multi`;
  let layout: Layout;
  let id = '';

  const argv = async (...args: string[]) => [...(await podmanCommand(context)), ...args];
  const podman = async (...args: string[]) => context.run(await argv(...args));

  async function login(): Promise<string[]> {
    const authFile = join(await context.directory('podman'), 'login.json');
    return argv('login', PLAIN, '--authfile', authFile, '-u', username, '--password-stdin', host);
  }

  async function assertPayload(reference: string, payload: Buffer): Promise<void> {
    const mount = await podman('image', 'mount', reference);
    try {
      const found = await readFile(join(mount, 'payload'));
      if (!found.equals(payload)) throw new Error('the file in the image has other bytes');
    } finally {
      await podman('image', 'unmount', reference);
    }
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
      name: 'push an image',
      async run() {
        layout = await writeImageLayout(await context.directory('podman/image'));
        id = (await podman('pull', '--quiet', `oci:${layout.directory}:1`)).slice(-64);
        const authFile = join(await context.directory('podman'), 'login.json');
        await podman('push', PLAIN, '--authfile', authFile, id, `docker://${image}`);
      },
    },
    {
      name: 'pull it back: the same image, with the same files',
      async run() {
        await podman('rmi', '--force', id);
        await podman('pull', '--quiet', PLAIN, image);
        const inspected = await podman('image', 'inspect', image);
        assertEqual(getJsonText(inspected, [0, 'Id']), id, 'image id');
        await assertPayload(image, layout.payload);
      },
    },
    {
      name: "pull this machine's platform out of an index",
      async run() {
        const index = await writeIndexLayout(await context.directory('podman/index'));
        await pushLayout(context, index, `${context.publicProject}/podman:multi`);
        await podman('pull', '--quiet', PLAIN, multi);
        await assertPayload(multi, index.payload);
      },
    },
    {
      name: 'build and push a manifest list of its own',
      async run() {
        await podman('manifest', 'create', 'localhost/list:1');
        await podman('manifest', 'add', PLAIN, 'localhost/list:1', `docker://${image}`);
        const target = `docker://${host}/${context.publicProject}/podman:list`;
        await podman('manifest', 'push', '--all', PLAIN, 'localhost/list:1', target);
        await podman('pull', '--quiet', PLAIN, `${host}/${context.publicProject}/podman:list`);
      },
    },
    {
      name: 'push without credentials is refused',
      run: async () =>
        context.refuse(await argv('push', PLAIN, image, `docker://${image}-anonymous`), undefined, {
          env: context.auth.none,
        }),
    },
  ];
}

/** Debian's podman as root with storage of its own, for which it needs nothing of the kernel. */
export async function podmanCommand(context: Context): Promise<string[]> {
  // podman takes no longer path than this for its run-time files.
  const root = await context.directory('podman');
  return [
    context.tool('podman'),
    '--root',
    join(root, 'storage'),
    '--runroot',
    join(root, 'run'),
    '--tmpdir',
    join(root, 'tmp'),
    '--storage-driver',
    'vfs',
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'none',
  ];
}
