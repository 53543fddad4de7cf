import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, assertIncludes, listAt, numberAt, textAt, valueAt } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context, RunOptions } from './context.ts';
import { createHelm, packChart } from './helm-plugin.ts';
import { createContainer, createTkeSteps, waitFor } from './tke-session.ts';
import {
  DEFAULT_TENANT,
  OTHER_TENANT,
  openTkeWorld,
  type TkeKind,
  type TkeUser,
  type TkeWorld,
  tkeKinds,
} from './tke-world.ts';

/** helm with its cm-push plugin on chart groups, over either back end. */
export const tkeCharts: Client = {
  name: 'tke-charts',
  tools: ['helm', 'helm-cm-push'],
  createSteps: (context) => tkeKinds.flatMap((kind) => new ChartSession(context, kind).steps()),
};

/** A public group, and one for its users; the other tenant has the first one too. */
const OPEN = 'shelf';
const CLOSED = 'safe';

class ChartSession {
  readonly #context: Context;
  readonly #kind: TkeKind;
  #opened: TkeWorld | undefined;
  #helm: Awaited<ReturnType<typeof createHelm>> | undefined;
  #root = '';
  #archive = '';

  constructor(context: Context, kind: TkeKind) {
    this.#context = context;
    this.#kind = kind;
  }

