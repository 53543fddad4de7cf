import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from '../tke/http.ts';
import { assertEqual, listAt, textAt } from './assertion.ts';
import type { Client } from './client.ts';
import type { RunOptions } from './context.ts';
import { createHelm, packChart } from './helm-plugin.ts';

/** Harbor's own chart routes, on the registry of all other clients: what one way puts, the other has. */
export const harborCharts: Client = {
  name: 'harbor-charts',
  tools: ['helm', 'helm-cm-push'],
  createSteps(context) {
    const { host, url, username, password } = context.registry;
    const login = ['--username', username, '--password', password];
    const repository = (project: string) => `${url}/chartrepo/${project}`;
    async function helm(args: readonly string[], options: RunOptions = {}): Promise<string> {
      const make = await createHelm(context, await context.directory('harbor-charts'));
      const { argv, env } = make(args);
      return context.run(argv, { ...options, env });
    }
    return [
      {
        name: 'helm push by OCI shows in helm repo update',
        async run() {
          const directory = await context.directory('harbor-charts');
          const archive = await packChart(context, directory, '1.0.0');
          const flags = ['--plain-http', '-u', username, '--password-stdin'];
          await helm(['registry', 'login', host, ...flags], { input: password });
          await helm(['push', archive, `oci://${host}/${context.privateProject}`, '--plain-http']);
          await helm(['repo', 'add', 'own', repository(context.privateProject), ...login]);
          const argv = ['search', 'repo', 'own/harbour', '-o', 'json'];
          const found: unknown = JSON.parse(await helm(argv));
          assertEqual(
            listAt(found).map((each) => textAt(each, 'version')),
            ['1.0.0'],
            'versions',
          );
          const target = await context.directory('harbor-charts/pulled');
          await helm(['pull', 'own/harbour', '--destination', target]);
          const pulled = await readFile(join(target, 'harbour-1.0.0.tgz'));
          assertEqual(pulled.equals(await readFile(archive)), true, 'same bytes');
        },
      },
      {
        name: 'helm cm-push shows as an OCI artifact',
        async run() {
          const directory = await context.directory('harbor-charts');
          const archive = await packChart(context, directory, '1.1.0');
          await helm(['cm-push', archive, 'own']);
          const target = await context.directory('harbor-charts/oci');
          const remote = `oci://${host}/${context.privateProject}/harbour`;
          const flags = ['--version', '1.1.0', '--plain-http', '--destination', target];
          await helm(['pull', remote, ...flags]);
          const pulled = await readFile(join(target, 'harbour-1.1.0.tgz'));
          await helm(['repo', 'update', 'own']);
          await helm(['pull', 'own/harbour', '--destination', directory]);
          // The plugin packs anew what it sends, so both ways are held against each other.
          const other = await readFile(join(directory, 'harbour-1.1.0.tgz'));
          assertEqual(pulled.equals(other), true, 'same bytes');
        },
      },
      {
        name: 'without credentials a private project has no charts to show',
        async run() {
          const index = await ask(`${repository(context.privateProject)}/index.yaml`);
          assertEqual(index.status, 401, 'status');
        },
      },
    ];
  },
};
