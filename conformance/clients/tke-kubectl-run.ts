import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stopProcess } from './registry.ts';
import { API_PORT } from './tke-proxy.ts';
import { type TkeUser, type TkeWorld, tenantOf } from './tke-world.ts';

const WATCH_TIMEOUT_MS = 20_000;
const CACHE = ['.kube', 'cache'];

/** kubectl as one user after another, over HTTPS by the tenants' host names. */
export class Kubectl {
  readonly #world: TkeWorld;
  readonly #program: string;

  constructor(world: TkeWorld, program: string) {
    this.#world = world;
    this.#program = program;
  }

  async run(as: TkeUser, args: readonly string[], input?: object): Promise<string> {
    return this.#world.context.run(await this.#argv(as, args), optionsFor(input));
  }

  async runJson(as: TkeUser, args: readonly string[], input?: object): Promise<unknown> {
    return JSON.parse(await this.run(as, [...args, '-o', 'json'], input));
  }

  async refuse(
    as: TkeUser,
    args: readonly string[],
    pattern: RegExp,
    input?: object,
  ): Promise<void> {
    await this.#world.context.refuse(await this.#argv(as, args), pattern, optionsFor(input));
  }

  /**
   * `kubectl get -w` until all of `changes` were made one after another, each once the line before
   * has come.
   *
   * @returns the kinds of events in the order they came
   */
  async watch(
    as: TkeUser,
    args: readonly string[],
    changes: readonly { readonly until: string; make(): Promise<unknown> }[],
  ): Promise<string[]> {
    const flags = ['get', '-w', '--output-watch-events', '--no-headers', ...args];
    const [file = '', ...rest] = await this.#argv(as, flags);
    const child = spawn(file, rest, {
      env: { PATH: process.env['PATH'], HOME: await this.#world.directory('kube') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const deadline = performance.now() + WATCH_TIMEOUT_MS;
    const kinds = () => said.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
    try {
      for (const { until, make } of changes) {
        await make();
        while (!kinds().includes(until)) {
          if (performance.now() > deadline) throw new Error(`no ${until} in what it saw:\n${said}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      return kinds();
    } finally {
      await stopProcess(child, 2_000);
    }
  }

  async #argv(as: TkeUser, args: readonly string[]): Promise<string[]> {
    const directory = await this.#world.directory('kube');
    const cache = ['--cache-dir', join(directory, ...CACHE)];
    return [this.#program, '--kubeconfig', await this.#writeConfiguration(as), ...cache, ...args];
  }

  /** The administrator comes by password, all others by API key. */
  async #writeConfiguration(as: TkeUser): Promise<string> {
    const directory = await this.#world.directory('kube');
    const [file, ca] = [join(directory, `${as}.json`), join(directory, 'ca.crt')];
    const cluster = {
      server: `https://${this.#world.host(tenantOf(as))}:${API_PORT}`,
      'proxy-url': this.#world.proxy.url,
      'certificate-authority': ca,
    };
    const user =
      as === 'admin'
        ? { username: 'admin', password: this.#world.password }
        : { token: this.#world.key(as) };
    await writeFile(ca, this.#world.front.ca);
    const configuration = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'tke', cluster }],
      users: [{ name: as, user }],
      contexts: [{ name: as, context: { cluster: 'tke', user: as } }],
      'current-context': as,
    };
    await writeFile(file, JSON.stringify(configuration), { mode: 0o600 });
    return file;
  }
}

/** Another kubectl than Debian's, if this machine has one of its own. */
export function findOtherKubectl(known: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories
    .map((directory) => join(directory, 'kubectl'))
    .find((path) => path !== known && existsSync(path));
}

function optionsFor(input: object | undefined): { readonly input?: string } {
  return input === undefined ? {} : { input: JSON.stringify(input) };
}
