import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertIncludes } from './assertion.ts';
import { type Client, type Step, StepSkipped } from './client.ts';
import type { Context } from './context.ts';
import {
  blobPath,
  type Layout,
  listClosure,
  writeImageLayout,
  writeIndexLayout,
} from './layout.ts';
import { stopProcess } from './registry.ts';
import { pullAndCompare, pushLayout } from './skopeo.ts';

const START_TIMEOUT_MS = 20_000;

/** containerd's resolver, as Kubernetes' nodes use it, with a daemon of its own and no CRI. */
export const ctr: Client = { name: 'ctr', tools: ['containerd', 'skopeo'], createSteps };

function createSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const repository = `${host}/${context.publicProject}/ctr`;
  const hidden = `${context.privateProject}/ctr`;
  let daemon: ChildProcess | undefined;
  let fault = 'containerd was not started';
  let image: Layout;
  let index: Layout;

  async function argv(...args: string[]): Promise<string[]> {
    if (daemon === undefined) throw new StepSkipped(fault);
    return ['ctr', '--address', await socketPath(context), ...args];
  }
  const ctr = async (...args: string[]) => context.run(await argv(...args));
  const plain = ['--plain-http', '--snapshotter', 'native'];
  // ctr takes credentials as an argument only.
  const user = ['--user', `${username}:${password}`];

  async function assertContent(layout: Layout): Promise<void> {
    for (const digest of await listClosure(layout.directory, layout.digest)) {
      const found = await context.runRaw(await argv('content', 'get', digest));
      const wanted = await readFile(blobPath(layout.directory, digest));
      if (!found.equals(wanted)) throw new Error(`${digest} came back with other bytes`);
    }
  }

  return [
    {
      name: 'start containerd',
      async run() {
        try {
          daemon = await startContainerd(context);
        } catch (error) {
          fault = `containerd cannot start here: ${error instanceof Error ? error.message : String(error)}`;
          throw new StepSkipped(fault);
        }
      },
    },
    {
      name: 'pull an image byte for byte',
      async run() {
        await argv();
        image = await writeImageLayout(await context.directory('ctr/image'));
        await pushLayout(context, image, `${hidden}:1`);
        await ctr('images', 'pull', ...plain, ...user, `${host}/${hidden}:1`);
        await assertContent(image);
      },
    },
    {
      name: 'pull all platforms of a multi-arch index byte for byte',
      async run() {
        await argv();
        index = await writeIndexLayout(await context.directory('ctr/index'));
        await pushLayout(context, index, `${hidden}:multi`);
        const flags = ['--all-platforms', ...plain, ...user];
        await ctr('images', 'pull', ...flags, `${host}/${hidden}:multi`);
        await assertContent(index);
      },
    },
    {
      name: 'push the image and the index to another repository',
      async run() {
        for (const [tag, layout] of [
          ['1', image],
          ['multi', index],
        ] as const) {
          await ctr('images', 'tag', `${host}/${hidden}:${tag}`, `${repository}:${tag}`);
          await ctr('images', 'push', '--plain-http', ...user, `${repository}:${tag}`);
          const reference = `${context.publicProject}/ctr:${tag}`;
          await pullAndCompare(context, layout, { reference, name: `ctr/pushed-${tag}` });
        }
      },
    },
    {
      name: 'pull with a wrong password is refused',
      async run() {
        const wrong = ['--user', `${username}:${context.wrongPassword}`];
        await context.refuse(
          await argv('images', 'pull', ...plain, ...wrong, `${host}/${hidden}:1`),
        );
      },
    },
    {
      name: 'anonymous pull works where public and is refused where private',
      async run() {
        await ctr('images', 'pull', ...plain, `${repository}:1`);
        await context.refuse(await argv('images', 'pull', ...plain, `${host}/${hidden}:1`));
      },
    },
    {
      name: 'anonymous push is refused',
      async run() {
        await ctr('images', 'tag', `${repository}:1`, `${repository}:anonymous`);
        // containerd 1.6 loses the 401 to a manifest PUT and names its own pipe instead.
        await context.refuse(
          await argv('images', 'push', '--plain-http', `${repository}:anonymous`),
          /unauthori[sz]ed|denied|authorization failed|closed pipe|\b40[13]\b/i,
        );
        const remote = `docker://${repository}:anonymous`;
        await context.refuse(
          [context.tool('skopeo'), 'inspect', '--tls-verify=false', remote],
          /manifest unknown|not found/i,
        );
      },
    },
    {
      name: 'stop containerd',
      async run() {
        if (daemon === undefined) throw new StepSkipped(fault);
        const listed = await ctr('images', 'list', '--quiet');
        assertIncludes(listed, `${repository}:multi`, 'images');
        await stopProcess(daemon, START_TIMEOUT_MS);
        daemon = undefined;
      },
    },
  ];
}

/** Where `ctr` finds that daemon. */
export async function socketPath(context: Context): Promise<string> {
  return join(await context.directory('ctr'), 'containerd.sock');
}

/** containerd with a directory of its own. @throws Error with the last line it said */
export async function startContainerd(context: Context): Promise<ChildProcess> {
  const root = await context.directory('ctr');
  const config = join(root, 'config.toml');
  const socket = await socketPath(context);
  const lines = [
    'version = 2',
    `root = ${JSON.stringify(join(root, 'root'))}`,
    `state = ${JSON.stringify(join(root, 'state'))}`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",',
    '  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper",',
    '  "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.opt"]',
    `[grpc]\n  address = ${JSON.stringify(socket)}`,
    `[ttrpc]\n  address = ${JSON.stringify(`${socket}.ttrpc`)}`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const child = spawn(context.tool('containerd'), ['--config', config], {
    env: { PATH: process.env['PATH'], HOME: root, TMPDIR: root },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  context.defer(async () => void (await stopProcess(child, 10_000)));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4_000);
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const argv = ['ctr', '--address', socket, '--connect-timeout', '1s', 'version'];
    if (
      await context.run(argv).then(
        () => true,
        () => false,
      )
    )
      return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stopProcess(child, 5_000);
  throw new Error(log.trim().split('\n').at(-1) ?? 'it said nothing');
}
