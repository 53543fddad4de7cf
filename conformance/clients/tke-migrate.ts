import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertEqual, assertIncludes, listAt, numberAt, textAt } from './assertion.ts';
import type { Client, Step } from './client.ts';
import { type CommandOutput, runCommand } from './command.ts';
import type { Context } from './context.ts';
import { assertSameImage, blobPath, listClosure } from './layout.ts';
import { startBerth } from './registry.ts';
import {
  DEFAULT_TENANT,
  OTHER_TENANT,
  type Pushed,
  TkeMigrateSource,
} from './tke-migrate-source.ts';
import { askTenant, writeTkeConfig } from './tke-migrate-target.ts';

/**
 * Debian's docker-registry is filled by skopeo with what TKE's built-in mode keeps there; then
 * `berth tke migrate` brings it, and charts out of a directory, to a running Berth for TKE.
 */
export const tkeMigrate: Client = {
  name: 'tke-migrate',
  tools: ['docker-registry', 'skopeo'],
  createSteps: (context) => new TkeMigrate(context).steps(),
};

const sourceRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const TENANTS = ['--tenants', `${DEFAULT_TENANT},${OTHER_TENANT}`];
/** Slow enough to be killed in the middle. */
const SLOW = ['--bytes-per-second', '3000000'];
const DONE_BEFORE_KILL = 3;

class TkeMigrate {
  readonly #context: Context;
  readonly #source: TkeMigrateSource;
  readonly #password = `Aa1${randomBytes(12).toString('hex')}`;
  #root = '';
  #url = '';
  #outputs = '';

  constructor(context: Context) {
    this.#context = context;
    this.#source = new TkeMigrateSource(context);
  }

