import { readFile } from 'node:fs/promises';
import type { ArtifactWorld } from './artifact-world.ts';
import { assertEqual, textAt, valueAt } from './assertion.ts';
import { type Step, StepSkipped } from './client.ts';
import { createGoodChart, type HostileChart, hostileCharts } from './hostile-charts.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const HELM_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const HELM_CONTENT = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const PATH = 'hostile';
const additions = ['values.yaml', 'readme.md', 'dependencies'] as const;
const MAX_MS = 2000;
const MAX_GROWTH_MIB = 128;
const MAX_KEPT_MIB = 384;

/** Charts made to hurt whoever looks into them. */
export function createHostileChartSteps(world: ArtifactWorld): Step[] {
  /** Resident memory before, in MiB; undefined when the process is not ours to look at. */
  let before: number | undefined;
  /** The most that reading took, in MiB. */
  let largest = 0;

  /** Pushes as helm does, and gives the digest. */
  async function push(archive: Buffer, config = '{"name":"c","version":"1.0.0"}'): Promise<string> {
    const requests = world.requests(PATH);
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: await requests.pushBlob(HELM_CONFIG, config),
      layers: [await requests.pushBlob(HELM_CONTENT, archive)],
    };
    return (await requests.pushManifest(manifest)).digest;
  }

  /** Beyond what the push has left behind, which is for the garbage collector. */
  async function assertSmall(work: () => Promise<void>): Promise<void> {
    const start = await readResidentMib(world);
    const peak = await sampleWhile(world, work);
    if (start === undefined) return;
    largest = Math.max(largest, peak - start);
    if (peak - start > MAX_GROWTH_MIB) {
      throw new Error(`grew from ${start.toFixed(0)} to ${peak.toFixed(0)} MiB`);
    }
  }

  async function assertGood(): Promise<void> {
    const digest = await push(createGoodChart(crypto.randomUUID()));
    for (const name of additions) {
      const { status, text } = await world.getAddition(PATH, digest, name);
      assertEqual(status, 200, `${name} of a good chart: ${text}`);
    }
  }

  async function assertHarmless(chart: HostileChart, digest: string): Promise<void> {
    for (const name of additions) {
      const { status, text, took } = await world.getAddition(PATH, digest, name);
      if (took > MAX_MS) throw new Error(`${name} took ${Math.round(took)} ms`);
      if (text.includes('root:')) throw new Error(`${name} is a file of the machine: ${text}`);
      if (chart.given.includes(name)) {
        assertEqual(status, 200, `status of ${name}, which says ${text.slice(0, 200)}`);
        continue;
      }
      if (![404, 413, 422].includes(status)) {
        throw new Error(`${name}: ${status} ${text.slice(0, 200)}`);
      }
      if (textAt(JSON.parse(text), 'errors', 0, 'message') === '') throw new Error('says nothing');
    }
  }

  return [
    {
      name: 'a good chart by the requests of helm: its additions are given',
      async run() {
        await assertGood();
        before = await readResidentMib(world);
      },
    },
    ...hostileCharts.map((chart) => ({
      name: `hostile chart: ${chart.name}`,
      async run() {
        const digest = await push(chart.createArchive());
        assertEqual(valueAt(await world.getArtifact(PATH, digest), 'type'), 'CHART', 'type');
        await assertSmall(() => assertHarmless(chart, digest));
        await assertGood();
      },
    })),
    {
      name: 'hostile charts, all of them anew and at once: the same',
      async run() {
        const digests: string[] = [];
        for (const chart of hostileCharts) {
          digests.push(await push(Buffer.concat([chart.createArchive(), Buffer.from('\0')])));
        }
        await assertSmall(async () => {
          const ask = (digest: string) => world.getAddition(PATH, digest, 'dependencies');
          for (const { status, text } of await Promise.all(digests.map(ask))) {
            if (status >= 500 && status !== 503) throw new Error(`${status} ${text}`);
          }
        });
        await assertGood();
      },
    },
    {
      name: 'hostile configs: deep, wide or no JSON; the list of artifacts is there at once',
      async run() {
        const configs = [
          `{"name":${'['.repeat(1_500_000)}${']'.repeat(1_500_000)}}`,
          `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":"${'v'.repeat(20)}"`).join()}}`,
          '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
          'no JSON',
          '[]',
        ];
        for (const config of configs) {
          const digest = await push(createGoodChart('1'), config);
          const start = performance.now();
          const artifact = await world.getArtifact(PATH, digest);
          const took = performance.now() - start;
          if (took > MAX_MS) throw new Error(`${Math.round(took)} ms for ${config.slice(0, 20)}`);
          const size = JSON.stringify(valueAt(artifact, 'extra_attrs') ?? {}).length;
          if (size > 300_000) throw new Error(`${size} bytes of attributes`);
        }
        await world.listArtifacts(PATH);
        await assertGood();
      },
    },
    {
      name: `with all the pushes, too, the process is not ${MAX_KEPT_MIB} MiB larger than before`,
      async run() {
        const now = await readResidentMib(world);
        if (before === undefined || now === undefined) {
          throw new StepSkipped('the process is not ours to look at');
        }
        const said = `${before.toFixed(0)} MiB before, ${now.toFixed(0)} now`;
        console.log(`        ${said}; the most that reading took: ${largest.toFixed(0)}`);
        if (now - before > MAX_KEPT_MIB) throw new Error(said);
      },
    },
  ];
}

/** The highest resident memory while something goes on, in MiB. */
async function sampleWhile(world: ArtifactWorld, work: () => Promise<void>): Promise<number> {
  let highest = 0;
  const over = new AbortController();
  async function sample(): Promise<void> {
    while (!over.signal.aborted) {
      highest = Math.max(highest, (await readResidentMib(world)) ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const sampling = sample();
  try {
    await work();
  } finally {
    over.abort();
    await sampling;
  }
  return highest;
}

async function readResidentMib({ context }: ArtifactWorld): Promise<number | undefined> {
  const pid = context.registry.pid?.();
  if (pid === undefined || process.platform !== 'linux') return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}
