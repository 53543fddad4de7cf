import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.ts';

/** helm with files of its own, and cm-push as its plugin. */
export async function createHelm(
  context: Context,
  directory: string,
): Promise<(args: readonly string[]) => { argv: string[]; env: Record<string, string> }> {
  const plugin = join(directory, 'plugins', 'cm-push');
  await mkdir(plugin, { recursive: true });
  const manifest = { name: 'cm-push', version: '0.10.4', command: context.tool('helm-cm-push') };
  // JSON is YAML.
  await writeFile(join(plugin, 'plugin.yaml'), JSON.stringify(manifest));
  const env = {
    HELM_PLUGINS: join(directory, 'plugins'),
    HELM_CACHE_HOME: join(directory, 'cache'),
    HELM_CONFIG_HOME: join(directory, 'config'),
    HELM_DATA_HOME: join(directory, 'data'),
  };
  return (args) => ({ argv: [context.tool('helm'), ...args], env });
}

/** Makes and packs a chart named `harbour`; gives the archive's path. */
export async function packChart(
  context: Context,
  directory: string,
  version: string,
): Promise<string> {
  const chart = join(directory, 'harbour');
  await mkdir(join(chart, 'templates'), { recursive: true });
  const metadata = { apiVersion: 'v2', name: 'harbour', description: 'A chart', version };
  await writeFile(join(chart, 'Chart.yaml'), JSON.stringify({ ...metadata, appVersion: '7' }));
  await writeFile(join(chart, 'values.yaml'), 'replicas: 1\n');
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: harbour\ndata:\n';
  const text = `${map}  replicas: "{{ .Values.replicas }}"\n`;
  await writeFile(join(chart, 'templates', 'map.yaml'), text);
  await context.run([context.tool('helm'), 'package', chart, '--destination', directory]);
  return join(directory, `harbour-${version}.tgz`);
}
