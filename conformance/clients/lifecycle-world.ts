import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withOwnPool } from '../crash/database.ts';
import { waitUntil } from './artifact-images.ts';
import { assertEqual, numberAt, textAt } from './assertion.ts';
import type { Context } from './context.ts';
import { createAuth } from './environment.ts';
import { createGoClient, type GoClient } from './go-client.ts';
import { assertSameImage, type Layout, writeImageLayout } from './layout.ts';
import { type RegistryUnderTest, startBerth } from './registry.ts';

const sourceRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const PROJECT = 'lifecycle';
const FINAL = new Set(['Success', 'Error', 'Stopped']);

/** A run of garbage collection or of the purge, once it is over. */
export interface Run {
  readonly status: string;
  /** `job_parameters`, which tells what it did, too. */
  readonly told: unknown;
  readonly log: string;
}

/** A registry of its own, whose directory the steps may look into. */
export class LifecycleWorld {
  readonly context: Context;
  readonly #password = `Aa1${randomBytes(12).toString('hex')}`;
  #registry: RegistryUnderTest | undefined;
  #admin: GoClient | undefined;
  #env: Readonly<Record<string, string>> = {};
  #dataDir = '';
  #made = 0;

  constructor(context: Context) {
    this.context = context;
  }

  /** What nobody needs may go after a second, and only when it is asked for. */
  async start(): Promise<void> {
    const cleanup = new AsyncDisposableStack();
    this.context.defer(() => cleanup.disposeAsync());
    const root = await this.context.directory('lifecycle');
    this.#dataDir = await this.context.directory('lifecycle/data');
    this.#registry = await startBerth({
      sourceRoot,
      cleanup,
      dataDir: this.#dataDir,
      password: this.#password,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: root,
        BERTH_GC_INTERVAL_SECONDS: '0',
        BERTH_GC_LEASE_SECONDS: '1',
        BERTH_GC_UPLOAD_SECONDS: '1',
        BERTH_GC_TRASH_SECONDS: '0',
      },
    });
    const { host, username, password } = this.#registry;
    const logins = { username, right: password, wrong: 'x' };
    this.#env = (await createAuth(root, host, logins)).right;
    this.#admin = createGoClient({
      registry: this.#registry,
      login: this.#registry,
      headers: {},
    });
    const body = { project_name: PROJECT, metadata: { public: 'false' } };
    await this.admin.send({ method: 'POST', path: '/projects', body }, 201);
  }

  get admin(): GoClient {
    if (this.#admin === undefined) throw new Error('the registry was not started');
    return this.#admin;
  }

  get registry(): RegistryUnderTest {
    if (this.#registry === undefined) throw new Error('the registry was not started');
    return this.#registry;
  }

  remote(name: string): string {
    return `docker://${this.registry.host}/${PROJECT}/${name}`;
  }

  createLayout(): Promise<Layout> {
    this.#made += 1;
    return this.context
      .directory(`lifecycle/image-${this.#made}`)
      .then((directory) => writeImageLayout(directory));
  }

  skopeo(...args: string[]): Promise<string> {
    return this.context.run([this.context.tool('skopeo'), ...args], { env: this.#env });
  }

  /** The same, refused. */
  refuseSkopeo(sentence: RegExp, ...args: string[]): Promise<void> {
    const argv = [this.context.tool('skopeo'), ...args];
    return this.context.refuse(argv, sentence, { env: this.#env });
  }

  pushArgs(layout: Layout, name: string): string[] {
    const source = `oci:${layout.directory}:${layout.tag}`;
    return ['copy', '--dest-tls-verify=false', source, this.remote(name)];
  }

  async push(layout: Layout, name: string): Promise<void> {
    await this.skopeo(...this.pushArgs(layout, name));
  }

  async pullAndCompare(layout: Layout, name: string): Promise<void> {
    this.#made += 1;
    const target = await this.context.directory(`lifecycle/pulled-${this.#made}`);
    const source = this.remote(name);
    await this.skopeo('copy', '--src-tls-verify=false', source, `oci:${target}:1`);
    await assertSameImage(layout.directory, target, layout.digest);
  }

  async listTags(name: string): Promise<string[]> {
    const output = await this.skopeo('list-tags', '--tls-verify=false', this.remote(name));
    const { Tags: tags } = JSON.parse(output);
    return tags;
  }

  async configure(settings: object): Promise<void> {
    const request = { method: 'PUT', path: '/configurations', body: settings } as const;
    await this.admin.send(request, 200);
  }

  /** Bytes of all files below the root of the blob store, its trash too. */
  async measureStore(): Promise<number> {
    const directory = join(this.#dataDir, 'registry');
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Makes what the audit log has of the project older. */
  async ageAudit(days: number): Promise<number> {
    return withOwnPool({ dataDir: this.#dataDir }, async (pool) => {
      const { rowCount } = await pool.query(
        `UPDATE audit_log SET occurred_at = occurred_at - $1 * interval '1 day'
         WHERE resource LIKE $2 AND operation = 'create' AND resource_type = 'artifact'`,
        [days, `${PROJECT}/%`],
      );
      return rowCount ?? 0;
    });
  }

  /** Starts garbage collection or the purge by hand. @returns the path of the run */
  async begin(kind: 'gc' | 'purgeaudit', parameters: object): Promise<string> {
    const body = { schedule: { type: 'Manual' }, parameters };
    const path = `/system/${kind}/schedule`;
    const { location } = await this.admin.send({ method: 'POST', path, body }, 201);
    return `/system/${kind}/${location?.split('/').at(-1)}`;
  }

  async statusOf(path: string): Promise<string> {
    return textAt((await this.admin.send({ method: 'GET', path }, 200)).body, 'job_status');
  }

  async finish(path: string): Promise<Run> {
    await waitUntil(`${path} to end`, async () => FINAL.has(await this.statusOf(path)));
    const { body } = await this.admin.send({ method: 'GET', path }, 200);
    const log = await this.admin.send({ method: 'GET', path: `${path}/log` }, 200);
    return {
      status: textAt(body, 'job_status'),
      told: JSON.parse(textAt(body, 'job_parameters')),
      log: typeof log.body === 'string' ? log.body : '',
    };
  }

  /** Runs it to its end, which must be a good one. */
  async run(kind: 'gc' | 'purgeaudit', parameters: object): Promise<Run> {
    const run = await this.finish(await this.begin(kind, parameters));
    assertEqual(run.status, 'Success', `how it ended:\n${run.log}`);
    return run;
  }

  async countAudit(operation: string): Promise<number> {
    const query = { q: `operation=${operation}`, page_size: 100 };
    const found = await this.admin.send({ method: 'GET', path: '/auditlog-exts', query }, 200);
    return found.total ?? 0;
  }

  async projectId(): Promise<number> {
    const path = `/projects/${PROJECT}`;
    return numberAt((await this.admin.send({ method: 'GET', path }, 200)).body, 'project_id');
  }
}
