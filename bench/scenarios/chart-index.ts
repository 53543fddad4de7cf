import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import type { RowSpec, TargetId } from '../figure.ts';
import { median } from '../stats.ts';
import { adminHeaders } from '../targets/berth.ts';
import type { Target } from '../targets/target.ts';
import type { Scale, Scenario } from './scenario.ts';
import { baseOf, builtinConfiguration, createChartGroup, post } from './tke-registry.ts';

const TARGETS = ['native', 'berth'] as const;
const CHARTS = 500;
const TIMES = 20;
const NAME = 'many';
const seeder = fileURLToPath(new URL('../seed-charts.ts', import.meta.url));

/** B16: `index.yaml` of a project of charts, as Harbor's API gives it and as TKE's does. */
export function createChartIndex(scale: Scale, directoryOf: (id: TargetId) => string): Scenario {
  const name = `index.yaml of ${scale.versions.toLocaleString('en-US')} chart versions`;
  const rows: RowSpec[] = [
    {
      id: 'B16',
      name: `${name}, unchanged → 304`,
      unit: 'ms',
      goals: [{ kind: 'limit', metric: 'value', atMost: 50 }],
    },
    { id: 'B16', name: '… unchanged, whole', unit: 'ms', goals: [] },
    { id: 'B16', name: '… whole, after a push', unit: 'ms', goals: [] },
  ];
  return {
    targets: TARGETS,
    measures: [{ rows, targets: TARGETS, warmUp: true, run: measureIndex }],
    registryConfiguration: () => builtinConfiguration,
    async seed(target) {
      const isNative = target.id === 'native';
      if (isNative) await post(target, '/api/v2.0/projects', { project_name: NAME });
      else await createChartGroup(target, NAME);
      const project = isNative ? NAME : `default-chart-${NAME}`;
      await seedCharts(directoryOf(target.id), project, Math.ceil(scale.versions / CHARTS));
      return undefined;
    },
  };
}

let pushes = 0;

async function measureIndex(target: Target) {
  const path = target.id === 'native' ? '/chartrepo' : '/chart';
  const url = `${baseOf(target)}${path}/${NAME}/index.yaml`;
  const { etag } = await fetchIndex(url, 200);
  const [same, whole, changed]: number[][] = [[], [], []];
  for (let turn = 0; turn < TIMES; turn += 1) {
    same?.push((await fetchIndex(url, 304, etag)).ms);
    whole?.push((await fetchIndex(url, 200)).ms);
  }
  for (let turn = 0; turn < TIMES / 4; turn += 1) {
    await pushChart(target);
    changed?.push((await fetchIndex(url, 200, etag)).ms);
  }
  return [same, whole, changed].map((times = []) => ({ value: median(times) }));
}

async function fetchIndex(url: string, status: number, etag?: string) {
  const began = performance.now();
  const condition = etag === undefined ? {} : { 'if-none-match': etag };
  const answer = await fetch(url, { headers: { ...adminHeaders(), ...condition } });
  await answer.arrayBuffer();
  const ms = performance.now() - began;
  if (answer.status !== status) throw new Error(`index.yaml: ${answer.status}, not ${status}`);
  return { ms, etag: answer.headers.get('etag') ?? '' };
}

async function pushChart(target: Target): Promise<void> {
  pushes += 1;
  const text = `apiVersion: v2\nname: chart7\nversion: 3.${pushes}.0\n`;
  const header = { name: 'chart7/Chart.yaml', size: text.length };
  const archive = gzipSync(await packTar([{ header, body: text }]));
  const path = target.id === 'native' ? `/api/chartrepo/${NAME}` : `/chart/api/${NAME}`;
  const answer = await fetch(`${baseOf(target)}${path}/charts`, {
    method: 'POST',
    headers: { ...adminHeaders(), 'content-type': 'application/octet-stream' },
    body: new Uint8Array(archive),
  });
  const told = await answer.text();
  if (answer.status !== 201) throw new Error(`a chart: ${answer.status} ${told}`);
}

/** Pushing so many would take longer than all that is measured of them. */
async function seedCharts(directory: string, project: string, versions: number): Promise<void> {
  const child = spawn(process.execPath, [seeder, project, String(CHARTS), String(versions)], {
    env: { ...process.env, BERTH_DATA_DIR: directory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  const code = await promise;
  if (code !== 0) throw new Error(`the seeding of charts left with ${code}`);
}
