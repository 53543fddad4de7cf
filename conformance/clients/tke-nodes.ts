import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, getJsonText } from './assertion.ts';
import { type Client, type Step, StepSkipped } from './client.ts';
import type { Context } from './context.ts';
import { socketPath, startContainerd } from './ctr.ts';
import {
  blobPath,
  type Layout,
  listClosure,
  writeImageLayout,
  writeIndexLayout,
} from './layout.ts';
import { podmanCommand } from './podman.ts';
import { stopProcess } from './registry.ts';
import { createContainer, createTkeSteps } from './tke-session.ts';
import {
  DEFAULT_TENANT,
  OTHER_TENANT,
  openTkeWorld,
  type TkeKind,
  type TkeUser,
  type TkeWorld,
  tkeKinds,
} from './tke-world.ts';

/** What runs images: podman and containerd, by the tenants' host names over plain HTTP. */
export const tkeNodes: Client = {
  name: 'tke-nodes',
  tools: ['podman', 'containerd', 'skopeo'],
  createSteps(context) {
    const daemon = new Daemon(context);
    return [
      { name: 'start containerd', run: () => daemon.start() },
      ...tkeKinds.flatMap((kind) => new NodeSession(context, kind, daemon).steps()),
      { name: 'stop containerd', run: () => daemon.stop() },
    ];
  },
};

const NAMESPACE = 'nodes';
const PLAIN = '--tls-verify=false';

