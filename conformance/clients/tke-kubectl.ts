import { assertEqual, assertIncludes, listAt, textAt, valueAt } from './assertion.ts';
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import { findOtherKubectl, Kubectl } from './tke-kubectl-run.ts';
import { createTkeSteps, type TkeStep } from './tke-session.ts';
import { openTkeWorld, type TkeKind, tkeKinds } from './tke-world.ts';

/**
 * Debian's kubectl, as administrators of two tenants, over either back end; and the machine's own
 * kubectl beside it where that is another one.
 */
export const tkeKubectl: Client = {
  name: 'tke-kubectl',
  tools: ['kubectl'],
  createSteps: (context) =>
    tkeKinds.flatMap((kind) =>
      createTkeSteps(context, kind, [
        ...new KubectlSession(context, kind, context.tool('kubectl'), 'deb').steps(),
        ...otherSteps(context, kind),
      ]),
    ),
};

const API = 'registry.tkestack.io/v1';
/** More than one page of the list below. */
const MANY = 7;
const PAGE = 3;
const PHASE = 'jsonpath={.status.phase}';

function otherSteps(context: Context, kind: TkeKind): TkeStep[] {
  // Once is enough: the back ends do not differ in what a client's version does.
  const program = kind === 'builtin' ? findOtherKubectl(context.tool('kubectl')) : undefined;
  return program === undefined ? [] : new KubectlSession(context, kind, program, 'own').steps();
}

class KubectlSession {
  readonly #context: Context;
  readonly #kind: TkeKind;
  readonly #program: string;
  /** Of all names made here, so that two kubectls do not meet. */
  readonly #mark: string;
  #kubectl: Kubectl | undefined;
  /** The server's name of our namespace. */
  #namespace = '';

  constructor(context: Context, kind: TkeKind, program: string, mark: string) {
    this.#context = context;
    this.#kind = kind;
    this.#program = program;
    this.#mark = mark;
  }

