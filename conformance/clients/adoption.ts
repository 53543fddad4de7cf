import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BLOBS, listFiles, pushBlob } from './adoption-files.ts';
import { assertEqual, assertIncludes, numberAt } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import { assertSameImage, type Layout, writeImageLayout, writeIndexLayout } from './layout.ts';
import { findFreePort, startBerth, stopProcess, waitUntilReady } from './registry.ts';

/**
 * Debian's docker-registry fills a directory with what skopeo pushes; then Berth takes the
 * directory over where it is, and serves the same bytes out of the same files.
 */
export const adoption: Client = {
  name: 'adoption',
  tools: ['docker-registry', 'skopeo'],
  createSteps,
};

const sourceRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Pushed {
  readonly name: string;
  readonly layout: Layout;
}

function createSteps(context: Context): Step[] {
  return new Adoption(context).steps();
}

class Adoption {
  readonly #context: Context;
  readonly #pushed: Pushed[] = [];
  readonly #password = `Aa1${randomBytes(12).toString('hex')}`;
  #gone: Pushed | undefined;
  #orphan = '';
  #files = new Map<string, string>();
  #root = '';
  #host = '';
  /** Of docker-registry, while it runs. */
  #daemon: ChildProcess | undefined;
  #stop: () => Promise<void> = () => Promise.resolve();

  constructor(context: Context) {
    this.#context = context;
  }