class Daemon {
  readonly #context: Context;
  #child: ChildProcess | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async start(): Promise<void> {
    try {
      this.#child = await startContainerd(this.#context);
    } catch (error) {
      throw new StepSkipped(`containerd cannot start here: ${String(error)}`);
    }
  }

  async argv(...args: string[]): Promise<string[]> {
    if (this.#child === undefined) throw new StepSkipped('containerd was not started');
    return ['ctr', '--address', await socketPath(this.#context), ...args];
  }

  async stop(): Promise<void> {
    if (this.#child !== undefined) await stopProcess(this.#child, 10_000);
  }
}

class NodeSession {
  readonly #context: Context;
  readonly #kind: TkeKind;
  readonly #daemon: Daemon;
  #opened: TkeWorld | undefined;
  #image: Layout | undefined;

  constructor(context: Context, kind: TkeKind, daemon: Daemon) {
    this.#context = context;
    this.#kind = kind;
    this.#daemon = daemon;
  }

  steps(): Step[] {
    return createTkeSteps(this.#context, this.#kind, [
      ['podman logs in, pushes and pulls back the same image', () => this.#podman()],
      ['podman is refused by another tenant', () => this.#refusePodman()],
      ['ctr pulls an index of all platforms byte for byte, and pushes it', () => this.#ctr()],
      ['ctr goes by hosts.toml', () => this.#ctrHosts()],
      ['ctr without or with wrong credentials is refused', () => this.#refuseCtr()],
    ]);
  }

  get #world(): TkeWorld {
    if (this.#opened === undefined) throw new Error('the registry did not start');
    return this.#opened;
  }

  #reference(name: string, tenant = DEFAULT_TENANT): string {
    return `${this.#world.host(tenant)}/${NAMESPACE}/${name}`;
  }

  async #podman(): Promise<void> {
    this.#opened = await openTkeWorld(this.#context, this.#kind);
    const spec = { name: NAMESPACE, visibility: 'Private' };
    await createContainer(this.#world, 'Namespace', 'alice', spec);
    this.#image = await writeImageLayout(await this.#world.directory('podman-image'));
    const podman = await podmanCommand(this.#context);
    const run = (...args: string[]) => this.#world.run([...podman, ...args], { login: 'alice' });
    const authFile = join(await this.#world.directory('podman'), 'login.json');
    const login = ['login', PLAIN, '--authfile', authFile, '-u', 'alice', '--password-stdin'];
    const argv = [...podman, ...login, this.#world.host(DEFAULT_TENANT)];
    await this.#world.run(argv, { input: this.#world.key('alice') });
    const id = (await run('pull', '--quiet', `oci:${this.#image.directory}:1`)).slice(-64);
    const reference = this.#reference('podman:1');
    await run('push', PLAIN, '--authfile', authFile, id, `docker://${reference}`);
    await run('rmi', '--force', id);
    await run('pull', '--quiet', PLAIN, reference);
    const inspected = await run('image', 'inspect', reference);
    assertEqual(getJsonText(inspected, [0, 'Id']), id, 'image id');
  }

  async #refusePodman(): Promise<void> {
    const podman = await podmanCommand(this.#context);
    const pull = [...podman, 'pull', '--quiet', PLAIN, this.#reference('podman:1')];
    for (const login of ['bob', 'none'] as const) {
      await this.#world.refuse(pull, undefined, { login });
    }
  }

  async #ctr(): Promise<void> {
    const index = await writeIndexLayout(await this.#world.directory('ctr-index'));
    const reference = this.#reference('deep/ctr:multi');
    const copy = ['copy', '--all', '--dest-tls-verify=false', `oci:${index.directory}:1`];
    const skopeo = [this.#context.tool('skopeo'), ...copy, `docker://${reference}`];
    await this.#world.run(skopeo, { login: 'alice' });
    const plain = ['--plain-http', '--snapshotter', 'native', ...this.#user('mia')];
    await this.#runCtr('images', 'pull', '--all-platforms', ...plain, reference);
    for (const digest of await listClosure(index.directory, index.digest)) {
      const argv = await this.#daemon.argv('content', 'get', digest);
      const found = await this.#context.runRaw(argv);
      const wanted = await readFile(blobPath(index.directory, digest));
      assertEqual(found.equals(wanted), true, `bytes of ${digest}`);
    }
    const pushed = this.#reference('ctr-pushed:multi');
    await this.#runCtr('images', 'tag', '--force', reference, pushed);
    await this.#runCtr('images', 'push', '--plain-http', ...this.#user('mia'), pushed);
    const raw = ['inspect', PLAIN, '--format', '{{.Digest}}', `docker://${pushed}`];
    const digest = await this.#world.run([this.#context.tool('skopeo'), ...raw], {
      login: 'alice',
    });
    assertEqual(digest, index.digest, 'digest of what was pushed');
  }

  async #ctrHosts(): Promise<void> {
    const hosts = await this.#world.directory('hosts');
    const name = this.#world.host(DEFAULT_TENANT);
    await mkdir(join(hosts, name), { recursive: true });
    const text = `server = "http://${name}"\n\n[host."http://${name}"]\n`;
    await writeFile(
      join(hosts, name, 'hosts.toml'),
      `${text}  capabilities = ["pull", "resolve"]\n`,
    );
    const flags = ['--hosts-dir', hosts, '--snapshotter', 'native', ...this.#user('alice')];
    await this.#runCtr('images', 'pull', ...flags, this.#reference('podman:1'));
  }

  async #refuseCtr(): Promise<void> {
    const plain = ['--plain-http', '--snapshotter', 'native'];
    const refuse = async (reference: string, ...flags: string[]) => {
      const argv = await this.#daemon.argv('images', 'pull', ...plain, ...flags, reference);
      await this.#world.refuse(argv);
    };
    await refuse(this.#reference('podman:1'));
    await refuse(this.#reference('podman:1'), '--user', `alice:${this.#context.wrongPassword}`);
    await refuse(this.#reference('podman:1'), ...this.#user('bob'));
    await refuse(this.#reference('podman:1', OTHER_TENANT), ...this.#user('alice'));
  }

  /** ctr takes credentials as an argument only. */
  #user(user: TkeUser): string[] {
    return ['--user', `${user}:${this.#world.key(user)}`];
  }

  async #runCtr(...args: string[]): Promise<string> {
    return this.#world.run(await this.#daemon.argv(...args));
  }
}
