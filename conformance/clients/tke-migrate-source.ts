import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from './context.ts';
import { type Layout, listClosure, writeImageLayout, writeIndexLayout } from './layout.ts';
import { findFreePort, stopProcess, waitUntilReady } from './registry.ts';
import { createTar } from './tar.ts';

export const DEFAULT_TENANT = 'default';
/** With a hyphen, so that its names are unclear unless it is known. */
export const OTHER_TENANT = 't-2';

export interface Pushed {
  /** `namespace/repository:tag`, as the tenant's people name it. */
  readonly name: string;
  /** '' for what is every tenant's. */
  readonly tenant: string;
  readonly layout: Layout;
}

const IMAGES = 10;

/** A docker-registry with images named as TKE's built-in mode names them, and a directory of charts. */
export class TkeMigrateSource {
  readonly pushed: Pushed[] = [];
  readonly chart = 'app-1.0.0.tgz';
  readonly archive = gzipSync(
    createTar(
      new Map([['app/Chart.yaml', Buffer.from('apiVersion: v2\nname: app\nversion: 1.0.0\n')]]),
    ),
  );
  readonly provenance = Buffer.from(
    '-----BEGIN PGP SIGNED MESSAGE-----\n\napiVersion: v2\nname: app\nversion: 1.0.0\n\n...\n' +
      'files:\n  app-1.0.0.tgz: sha256:none\n-----BEGIN PGP SIGNATURE-----\n\nnone\n' +
      '-----END PGP SIGNATURE-----\n',
  );
  readonly #context: Context;
  #root = '';
  #host = '';

  constructor(context: Context) {
    this.#context = context;
  }

  get url(): string {
    return `http://${this.#host}`;
  }

  get charts(): string {
    return join(this.#root, 'charts');
  }

  async fill(): Promise<void> {
    this.#root = await this.#context.directory('tke-migrate/source');
    await this.#start();
    const index = await writeIndexLayout(await this.#directory('index'));
    const shared = await writeImageLayout(await this.#directory('shared'));
    await this.#push(DEFAULT_TENANT, 'test/multi:all', index);
    await this.#push(DEFAULT_TENANT, 'test/deep/er/app:1', shared);
    await this.#push(DEFAULT_TENANT, 'test/app:1', shared);
    await this.#push(OTHER_TENANT, 'test/app:1', shared);
    await this.#push('', 'library/pause:3', shared);
    for (let at = 0; at < IMAGES; at += 1) {
      const layout = await writeImageLayout(await this.#directory(`image-${at}`));
      await this.#push(DEFAULT_TENANT, `many/app:${at}`, layout);
    }
    const group = join(this.charts, OTHER_TENANT, 'apps');
    await mkdir(group, { recursive: true });
    await writeFile(join(group, this.chart), this.archive);
    await writeFile(join(group, `${this.chart}.prov`), this.provenance);
  }

  /** Pushes an image and takes a layer's bytes away; gives the item that is to be missed. */
  async breakImage(): Promise<string> {
    const layout = await writeImageLayout(await this.#directory('broken'));
    await this.#push(DEFAULT_TENANT, 'many/broken:1', layout);
    const layer = (await listClosure(layout.directory, layout.digest)).at(-1) ?? '';
    const [, hex = ''] = layer.split(':');
    const blobs = join(this.#root, 'volume/docker/registry/v2/blobs/sha256');
    await rm(join(blobs, hex.slice(0, 2), hex), { recursive: true });
    return 'default/many/broken:1';
  }

  #directory(name: string): Promise<string> {
    return this.#context.directory(`tke-migrate/source/${name}`);
  }

  async #push(tenant: string, name: string, layout: Layout): Promise<void> {
    const stored = tenant === '' ? name : `${tenant}-${name}`;
    await this.#context.run([
      this.#context.tool('skopeo'),
      'copy',
      '--all',
      '--dest-tls-verify=false',
      `oci:${layout.directory}:${layout.tag}`,
      `docker://${this.#host}/${stored}`,
    ]);
    this.pushed.push({ name, tenant, layout });
  }

  async #start(): Promise<void> {
    const port = await findFreePort();
    const config = {
      version: '0.1',
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: join(this.#root, 'volume') } },
      http: { addr: `127.0.0.1:${port}`, secret: 'tke-migrate' },
    };
    // JSON is YAML.
    const file = join(this.#root, 'config.yml');
    await writeFile(file, JSON.stringify(config));
    const child = spawn(this.#context.tool('docker-registry'), ['serve', file], {
      env: { PATH: process.env['PATH'], HOME: this.#root, OTEL_TRACES_EXPORTER: 'none' },
      stdio: 'ignore',
    });
    this.#context.defer(async () => void (await stopProcess(child, 10_000)));
    this.#host = `127.0.0.1:${port}`;
    await waitUntilReady(child, `${this.url}/`);
  }
}