  steps(): Step[] {
    return [
      {
        name: 'docker-registry has images of two tenants, and a directory has charts',
        run: async () => {
          this.#root = await this.#context.directory('tke-migrate');
          await this.#source.fill();
        },
      },
      { name: 'a Berth for TKE starts', run: () => this.#startBerth() },
      { name: 'the plan counts, and writes nothing', run: () => this.#plan() },
      { name: 'names that could be two things are refused', run: () => this.#refuse() },
      { name: 'a migration is killed with SIGKILL in the middle', run: () => this.#kill() },
      { name: 'the next one goes on from there and copies the rest', run: () => this.#resume() },
      { name: 'every image comes back byte for byte', run: () => this.#compareImages() },
      { name: 'so does the chart, with its provenance', run: () => this.#compareCharts() },
      { name: 'another run writes nothing', run: () => this.#again() },
      { name: 'what cannot be copied is listed, with exit code 1', run: () => this.#miss() },
      { name: 'no password is in journal, report or output', run: () => this.#searchSecrets() },
    ];
  }

  async #startBerth(): Promise<void> {
    const cleanup = new AsyncDisposableStack();
    this.#context.defer(() => cleanup.disposeAsync());
    const registry = await startBerth({
      sourceRoot,
      cleanup,
      dataDir: await this.#context.directory('tke-migrate/berth'),
      password: this.#password,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.#root,
        BERTH_TKE_CONFIG: await writeTkeConfig(this.#root),
      },
    });
    this.#url = registry.url;
  }

  async #plan(): Promise<void> {
    const { code, stdout } = await this.#migrate(...TENANTS, '--plan', '--json');
    assertEqual(code, 0, 'exit code');
    const plan: unknown = JSON.parse(stdout.toString());
    const tags = listAt(plan, 'tenants').map((tenant) => numberAt(tenant, 'tags'));
    assertEqual(sum(tags), this.#source.pushed.length, 'tags');
    assertEqual(existsSync(this.#state), false, 'a journal');
  }

  async #refuse(): Promise<void> {
    const { code, stderr } = await this.#migrate();
    assertEqual(code, 1, 'exit code');
    assertIncludes(stderr, `${OTHER_TENANT}-test`, 'the name');
    assertIncludes(stderr, '--tenants', 'what to do');
  }

  async #kill(): Promise<void> {
    const child = this.#spawn([...TENANTS, ...SLOW]);
    const exit = once(child, 'exit');
    const deadline = performance.now() + 60_000;
    while ((await this.#countDone()) < DONE_BEFORE_KILL) {
      if (child.exitCode !== null) throw new Error('it ended before it was killed');
      if (performance.now() > deadline) throw new Error('nothing was done within 60 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await exit;
    assertEqual((await this.#countDone()) < this.#source.pushed.length, true, 'some is left');
  }

  async #resume(): Promise<void> {
    const done = await this.#countDone();
    const report = await this.#migrateWhole();
    const present = numberAt(report, 'copied', 'present');
    // What was whole but not yet in the journal at the kill is present as well.
    assertEqual(present >= done, true, `${present} of ${done} are known`);
    const { length } = this.#source.pushed;
    // The chart is among what was there, or copied.
    assertEqual(numberAt(report, 'verified', 'tags'), length, 'verified tags');
    assertEqual(numberAt(report, 'verified', 'charts'), 1, 'verified charts');
    assertEqual(numberAt(report, 'copied', 'tags') + present, length, 'tags');
  }

  async #compareImages(): Promise<void> {
    for (const [at, pushed] of this.#source.pushed.entries()) {
      if (pushed.tenant === OTHER_TENANT) await this.#compareByHost(pushed);
      else await this.#compareBySkopeo(pushed, `tke-migrate/pulled-${at}`);
    }
  }

  /** An address is the default tenant's host. */
  async #compareBySkopeo({ name, layout }: Pushed, directory: string): Promise<void> {
    const target = await this.#context.directory(directory);
    const file = join(this.#root, 'auth.json');
    const { host } = new URL(this.#url);
    const auth = Buffer.from(`admin:${this.#password}`).toString('base64');
    await writeFile(file, JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
    await this.#context.run(
      [
        this.#context.tool('skopeo'),
        'copy',
        '--all',
        '--src-tls-verify=false',
        `docker://${host}/${name}`,
        `oci:${target}:1`,
      ],
      { env: { REGISTRY_AUTH_FILE: file } },
    );
    await assertSameImage(layout.directory, target, layout.digest);
  }

  async #compareByHost({ name, layout, tenant }: Pushed): Promise<void> {
    const [repository = ''] = name.split(':');
    for (const digest of await listClosure(layout.directory, layout.digest)) {
      const wanted = await readFile(blobPath(layout.directory, digest));
      const kind = digest === layout.digest ? 'manifests' : 'blobs';
      const answer = await this.#ask(tenant, `/v2/${repository}/${kind}/${digest}`);
      assertEqual(answer.status, 200, `status of ${digest}`);
      if (!wanted.equals(answer.bytes)) throw new Error(`${digest} came back with other bytes`);
    }
  }

  async #compareCharts(): Promise<void> {
    const { archive, provenance, chart } = this.#source;
    for (const [suffix, wanted] of [
      ['', archive],
      ['.prov', provenance],
    ] as const) {
      const answer = await this.#ask(OTHER_TENANT, `/chart/apps/charts/${chart}${suffix}`);
      assertEqual(answer.status, 200, `status of ${chart}${suffix}`);
      if (!wanted.equals(answer.bytes)) throw new Error(`${chart}${suffix} has other bytes`);
    }
  }

  async #again(): Promise<void> {
    const report = await this.#migrateWhole();
    for (const what of ['manifests', 'tags', 'blobs', 'mounted', 'charts', 'namespaces']) {
      assertEqual(numberAt(report, 'copied', what), 0, what);
    }
    const all = this.#source.pushed.length + 1;
    assertEqual(numberAt(report, 'copied', 'present'), all, 'present');
  }

  async #miss(): Promise<void> {
    const gone = await this.#source.breakImage();
    const { code, stdout } = await this.#migrate(...TENANTS, '--json');
    assertEqual(code, 1, 'exit code');
    const report: unknown = JSON.parse(stdout.toString());
    const items = listAt(report, 'misses').map((miss) => textAt(miss, 'item'));
    assertEqual(items, [gone], 'misses');
  }

  async #searchSecrets(): Promise<void> {
    const report = await readFile(join(this.#root, 'report.json'), 'utf8');
    const texts = [await readFile(this.#state, 'utf8'), report, this.#outputs];
    assertEqual(texts.join('\n').includes(this.#password), false, 'the password');
  }

  async #migrateWhole(): Promise<unknown> {
    const { code, stdout, stderr } = await this.#migrate(...TENANTS, '--json');
    if (code !== 0) throw new Error(`exit code ${code}: ${stdout.toString()}\n${stderr}`);
    const report: unknown = JSON.parse(stdout.toString());
    assertEqual(numberAt(report, 'missed'), 0, 'missed');
    return report;
  }

  async #migrate(...flags: string[]): Promise<CommandOutput> {
    const argv = [process.execPath, ...this.#arguments(flags)];
    const output = await runCommand(argv, { env: this.#environment, signal: this.#context.signal });
    this.#outputs += `${output.stdout.toString()}\n${output.stderr}\n`;
    return output;
  }

  #spawn(flags: readonly string[]): ChildProcess {
    return spawn(process.execPath, this.#arguments(flags), {
      env: this.#environment,
      stdio: 'ignore',
    });
  }

  #arguments(flags: readonly string[]): string[] {
    return [
      join(sourceRoot, 'server/src/main.ts'),
      'tke',
      'migrate',
      '--source-kind',
      'distribution',
      '--source-url',
      this.#source.url,
      '--charts-directory',
      this.#source.charts,
      '--to-url',
      this.#url,
      '--to-username',
      'admin',
      '--state',
      this.#state,
      '--report',
      join(this.#root, 'report.json'),
      ...flags,
    ];
  }

  get #environment(): Record<string, string> {
    const { PATH = '' } = process.env;
    return { PATH, HOME: this.#root, TKE_DESTINATION_TOKEN: this.#password };
  }

  get #state(): string {
    return join(this.#root, 'state.jsonl');
  }

  /** Lines of the journal below its head. */
  async #countDone(): Promise<number> {
    if (!existsSync(this.#state)) return 0;
    const lines = (await readFile(this.#state, 'utf8')).split('\n');
    return Math.max(lines.length - 2, 0);
  }

  #ask(tenant: string, path: string) {
    return askTenant(this.#url, tenant, path, this.#password);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