  steps(): TkeStep[] {
    const steps: readonly TkeStep[] = [
      ['api-resources and explain', () => this.#discover()],
      ['create, and get in all formats', () => this.#create()],
      ['what is wrong is refused in words', () => this.#refuse()],
      ['apply twice, changed, and from the server side', () => this.#apply()],
      ['patch in three ways, label, annotate', () => this.#patch()],
      ['replace as edit does it', () => this.#replace()],
      ['selectors and lists in chunks', () => this.#list()],
      ['get -w sees it come, change and go', () => this.#watch()],
      ['repositories, chart groups and charts', () => this.#others()],
      ['another tenant sees and touches nothing of it', () => this.#tenants()],
      ['delete waits until all is gone', () => this.#delete()],
    ];
    return steps.map(([name, run]) => [
      `${this.#mark} kubectl: ${name}`,
      async () => {
        const world = await openTkeWorld(this.#context, this.#kind);
        this.#kubectl ??= new Kubectl(world, this.#program);
        await run();
      },
    ]);
  }

  get #k(): Kubectl {
    if (this.#kubectl === undefined) throw new Error('the registry did not start');
    return this.#kubectl;
  }

  #name(text: string): string {
    return `${this.#mark}-${text}`;
  }

  async #discover(): Promise<void> {
    const resources = await this.#k.run('alice', [
      'api-resources',
      '--api-group',
      'registry.tkestack.io',
    ]);
    for (const [kind, short] of kinds) {
      const row = resources.split('\n').find((line) => line.endsWith(` ${kind}`)) ?? '';
      assertIncludes(row, ` ${short} `, `short name of ${kind}`);
    }
    const spec = await this.#k.run('alice', ['explain', 'chartgroups.spec', '--api-version', API]);
    for (const field of ['importedInfo', 'visibility']) assertIncludes(spec, field, 'explanation');
  }

  async #create(): Promise<void> {
    const spec = { name: this.#name('test'), displayName: 'one', visibility: 'Private' };
    const made = await this.#k.runJson('alice', ['create', '-f', '-'], describe('Namespace', spec));
    this.#namespace = textAt(made, 'metadata', 'name');
    assertEqual(/^rns-[a-z0-9]{8}$/.test(this.#namespace), true, `name ${this.#namespace}`);
    assertEqual(textAt(made, 'spec', 'tenantID'), 'default', 'tenant');
    const wide = await this.#k.run('alice', ['get', 'rns', this.#namespace, '-o', 'wide']);
    for (const word of ['VISIBILITY', 'REPOSITORIES', spec.name, 'Private', 'one', 'default']) {
      assertIncludes(wide, word, 'wide table');
    }
    const yaml = await this.#k.run('alice', ['get', 'rns', this.#namespace, '-o', 'yaml']);
    assertIncludes(yaml, `name: ${spec.name}`, 'YAML');
    const name = await this.#k.run('alice', ['get', 'rns', this.#namespace, '-o', 'name']);
    assertEqual(name, `namespace.registry.tkestack.io/${this.#namespace}`, 'name');
  }

  async #refuse(): Promise<void> {
    const cases: readonly [object, RegExp][] = [
      [{ name: this.#name('test') }, /is invalid: spec\.name: Duplicate value: "[a-z]+-test"/],
      [{ name: 'Not_A_Name' }, /is invalid: spec\.name: Invalid value: "Not_A_Name"/],
      [{ name: 'x', visibility: 'Secret' }, /spec\.visibility: Unsupported value: "Secret"/],
      [{ name: 'x', nope: 1 }, /unknown field "(spec\.)?nope"/],
    ];
    for (const [spec, pattern] of cases) {
      await this.#k.refuse('alice', ['create', '-f', '-'], pattern, describe('Namespace', spec));
    }
    await this.#k.refuse('alice', ['get', 'rns', 'rns-none'], /"rns-none" not found/);
    const dry = describe('Namespace', { name: this.#name('dry') });
    await this.#k.run('alice', ['create', '--dry-run=server', '-f', '-'], dry);
    const listed = await this.#k.run('alice', ['get', 'rns', '-o', 'wide']);
    assertEqual(listed.includes(this.#name('dry')), false, 'a dry run left something');
  }

  async #apply(): Promise<void> {
    const wanted = (displayName: string, ...flags: string[]) =>
      this.#k.run('alice', ['apply', ...flags, '-f', '-'], {
        ...describe('Namespace', {
          name: this.#name('test'),
          displayName,
          visibility: 'Private',
        }),
        metadata: { name: this.#namespace, labels: { team: this.#mark } },
      });
    assertIncludes(await wanted('two'), ' configured', 'first apply');
    assertIncludes(await wanted('two'), ' unchanged', 'the same again');
    assertIncludes(await wanted('three'), ' configured', 'changed apply');
    await this.#assertField('three', 'displayName');
    const forced = ['--server-side', '--force-conflicts'];
    assertIncludes(await wanted('four', ...forced), ' serverside-applied', 'server side');
    await this.#assertField('four', 'displayName');
    const other = {
      ...describe('Namespace', { displayName: 'five' }),
      metadata: { name: this.#namespace },
    };
    const flags = [
      'apply',
      '--server-side',
      '--field-manager',
      'other',
      '--validate=false',
      '-f',
      '-',
    ];
    await this.#k.refuse('alice', flags, /conflict with "kubectl"[^]*\.spec\.displayName/, other);
  }

  async #patch(): Promise<void> {
    const patch = (type: string, body: unknown) =>
      this.#k.run('alice', [
        'patch',
        'rns',
        this.#namespace,
        '--type',
        type,
        '-p',
        JSON.stringify(body),
      ]);
    const path = '/spec/displayName';
    await patch('json', [
      { op: 'test', path, value: 'four' },
      { op: 'replace', path, value: 'json' },
    ]);
    await this.#assertField('json', 'displayName');
    await patch('merge', { spec: { displayName: 'merge' } });
    await this.#assertField('merge', 'displayName');
    await patch('strategic', { spec: { displayName: 'strategic', visibility: 'Public' } });
    await this.#assertField('strategic', 'displayName');
    await this.#assertField('Public', 'visibility');
    await this.#k.refuse(
      'alice',
      ['patch', 'rns', this.#namespace, '--type', 'merge', '-p', '{"spec":{"name":"other"}}'],
      /spec\.name: Invalid value: .* disallowed change the name/,
    );
    await this.#k.run('alice', ['label', 'rns', this.#namespace, 'color=blue']);
    await this.#k.run('alice', ['annotate', 'rns', this.#namespace, 'note=a b']);
    const labelled = await this.#k.runJson('alice', ['get', 'rns', this.#namespace]);
    assertEqual(valueAt(labelled, 'metadata', 'labels', 'color'), 'blue', 'label');
    assertEqual(valueAt(labelled, 'metadata', 'annotations', 'note'), 'a b', 'annotation');
    await this.#k.run('alice', ['label', 'rns', this.#namespace, 'color-']);
  }

  async #replace(): Promise<void> {
    const read = await this.#k.runJson('alice', ['get', 'rns', this.#namespace]);
    const edited = structuredClone(read);
    const spec = valueAt(edited, 'spec');
    if (typeof spec === 'object' && spec !== null) Object.assign(spec, { displayName: 'edited' });
    if (typeof edited !== 'object' || edited === null) throw new Error('no object');
    await this.#k.run('alice', ['replace', '-f', '-'], edited);
    await this.#assertField('edited', 'displayName');
    await this.#k.refuse('alice', ['replace', '-f', '-'], /the object has been modified/, edited);
  }

  async #list(): Promise<void> {
    const names = Array.from({ length: MANY }, (_, at) => this.#name(`many-${at}`));
    const items = names.map((name) => ({
      ...describe('Namespace', { name }),
      metadata: { labels: { many: this.#mark } },
    }));
    await this.#k.run('alice', ['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
    const chosen = ['get', 'rns', '-l', `many=${this.#mark}`];
    const world = await openTkeWorld(this.#context, this.#kind);
    const before = world.front.seen.length;
    const listed = await this.#k.runJson('alice', [...chosen, '--chunk-size', String(PAGE)]);
    const found = listAt(listed, 'items').map((item) => textAt(item, 'spec', 'name'));
    assertEqual(found.toSorted(), names, 'all of them, once each');
    const pages = world.front.seen.slice(before).filter(({ path }) => path.includes('continue='));
    assertEqual(pages.length, Math.ceil(MANY / PAGE) - 1, 'pages after the first');
    const byName = ['get', 'rns', '--field-selector', `spec.name=${names[2]}`, '-o', 'name'];
    assertEqual((await this.#k.run('alice', byName)).split('\n').length, 1, 'by spec.name');
    const unknown = ['get', 'rns', '--field-selector', 'spec.nope=1'];
    await this.#k.refuse('alice', unknown, /field label not supported: spec\.nope/);
    await this.#k.run('alice', ['delete', 'rns', '-l', `many=${this.#mark}`]);
    assertEqual(await this.#k.run('alice', [...chosen, '-o', 'name']), '', 'after the deletion');
  }

  async #watch(): Promise<void> {
    const label = `watched=${this.#mark}`;
    const body = {
      ...describe('ChartGroup', { name: this.#name('watched') }),
      metadata: { labels: { watched: this.#mark } },
    };
    const events = await this.#k.watch(
      'alice',
      ['rcg', '-l', label],
      [
        { until: 'ADDED', make: () => this.#k.run('alice', ['create', '-f', '-'], body) },
        {
          until: 'MODIFIED',
          make: () => this.#k.run('alice', ['annotate', 'rcg', '-l', label, 'x=y']),
        },
        { until: 'DELETED', make: () => this.#k.run('alice', ['delete', 'rcg', '-l', label]) },
      ],
    );
    assertEqual(events[0], 'ADDED', 'the first event');
    assertEqual(events.at(-1), 'DELETED', 'the last event');
  }

  async #others(): Promise<void> {
    const namespaceName = this.#name('test');
    const repository = {
      ...describe('Repository', { name: 'a/nginx', namespaceName }),
      metadata: { namespace: this.#namespace },
    };
    await this.#k.run('alice', ['create', '-f', '-'], repository);
    const chartGroupName = this.#name('group');
    const made = await this.#k.runJson(
      'alice',
      ['create', '-f', '-'],
      describe('ChartGroup', { name: chartGroupName }),
    );
    const group = textAt(made, 'metadata', 'name');
    const waited = ['wait', `--for=${PHASE}=Available`, `rcg/${group}`, '--timeout', '20s'];
    // Debian's kubectl cannot wait for a value yet.
    if (this.#mark === 'own') await this.#k.run('alice', waited);
    const chart = {
      ...describe('Chart', { name: 'nginx', chartGroupName }),
      metadata: { namespace: group },
    };
    await this.#k.run('alice', ['create', '-f', '-'], chart);
    for (const [resource, name] of [
      ['repo', 'a/nginx'],
      ['rcg', chartGroupName],
      ['chart', 'nginx'],
    ] as const) {
      assertIncludes(
        await this.#k.run('alice', ['get', resource, '-A', '-o', 'wide']),
        name,
        resource,
      );
    }
    await this.#k.run('alice', ['delete', 'chart', '--all', '-n', group]);
    await this.#k.run('alice', ['delete', 'rcg', group]);
    await this.#k.run('alice', ['get', 'mbr', '-o', 'wide']);
    await this.#k.refuse('mia', ['get', 'mbr'], /members.* is forbidden: User "mia" cannot list/);
    await this.#k.refuse('alice', ['get', 'cm'], /configmaps.* is forbidden/);
    await this.#k.run('admin', ['get', 'configmaps.registry.tkestack.io']);
  }

  async #tenants(): Promise<void> {
    const spec = { name: this.#name('test'), displayName: 'theirs' };
    const theirs = await this.#k.runJson('bob', ['create', '-f', '-'], describe('Namespace', spec));
    assertEqual(textAt(theirs, 'spec', 'tenantID'), 'acme', 'tenant');
    const name = textAt(theirs, 'metadata', 'name');
    const seen = await this.#k.run('alice', ['get', 'rns', '-o', 'name']);
    assertEqual(seen.includes(name), false, "a list with another tenant's");
    const notFound = new RegExp(`"${name}" not found`);
    await this.#k.refuse('alice', ['get', 'rns', name], notFound);
    await this.#k.refuse('alice', ['label', 'rns', name, 'a=b'], notFound);
    await this.#k.refuse('alice', ['delete', 'rns', name], notFound);
    const all = await this.#k.run('admin', ['get', 'rns', '-o', 'name']);
    for (const one of [name, this.#namespace]) assertIncludes(all, one, 'what admin sees');
    await this.#k.run('bob', ['delete', 'rns', name]);
  }

  async #delete(): Promise<void> {
    await this.#k.refuse('alice', ['delete', 'rns', this.#namespace], /is not empty/);
    await this.#k.run('alice', ['delete', 'repo', '--all', '-n', this.#namespace]);
    await this.#k.run('alice', ['delete', 'rns', this.#namespace]);
    await this.#k.refuse('alice', ['get', 'rns', this.#namespace], /not found/);
  }

  async #assertField(value: string, field: string): Promise<void> {
    const path = `jsonpath={.spec.${field}}`;
    const argv = ['get', 'rns', this.#namespace, '-o', path];
    assertEqual(await this.#k.run('alice', argv), value, field);
  }
}

const kinds = [
  ['Namespace', 'rns'],
  ['Repository', 'repo'],
  ['ChartGroup', 'rcg'],
  ['Chart', 'chart'],
  ['Member', 'mbr'],
  ['ConfigMap', 'cm'],
] as const;

function describe(kind: string, spec: object) {
  return { apiVersion: API, kind, metadata: {}, spec };
}