  steps(): Step[] {
    return createTkeSteps(this.#context, this.#kind, [
      ['two tenants have chart groups of the same name', () => this.#start()],
      ['helm repo add of an empty group, and of one for its users', () => this.#addRepositories()],
      ['helm cm-push of an archive, a directory and a version', () => this.#push()],
      ['cm-push of what is there needs --force', () => this.#pushAgain()],
      ['the requests of cm-push, with a provenance file', () => this.#pushByHand()],
      ['helm repo update, search, pull and template', () => this.#use()],
      ['the Chart object has its versions', () => this.#followObject()],
      ['strangers neither read what is closed nor push', () => this.#refuse()],
      ['a version is deleted, and only it', () => this.#delete()],
      ['helm registry login, push and pull by OCI', () => this.#pushByOci()],
    ]);
  }

  get #world(): TkeWorld {
    if (this.#opened === undefined) throw new Error('the registry did not start');
    return this.#opened;
  }

  async #start(): Promise<void> {
    this.#opened = await openTkeWorld(this.#context, this.#kind);
    this.#root = await this.#world.directory('helm');
    this.#helm = await createHelm(this.#context, this.#root);
    this.#archive = await packChart(this.#context, this.#root, '1.2.3');
    await createContainer(this.#world, 'Namespace', 'alice', {
      name: 'charts-oci',
      visibility: 'Private',
    });
    for (const [as, name, visibility] of [
      ['alice', OPEN, 'Public'],
      ['alice', CLOSED, 'User'],
      ['bob', OPEN, 'Public'],
    ] as const) {
      await createContainer(this.#world, 'ChartGroup', as, { name, visibility });
    }
  }

  async #addRepositories(): Promise<void> {
    await this.#run(['repo', 'add', 'open', this.#url(OPEN), ...this.#login('alice')]);
    await this.#run(['repo', 'add', 'theirs', this.#url(OPEN, OTHER_TENANT)]);
    await this.#run(['repo', 'add', 'closed', this.#url(CLOSED), ...this.#login('alice')]);
    const denied = /401|403|unauthorized|denied/i;
    const add = ['repo', 'add', 'no', this.#url(CLOSED)];
    await this.#refuseRun(add, denied);
    await this.#refuseRun([...add, ...this.#login('bob')], denied);
    await this.#refuseRun(
      ['repo', 'add', 'no', this.#url('absent'), ...this.#login('alice')],
      /404/,
    );
  }

  async #push(): Promise<void> {
    await this.#run(['cm-push', this.#archive, 'open']);
    await this.#run(['cm-push', join(this.#root, 'harbour'), 'open', '--version', '1.3.0-rc.1']);
    await this.#run(['cm-push', this.#archive, this.#url(CLOSED), ...this.#login('alice')]);
  }

  async #pushAgain(): Promise<void> {
    await this.#refuseRun(['cm-push', this.#archive, 'open'], /409|already exists/i);
    await this.#run(['cm-push', this.#archive, 'open', '--force']);
  }

  /** What the plugin sends: the index for its context path, then a form to the API below it. */
  async #pushByHand(): Promise<void> {
    const index = await this.#world.call(`/chart/${OPEN}/index.yaml`, { as: 'alice' });
    assertEqual(index.status, 200, 'status of the index');
    assertEqual(/"?contextPath"?: *"?\/chart\b/.test(index.text), true, 'context path /chart');
    const archive = await packChart(this.#context, this.#root, '2.0.0');
    const form = new FormData();
    form.append('chart', new Blob([new Uint8Array(await readFile(archive))]), 'harbour-2.0.0.tgz');
    const provenance = '-----BEGIN PGP SIGNED MESSAGE-----\nname: harbour\nversion: 2.0.0\n...\n';
    form.append('prov', new Blob([provenance]), 'harbour-2.0.0.tgz.prov');
    const request = new Request('http://form/', { method: 'POST', body: form });
    const type = request.headers.get('content-type') ?? '';
    const body = new Uint8Array(await request.arrayBuffer());
    const asked = { method: 'POST', as: 'alice', body, headers: { 'content-type': type } } as const;
    const path = `/chart/api/${OPEN}/charts`;
    const made = await this.#world.call(path, asked);
    assertEqual([made.status, made.json], [201, { saved: true }], 'the first time');
    assertEqual((await this.#world.call(path, asked)).status, 409, 'the second time');
    assertEqual((await this.#world.call(`${path}?force`, asked)).status, 201, 'by force');
    const file = `/chart/${OPEN}/charts/harbour-2.0.0.tgz.prov`;
    assertEqual((await this.#world.call(file)).text, provenance, 'the provenance file');
  }

  async #use(): Promise<void> {
    await this.#run(['repo', 'update', 'open', 'closed', 'theirs']);
    const found: unknown = JSON.parse(
      await this.#run(['search', 'repo', 'open/', '--versions', '--devel', '-o', 'json']),
    );
    const versions = listAt(found).map((each) => textAt(each, 'version'));
    assertEqual(versions, ['2.0.0', '1.3.0-rc.1', '1.2.3'], 'versions, newest first');
    const theirs = await this.#run(['search', 'repo', 'theirs/', '-o', 'json']);
    assertEqual(JSON.parse(theirs), [], 'charts of the other tenant');
    const directory = await this.#world.directory('helm/pulled');
    await this.#run(['pull', 'closed/harbour', '--version', '1.2.3', '--destination', directory]);
    await this.#run(['pull', 'open/harbour', '--prov', '--destination', directory]);
    // cm-push packs anew what it sends; this one was not sent by it.
    const pulled = await readFile(join(directory, 'harbour-2.0.0.tgz'));
    const packed = await readFile(join(this.#root, 'harbour-2.0.0.tgz'));
    assertEqual(pulled.equals(packed), true, 'same bytes');
    const rendered = await this.#run(['template', 'x', 'open/harbour', '--version', '^1.0.0']);
    assertIncludes(rendered, 'replicas: "1"', 'the rendered chart');
  }

  async #followObject(): Promise<void> {
    await waitFor(async () => {
      const selector = encodeURIComponent(`spec.chartGroupName=${OPEN}`);
      const path = `/charts?fieldSelector=${selector}`;
      const charts = listAt(await this.#world.api(path, { as: 'alice' }, 200), 'items');
      assertEqual(
        charts.map((chart) => textAt(chart, 'spec', 'name')),
        ['harbour'],
        'charts',
      );
      const versions = listAt(charts[0], 'status', 'versions');
      const names = versions.map((each) => textAt(each, 'version')).toSorted();
      assertEqual(names, ['1.2.3', '1.3.0-rc.1', '2.0.0'], 'versions');
      const one = versions.find((each) => valueAt(each, 'version') === '2.0.0');
      const { length } = await readFile(join(this.#root, 'harbour-2.0.0.tgz'));
      assertEqual(numberAt(one, 'chartSize'), length, 'size');
      assertEqual(textAt(one, 'appVersion'), '7', 'application version');
    });
  }

  async #refuse(): Promise<void> {
    const denied = /401|403|unauthorized|denied/i;
    await this.#refuseRun(['cm-push', this.#archive, this.#url(OPEN), '--force'], denied);
    const push = ['cm-push', this.#archive, this.#url(OPEN), '--force', ...this.#login('bob')];
    await this.#refuseRun(push, denied);
    const argv = ['show', 'chart', 'harbour', '--repo', this.#url(CLOSED)];
    await this.#refuseRun(argv, denied);
    await this.#refuseRun([...argv, ...this.#login('mia')], denied);
  }

  async #delete(): Promise<void> {
    const path = `/chart/api/${OPEN}/charts/harbour/1.2.3`;
    assertEqual((await this.#world.call(path, { method: 'DELETE' })).status, 401, 'by nobody');
    const gone = await this.#world.call(path, { method: 'DELETE', as: 'alice' });
    assertEqual([gone.status, gone.json], [200, { deleted: true }], 'by alice');
    await this.#run(['repo', 'update', 'open']);
    const argv = ['search', 'repo', 'open/', '--versions', '--devel', '-o', 'json'];
    const found: unknown = JSON.parse(await this.#run(argv));
    const left = listAt(found).map((each) => textAt(each, 'version'));
    assertEqual(left, ['2.0.0', '1.3.0-rc.1'], 'what is left');
  }

  async #pushByOci(): Promise<void> {
    const host = this.#world.host(DEFAULT_TENANT);
    const remote = `oci://${host}/charts-oci`;
    const login = ['registry', 'login', host, '--plain-http', '-u', 'alice', '--password-stdin'];
    await this.#run(login, { input: this.#world.key('alice') });
    await this.#run(['push', this.#archive, remote, '--plain-http']);
    const directory = await this.#world.directory('helm/oci');
    const flags = ['--version', '1.2.3', '--plain-http', '--destination', directory];
    await this.#run(['pull', `${remote}/harbour`, ...flags]);
    const pulled = await readFile(join(directory, 'harbour-1.2.3.tgz'));
    assertEqual(pulled.equals(await readFile(this.#archive)), true, 'same bytes');
    await this.#run(['registry', 'logout', host]);
    await this.#refuseRun(['pull', `${remote}/harbour`, ...flags], /401|403|unauthorized|denied/i);
  }

  #url(group: string, tenant = DEFAULT_TENANT): string {
    return `http://${this.#world.host(tenant)}/chart/${group}`;
  }

  #login(user: TkeUser): string[] {
    return ['--username', user, '--password', this.#world.key(user)];
  }

  #command(args: readonly string[]) {
    if (this.#helm === undefined) throw new Error('the registry did not start');
    return this.#helm(args);
  }

  async #run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { argv, env } = this.#command(args);
    return this.#world.run(argv, { ...options, env });
  }

  async #refuseRun(args: readonly string[], pattern: RegExp): Promise<void> {
    const { argv, env } = this.#command(args);
    await this.#world.refuse(argv, pattern, { env });
  }
}
