import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertIncludes } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context, RunOptions } from './context.ts';

const PLAIN = '--plain-http';

const chartFiles = {
  'Chart.yaml':
    'apiVersion: v2\nname: harbour\ndescription: A chart\ntype: application\nversion: 1.2.3\n',
  'values.yaml': 'replicas: 1\n',
  'templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: harbour\ndata:\n  replicas: "{{ .Values.replicas }}"\n',
} satisfies Record<string, string>;

/** helm 3 with a chart made here. */
export const helm: Client = { name: 'helm', tools: ['helm'], createSteps };

function createSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const remote = `oci://${host}/${context.publicProject}/charts`;
  const hidden = `oci://${host}/${context.privateProject}/charts`;
  let archive = '';

  async function env(login: string): Promise<Record<string, string>> {
    const root = await context.directory('helm');
    return {
      ...context.auth.none,
      HELM_REGISTRY_CONFIG: join(root, `${login}.json`),
      HELM_CACHE_HOME: join(root, 'cache'),
      HELM_CONFIG_HOME: join(root, 'config'),
      HELM_DATA_HOME: join(root, 'data'),
    };
  }
  async function helm(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return context.run([context.tool('helm'), ...args], { ...options, env: await env('login') });
  }
  const loginArgs = ['registry', 'login', host, PLAIN, '-u', username, '--password-stdin'];

  return [
    {
      name: 'login with the right password',
      run: async () => void (await helm(loginArgs, { input: password })),
    },
    {
      name: 'login with a wrong password is refused',
      run: async () =>
        context.refuse([context.tool('helm'), ...loginArgs], undefined, {
          input: context.wrongPassword,
          env: await env('wrong'),
        }),
    },
    {
      name: 'package and push a chart to a public and a private project',
      async run() {
        const root = await context.directory('helm');
        const chart = join(root, 'harbour');
        await mkdir(join(chart, 'templates'), { recursive: true });
        for (const [path, text] of Object.entries(chartFiles)) {
          await writeFile(join(chart, path), text);
        }
        await helm(['package', chart, '--destination', root]);
        archive = join(root, 'harbour-1.2.3.tgz');
        await helm(['push', archive, remote, PLAIN]);
        await helm(['push', archive, hidden, PLAIN]);
      },
    },
    {
      name: 'pull it back byte for byte and show its values',
      async run() {
        const directory = await context.directory('helm/pulled');
        const flags = ['--version', '1.2.3', PLAIN];
        await helm(['pull', `${remote}/harbour`, ...flags, '--destination', directory]);
        const pulled = await readFile(join(directory, 'harbour-1.2.3.tgz'));
        if (!pulled.equals(await readFile(archive))) throw new Error('the chart has other bytes');
        const values = await helm(['show', 'values', `${remote}/harbour`, ...flags]);
        assertIncludes(values, 'replicas: 1', 'values');
      },
    },
    {
      name: 'render it from the registry, choosing the version by a range of tags',
      async run() {
        const flags = ['--version', '^1.0.0', PLAIN];
        const rendered = await helm(['template', 'x', `${remote}/harbour`, ...flags]);
        assertIncludes(rendered, 'replicas: "1"', 'the rendered chart');
      },
    },
    {
      name: 'anonymous pull works where public and is refused where private',
      async run() {
        const directory = await context.directory('helm/anonymous');
        const flags = ['--version', '1.2.3', PLAIN, '--destination', directory];
        const argv = [context.tool('helm'), 'pull', ...flags];
        const none = await env('none');
        await context.run([...argv, `${remote}/harbour`], { env: none });
        await context.refuse([...argv, `${hidden}/harbour`], undefined, { env: none });
      },
    },
    {
      name: 'anonymous push is refused',
      run: async () =>
        context.refuse([context.tool('helm'), 'push', archive, remote, PLAIN], undefined, {
          env: await env('none'),
        }),
    },
  ];
}