  steps(): Step[] {
    return [
      ...this.#fillSteps(),
      {
        name: 'Berth starts on the directory, and is ready when all is taken over',
        run: () => this.#startBerth('in-place', { BERTH_STORAGE_ROOT: this.#storage }),
      },
      ...this.#comparingSteps('in place'),
      {
        name: 'no file of the volume was changed, copied or taken away',
        run: async () => this.#assertSameFiles(),
      },
      {
        name: 'an import beside it finds nothing new',
        run: async () => {
          const report = await this.#import('in-place', { BERTH_STORAGE_ROOT: this.#storage });
          for (const what of ['artifacts', 'tags', 'blobs', 'skipped']) {
            assertEqual(numberAt(report, what), 0, what);
          }
        },
      },
      {
        name: 'a new tag is pushed beside the old ones',
        run: async () => {
          const layout = await writeImageLayout(await this.#directory('new'));
          await this.#push({ name: 'team/app:new', layout });
          await this.#pullAndCompare({ name: 'team/app:new', layout }, 'new-pulled');
          await this.#stop();
        },
      },
      {
        name: 'the way back: docker-registry still serves what it had',
        run: async () => {
          await this.#startDistribution();
          for (const [at, one] of this.#pushed.entries()) {
            await this.#pullAndCompare(one, `back-${at}`);
          }
          await this.#stop();
        },
      },
      {
        name: 'another Berth takes it over by links, without copying',
        run: async () => {
          await this.#startBerth('linked', {});
          const report = await this.#import('linked', {}, '--root', this.#storage);
          assertEqual(numberAt(report, 'skipped'), 0, 'skipped');
        },
      },
      ...this.#comparingSteps('linked'),
      {
        name: 'its files are those of the volume',
        run: async () => {
          const own = join(await this.#directory('linked'), 'registry');
          const linked = await listFiles(join(own, BLOBS));
          assertEqual(linked.size > 0, true, 'files are there');
          for (const [path, identity] of linked) {
            assertEqual(this.#files.get(path), identity, `inode and time of ${path}`);
          }
          await this.#stop();
        },
      },
    ];
  }

  get #storage(): string {
    return join(this.#root, 'volume');
  }

  #fillSteps(): Step[] {
    return [
      {
        name: 'docker-registry takes images, indexes, deep names and Docker schema 2',
        run: async () => {
          this.#root = await this.#context.directory('adoption');
          await this.#startDistribution();
          const image = await writeImageLayout(await this.#directory('image'));
          const index = await writeIndexLayout(await this.#directory('index'));
          for (const [name, layout] of [
            ['team/app:1', image],
            ['team/app:latest', image],
            ['team/app:multi', index],
            ['team/deep/er/app:1', image],
            ['single:1', await writeImageLayout(await this.#directory('single'))],
          ] as const) {
            const pushed = { name, layout };
            await this.#push(pushed);
            this.#pushed.push(pushed);
          }
          const docker = await writeImageLayout(await this.#directory('docker'));
          await this.#push({ name: 'team/docker:1', layout: docker }, '--format', 'v2s2');
        },
      },
      {
        name: 'of which one is deleted, and a blob is left without a manifest',
        run: async () => {
          const layout = await writeImageLayout(await this.#directory('gone'));
          this.#gone = { name: 'team/app:gone', layout };
          await this.#push(this.#gone);
          const url = `http://${this.#host}/v2/team/app`;
          const deleted = await fetch(`${url}/manifests/${layout.digest}`, { method: 'DELETE' });
          assertEqual(deleted.status, 202, 'status of the deletion');
          this.#orphan = await pushBlob(url, randomBytes(5000));
          await this.#stop();
          this.#files = await listFiles(this.#storage);
        },
      },
    ];
  }

  #comparingSteps(how: string): Step[] {
    const name = how.replace(' ', '-');
    return [
      {
        name: `${how}: every tag gives the same manifests and layers`,
        run: async () => {
          for (const [at, one] of this.#pushed.entries()) {
            await this.#pullAndCompare(one, `${name}-${at}`);
          }
          const directory = await this.#directory(`${name}-docker`);
          const source = `docker://${this.#host}/team/docker:1`;
          await this.#skopeo('copy', '--src-tls-verify=false', source, `dir:${directory}`);
        },
      },
      {
        name: `${how}: what was deleted is gone, and what was no image is not served`,
        run: async () => {
          const gone = this.#gone?.layout.digest ?? '';
          const status = (path: string) => this.#status(`/v2/team/app/${path}`);
          assertEqual(await status('manifests/gone'), 404, 'the tag');
          assertEqual(await status(`manifests/${gone}`), 404, 'the manifest');
          assertEqual(await status(`blobs/${this.#orphan}`), 404, 'the orphan');
        },
      },
    ];
  }

  async #status(path: string): Promise<number> {
    const response = await fetch(`http://${this.#host}${path}`, {
      headers: { authorization: this.#authorization, accept: '*/*' },
    });
    await response.body?.cancel();
    return response.status;
  }

  get #authorization(): string {
    return `Basic ${Buffer.from(`admin:${this.#password}`).toString('base64')}`;
  }

  #directory(name: string): Promise<string> {
    return this.#context.directory(`adoption/${name}`);
  }

  async #skopeo(...args: string[]): Promise<void> {
    const file = join(this.#root, 'auth.json');
    const auth = this.#authorization.slice('Basic '.length);
    await writeFile(file, JSON.stringify({ auths: { [this.#host]: { auth } } }), { mode: 0o600 });
    const env = { REGISTRY_AUTH_FILE: file };
    await this.#context.run([this.#context.tool('skopeo'), ...args], { env });
  }

  #push({ name, layout }: Pushed, ...flags: string[]): Promise<void> {
    const source = `oci:${layout.directory}:${layout.tag}`;
    const how = flags.length === 0 ? ['--all'] : flags;
    const target = `docker://${this.#host}/${name}`;
    return this.#skopeo('copy', ...how, '--dest-tls-verify=false', source, target);
  }

  /** @param directory that the pulled layout is written to, below our own */
  async #pullAndCompare({ name, layout }: Pushed, directory: string): Promise<void> {
    const isBerth = this.#daemon === undefined;
    const full = name.includes('/') || !isBerth ? name : `library/${name}`;
    const target = await this.#directory(directory);
    const source = `docker://${this.#host}/${full}`;
    await this.#skopeo('copy', '--all', '--src-tls-verify=false', source, `oci:${target}:1`);
    await assertSameImage(layout.directory, target, layout.digest);
  }

  async #assertSameFiles(): Promise<void> {
    const now = await listFiles(this.#storage);
    for (const [path, identity] of this.#files) {
      assertEqual(now.get(path), identity, `inode and time of ${path}`);
    }
    const added = [...now.keys()].filter((path) => !this.#files.has(path));
    assertEqual(added, [], 'new files');
  }

  async #startDistribution(): Promise<void> {
    const port = await findFreePort();
    const config = {
      version: '0.1',
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: this.#storage }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, secret: 'adoption' },
    };
    // JSON is YAML.
    const file = join(this.#root, 'config.yml');
    await writeFile(file, JSON.stringify(config));
    const child = spawn(this.#context.tool('docker-registry'), ['serve', file], {
      env: { PATH: process.env['PATH'], HOME: this.#root, OTEL_TRACES_EXPORTER: 'none' },
      stdio: 'ignore',
    });
    const stop = async () => {
      await stopProcess(child, 10_000);
      this.#daemon = undefined;
    };
    this.#context.defer(stop);
    this.#stop = stop;
    this.#daemon = child;
    this.#host = `127.0.0.1:${port}`;
    await waitUntilReady(child, `http://${this.#host}/`);
  }

  async #startBerth(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const cleanup = new AsyncDisposableStack();
    this.#stop = () => cleanup.disposeAsync();
    this.#context.defer(this.#stop);
    const registry = await startBerth({
      sourceRoot,
      cleanup,
      dataDir: await this.#directory(name),
      password: this.#password,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.#root, ...settings },
    });
    this.#host = registry.host;
  }

  /** Runs `berth import storage` beside the running registry; gives its report. */
  async #import(
    name: string,
    settings: Readonly<Record<string, string>>,
    ...args: string[]
  ): Promise<unknown> {
    const main = join(sourceRoot, 'server/src/main.ts');
    const env = { ...settings, BERTH_DATA_DIR: await this.#directory(name) };
    const argv = [process.execPath, main, 'import', 'storage', '--json', ...args];
    const output = await this.#context.run(argv, { env });
    assertIncludes(output, '{', 'report');
    return JSON.parse(output);
  }
}
